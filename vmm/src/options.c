/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * The command line of `cairn run`: one table, from which words are understood and --help is
 * written. The manual and the shell completion are held to it by tools/options.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "options_table.h"

static const struct cairn_cli_choice engines[] = { { "uring", ENGINE_URING },
						   { "threads", ENGINE_THREADS } };
static const struct cairn_cli_choice page_kinds[] = { { "transparent", CAIRN_PAGES_TRANSPARENT },
						      { "off", CAIRN_PAGES_SMALL },
						      { "2M", CAIRN_PAGES_2M },
						      { "1G", CAIRN_PAGES_1G } };
static const struct cairn_cli_choice transports[] = { { "pci", TRANSPORT_PCI },
						      { "mmio", TRANSPORT_MMIO } };
static const struct cairn_cli_choice filters[] = { { "on", SECCOMP_ON },
						   { "log", SECCOMP_LOG },
						   { "off", SECCOMP_OFF } };
static const struct cairn_cli_choice levels[] = { { "error", LOG_LEVEL_ERROR },
						  { "warn", LOG_LEVEL_WARN },
						  { "info", LOG_LEVEL_INFO },
						  { "debug", LOG_LEVEL_DEBUG } };

bool options_parse_mac(const char *text, uint8_t ret[6])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t mac[6];

	if (strlen(text) != 17)
		return false;
	for (size_t i = 0; i < 17; i++) {
		char c = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] | 0x20) : text[i];
		const char *digit = c ? strchr(digits, c) : NULL;

		if (i % 3 == 2) {
			if (c != ':')
				return false;
			continue;
		}
		if (!digit)
			return false;
		mac[i / 3] = (uint8_t)((i % 3 ? mac[i / 3] << 4 : 0) | (digit - digits));
	}
	if (mac[0] & 1)
		return false;
	memcpy(ret, mac, sizeof(mac));
	return true;
}

