/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Random reads of 4 KiB from any vhost-user block back end:
 *
 *	vhost_user_bench SOCKET DEPTH SECONDS
 *
 * keeps DEPTH reads under way on one ring and prints one line of JSON: reads per second, and how
 * many of them the back end's process does in a second of its own CPU time.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cairn/vhost_user_client.h>

#define RING_SIZE  256u
#define MAX_DEPTH  64u
#define READ_BYTES 4096u
#define WARM_UP_NS UINT64_C(200000000)

struct request {
	cairn_gpa at; /* header, status, data */
	struct {
		uint32_t type, zero;
		uint64_t sector;
	} * header;
	uint8_t *status;
};

struct run {
	struct request requests[MAX_DEPTH];
	struct request *by_head[RING_SIZE];
	uint64_t blocks; /* of READ_BYTES */
	uint64_t random, reads;
	clockid_t backend;
};

static struct cairn_vhost_user_client c;
static struct run run;

static void die(const char *what, int r)
{
	fprintf(stderr, "vhost_user_bench: %s: %s\n", what, strerror(-r));
	exit(1);
}

static uint64_t now_ns(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t) < 0)
		die("clock", -errno);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* xorshift64: the same addresses for every back end. */
static uint64_t next_block(void)
{
	run.random ^= run.random << 13;
	run.random ^= run.random >> 7;
	run.random ^= run.random << 17;
	return run.random % run.blocks;
}

static void submit(struct request *q)
{
	const struct cairn_virtq_buf bufs[] = {
		{ q->at, 16, false },
		{ cairn_gpa_of(q->at.v + 4096), READ_BYTES, true },
		{ cairn_gpa_of(q->at.v + 16), 1, true },
	};
	uint16_t head;
	int r;

	q->header->sector = next_block() * (READ_BYTES / 512);
	*q->status = 0xff;
	r = cairn_virtq_driver_add(&c.rings[0].driver, bufs, 3, NULL, &head);
	if (r < 0)
		die("ring", r);
	run.by_head[head] = q;
}

static void wait_for_call(void)
{
	struct pollfd p = { .fd = c.rings[0].call_fd, .events = POLLIN };
	uint64_t n;

	if (cairn_virtq_driver_enable_interrupts(&c.rings[0].driver))
		return;
	if (poll(&p, 1, 10000) != 1)
		die("the back end does not answer", -ETIMEDOUT);
	(void)!read(p.fd, &n, sizeof(n));
}

static void complete_some(void)
{
	uint16_t head;
	uint32_t written;
	int r;

	cairn_virtq_driver_disable_interrupts(&c.rings[0].driver);
	while ((r = cairn_virtq_driver_get(&c.rings[0].driver, &head, &written)) > 0) {
		if (*run.by_head[head]->status != 0)
			die("a read failed", -EIO);
		run.reads++;
		submit(run.by_head[head]);
	}
	if (r < 0)
		die("ring", r);
	cairn_vhost_user_client_kick(&c, 0);
}

static void read_for(uint64_t ns)
{
	uint64_t end = now_ns(CLOCK_MONOTONIC) + ns;

	while (now_ns(CLOCK_MONOTONIC) < end) {
		wait_for_call();
		complete_some();
	}
}

static void set_up(const char *path, unsigned int depth)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	struct {
		struct cairn_vhost_user_config c;
		uint8_t capacity[8];
	} config = { { 0, 8, 0 }, { 0 } };
	int r = cairn_vhost_user_client_connect(&c, path);

	if (r == 0)
		r = cairn_vhost_user_client_negotiate(
		    &c,
		    CAIRN_VIRTIO_F_VERSION_1 | CAIRN_VIRTIO_F_EVENT_IDX |
			CAIRN_VIRTIO_F_INDIRECT_DESC | CAIRN_VHOST_USER_F_PROTOCOL,
		    1u << CAIRN_VHOST_USER_P_REPLY_ACK | 1u << CAIRN_VHOST_USER_P_CONFIG);
	if (r == 0)
		r = cairn_vhost_user_client_request(&c, CAIRN_VHOST_USER_GET_CONFIG, &config,
						    sizeof(config), NULL, 0, &config,
						    sizeof(config));
	if (r == sizeof(config))
		r = cairn_vhost_user_client_share(&c, (MAX_DEPTH * 2 + 16) * 4096);
	if (r == 0)
		r = cairn_vhost_user_client_ring(&c, 0, RING_SIZE);
	if (r < 0)
		die(path, r);
	run.blocks = cairn_le_load(config.capacity, 8) * 512 / READ_BYTES;
	if (!run.blocks)
		die("the disk is too small", -EINVAL);
	if (getsockopt(c.sock, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 ||
	    clock_getcpuclockid(peer.pid, &run.backend) != 0)
		die("the back end's clock", -errno);
	for (unsigned int i = 0; i < depth; i++) {
		struct request *q = &run.requests[i];

		if (cairn_vhost_user_client_alloc(&c, 8192, 4096, &q->at) < 0)
			die("memory", -ENOMEM);
		q->header = cairn_vhost_user_client_host(&c, q->at);
		q->status = cairn_vhost_user_client_host(&c, cairn_gpa_of(q->at.v + 16));
		submit(q);
	}
	cairn_vhost_user_client_kick(&c, 0);
}

int main(int argc, char **argv)
{
	unsigned int depth = argc == 4 ? (unsigned int)strtoul(argv[2], NULL, 10) : 0;
	double seconds = argc == 4 ? strtod(argv[3], NULL) : 0;
	uint64_t start, cpu;

	if (!depth || depth > MAX_DEPTH || !(seconds > 0)) {
		fprintf(stderr, "Usage: vhost_user_bench SOCKET DEPTH(1-%u) SECONDS\n", MAX_DEPTH);
		return 2;
	}
	run.random = UINT64_C(0x9e3779b97f4a7c15);
	set_up(argv[1], depth);
	read_for(WARM_UP_NS);
	run.reads = 0;
	start = now_ns(CLOCK_MONOTONIC);
	cpu = now_ns(run.backend);
	read_for((uint64_t)(seconds * 1e9));
	seconds = (double)(now_ns(CLOCK_MONOTONIC) - start) / 1e9;
	cpu = now_ns(run.backend) - cpu;
	printf("{\"depth\": %u, \"iops\": %.0f, \"iops_per_cpu_s\": %.0f, \"cpu_share\": %.3f}\n",
	       depth, (double)run.reads / seconds, (double)run.reads / ((double)cpu / 1e9),
	       (double)cpu / 1e9 / seconds);
	cairn_vhost_user_client_fini(&c);
	return 0;
}
