/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * control.c - commands of the driver (virtio 1.3, 5.1.6.5): { class, command, data }, answered by
 * one byte. Each byte of a command is copied once, and what was copied is checked whole before
 * anything changes. A command that is not understood, not negotiated, or not of its exact size is
 * answered with an error; only a chain without room for the answer breaks the device.
 */
#include "net.h"

#define ROUND_COMMANDS 8u

enum {
	CLASS_RX = 0,
	CLASS_MAC = 1,
	CLASS_MQ = 4,
	CLASS_OFFLOADS = 5,

	MAC_TABLE_SET = 0,
	MAC_ADDR_SET = 1,
	MQ_PAIRS_SET = 0,
	OFFLOADS_SET = 0,

	HEADER_BYTES = 2,
	DATA_BYTES = 8, /* of a command of fixed size, at most */

	ANSWER_OK = 0,
	ANSWER_ERR = 1,
};

struct command {
	const struct cairn_virtq_chain *chain;
	uint8_t number;           /* in its class */
	uint8_t data[DATA_BYTES]; /* of a command of fixed size */
};

static bool set_mode(struct cairn_virtio_net *n, const struct command *c)
{
	struct net_settings s = n->settings;
	uint8_t bit = (uint8_t)(1u << c->number);

	if (c->data[0] > 1)
		return false;
	s.filter.is_on = true;
	s.filter.modes = (uint8_t)(c->data[0] ? s.filter.modes | bit : s.filter.modes & ~bit);
	cairn_virtio_net_set_(n, &s);
	return true;
}

/* le32 entries, and as many addresses, at *at. */
static bool take_list(const struct cairn_virtq_chain *c, uint64_t *at, struct net_mac_list *ret)
{
	uint64_t left = c->read_bytes - *at;
	cairn_le32 entries;

	if (left < sizeof(entries))
		return false;
	cairn_spans_read(c->spans, c->n_read, *at, &entries, sizeof(entries));
	left -= sizeof(entries);
	*at += sizeof(entries);
	ret->n = cairn_le32_get(entries);
	if (ret->n > left / NET_MAC_BYTES)
		return false;
	left = (uint64_t)ret->n * NET_MAC_BYTES;
	ret->is_all = ret->n > NET_LIST_MACS;
	if (ret->is_all)
		ret->n = 0;
	cairn_spans_read(c->spans, c->n_read, *at, ret->macs, ret->n * NET_MAC_BYTES);
	*at += left;
	return true;
}

static bool set_table(struct cairn_virtio_net *n, const struct command *c)
{
	struct net_settings s = n->settings;
	uint64_t at = HEADER_BYTES;

	if (!take_list(c->chain, &at, &s.filter.unicast) ||
	    !take_list(c->chain, &at, &s.filter.multicast) || at != c->chain->read_bytes)
		return false;
	s.filter.is_on = true;
	cairn_virtio_net_set_(n, &s);
	return true;
}

static bool set_mac(struct cairn_virtio_net *n, const struct command *c)
{
	static const uint8_t none[NET_MAC_BYTES];
	struct net_settings s = n->settings;

	if (c->data[0] & 1 || memcmp(c->data, none, sizeof(none)) == 0)
		return false;
	s.filter.has_mac = true;
	memcpy(s.filter.mac, c->data, sizeof(s.filter.mac));
	cairn_virtio_net_set_(n, &s);
	cairn_virtio_net_publish_mac_(n, c->data);
	return true;
}

static bool set_pairs(struct cairn_virtio_net *n, const struct command *c)
{
	uint16_t n_pairs = (uint16_t)cairn_le_load(c->data, 2);

	return n_pairs >= 1 && n_pairs <= n->n_pairs && !cairn_virtio_net_set_pairs_(n, n_pairs);
}

static bool set_offloads(struct cairn_virtio_net *n, const struct command *c)
{
	uint64_t wanted = cairn_le_load(c->data, 8);

	return !(wanted & ~(n->vdev.acked & cairn_virtio_net_guest_offloads_())) &&
	       !cairn_virtio_net_set_offloads_(n, wanted);
}

struct rule {
	uint8_t class, number;
	uint64_t feature; /* without which there is no such command */
	uint32_t bytes;   /* of data, exactly; 0: the handler looks */
	bool (*handle)(struct cairn_virtio_net *n, const struct command *c);
};

