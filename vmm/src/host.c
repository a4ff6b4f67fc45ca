/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confine.h"
#include "host.h"
#include "log.h"

int host_file_read(struct host_file *f, uint64_t off, void *dst, size_t len)
{
	uint8_t *to = dst;

	while (len) {
		ssize_t n = pread(f->fd, to, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return f->error = n ? -errno : -ENODATA;
		to += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int open_input(struct host_file *f, const char *option, const char *path)
{
	struct stat st;

	f->path = path;
	f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hold us */
	if (f->fd < 0) {
		log_error("%s %s: %s", option, path, strerror(errno));
		return EXIT_BAD_FILE;
	}
	if (fstat(f->fd, &st) || !S_ISREG(st.st_mode)) {
		log_error("%s %s: not a regular file", option, path);
		return EXIT_BAD_FILE;
	}
	if (st.st_size == 0) {
		log_error("%s %s: the file is empty", option, path);
		return EXIT_BAD_FILE;
	}
	f->size_bytes = (uint64_t)st.st_size;
	return 0;
}

int host_output_open(const char *option, const char *path, int *ret_fd)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0644);

	if (fd >= 0) {
		*ret_fd = fd;
		return 0;
	}
	log_error("%s=%s: %s", option, path, strerror(errno));
	return EXIT_BAD_FILE;
}

static int write_pidfile(struct host *h, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0) {
		log_error("--pidfile %s: %s%s", path, strerror(errno),
			  errno == EEXIST ? " (is cairn running already? else remove it)" : "");
		return EXIT_BAD_FILE;
	}
	h->pidfile = path;
	if (dprintf(fd, "%ld\n", (long)getpid()) < 0) {
		log_error("--pidfile %s: %s", path, strerror(errno));
		close(fd);
		return EXIT_BAD_FILE;
	}
	close(fd);
	return 0;
}

/* On each thread of an engine. Without its filter it must not touch a guest's request. */
static void confine_pool(void *ctx)
{
	const struct host *h = ctx;

	if (confine_thread(CONFINE_POOL, h->seccomp)) {
		log_error("system call filter of a block engine's thread: refused");
		abort();
	}
}

static int open_engine(struct host *h, struct host_disk *d, const struct disk_options *o,
		       struct cairn_err *err)
{
	static const enum cairn_block_kind kinds[] = { [ENGINE_AUTO] = CAIRN_BLOCK_AUTO,
						       [ENGINE_URING] = CAIRN_BLOCK_URING,
						       [ENGINE_THREADS] = CAIRN_BLOCK_THREADS };
	const struct cairn_block_engine_cfg cfg = {
		.kind = kinds[o->engine], .thread_start = { .fn = confine_pool, .ctx = h }
	};
	int r = h->engine_new(d->disk, &cfg, &d->engines[d->n_engines], err);

	if (!r && d->engines[d->n_engines++]->note)
		log_info("--disk path=%s: %s", o->path, d->engines[0]->note);
	return r;
}

static int open_disk(struct host *h, const struct disk_options *o)
{
	uint32_t flags = CAIRN_DISK_PATIENT | (o->read_only ? CAIRN_DISK_READ_ONLY : 0u) |
			 (o->direct ? CAIRN_DISK_DIRECT : 0u);
	struct host_disk *d = &h->disks[h->n_disks];
	struct cairn_err err = { 0 };
	char subject[4200];
	int r = cairn_disk_open(o->path, flags, &d->disk, &err);

	snprintf(subject, sizeof(subject), "--disk path=%s", o->path);
	if (r) {
		log_err_of(subject, o->path, &err);
		return EXIT_BAD_FILE;
	}
	h->n_disks++;
	while (d->n_engines < o->queues) {
		r = open_engine(h, d, o, &err);
		if (r) {
			log_err_of(subject, o->path, &err);
			return EXIT_HOST;
		}
	}
	return 0;
}

static int open_disks(struct host *h, const struct run_options *o)
{
	int r = 0;

	for (size_t i = 0; i < o->n_disks && !r; i++)
		r = open_disk(h, &o->disks[i]);
	return r;
}

