/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * vhost_user_client.h - for the tests and measurements of back ends: a front end with a memory of
 * its own, and a driver on each ring. It says what it is told to say, also what no front end
 *should.
 *
 *	cairn_vhost_user_client_connect(&c, "blk.sock");
 *	cairn_vhost_user_client_negotiate(&c, features, protocol);
 *	cairn_vhost_user_client_share(&c, 1 << 20);
 *	cairn_vhost_user_client_ring(&c, 0, 128);       // running now
 *	cairn_virtq_driver_add(&c.rings[0].driver, …);  // addresses from _alloc()
 *	cairn_vhost_user_client_kick(&c, 0);
 *
 * Functions return 0 or more, or -EREMOTEIO (the back end refused), -ENOTCONN (it hung up),
 * -ETIMEDOUT, or another negative errno. One thread.
 */
#ifndef CAIRN_VHOST_USER_CLIENT_H
#define CAIRN_VHOST_USER_CLIENT_H

#include <cairn/vhost_user_socket.h>
#include <cairn/virtq_driver.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_VHOST_USER_CLIENT_RINGS     16u
#define CAIRN_VHOST_USER_CLIENT_RING_SIZE 1024u
/* Where the memory is: for the guest, for the front end, and in the file. All different. */
#define CAIRN_VHOST_USER_CLIENT_GPA       UINT64_C(0x100000)
#define CAIRN_VHOST_USER_CLIENT_UVA       UINT64_C(0x7f0000000000)
#define CAIRN_VHOST_USER_CLIENT_OFFSET    UINT64_C(0x3000)

struct cairn_vhost_user_client_ring {
	struct cairn_virtq_driver driver;
	struct cairn_virtq_slot slots[CAIRN_VHOST_USER_CLIENT_RING_SIZE];
	cairn_gpa desc, avail, used;
	uint16_t size;
	int kick_fd, call_fd; /* eventfds; -1: none */
};

struct cairn_vhost_user_client { /* large: make it static */
	int sock;
	/* A back end in this thread: called while an answer is awaited, to run its loop. fn NULL:
	 * it is elsewhere, and is waited for. */
	struct cairn_trigger turn;
	int timeout_ms; /* 0: 10000 */
	struct cairn_vhost_user_rx rx;
	uint64_t features, protocol; /* accepted */
	int memfd;
	uint8_t *ram; /* NULL: nothing shared yet */
	uint64_t ram_bytes, next;
	struct cairn_vhost_user_client_ring rings[CAIRN_VHOST_USER_CLIENT_RINGS];
};

/* On a connected socket, which becomes the client's. */
void cairn_vhost_user_client_init(struct cairn_vhost_user_client *c, int sock);
/* Connect to a path, and init. A negative errno of socket or connect; -ENAMETOOLONG. */
CAIRN_MUST_USE int cairn_vhost_user_client_connect(struct cairn_vhost_user_client *c,
						   const char *path);
/* Hang up; gives everything back. */
void cairn_vhost_user_client_fini(struct cairn_vhost_user_client *c);

/*
 * cairn_vhost_user_client_request() - one message, and its answer if it has one.
 *
 * @reply: room for cap bytes of an answer that is more than an acknowledgement; NULL: not wanted
 *
 * Acknowledgements are asked for once REPLY_ACK is accepted. Returns the length of the reply, 0
 * when it was acknowledged, or (without REPLY_ACK) sent.
 */
CAIRN_MUST_USE int cairn_vhost_user_client_request(struct cairn_vhost_user_client *c,
						   uint32_t request, const void *body, uint32_t len,
						   const int *fds, unsigned int n_fds, void *reply,
						   size_t cap);
/* The same for bodies of one word, and of an index and a number. */
CAIRN_MUST_USE int cairn_vhost_user_client_u64(struct cairn_vhost_user_client *c, uint32_t request,
					       uint64_t value);
CAIRN_MUST_USE int cairn_vhost_user_client_state(struct cairn_vhost_user_client *c,
						 uint32_t request, uint32_t index, uint32_t num);
/* A request without a body whose reply is one word. */
CAIRN_MUST_USE int cairn_vhost_user_client_get(struct cairn_vhost_user_client *c, uint32_t request,
					       uint64_t *ret);
/* KICK, CALL, ERR; fd -1: without. The fd stays the caller's. */
CAIRN_MUST_USE int cairn_vhost_user_client_fd(struct cairn_vhost_user_client *c, uint32_t request,
					      uint32_t index, int fd);

/* Owner, features, protocol features: of those named, what is offered. */
CAIRN_MUST_USE int cairn_vhost_user_client_negotiate(struct cairn_vhost_user_client *c,
						     uint64_t features, uint64_t protocol);
/* Make a memory of that many bytes (whole pages), once, and send it as the memory table. */
CAIRN_MUST_USE int cairn_vhost_user_client_share(struct cairn_vhost_user_client *c, uint64_t bytes);
/* The region that share sent. */
struct cairn_vhost_user_region cairn_vhost_user_client_region(
    const struct cairn_vhost_user_client *c);
/* Bytes of it; never given back. -ENOSPC. */
CAIRN_MUST_USE int cairn_vhost_user_client_alloc(struct cairn_vhost_user_client *c, uint64_t len,
						 uint64_t align, cairn_gpa *ret);
void *cairn_vhost_user_client_host(const struct cairn_vhost_user_client *c, cairn_gpa at);

/* Set a ring up, from the beginning or anew, start and enable it. */
CAIRN_MUST_USE int cairn_vhost_user_client_ring(struct cairn_vhost_user_client *c, uint32_t index,
						uint16_t size);
/* The messages of it alone, for a ring whose driver goes on at `base`. */
CAIRN_MUST_USE int cairn_vhost_user_client_send_ring(struct cairn_vhost_user_client *c,
						     uint32_t index, uint16_t base);
/* GET_VRING_BASE: returns where the ring stands. */
CAIRN_MUST_USE int cairn_vhost_user_client_stop_ring(struct cairn_vhost_user_client *c,
						     uint32_t index);
/* Publish what was added and kick if the device wants it. */
void cairn_vhost_user_client_kick(struct cairn_vhost_user_client *c, uint32_t index);

#ifdef __cplusplus
}
#endif
#endif