static bool set_serial(struct cairn_cli *c, void *object, const char *value)
{
	struct disk_options *d = object;

	if (!value[0] || strlen(value) > DISK_SERIAL_LEN)
		return cairn_cli_bad(c, "must have 1 to %u characters", DISK_SERIAL_LEN);
	for (const char *p = value; *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			return cairn_cli_bad(c, "must be printable ASCII");
	snprintf(d->serial, sizeof(d->serial), "%s", value);
	return true;
}

static void *begin_disk(struct cairn_cli *c, void *object)
{
	struct run_options *o = object;

	if (o->n_disks == MAX_DISKS) {
		cairn_cli_bad(c, "at most %u disks", MAX_DISKS);
		return NULL;
	}
	o->disks[o->n_disks] = (struct disk_options){ .queues = 1 };
	return &o->disks[o->n_disks++];
}

static const struct cairn_cli_option disk_keys[] = {
	{ .name = "path",
	  .value = "FILE",
	  .is_required = true,
	  .help = "raw image or block device; locked while in use",
	  CAIRN_CLI_STRING_AT(struct disk_options, path) },
	{ .name = "readonly",
	  .help = "the guest cannot write",
	  CAIRN_CLI_FLAG_AT(struct disk_options, read_only) },
	{ .name = "direct",
	  .help = "go around the host's page cache (O_DIRECT)",
	  CAIRN_CLI_FLAG_AT(struct disk_options, direct) },
	{ .name = "engine",
	  .help = "default: uring where it is allowed",
	  CAIRN_CLI_CHOICE_AT(struct disk_options, engine, engines) },
	{ .name = "serial",
	  .value = "TEXT",
	  .help = "the serial number that the guest sees",
	  .kind = CAIRN_CLI_CALL,
	  .set = set_serial },
	{ .name = "queues",
	  .value = "N",
	  .help = "1 to 16, default 1",
	  CAIRN_CLI_NUMBER_AT(struct disk_options, queues, 1, MAX_DISK_QUEUES) },
};

static bool set_tap(struct cairn_cli *c, void *object, const char *value)
{
	struct net_options *n = object;

	if (!value[0] || strlen(value) > TAP_NAME_LEN || strchr(value, '/'))
		return cairn_cli_bad(c, "not an interface name (1 to %u characters)", TAP_NAME_LEN);
	snprintf(n->tap, sizeof(n->tap), "%s", value);
	return true;
}

static bool set_mac(struct cairn_cli *c, void *object, const char *value)
{
	struct net_options *n = object;

	n->has_mac = options_parse_mac(value, n->mac);
	return n->has_mac ||
	       cairn_cli_bad(c, "must be a unicast address such as 52:54:00:12:34:56");
}

static void *begin_net(struct cairn_cli *c, void *object)
{
	struct run_options *o = object;

	if (o->n_nets == MAX_NETS) {
		cairn_cli_bad(c, "at most %u interfaces", MAX_NETS);
		return NULL;
	}
	o->nets[o->n_nets] = (struct net_options){ .queues = 1 };
	return &o->nets[o->n_nets++];
}

static const struct cairn_cli_option net_keys[] = {
	{ .name = "tap",
	  .value = "NAME",
	  .is_required = true,
	  .help = "an interface that exists; made as in 'man cairn'",
	  .kind = CAIRN_CLI_CALL,
	  .set = set_tap },
	{ .name = "mac",
	  .value = "ADDRESS",
	  .help = "such as 52:54:00:12:34:56; default: made up",
	  .kind = CAIRN_CLI_CALL,
	  .set = set_mac },
	{ .name = "mtu",
	  .value = "N",
	  .help = "68 to 65535, told to the guest",
	  CAIRN_CLI_NUMBER_AT(struct net_options, mtu, 68, 65535) },
	{ .name = "queues",
	  .value = "N",
	  .help = "pairs of queues, 1 to 16, default 1; more want a tap made with multi_queue",
	  CAIRN_CLI_NUMBER_AT(struct net_options, queues, 1, MAX_NET_QUEUES) },
};

static bool set_port_name(struct cairn_cli *c, void *object, const char *value)
{
	struct port_options *p = object;

	if (!value[0] || strlen(value) > PORT_NAME_LEN)
		return cairn_cli_bad(c, "must have 1 to %u characters", PORT_NAME_LEN);
	for (const char *at = value; *at; at++)
		if (*at <= 0x20 || *at > 0x7e || *at == '/')
			return cairn_cli_bad(c, "must be printable ASCII without blanks and '/'");
	snprintf(p->name, sizeof(p->name), "%s", value);
	return true;
}

static void *begin_port(struct cairn_cli *c, void *object)
{
	struct run_options *o = object;

	if (o->n_ports == MAX_PORTS) {
		cairn_cli_bad(c, "at most %u ports", MAX_PORTS);
		return NULL;
	}
	o->ports[o->n_ports] = (struct port_options){ 0 };
	return &o->ports[o->n_ports++];
}

static const struct cairn_cli_option port_keys[] = {
	{ .name = "name",
	  .value = "NAME",
	  .is_required = true,
	  .help = "what the guest finds it by, 1 to 63 characters",
	  .kind = CAIRN_CLI_CALL,
	  .set = set_port_name },
	{ .name = "pty",
	  .help = "a pseudo-terminal, whose path is told on standard error",
	  CAIRN_CLI_FLAG_AT(struct port_options, pty) },
	{ .name = "link",
	  .value = "PATH",
	  .help = "a symbolic link to the pseudo-terminal, removed at the end",
	  CAIRN_CLI_STRING_AT(struct port_options, link) },
	{ .name = "socket",
	  .value = "PATH",
	  .help = "a local socket, for one client after the other, removed at the end",
	  CAIRN_CLI_STRING_AT(struct port_options, socket) },
	{ .name = "file",
	  .value = "FILE",
	  .help = "output goes to a file; there is no input",
	  CAIRN_CLI_STRING_AT(struct port_options, file) },
};

static bool set_cmdline(struct cairn_cli *c, void *object, const char *value)
{
	struct run_options *o = object;

	o->cmdline = strdup(value); /* may be empty */
	return o->cmdline || cairn_cli_bad(c, "out of memory");
}

static bool set_memory(struct cairn_cli *c, void *object, const char *value)
{
	struct run_options *o = object;
	uint64_t v;

	if (!cairn_cli_size(value, &v))
		return cairn_cli_bad(c, "must be a size such as 512M or 2G");
	if (v < MIN_MEMORY_BYTES)
		return cairn_cli_bad(c, "must be at least %uM", (unsigned)(MIN_MEMORY_BYTES >> 20));
	if (v % 4096)
		return cairn_cli_bad(c, "must be a multiple of 4K");
	o->memory_bytes = v;
	return true;
}

static bool set_console(struct cairn_cli *c, void *object, const char *value)
{
	struct run_options *o = object;

	if (!strcmp(value, "serial"))
		o->console = CONSOLE_SERIAL;
	else if (!strcmp(value, "virtio"))
		o->console = CONSOLE_VIRTIO;
	else if (!strcmp(value, "none"))
		o->console = CONSOLE_NONE;
	else if (strncmp(value, "file=", 5) != 0)
		return cairn_cli_bad(c, "must be serial, virtio, file=FILE or none");
	else if (!value[5])
		return cairn_cli_bad(c, "the file name is empty");
	else
		o->console = CONSOLE_FILE;
	return o->console != CONSOLE_FILE || cairn_cli_string(c, value + 5, &o->console_file);
}

enum { STOP_HELP = 1 };

static const struct cairn_cli_option options[] = {
	{ .kind = CAIRN_CLI_HEADING, .help = "What runs" },
	{ .name = "--kernel",
	  .value = "FILE",
	  .help = ARCH_KERNEL_HELP,
	  CAIRN_CLI_STRING_AT(struct run_options, kernel) },
	{ .name = "--firmware",
	  .value = "FILE",
	  .help = "instead of a kernel: what finds one on the disks; default: " ARCH_FIRMWARE
		  ", where it is beside this program",
	  CAIRN_CLI_STRING_AT(struct run_options, firmware) },
	{ .name = "--firmware-vars",
	  .value = "FILE",
	  .help =
	      "flash memory for what a firmware keeps, such as boot entries; made where there is "
	      "none; locked while in use",
	  CAIRN_CLI_STRING_AT(struct run_options, firmware_vars) },
	{ .name = "--initrd",
	  .value = "FILE",
	  .help = "initial RAM disk; of a firmware: its keys for Secure Boot",
	  CAIRN_CLI_STRING_AT(struct run_options, initrd) },
	{ .name = "--cmdline",
	  .value = "TEXT",
	  .help = "kernel command line; default: a console, and root=/dev/vda rw when there is a "
		  "disk and no initrd",
	  .kind = CAIRN_CLI_CALL,
	  .set = set_cmdline },
	{ .name = "--cpus",
	  .value = "N",
	  .help = ARCH_CPUS_HELP,
	  CAIRN_CLI_NUMBER_AT(struct run_options, cpus, 1, MAX_CPUS) },
	{ .name = "--memory",
	  .value = "SIZE",
	  .help = "at least 4M, default 512M; K, M and G are powers of 1024",
	  .kind = CAIRN_CLI_CALL,
	  .set = set_memory },
	{ .name = "--hugepages",
	  .help = "what guest memory is made of: huge pages where the host has them at hand "
		  "(default), small ones, or huge ones of the host's pool",
	  CAIRN_CLI_CHOICE_AT(struct run_options, hugepages, page_kinds) },
	{ .kind = CAIRN_CLI_HEADING, .help = "Devices" },
	{ .name = "--disk",
	  .kind = CAIRN_CLI_KEYS,
	  .is_repeatable = true,
	  .help = "a virtio disk, up to 16 times; a comma in the path is written twice",
	  .keys = disk_keys,
	  .n_keys = CAIRN_ARRAY_LEN(disk_keys),
	  .begin = begin_disk },
	{ .name = "--net",
	  .kind = CAIRN_CLI_KEYS,
	  .is_repeatable = true,
	  .help = "a virtio network interface on a tap of the host, up to 8 times",
	  .keys = net_keys,
	  .n_keys = CAIRN_ARRAY_LEN(net_keys),
	  .begin = begin_net },
	{ .name = "--rng",
	  .help = "a virtio entropy source, fed by the host",
	  CAIRN_CLI_FLAG_AT(struct run_options, rng) },
	{ .name = "--console",
	  .value = "serial|virtio|file=FILE|none",
	  .help = "where the guest's console goes: this terminal, by serial port (default) or by "
		  "virtio; a file; or nowhere",
	  .kind = CAIRN_CLI_CALL,
	  .set = set_console },
	{ .name = "--port",
	  .kind = CAIRN_CLI_KEYS,
	  .is_repeatable = true,
	  .help = "a port of a virtio console device to a pseudo-terminal, a socket or a file, up "
		  "to 16 times",
	  .keys = port_keys,
	  .n_keys = CAIRN_ARRAY_LEN(port_keys),
	  .begin = begin_port },
	{ .name = "--transport",
	  .help = "how virtio devices are attached; default pci",
	  CAIRN_CLI_CHOICE_AT(struct run_options, transport, transports) },
	{ .kind = CAIRN_CLI_HEADING, .help = "How it runs" },
	{ .name = "--no-reboot",
	  .help = "end with exit code 5 when the guest asks for a reset",
	  CAIRN_CLI_FLAG_AT(struct run_options, no_reboot) },
	{ .name = "--pidfile",
	  .value = "FILE",
	  .help = "write the process id to a new file, removed at the end",
	  CAIRN_CLI_STRING_AT(struct run_options, pidfile) },
	{ .name = "--log-level",
	  .help = "what is told on standard error; default warn",
	  CAIRN_CLI_CHOICE_AT(struct run_options, log_level, levels) },
	{ .name = "--seccomp",
	  .help = "system call filter, one for each kind of thread; default on",
	  CAIRN_CLI_CHOICE_AT(struct run_options, seccomp, filters) },
	ARCH_OPTIONS,
	{ .name = "--help",
	  .alias = "-h",
	  .kind = CAIRN_CLI_STOP,
	  .stop = STOP_HELP,
	  .help = "print this" },
};

static const struct cairn_cli_table table = { options, CAIRN_ARRAY_LEN(options) };

__attribute__((format(printf, 3, 4))) static bool bad(char *why, size_t size, const char *format,
						      ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, size, format, args);
	va_end(args);
	return false;
}

