/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* client.c - messages, negotiation, memory. */
#include <cairn/vhost_user_client.h>

#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TIMEOUT_MS 10000
#define MAX_TURNS  1000 /* of a back end in this thread, for one answer */

void cairn_vhost_user_client_init(struct cairn_vhost_user_client *c, int sock)
{
	memset(c, 0, sizeof(*c));
	c->sock = sock;
	c->rx.is_client = true;
	c->memfd = -1;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(c->rings); i++)
		c->rings[i].kick_fd = c->rings[i].call_fd = -1;
}

int cairn_vhost_user_client_connect(struct cairn_vhost_user_client *c, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int sock, r = 0;

	if (len >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	memcpy(addr.sun_path, path, len + 1);
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return -errno;
	if (connect(sock, (const struct sockaddr *)&addr, sizeof(addr)) < 0)
		r = -errno;
	if (r < 0)
		close(sock);
	else
		cairn_vhost_user_client_init(c, sock);
	return r;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void cairn_vhost_user_client_fini(struct cairn_vhost_user_client *c)
{
	cairn_vhost_user_rx_reset(&c->rx);
	close_fd(&c->sock);
	close_fd(&c->memfd);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(c->rings); i++) {
		close_fd(&c->rings[i].kick_fd);
		close_fd(&c->rings[i].call_fd);
	}
	if (c->ram)
		munmap(c->ram, c->ram_bytes);
	c->ram = NULL;
}

/* Let the back end work, or wait for it. Returns 0 or -ETIMEDOUT. */
static int await(struct cairn_vhost_user_client *c, int turns)
{
	struct pollfd p = { .fd = c->sock, .events = POLLIN };

	if (c->turn.fn) {
		cairn_trigger_fire(&c->turn);
		return turns < MAX_TURNS ? 0 : -ETIMEDOUT;
	}
	return poll(&p, 1, c->timeout_ms ? c->timeout_ms : TIMEOUT_MS) == 1 ? 0 : -ETIMEDOUT;
}

static int receive(struct cairn_vhost_user_client *c, uint32_t request)
{
	int r = 0;

	for (int turns = 0; r == 0; turns++) {
		r = await(c, turns);
		if (r == 0)
			r = cairn_vhost_user_recv(&c->rx, c->sock, NULL);
	}
	if (r < 0)
		return r;
	return c->rx.header.request == request ? 0 : -EPROTO;
}

static int take_reply(struct cairn_vhost_user_client *c, bool is_ack, void *reply, size_t cap)
{
	uint32_t len = c->rx.header.size;
	uint64_t word = 1;

	if (!is_ack) {
		memcpy(reply, c->rx.body, cairn_min_u64(len, cap));
		return (int)len;
	}
	if (len == sizeof(word))
		memcpy(&word, c->rx.body, sizeof(word));
	return word ? -EREMOTEIO : 0;
}

int cairn_vhost_user_client_request(struct cairn_vhost_user_client *c, uint32_t request,
				    const void *body, uint32_t len, const int *fds,
				    unsigned int n_fds, void *reply, size_t cap)
{
	bool has_reply = cairn_vhost_user_has_reply(request);
	bool wants_ack = !has_reply && (c->protocol >> CAIRN_VHOST_USER_P_REPLY_ACK & 1);
	struct cairn_vhost_user_header h = {
		.request = request,
		.flags = CAIRN_VHOST_USER_VERSION | (wants_ack ? CAIRN_VHOST_USER_NEED_REPLY : 0u),
		.size = len,
	};
	int r = cairn_vhost_user_send(c->sock, &h, body, fds, n_fds);

	if (r < 0)
		return r == -EPIPE ? -ENOTCONN : r;
	if (!has_reply && !wants_ack)
		return 0;
	r = receive(c, request);
	if (r == 0)
		r = take_reply(c, wants_ack, reply, cap);
	cairn_vhost_user_rx_reset(&c->rx);
	return r;
}

int cairn_vhost_user_client_u64(struct cairn_vhost_user_client *c, uint32_t request, uint64_t value)
{
	return cairn_vhost_user_client_request(c, request, &value, sizeof(value), NULL, 0, NULL, 0);
}

int cairn_vhost_user_client_state(struct cairn_vhost_user_client *c, uint32_t request,
				  uint32_t index, uint32_t num)
{
	struct cairn_vhost_user_state s = { index, num };

	return cairn_vhost_user_client_request(c, request, &s, sizeof(s), NULL, 0, NULL, 0);
}

int cairn_vhost_user_client_get(struct cairn_vhost_user_client *c, uint32_t request, uint64_t *ret)
{
	int r = cairn_vhost_user_client_request(c, request, NULL, 0, NULL, 0, ret, sizeof(*ret));

	if (r < 0)
		return r;
	return r == sizeof(*ret) ? 0 : -EPROTO;
}

int cairn_vhost_user_client_fd(struct cairn_vhost_user_client *c, uint32_t request, uint32_t index,
			       int fd)
{
	uint64_t word = index | (fd < 0 ? CAIRN_VHOST_USER_NO_FD : 0);

	return cairn_vhost_user_client_request(c, request, &word, sizeof(word), &fd, fd < 0 ? 0 : 1,
					       NULL, 0);
}

int cairn_vhost_user_client_negotiate(struct cairn_vhost_user_client *c, uint64_t features,
				      uint64_t protocol)
{
	uint64_t offered, offered_protocol = 0;
	int r = cairn_vhost_user_client_request(c, CAIRN_VHOST_USER_SET_OWNER, NULL, 0, NULL, 0,
						NULL, 0);

	if (r == 0)
		r = cairn_vhost_user_client_get(c, CAIRN_VHOST_USER_GET_FEATURES, &offered);
	if (r < 0)
		return r;
	c->features = features & offered;
	if (c->features & CAIRN_VHOST_USER_F_PROTOCOL) {
		r = cairn_vhost_user_client_get(c, CAIRN_VHOST_USER_GET_PROTOCOL_FEATURES,
						&offered_protocol);
		if (r == 0)
			r = cairn_vhost_user_client_u64(c, CAIRN_VHOST_USER_SET_PROTOCOL_FEATURES,
							protocol & offered_protocol);
		if (r < 0)
			return r;
		c->protocol = protocol & offered_protocol;
	}
	return cairn_vhost_user_client_u64(c, CAIRN_VHOST_USER_SET_FEATURES, c->features);
}

struct cairn_vhost_user_region cairn_vhost_user_client_region(
    const struct cairn_vhost_user_client *c)
{
	return (struct cairn_vhost_user_region){
		.gpa = CAIRN_VHOST_USER_CLIENT_GPA,
		.len_bytes = c->ram_bytes,
		.uva = CAIRN_VHOST_USER_CLIENT_UVA,
		.fd_offset = CAIRN_VHOST_USER_CLIENT_OFFSET,
	};
}

static int make_ram(struct cairn_vhost_user_client *c, uint64_t bytes)
{
	const off_t offset = (off_t)CAIRN_VHOST_USER_CLIENT_OFFSET;
	void *p;

	c->memfd = memfd_create("front-end", MFD_CLOEXEC);
	if (c->memfd < 0 || ftruncate(c->memfd, offset + (off_t)bytes) < 0)
		return -errno;
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, c->memfd, offset);
	if (p == MAP_FAILED)
		return -errno;
	c->ram = p;
	c->ram_bytes = bytes;
	c->next = 0;
	return 0;
}

int cairn_vhost_user_client_share(struct cairn_vhost_user_client *c, uint64_t bytes)
{
	struct {
		uint32_t n, zero;
		struct cairn_vhost_user_region region;
	} table = { .n = 1 };
	int r = c->ram ? 0 : make_ram(c, bytes);

	if (r < 0)
		return r;
	table.region = cairn_vhost_user_client_region(c);
	return cairn_vhost_user_client_request(c, CAIRN_VHOST_USER_SET_MEM_TABLE, &table,
					       sizeof(table), &c->memfd, 1, NULL, 0);
}

int cairn_vhost_user_client_alloc(struct cairn_vhost_user_client *c, uint64_t len, uint64_t align,
				  cairn_gpa *ret)
{
	uint64_t at;

	if (!cairn_align_up(c->next, align, &at) || !cairn_in_range(at, len, c->ram_bytes))
		return -ENOSPC;
	c->next = at + len;
	*ret = cairn_gpa_of(CAIRN_VHOST_USER_CLIENT_GPA + at);
	return 0;
}

void *cairn_vhost_user_client_host(const struct cairn_vhost_user_client *c, cairn_gpa at)
{
	return c->ram + (at.v - CAIRN_VHOST_USER_CLIENT_GPA);
}
