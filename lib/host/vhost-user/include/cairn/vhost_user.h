/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * vhost_user.h - the messages of the vhost-user protocol: numbers, layouts, and the parser of what
 * a front end sends. Pure: bytes in, messages out; the socket is in vhost_user_socket.h.
 *
 * A message is a header of three words, `size` bytes of body, and file descriptors that come with
 * the header's bytes. All words are in the byte order of the host. What is parsed is checked for
 * form: sizes, indices that have bits of their own, ranges that do not wrap. What only a back end
 * can know (how many queues there are, what was negotiated) is its to check.
 */
#ifndef CAIRN_VHOST_USER_H
#define CAIRN_VHOST_USER_H

#include <cairn/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_VHOST_USER_HEADER_BYTES 12u
#define CAIRN_VHOST_USER_MAX_BODY     4096u /* a longer one ends the connection */
#define CAIRN_VHOST_USER_MAX_FDS      32u
#define CAIRN_VHOST_USER_MAX_REGIONS  8u   /* of one SET_MEM_TABLE */
#define CAIRN_VHOST_USER_MAX_CONFIG   256u /* bytes of configuration space in one message */

/* The feature bit by which a back end says that it knows protocol features. */
#define CAIRN_VHOST_USER_F_PROTOCOL   (UINT64_C(1) << 30)

enum cairn_vhost_user_request { /* from the front end */
				CAIRN_VHOST_USER_GET_FEATURES = 1,
				CAIRN_VHOST_USER_SET_FEATURES = 2,
				CAIRN_VHOST_USER_SET_OWNER = 3,
				CAIRN_VHOST_USER_RESET_OWNER = 4,
				CAIRN_VHOST_USER_SET_MEM_TABLE = 5,
				CAIRN_VHOST_USER_SET_VRING_NUM = 8,
				CAIRN_VHOST_USER_SET_VRING_ADDR = 9,
				CAIRN_VHOST_USER_SET_VRING_BASE = 10,
				CAIRN_VHOST_USER_GET_VRING_BASE = 11,
				CAIRN_VHOST_USER_SET_VRING_KICK = 12,
				CAIRN_VHOST_USER_SET_VRING_CALL = 13,
				CAIRN_VHOST_USER_SET_VRING_ERR = 14,
				CAIRN_VHOST_USER_GET_PROTOCOL_FEATURES = 15,
				CAIRN_VHOST_USER_SET_PROTOCOL_FEATURES = 16,
				CAIRN_VHOST_USER_GET_QUEUE_NUM = 17,
				CAIRN_VHOST_USER_SET_VRING_ENABLE = 18,
				CAIRN_VHOST_USER_SET_BACKEND_REQ_FD = 21,
				CAIRN_VHOST_USER_GET_CONFIG = 24,
				CAIRN_VHOST_USER_SET_CONFIG = 25,
				CAIRN_VHOST_USER_RESET_DEVICE = 34,
				CAIRN_VHOST_USER_GET_MAX_MEM_SLOTS = 36,
				CAIRN_VHOST_USER_ADD_MEM_REG = 37,
				CAIRN_VHOST_USER_REM_MEM_REG = 38,
};

/* From the back end, on the socket of SET_BACKEND_REQ_FD. */
enum cairn_vhost_user_backend_request {
	CAIRN_VHOST_USER_BACKEND_CONFIG_CHANGE = 2,
};

enum cairn_vhost_user_flags {
	CAIRN_VHOST_USER_VERSION_MASK = 3,
	CAIRN_VHOST_USER_VERSION = 1,
	CAIRN_VHOST_USER_REPLY = 1u << 2,
	CAIRN_VHOST_USER_NEED_REPLY = 1u << 3,
};

/* Protocol features, by bit number. */
enum cairn_vhost_user_protocol {
	CAIRN_VHOST_USER_P_MQ = 0,
	CAIRN_VHOST_USER_P_LOG_SHMFD = 1,
	CAIRN_VHOST_USER_P_RARP = 2,
	CAIRN_VHOST_USER_P_REPLY_ACK = 3,
	CAIRN_VHOST_USER_P_MTU = 4,
	CAIRN_VHOST_USER_P_BACKEND_REQ = 5,
	CAIRN_VHOST_USER_P_CROSS_ENDIAN = 6,
	CAIRN_VHOST_USER_P_CRYPTO_SESSION = 7,
	CAIRN_VHOST_USER_P_PAGEFAULT = 8,
	CAIRN_VHOST_USER_P_CONFIG = 9,
	CAIRN_VHOST_USER_P_BACKEND_SEND_FD = 10,
	CAIRN_VHOST_USER_P_HOST_NOTIFIER = 11,
	CAIRN_VHOST_USER_P_INFLIGHT_SHMFD = 12,
	CAIRN_VHOST_USER_P_RESET_DEVICE = 13,
	CAIRN_VHOST_USER_P_INBAND_NOTIFICATIONS = 14,
	CAIRN_VHOST_USER_P_CONFIGURE_MEM_SLOTS = 15,
	CAIRN_VHOST_USER_P_STATUS = 16,
	CAIRN_VHOST_USER_P_XEN_MMAP = 17,
	CAIRN_VHOST_USER_P_SHARED_OBJECT = 18,
	CAIRN_VHOST_USER_P_DEVICE_STATE = 19,
};

