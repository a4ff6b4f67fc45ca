/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* options.h - what `cairn run` was asked for: the command line, checked, as plain values. */
#ifndef VMM_OPTIONS_H
#define VMM_OPTIONS_H

#include <cairn/cli.h>
#include <cairn/hostmem.h>

#include "options_arch.h" /* MAX_CPUS, struct arch_options */

#define MAX_DISKS        16u
#define MAX_NETS         8u
#define MAX_DISK_QUEUES  16u
#define MAX_NET_QUEUES   16u
#define MAX_PORTS        16u
#define PORT_NAME_LEN    63u
#define DISK_SERIAL_LEN  20u
#define TAP_NAME_LEN     15u
#define MIN_MEMORY_BYTES (UINT64_C(4) << 20)

/* Exit codes of the program; in the manual too. */
enum exit_code {
	EXIT_POWER_OFF = 0, /* the guest powered off */
	EXIT_INTERNAL = 1,  /* something that should not happen */
	EXIT_USAGE = 2,     /* bad option or value */
	EXIT_BAD_FILE = 3,  /* a file given is missing, unreadable or not what it should be */
	EXIT_HOST = 4,      /* the host refused: /dev/kvm, permission, memory, a disk that hangs */
	EXIT_RESET = 5,     /* the guest asked for reset, and --no-reboot was given */
	EXIT_CRASH = 6,     /* the guest crashed, as by a triple fault */
	EXIT_ENDED = 7,     /* ended from outside: Ctrl-A x, a second SIGTERM */
};

enum disk_engine { ENGINE_AUTO, ENGINE_URING, ENGINE_THREADS };
enum console_kind { CONSOLE_SERIAL, CONSOLE_VIRTIO, CONSOLE_FILE, CONSOLE_NONE };
enum transport { TRANSPORT_PCI, TRANSPORT_MMIO };
enum seccomp_mode { SECCOMP_ON, SECCOMP_LOG, SECCOMP_OFF };
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

struct disk_options {
	char *path;
	bool read_only, direct;
	enum disk_engine engine;
	char serial[DISK_SERIAL_LEN + 1];
	uint32_t queues;
};

struct net_options {
	char tap[TAP_NAME_LEN + 1];
	uint8_t mac[6];
	bool has_mac;
	uint32_t mtu;    /* 0: not offered to the guest */
	uint32_t queues; /* pairs of them */
};

struct port_options { /* pty, socket or file */
	char name[PORT_NAME_LEN + 1];
	bool pty;
	char *link, *socket, *file; /* NULL: not given */
};

struct run_options {
	/* NULL: not given. Of kernel and firmware one at most. */
	char *kernel, *firmware, *firmware_vars, *initrd, *cmdline, *pidfile, *console_file;
	uint32_t cpus;
	uint64_t memory_bytes;
	enum cairn_pages hugepages;
	struct disk_options disks[MAX_DISKS];
	size_t n_disks;
	struct net_options nets[MAX_NETS];
	size_t n_nets;
	struct port_options ports[MAX_PORTS];
	size_t n_ports;
	bool rng, no_reboot;
	enum console_kind console;
	enum transport transport;
	enum seccomp_mode seccomp;
	enum log_level log_level;
	struct arch_options arch;
};

enum options_result { OPTIONS_OK, OPTIONS_HELP, OPTIONS_BAD };

/*
 * options_parse() - the words behind `cairn run`.
 *
 * @why: filled on OPTIONS_BAD with one line that names the option, the value and the reason
 *
 * Strings are copies; options_free() releases them, also after a failure.
 */
enum options_result options_parse(int argc, const char *const *argv, struct run_options *ret,
				  char *why, size_t why_size);
void options_free(struct run_options *o);

/* "52:54:00:12:34:56" → bytes. False: not of that form, or a group address. */
bool options_parse_mac(const char *text, uint8_t ret[6]);

/* What `cairn run --help` prints. */
void options_help(struct cairn_writer *w);

#endif
