/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* ring.c - rings: their place in the shared memory, their messages, kicks. */
#include <cairn/vhost_user_client.h>

#include <sys/eventfd.h>
#include <unistd.h>

static uint64_t uva_of(cairn_gpa at)
{
	return at.v - CAIRN_VHOST_USER_CLIENT_GPA + CAIRN_VHOST_USER_CLIENT_UVA;
}

static int make_fds(struct cairn_vhost_user_client_ring *r)
{
	if (r->kick_fd < 0)
		r->kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->call_fd < 0)
		r->call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return r->kick_fd < 0 || r->call_fd < 0 ? -errno : 0;
}

static int place(struct cairn_vhost_user_client *c, struct cairn_vhost_user_client_ring *r,
		 uint16_t size)
{
	int e;

	if (r->size == size) /* where it was */
		return 0;
	r->size = size;
	e = cairn_vhost_user_client_alloc(c, CAIRN_VIRTQ_DESC_BYTES(size), 16, &r->desc);
	if (e == 0)
		e = cairn_vhost_user_client_alloc(c, CAIRN_VIRTQ_DRIVER_BYTES(size), 2, &r->avail);
	if (e == 0)
		e = cairn_vhost_user_client_alloc(c, CAIRN_VIRTQ_DEVICE_BYTES(size), 4, &r->used);
	return e;
}

int cairn_vhost_user_client_send_ring(struct cairn_vhost_user_client *c, uint32_t index,
				      uint16_t base)
{
	struct cairn_vhost_user_client_ring *r = &c->rings[index];
	struct cairn_vhost_user_addr addr = {
		.index = index,
		.desc = uva_of(r->desc),
		.avail = uva_of(r->avail),
		.used = uva_of(r->used),
	};
	int e = cairn_vhost_user_client_state(c, CAIRN_VHOST_USER_SET_VRING_NUM, index, r->size);

	if (e == 0)
		e = cairn_vhost_user_client_state(c, CAIRN_VHOST_USER_SET_VRING_BASE, index, base);
	if (e == 0)
		e = cairn_vhost_user_client_request(c, CAIRN_VHOST_USER_SET_VRING_ADDR, &addr,
						    sizeof(addr), NULL, 0, NULL, 0);
	if (e == 0)
		e = cairn_vhost_user_client_fd(c, CAIRN_VHOST_USER_SET_VRING_CALL, index,
					       r->call_fd);
	if (e == 0)
		e = cairn_vhost_user_client_fd(c, CAIRN_VHOST_USER_SET_VRING_KICK, index,
					       r->kick_fd);
	if (e < 0 || !(c->features & CAIRN_VHOST_USER_F_PROTOCOL))
		return e;
	return cairn_vhost_user_client_state(c, CAIRN_VHOST_USER_SET_VRING_ENABLE, index, 1);
}

int cairn_vhost_user_client_ring(struct cairn_vhost_user_client *c, uint32_t index, uint16_t size)
{
	struct cairn_vhost_user_client_ring *r = &c->rings[index];
	int e;

	if (index >= CAIRN_VHOST_USER_CLIENT_RINGS || size > CAIRN_VHOST_USER_CLIENT_RING_SIZE)
		return -EINVAL;
	e = make_fds(r);
	if (e == 0)
		e = place(c, r, size);
	if (e == 0)
		e = cairn_virtq_driver_init(&r->driver,
					    &(struct cairn_virtq_driver_cfg){
						.size = size,
						.desc = cairn_vhost_user_client_host(c, r->desc),
						.driver = cairn_vhost_user_client_host(c, r->avail),
						.device = cairn_vhost_user_client_host(c, r->used),
						.slots = r->slots,
						.features = c->features,
					    });
	return e < 0 ? e : cairn_vhost_user_client_send_ring(c, index, 0);
}

int cairn_vhost_user_client_stop_ring(struct cairn_vhost_user_client *c, uint32_t index)
{
	struct cairn_vhost_user_state s = { index, 0 };
	int e = cairn_vhost_user_client_request(c, CAIRN_VHOST_USER_GET_VRING_BASE, &s, sizeof(s),
						NULL, 0, &s, sizeof(s));

	if (e < 0)
		return e;
	return e == sizeof(s) && s.index == index && s.num <= UINT16_MAX ? (int)s.num : -EPROTO;
}

void cairn_vhost_user_client_kick(struct cairn_vhost_user_client *c, uint32_t index)
{
	struct cairn_vhost_user_client_ring *r = &c->rings[index];
	uint64_t one = 1;

	cairn_virtq_driver_publish(&r->driver);
	if (cairn_virtq_driver_must_kick(&r->driver))
		(void)!write(r->kick_fd, &one, sizeof(one)); /* full: kicked already */
}
