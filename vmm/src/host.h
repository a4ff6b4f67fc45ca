/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * host.h - what a run takes from the host: files, disks and their engines, taps. Opened before the
 * system call filter closes, kept over reboots, released once.
 */
#ifndef VMM_HOST_H
#define VMM_HOST_H

#include <cairn/block.h>
#include <cairn/net.h>

#include "flash.h"
#include "options.h"

struct host_file {
	const char *path; /* the options' */
	int fd;
	uint64_t size_bytes;
	int error; /* of the last host_file_read() that failed, or 0 */
};

struct host_disk {
	struct cairn_disk *disk;
	struct cairn_block_engine *engines[MAX_DISK_QUEUES];
	uint16_t n_engines;
};

struct host_net {
	struct cairn_net *ports[MAX_NET_QUEUES];
	uint16_t n_ports;
	uint8_t mac[6]; /* given, or made up once, so that a reboot does not change it */
};

/* As cairn_block_engine_new(). */
typedef int host_engine_fn(struct cairn_disk *disk, const struct cairn_block_engine_cfg *cfg,
			   struct cairn_block_engine **ret, struct cairn_err *err);

/* As cairn_net_tap_open_queues(). */
typedef int host_net_fn(const char *name, uint16_t n, struct cairn_net **ret_ports,
			struct cairn_err *err);

/* Of the host's first processor; size_bytes 0: there is none, or nobody knows. */
struct host_cache {
	uint32_t size_bytes, line_bytes, sets, ways; /* the others may be 0 as well */
};

#define HOST_CACHE_LEVELS 7

struct host_caches {                               /* [level - 1] */
	struct host_cache data[HOST_CACHE_LEVELS]; /* or of both kinds */
	struct host_cache instructions[HOST_CACHE_LEVELS];
	bool is_unified[HOST_CACHE_LEVELS]; /* `data` is of both kinds */
};

struct host {
	struct host_file kernel, initrd; /* kernel or firmware; initrd.fd < 0: none */
	struct host_disk disks[MAX_DISKS];
	size_t n_disks;
	struct host_net nets[MAX_NETS];
	size_t n_nets;
	struct flash_file flash;
	host_engine_fn *engine_new;
	host_net_fn *net_open;
	enum seccomp_mode seccomp; /* for the engines' threads */
	int console_fd;            /* --console file, or -1 */
	const char *pidfile;       /* written by us, removed by host_close() */
	struct host_caches caches; /* see arch_host_look() */
};

/* Opens everything. Returns 0, or an enum exit_code, said on standard error; then nothing stays
 * open and no file of ours is left. */
CAIRN_MUST_USE int host_open(struct host *h, const struct run_options *o,
			     host_engine_fn *engine_new, host_net_fn *net_open);
void host_close(struct host *h);
/* Instead, when something still uses what is open: only removes the pidfile. */
void host_forget(struct host *h);

/* A file to write to, emptied or new. Returns 0 or an enum exit_code, said on standard error. */
CAIRN_MUST_USE int host_output_open(const char *option, const char *path, int *ret_fd);

/* Exactly len bytes at off. Returns 0, -ENODATA when the file has become shorter, or a negative
 * errno. */
CAIRN_MUST_USE int host_file_read(struct host_file *f, uint64_t off, void *dst, size_t len);

#endif