static const struct rule rules[] = {
	{ CLASS_RX, 0, CAIRN_VIRTIO_NET_F_CTRL_RX, 1, set_mode },       /* PROMISC */
	{ CLASS_RX, 1, CAIRN_VIRTIO_NET_F_CTRL_RX, 1, set_mode },       /* ALLMULTI */
	{ CLASS_RX, 2, CAIRN_VIRTIO_NET_F_CTRL_RX_EXTRA, 1, set_mode }, /* ALLUNI */
	{ CLASS_RX, 3, CAIRN_VIRTIO_NET_F_CTRL_RX_EXTRA, 1, set_mode }, /* NOMULTI */
	{ CLASS_RX, 4, CAIRN_VIRTIO_NET_F_CTRL_RX_EXTRA, 1, set_mode }, /* NOUNI */
	{ CLASS_RX, 5, CAIRN_VIRTIO_NET_F_CTRL_RX_EXTRA, 1, set_mode }, /* NOBCAST */
	{ CLASS_MAC, MAC_TABLE_SET, CAIRN_VIRTIO_NET_F_CTRL_RX, 0, set_table },
	{ CLASS_MAC, MAC_ADDR_SET, CAIRN_VIRTIO_NET_F_CTRL_MAC_ADDR, NET_MAC_BYTES, set_mac },
	{ CLASS_MQ, MQ_PAIRS_SET, CAIRN_VIRTIO_NET_F_MQ, 2, set_pairs },
	{ CLASS_OFFLOADS, OFFLOADS_SET, CAIRN_VIRTIO_NET_F_CTRL_GUEST_OFFLOADS, 8, set_offloads },
};

static const struct rule *rule_of(uint8_t class, uint8_t number, uint64_t acked)
{
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(rules); i++)
		if (rules[i].class == class && rules[i].number == number)
			return acked & rules[i].feature ? &rules[i] : NULL;
	return NULL;
}

/* Carry out the command in a chain. Returns whether that was possible. */
static bool obey(struct cairn_virtio_net *n, const struct cairn_virtq_chain *chain)
{
	struct command c = { .chain = chain };
	uint8_t header[HEADER_BYTES];
	const struct rule *rule;

	if (cairn_spans_read(chain->spans, chain->n_read, 0, header, sizeof(header)) !=
	    sizeof(header))
		return false;
	rule = rule_of(header[0], header[1], n->vdev.acked);
	if (!rule || (rule->bytes && chain->read_bytes != HEADER_BYTES + rule->bytes))
		return false;
	c.number = header[1];
	cairn_spans_read(chain->spans, chain->n_read, HEADER_BYTES, c.data, rule->bytes);
	return rule->handle(n, &c);
}

static enum cairn_virtio_round control_round(struct cairn_virtio_queue *q)
{
	struct net_control *control = cairn_container_of(q, struct net_control, q);
	struct cairn_virtio_net *n = cairn_container_of(control, struct cairn_virtio_net, control);
	struct cairn_virtq_chain c = { .spans = control->spans, .cap = NET_CHAIN_SPANS };

	for (uint32_t i = 0; i < ROUND_COMMANDS; i++) {
		uint8_t answer;

		if (!cairn_virtio_queue_pop(q, &c))
			return CAIRN_VIRTIO_EMPTY;
		if (!c.write_bytes) { /* nowhere to answer */
			cairn_virtio_queue_break(q, -EPROTO);
			return CAIRN_VIRTIO_EMPTY;
		}
		answer = obey(n, &c) ? ANSWER_OK : ANSWER_ERR;
		/* The first: results, which no command here has, would follow. */
		cairn_spans_write(c.spans + c.n_read, c.n_write, 0, &answer, sizeof(answer));
		cairn_virtio_queue_put(q, &c, sizeof(answer));
	}
	return CAIRN_VIRTIO_AGAIN;
}

static const struct cairn_virtio_queue_ops control_ops = {
	.size = sizeof(control_ops),
	.round = control_round,
};

void cairn_virtio_net_control_init_(struct cairn_virtio_net *n)
{
	cairn_virtio_queue_init(&n->control.q, &n->vdev, &control_ops);
}