struct cairn_vhost_user_header {
	uint32_t request; /* enum cairn_vhost_user_request, or another */
	uint32_t flags;   /* enum cairn_vhost_user_flags */
	uint32_t size;    /* bytes of the body */
};
CAIRN_STATIC_ASSERT(sizeof(struct cairn_vhost_user_header) == CAIRN_VHOST_USER_HEADER_BYTES,
		    "vhost-user header");

/* Bodies as they are on the wire. */
struct cairn_vhost_user_state { /* NUM, BASE, ENABLE */
	uint32_t index, num;
};
struct cairn_vhost_user_addr {
	uint32_t index, flags;
	uint64_t desc, used, avail, log; /* the front end's own virtual addresses */
};
struct cairn_vhost_user_region {
	uint64_t gpa, len_bytes, uva;
	uint64_t fd_offset; /* where gpa is in the file that came along */
};
struct cairn_vhost_user_config { /* followed by len_bytes bytes */
	uint32_t offset, len_bytes, flags;
};
CAIRN_STATIC_ASSERT(sizeof(struct cairn_vhost_user_state) == 8, "vhost-user vring state");
CAIRN_STATIC_ASSERT(sizeof(struct cairn_vhost_user_addr) == 40, "vhost-user vring address");
CAIRN_STATIC_ASSERT(sizeof(struct cairn_vhost_user_region) == 32, "vhost-user memory region");
CAIRN_STATIC_ASSERT(sizeof(struct cairn_vhost_user_config) == 12, "vhost-user configuration");

#define CAIRN_VHOST_USER_NO_FD (UINT64_C(1) << 8) /* in the word of KICK, CALL, ERR */

/* A checked request. Which member of the union is valid follows from the request. */
struct cairn_vhost_user_msg {
	enum cairn_vhost_user_request request;
	bool need_reply;
	unsigned int n_fds;
	union {
		uint64_t u64;
		struct cairn_vhost_user_state state;
		struct cairn_vhost_user_addr addr;
		struct {
			uint8_t index;
			bool has_fd;
		} ring_fd; /* KICK, CALL, ERR */
		struct {
			uint32_t n; /* as many as there are descriptors */
			struct cairn_vhost_user_region regions[CAIRN_VHOST_USER_MAX_REGIONS];
		} table;
		struct cairn_vhost_user_region region; /* ADD, REM */
		struct {
			uint32_t offset, len_bytes; /* inside CAIRN_VHOST_USER_MAX_CONFIG */
			uint8_t bytes[CAIRN_VHOST_USER_MAX_CONFIG]; /* SET only */
		} config;
	};
};

/*
 * cairn_vhost_user_parse_header() - the first twelve bytes of a message.
 *
 * @is_reply: it comes from the back end
 *
 * Returns 0; -EPROTO: version, reserved bits, REPLY bit on the wrong side, longer than
 * CAIRN_VHOST_USER_MAX_BODY. After that the stream can not be trusted: close it.
 */
CAIRN_MUST_USE int cairn_vhost_user_parse_header(const uint8_t *bytes, bool is_reply,
						 struct cairn_vhost_user_header *ret,
						 struct cairn_err *err);

/*
 * cairn_vhost_user_parse() - a whole request.
 *
 * @h, @body: as parsed; h->size bytes. @n_fds: descriptors that came along
 *
 * Returns 0; -ENOSYS: a request that is not in the enum above; -EPROTO: a size, number of
 * descriptors or value that the request cannot have. In both cases the stream is still in step, and
 * the back end may answer with a failure and go on. A table longer than its regions is accepted
 * (Linux's UML sends one), and so is a GET_CONFIG with or without room for the bytes.
 */
CAIRN_MUST_USE int cairn_vhost_user_parse(const struct cairn_vhost_user_header *h,
					  const uint8_t *body, unsigned int n_fds,
					  struct cairn_vhost_user_msg *ret, struct cairn_err *err);

/* For people: "SET_MEM_TABLE", or "unknown request". */
const char *cairn_vhost_user_name(uint32_t request);

/* True when the request has a reply of its own, which takes the place of an acknowledgement. */
bool cairn_vhost_user_has_reply(uint32_t request);

#ifdef __cplusplus
}
#endif
#endif
