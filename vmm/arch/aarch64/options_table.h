/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* options_table.h - the architecture's part of the table of options; for options.c only. */
#ifndef VMM_AARCH64_OPTIONS_TABLE_H
#define VMM_AARCH64_OPTIONS_TABLE_H

#define ARCH_KERNEL_HELP "Image (a distribution's vmlinuz), Image.gz or EFI zboot"
#define ARCH_CPUS_HELP   "1 to 64, default 1"

static const struct cairn_cli_choice gics[] = { { "auto", GIC_AUTO },
						{ "2", GIC_V2 },
						{ "3", GIC_V3 } };
static const struct cairn_cli_choice serials[] = { { "16550", SERIAL_16550 },
						   { "pl011", SERIAL_PL011 } };

/* Words between commas, in any order. */
static bool set_cpu_features(struct cairn_cli *c, void *object, const char *value)
{
	struct arch_options *a = &((struct run_options *)object)->arch;
	const struct {
		const char *name;
		bool *is_wanted;
	} features[] = { { "sve", &a->sve }, { "pauth", &a->pauth }, { "pmu", &a->pmu } };

	for (;; value++) {
		size_t len = strcspn(value, ","), i = 0;

		while (i < CAIRN_ARRAY_LEN(features) &&
		       (strlen(features[i].name) != len || memcmp(features[i].name, value, len)))
			i++;
		if (i == CAIRN_ARRAY_LEN(features))
			return cairn_cli_bad(c, "must be a list of sve, pauth and pmu");
		*features[i].is_wanted = true;
		value += len;
		if (!*value)
			return true;
	}
}

#define ARCH_OPTIONS                                                                               \
	{ .name = "--acpi",                                                                        \
	  .help = "tell the guest of the machine in ACPI tables, not in a device tree",            \
	  CAIRN_CLI_FLAG_AT(struct run_options, arch.acpi) },                                      \
	    { .name = "--cpu-features",                                                            \
	      .value = "LIST",                                                                     \
	      .help = "what the guest's processors have of the host's beside what all have: sve "  \
		      "(vectors), pauth (pointer authentication), pmu (event counters)",           \
	      .kind = CAIRN_CLI_CALL,                                                              \
	      .set = set_cpu_features },                                                           \
	    { .name = "--gic",                                                                     \
	      .help =                                                                              \
		  "version of the interrupt controller; default auto: 3 where the host has it",    \
	      CAIRN_CLI_CHOICE_AT(struct run_options, arch.gic, gics) },                           \
	{                                                                                          \
		.name = "--serial-device",                                                         \
		.help = "what the serial port is: 16550 (default, ttyS0) or pl011 (ttyAMA0)",      \
		CAIRN_CLI_CHOICE_AT(struct run_options, arch.serial, serials)                      \
	}

/* What contradicts, or NULL. */
static const char *arch_contradiction(const struct run_options *o)
{
	if (o->arch.gic == GIC_V2 && o->cpus > MAX_CPUS_GIC2)
		return "--cpus: an interrupt controller of version 2 (--gic 2) serves 8 at most";
	return NULL;
}

#endif