static bool check_ports(const struct run_options *o, char *why, size_t size)
{
	for (size_t i = 0; i < o->n_ports; i++) {
		const struct port_options *p = &o->ports[i];

		if (p->pty + (p->socket != NULL) + (p->file != NULL) != 1)
			return bad(why, size,
				   "--port name=%s: wants one of pty, socket=PATH and file=FILE",
				   p->name);
		if (p->link && !p->pty)
			return bad(why, size, "--port name=%s: link is for pty", p->name);
		for (size_t k = 0; k < i; k++)
			if (!strcmp(p->name, o->ports[k].name))
				return bad(why, size, "--port name=%s: given twice", p->name);
	}
	return true;
}

/* What single options cannot see: what contradicts. */
static bool check_whole(const struct run_options *o, char *why, size_t size)
{
	const char *contradiction = arch_contradiction(o);

	if (contradiction)
		return bad(why, size, "%s", contradiction);
	if (o->kernel && o->firmware)
		return bad(why, size, "--kernel contradicts --firmware: one of them starts");
	if (o->initrd && !o->kernel && !o->firmware)
		return bad(why, size, "--initrd: is for --kernel, or the keys of --firmware");
	if (o->hugepages == CAIRN_PAGES_2M && o->memory_bytes % (UINT64_C(2) << 20))
		return bad(why, size, "--hugepages 2M: --memory must be a multiple of 2M");
	if (o->hugepages == CAIRN_PAGES_1G && o->memory_bytes % (UINT64_C(1) << 30))
		return bad(why, size, "--hugepages 1G: --memory must be a multiple of 1G");
	for (size_t i = 0; i < o->n_disks; i++)
		for (size_t k = 0; k < i; k++)
			if (!strcmp(o->disks[i].path, o->disks[k].path) &&
			    !(o->disks[i].read_only && o->disks[k].read_only))
				return bad(why, size,
					   "--disk path=%s: given twice, and not both readonly",
					   o->disks[i].path);
	for (size_t i = 0; i < o->n_nets; i++)
		for (size_t k = 0; k < i; k++)
			if (!strcmp(o->nets[i].tap, o->nets[k].tap))
				return bad(why, size, "--net tap=%s: given twice", o->nets[i].tap);
	return check_ports(o, why, size);
}

