/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* options_table.h - the architecture's part of the table of options; for options.c only. */
#ifndef VMM_X86_64_OPTIONS_TABLE_H
#define VMM_X86_64_OPTIONS_TABLE_H

#define ARCH_KERNEL_HELP "bzImage (a distribution's vmlinuz) or ELF vmlinux"
#define ARCH_CPUS_HELP   "1 to 1024, default 1; the host's KVM may have fewer"

static const struct cairn_cli_choice entries[] = { { "auto", ENTRY_AUTO },
						   { "pvh", ENTRY_PVH },
						   { "linux", ENTRY_LINUX } };
static const struct cairn_cli_choice on_off[] = { { "on", UNPACK_ON }, { "off", UNPACK_OFF } };

#define ARCH_OPTIONS                                                                               \
	{ .name = "--entry",                                                                       \
	  .help = "how the kernel is entered; default auto: by PVH where the kernel can",          \
	  CAIRN_CLI_CHOICE_AT(struct run_options, arch.entry, entries) },                          \
	{                                                                                          \
		.name = "--unpack",                                                                \
		.help =                                                                            \
		    "whether the host unpacks a bzImage, so that the guest need not; default on",  \
		CAIRN_CLI_CHOICE_AT(struct run_options, arch.unpack, on_off)                       \
	}

/* What contradicts, or NULL. */
static const char *arch_contradiction(const struct run_options *o)
{
	if (o->arch.entry == ENTRY_PVH && o->arch.unpack == UNPACK_OFF)
		return "--entry pvh contradicts --unpack off: a packed kernel has no PVH entry";
	return NULL;
}

#endif
