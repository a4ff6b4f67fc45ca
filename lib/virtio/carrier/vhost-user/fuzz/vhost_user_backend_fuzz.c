/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * A hostile front end and a moody device. The input is a list of operations: messages, half of them
 * nearly right, with descriptors of all kinds; kicks; the device answering at once, later, with
 * errors, or breaking; connections that end, also because patience does. Afterwards everything is
 * let go, and the carrier must be free again, with no ring running and no memory held.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cairn/vdev_script.h>
#include <cairn/vhost_user_socket.h>
#include <cairn/virtio_vhost_user.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_OPS   200
#define MAX_TURNS 300
#define MEM_BYTES 0x10000u
#define UVA       UINT64_C(0x40000000)

enum { FD_MEMORY, FD_EVENT, FD_SOCKET, FD_NULL, FD_KINDS };

static int fds[FD_KINDS];
static struct cairn_loop *loop;
static struct cairn_vdev_script dev;
static struct cairn_virtio_vhost_user *b;
static int front; /* the front end's end; -1: hung up */
static struct cairn_reader in;
static bool refused_view;

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void open_fds(void)
{
	int pair[2];

	if (fds[FD_MEMORY])
		return;
	fds[FD_MEMORY] = memfd_create("fuzz", MFD_CLOEXEC);
	must(ftruncate(fds[FD_MEMORY], MEM_BYTES) == 0);
	fds[FD_EVENT] = eventfd(0, EFD_NONBLOCK);
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
	fds[FD_SOCKET] = pair[0];
	fds[FD_NULL] = open("/dev/null", O_RDWR | O_CLOEXEC);
}

static void turn(void)
{
	int quiet = 0;

	for (int i = 0; quiet < 2 && i < MAX_TURNS; i++)
		quiet = cairn_loop_dispatch(loop, 0) > 0 ? 0 : quiet + 1;
	must(quiet == 2); /* nothing spins */
}

static void hang_up(void)
{
	if (front >= 0)
		close(front);
	front = -1;
}

static void connect_again(void)
{
	int pair[2];

	if (front >= 0 && cairn_virtio_vhost_user_is_connected(b))
		return;
	hang_up();
	turn();
	if (cairn_virtio_vhost_user_is_connected(b))
		return; /* an op is held */
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	must(cairn_virtio_vhost_user_take(b, pair[0]) == 0);
	front = pair[1];
}

/* Bodies that get past the parser, most of the time; the input has the last word on some. */
static uint32_t make_body(uint32_t request, uint8_t *body, unsigned int *n_fds, int *kind)
{
	uint64_t words[5] = { 0 };
	uint32_t pair[2] = { cairn_reader_u8(&in) % 3, cairn_reader_u8(&in) };

	*n_fds = 0;
	*kind = FD_EVENT;
	switch (request) {
	case CAIRN_VHOST_USER_SET_FEATURES:
	case CAIRN_VHOST_USER_SET_PROTOCOL_FEATURES:
		words[0] = request == CAIRN_VHOST_USER_SET_FEATURES
			       ? (uint64_t)pair[1] << 28 | CAIRN_VIRTIO_F_VERSION_1
			       : (uint64_t)pair[1] << 8 | 9;
		break;
	case CAIRN_VHOST_USER_SET_VRING_KICK:
	case CAIRN_VHOST_USER_SET_VRING_CALL:
	case CAIRN_VHOST_USER_SET_VRING_ERR:
		words[0] = pair[0] | (pair[1] & 1 ? 0 : CAIRN_VHOST_USER_NO_FD);
		*n_fds = pair[1] & 1;
		break;
	case CAIRN_VHOST_USER_SET_VRING_ADDR:
		memcpy(words, pair, 4);
		words[1] = UVA + (pair[1] & 0xf0u) * 16;
		words[2] = UVA + 0x4000;
		words[3] = UVA + 0x8000;
		memcpy(body, words, 32);
		memset(body + 32, 0, 8);
		return 40;
	case CAIRN_VHOST_USER_SET_MEM_TABLE:
	case CAIRN_VHOST_USER_ADD_MEM_REG:
	case CAIRN_VHOST_USER_REM_MEM_REG:
		words[0] = 1;
		words[1] = (uint64_t)pair[1] << 12;
		words[2] = MEM_BYTES - (pair[0] << 12);
		words[3] = UVA + ((uint64_t)(pair[1] & 0xf0) << 12);
		words[4] = pair[0] << 12;
		*n_fds = 1;
		*kind = FD_MEMORY;
		memcpy(body, words, 40);
		return 40;
	case CAIRN_VHOST_USER_SET_BACKEND_REQ_FD:
		*n_fds = 1;
		*kind = FD_SOCKET;
		return 0;
	case CAIRN_VHOST_USER_GET_CONFIG:
	case CAIRN_VHOST_USER_SET_CONFIG:
		memcpy(body, pair, 8);
		memset(body + 8, 0, 64);
		return 12 + 60;
	case CAIRN_VHOST_USER_SET_VRING_NUM:
		pair[1] = 1u << (pair[1] % 6);
		break;
	default:
		break;
	}
	if (!words[0])
		memcpy(words, pair, 8);
	memcpy(body, words, 8);
	return cairn_vhost_user_has_reply(request) && request != CAIRN_VHOST_USER_GET_VRING_BASE
		   ? 0
		   : 8;
}

