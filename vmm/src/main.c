/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include <cairn/hv_kvm.h>

#include "board.h"
#include "firmware.h"
#include "log.h"
#include "run.h"

enum { HELP_BYTES = 8192 };

static const char help[] =
    "Usage: cairn COMMAND [OPTION]...\n"
    "A monitor of microVMs on KVM.\n"
    "\n"
    "  cairn run       start a virtual machine on this terminal; cairn run --help lists\n"
    "                  its options\n"
    "  cairn version   print the version; also cairn --version\n"
    "  cairn help      print this; also cairn --help. cairn help run: cairn run --help\n"
    "\n"
    "To begin with, an image of a disk and the kernel that this host runs:\n"
    "  cairn run --kernel /vmlinuz --initrd /initrd.img --disk path=root.img\n"
    "Ctrl-A x ends it. The manual: man cairn.\n";

static int usage(const char *why)
{
	fprintf(stderr, "cairn: %s (try 'cairn --help')\n", why);
	return EXIT_USAGE;
}

/* Standard output may be a pipe without a reader: what people asked for then went nowhere. */
static int print(const char *text)
{
	return fputs(text, stdout) < 0 || fflush(stdout) ? EXIT_INTERNAL : 0;
}

static int print_run_help(void)
{
	char text[HELP_BYTES + 1];
	struct cairn_writer w;

	cairn_writer_init(&w, text, HELP_BYTES);
	options_help(&w);
	text[cairn_writer_is_whole(&w) ? w.need : HELP_BYTES] = '\0';
	return print(text);
}

static const struct run_base kvm = { .hv = &cairn_hv_kvm_ops,
				     .open_node = cairn_hv_kvm_node_open,
				     .engine_new = cairn_block_engine_new,
				     .net_open = cairn_net_tap_open_queues,
				     .clock = &board_clock,
				     .sysfs = "/sys" };

static int run_command(int argc, char **argv)
{
	struct run_options o;
	char why[256];
	int r;

	switch (options_parse(argc, (const char *const *)argv, &o, why, sizeof(why))) {
	case OPTIONS_HELP:
		r = print_run_help();
		break;
	case OPTIONS_BAD:
		fprintf(stderr, "cairn: %s (try 'cairn run --help')\n", why);
		r = EXIT_USAGE;
		break;
	default:
		r = firmware_default(&o, "/proc/self/exe");
		if (!r)
			r = (int)run(&o, &kvm);
	}
	options_free(&o);
	return r;
}

static int print_help(const char *about)
{
	return about && !strcmp(about, "run") ? print_run_help() : print(help);
}

/* A word that is no command: what may have been meant. */
static int unknown(const char *word)
{
	static const char *const commands[] = { "run", "help", "version", "--help", "--version" };
	const char *near = cairn_cli_near(word, commands, CAIRN_ARRAY_LEN(commands));
	char why[256];

	if (near)
		snprintf(why, sizeof(why), "unknown command '%.64s'; did you mean '%s'?", word,
			 near);
	else if (word[0] == '-')
		snprintf(why, sizeof(why),
			 "unknown option '%.64s'; those of a machine stand behind 'cairn run'",
			 word);
	else
		snprintf(why, sizeof(why), "unknown command '%.64s'", word);
	return usage(why);
}

int main(int argc, char **argv)
{
	/* Large pieces come from the kernel and go back to it, however often the guest reboots. */
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	if (argc < 2)
		return usage("a command is missing, such as 'cairn run'");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return print_help(argc > 2 ? argv[2] : NULL);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "version"))
		return print("cairn " CAIRN_VERSION "\n");
	if (!strcmp(argv[1], "run"))
		return run_command(argc - 2, argv + 2);
	return unknown(argv[1]);
}
