/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * filter.c - which received frames are for the driver (virtio 1.3, 5.1.6.5.1 and 5.1.6.5.2). The
 * address is the guest's to rewrite while it is judged: that changes only what the guest itself
 * gets.
 */
#include "net.h"

static const uint8_t broadcast[NET_MAC_BYTES] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static bool same(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, NET_MAC_BYTES) == 0;
}

static bool is_listed(const struct net_mac_list *l, const uint8_t *dst)
{
	for (uint32_t i = 0; i < l->n; i++)
		if (same(l->macs[i], dst))
			return true;
	return l->is_all;
}

static bool unicast_passes(const struct net_filter *f, const uint8_t *dst)
{
	if (f->modes & NET_MODE_NOUNI)
		return false;
	/* A driver that made up its address may not have told it. */
	if (f->modes & NET_MODE_ALLUNI || !f->has_mac || same(f->mac, dst))
		return true;
	return is_listed(&f->unicast, dst);
}

static bool multicast_passes(const struct net_filter *f, const uint8_t *dst)
{
	if (f->modes & NET_MODE_NOMULTI)
		return false;
	return f->modes & NET_MODE_ALLMULTI || is_listed(&f->multicast, dst);
}

bool cairn_virtio_net_passes_(const struct net_filter *f, const uint8_t dst[NET_MAC_BYTES])
{
	if (!f->is_on || f->modes & NET_MODE_PROMISC)
		return true;
	if (same(dst, broadcast))
		return !(f->modes & NET_MODE_NOBCAST);
	return dst[0] & 1 ? multicast_passes(f, dst) : unicast_passes(f, dst);
}