static void op_message(void)
{
	uint8_t how = cairn_reader_u8(&in);
	struct cairn_vhost_user_header h = { cairn_reader_u8(&in) % 42u, 1, 0 };
	uint8_t body[256] = { 0 };
	unsigned int n_fds;
	int kind, passed[4];

	h.size = make_body(h.request, body, &n_fds, &kind);
	if (h.request == CAIRN_VHOST_USER_SET_OWNER || h.request == CAIRN_VHOST_USER_RESET_OWNER ||
	    h.request == CAIRN_VHOST_USER_RESET_DEVICE)
		h.size = 0;
	if (how & 1)
		h.flags |= CAIRN_VHOST_USER_NEED_REPLY;
	if ((how & 0x0e) == 0x0e) { /* spoilt */
		h.size = cairn_reader_u8(&in);
		cairn_reader_bytes(&in, body, cairn_reader_u8(&in) % 64u);
		kind = how >> 4 & 3;
		n_fds = how >> 6;
	}
	for (unsigned int i = 0; i < CAIRN_ARRAY_LEN(passed); i++)
		passed[i] = fds[kind];
	(void)!cairn_vhost_user_send(front, &h, body, passed, n_fds);
}

static void op_bytes(void)
{
	uint8_t bytes[64];
	size_t n = cairn_reader_u8(&in) % sizeof(bytes);

	cairn_reader_bytes(&in, bytes, n);
	(void)!send(front, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void op_device(void)
{
	uint8_t what = cairn_reader_u8(&in), op = what % CAIRN_VDEV_SCRIPT_OPS;

	dev.answer[op] = cairn_reader_u8(&in) % 5;
	dev.status[op] = what & 0x80 ? -EIO : 0;
	dev.stop_pos.avail = what;
	cairn_virtio_vhost_user_set_patience(b, what & 0x40 ? 1 : 0);
	refused_view |= op == CAIRN_VDEV_OP_SET_VIEW;
}

static void op(void)
{
	uint8_t buffer[4096];

	switch (cairn_reader_u8(&in) % 16) {
	default:
		op_message();
		break;
	case 9:
		op_bytes();
		break;
	case 10:
		eventfd_write(fds[FD_EVENT], 1);
		break;
	case 11:
		op_device();
		break;
	case 12:
		cairn_vdev_script_release(&dev, cairn_reader_u8(&in) % CAIRN_VDEV_SCRIPT_OPS);
		break;
	case 13:
		cairn_vdev_script_config(&dev, 0, cairn_reader_u8(&in));
		for (uint16_t i = 0; i < 2; i++)
			if (dev.queues[i].running)
				cairn_vdev_script_signal(&dev, i);
		break;
	case 14:
		cairn_vdev_break(&dev.vdev, -EPROTO);
		break;
	case 15:
		hang_up();
		break;
	}
	while (front >= 0 && recv(front, buffer, sizeof(buffer), MSG_DONTWAIT) > 0)
		;
	turn();
	connect_again();
}

static void let_go(void)
{
	hang_up();
	for (int round = 0; round < 8; round++) {
		for (int i = CAIRN_VDEV_OP_NONE; i < (int)CAIRN_VDEV_SCRIPT_OPS; i++) {
			dev.answer[i] = CAIRN_VDEV_SCRIPT_NOW;
			dev.status[i] = 0;
			cairn_vdev_script_release(&dev, (enum cairn_vdev_op)i);
		}
		turn();
	}
	must(!cairn_virtio_vhost_user_is_connected(b));
	must(!dev.queues[0].running && !dev.queues[1].running);
	/* Unless the device refused to let go, as this one may. */
	if (!refused_view)
		must(!dev.vdev.view || cairn_memview_mem(dev.vdev.view)->n_regions == 0);
}

static void on_refused(void *ctx, const char *what, const struct cairn_err *err)
{
	must(what && err->what && err->code > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t queue_max[] = { 8, 16 };
	const struct cairn_vdev_script_desc desc = { .features = CAIRN_VIRTIO_F_INDIRECT_DESC |
								 CAIRN_VIRTIO_F_EVENT_IDX,
						     .n_queues = 2,
						     .config_len = 60,
						     .queue_max = queue_max };
	const struct cairn_virtio_vhost_user_news news = { .refused = on_refused };
	struct cairn_vdev_script_desc with_loop = desc;

	open_fds();
	cairn_reader_init(&in, data, size);
	front = -1;
	refused_view = false;
	must(cairn_loop_new(&loop) == 0);
	with_loop.home = loop;
	must(cairn_vdev_script_init(&dev, &with_loop) == 0);
	must(cairn_virtio_vhost_user_open(&dev.vdev, &news, &b) == 0);
	connect_again();
	for (int n = 0; n < MAX_OPS && cairn_reader_left(&in); n++)
		op();
	let_go();
	cairn_virtio_vhost_user_close(b);
	cairn_vdev_fini(&dev.vdev);
	cairn_loop_free(loop);
	return 0;
}