/* A unicast, locally administered address (IEEE 802, 8.4). */
static int make_mac(uint8_t mac[6])
{
	if (getrandom(mac, 6, 0) != 6)
		return -errno;
	mac[0] = (uint8_t)((mac[0] & 0xfc) | 0x02);
	return 0;
}

static int open_net(struct host *h, const struct net_options *o)
{
	struct host_net *n = &h->nets[h->n_nets];
	struct cairn_err err = { 0 };
	char subject[32], tap[32];
	int r;

	snprintf(subject, sizeof(subject), "--net tap=%s", o->tap);
	snprintf(tap, sizeof(tap), "tap %s", o->tap);
	if (h->net_open(o->tap, (uint16_t)o->queues, n->ports, &err)) {
		log_err_of(subject, tap, &err);
		return err.code == ENODEV || err.code == ENOENT || err.code == EINVAL
			   ? EXIT_BAD_FILE
			   : EXIT_HOST;
	}
	n->n_ports = (uint16_t)o->queues;
	h->n_nets++;
	if (o->has_mac) {
		memcpy(n->mac, o->mac, sizeof(n->mac));
		return 0;
	}
	r = make_mac(n->mac);
	if (!r)
		return 0;
	log_error("%s: no random address: %s", subject, strerror(-r));
	return EXIT_HOST;
}

static int open_nets(struct host *h, const struct run_options *o)
{
	int r = 0;

	for (size_t i = 0; i < o->n_nets && !r; i++)
		r = open_net(h, &o->nets[i]);
	return r;
}

static void close_disk(struct host_disk *d)
{
	for (uint16_t i = 0; i < d->n_engines; i++)
		cairn_block_engine_free(d->engines[i]);
	cairn_disk_close(d->disk);
}

/* More than there is would be promised, and the guest be killed in the middle of something. */
static int check_memory(const struct run_options *o)
{
	uint64_t host = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);

	if (o->memory_bytes <= host)
		return 0;
	log_error("--memory: %llu MiB is more than the %llu MiB that this host has",
		  (unsigned long long)(o->memory_bytes >> 20), (unsigned long long)(host >> 20));
	return EXIT_HOST;
}

int host_open(struct host *h, const struct run_options *o, host_engine_fn *engine_new,
	      host_net_fn *net_open)
{
	int r;

	*h = (struct host){ .kernel.fd = -1,
			    .initrd.fd = -1,
			    .console_fd = -1,
			    .seccomp = o->seccomp,
			    .engine_new = engine_new,
			    .net_open = net_open };
	r = check_memory(o);
	if (!r)
		r = o->kernel ? open_input(&h->kernel, "--kernel", o->kernel)
			      : open_input(&h->kernel, "--firmware", o->firmware);
	if (!r && o->initrd)
		r = open_input(&h->initrd, "--initrd", o->initrd);
	if (!r)
		r = open_disks(h, o);
	if (!r)
		r = open_nets(h, o);
	if (!r)
		r = flash_file_open(&h->flash, o);
	if (!r && o->console_file)
		r = host_output_open("--console file", o->console_file, &h->console_fd);
	if (!r && o->pidfile)
		r = write_pidfile(h, o->pidfile);
	if (r)
		host_close(h);
	return r;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void host_forget(struct host *h)
{
	if (h->pidfile)
		unlink(h->pidfile);
	h->pidfile = NULL;
}

void host_close(struct host *h)
{
	close_fd(&h->kernel.fd);
	close_fd(&h->initrd.fd);
	close_fd(&h->console_fd);
	for (size_t i = 0; i < h->n_disks; i++)
		close_disk(&h->disks[i]);
	h->n_disks = 0;
	for (size_t i = 0; i < h->n_nets; i++)
		for (uint16_t k = 0; k < h->nets[i].n_ports; k++)
			cairn_net_close(h->nets[i].ports[k]);
	h->n_nets = 0;
	flash_file_close(&h->flash);
	host_forget(h);
}
