/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <malloc.h>
#include <stdio.h>

#include <cairn/hv_kvm.h>

#include "log.h"
#include "run.h"

static const char help[] = "Usage: cairn COMMAND [OPTION]...\n"
			   "A microVM monitor.\n"
			   "\n"
			   "  cairn run [OPTION]...   start a virtual machine; cairn run --help\n"
			   "  cairn --version\n"
			   "  cairn --help\n"
			   "\n"
			   "The manual: man cairn.\n";

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

static const struct hypervisor kvm = { .ops = &cairn_hv_kvm_ops,
				       .open_node = cairn_hv_kvm_node_open };

static int run_command(int argc, char **argv)
{
	struct run_options o;
	char why[256];
	int r;

	switch (options_parse(argc, (const char *const *)argv, &o, why, sizeof(why))) {
	case OPTIONS_HELP:
		r = print(options_help);
		break;
	case OPTIONS_BAD:
		fprintf(stderr, "cairn: %s (try 'cairn run --help')\n", why);
		r = EXIT_USAGE;
		break;
	default:
		r = (int)run(&o, &kvm);
	}
	options_free(&o);
	return r;
}

int main(int argc, char **argv)
{
	/* Large pieces come from the kernel and go back to it, however often the guest reboots. */
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	if (argc < 2)
		return usage("a command is missing");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return print(help);
	if (!strcmp(argv[1], "--version"))
		return print("cairn " CAIRN_VERSION "\n");
	if (!strcmp(argv[1], "run"))
		return run_command(argc - 2, argv + 2);
	return usage("unknown command");
}