enum options_result options_parse(int argc, const char *const *argv, struct run_options *ret,
				  char *why, size_t why_size)
{
	int r;

	*ret = (struct run_options){ .cpus = 1,
				     .memory_bytes = UINT64_C(512) << 20,
				     .log_level = LOG_LEVEL_WARN };
	r = cairn_cli_parse(&table, ret, NULL, argc, argv, why, why_size);
	if (r == STOP_HELP)
		return OPTIONS_HELP;
	return r == 0 && check_whole(ret, why, why_size) ? OPTIONS_OK : OPTIONS_BAD;
}

void options_free(struct run_options *o)
{
	free(o->kernel);
	free(o->firmware);
	free(o->firmware_vars);
	free(o->initrd);
	free(o->cmdline);
	free(o->pidfile);
	free(o->console_file);
	for (size_t i = 0; i < o->n_disks; i++)
		free(o->disks[i].path);
	for (size_t i = 0; i < o->n_ports; i++) {
		free(o->ports[i].link);
		free(o->ports[i].socket);
		free(o->ports[i].file);
	}
	*o = (struct run_options){ 0 };
}

static void add(struct cairn_writer *w, const char *text)
{
	cairn_writer_bytes(w, text, strlen(text));
}

void options_help(struct cairn_writer *w)
{
	add(w, "Usage: cairn run [OPTION]...\n"
	       "Start a microVM on KVM and run it until the guest powers off.\n"
	       "\n"
	       "A Debian kernel and its initrd, with a disk:\n"
	       "  cairn run --kernel /vmlinuz --initrd /initrd.img \\\n"
	       "      --disk path=root.img --cmdline 'console=ttyS0 root=/dev/vda1 rw'\n"
	       "A kernel of one's own, whose root is the disk:\n"
	       "  cairn run --kernel vmlinux --disk path=root.img\n"
	       "\n"
	       "Values follow as the next word or behind '=': --cpus 2, --cpus=2.\n"
	       "\n");
	cairn_cli_help(&table, w);
	add(w, "\n"
	       "While it runs\n"
	       "  Ctrl-A x            end the guest at once; Ctrl-A Ctrl-A sends one Ctrl-A\n"
	       "  SIGTERM, SIGINT     press the power button; a second one ends the guest at once\n"
	       "  SIGHUP              end the guest at once\n"
	       "  SIGUSR1, SIGUSR2    pause, and resume\n"
	       "\n"
	       "Exit codes: 0 powered off, 1 internal error, 2 bad usage, 3 bad input file,\n"
	       "4 the host refused, 5 reset asked for (--no-reboot), 6 the guest crashed,\n"
	       "7 ended from outside. The manual, 'man cairn', says more.\n");
}
