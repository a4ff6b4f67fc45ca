/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What only the aarch64 machine has. */
#include "scripted.h"

static void no_more(unsigned n)
{
	(void)n;
	push_power_off();
}

static struct cairn_hv_reg regs[] = {
	{ CAIRN_HV_ARM64_PC, 0 },   { CAIRN_HV_ARM64_PSTATE, 0 }, { CAIRN_HV_ARM64_X(0), 0 },
	{ CAIRN_HV_ARM64_X(1), 0 }, { CAIRN_HV_ARM64_X(2), 0 },   { CAIRN_HV_ARM64_X(3), 0 },
};
static uint32_t at_entry;

static void look_at_regs(unsigned n)
{
	if (cairn_hv_fake_ops.get_regs(script.vcpu, regs, CAIRN_ARRAY_LEN(regs)))
		abort();
	memcpy(&at_entry, (uint8_t *)script.ram[0].host + (regs[0].value - LAYOUT_RAM_AT) + 56, 4);
	no_more(n);
}

static void the_kernel_starts_as_its_protocol_says(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = look_at_regs };
	assert_int_equal(RUN(), EXIT_POWER_OFF);
	assert_int_equal(at_entry, 0x644d5241); /* the Image is where pc is */
	assert_int_equal(regs[0].value % (2 << 20), 0);
	assert_int_equal(regs[1].value, 0x3c5);
	assert_int_equal(regs[2].value % 8, 0);
	assert_true(regs[2].value > regs[0].value);
	for (size_t i = 3; i < CAIRN_ARRAY_LEN(regs); i++)
		assert_int_equal(regs[i].value, 0);
}

static void use_a_port(unsigned n)
{
	(void)n;
	push(cairn_hv_fake_write(CAIRN_HV_EXIT_PIO, 0x3f8, 1, 'x'));
}

static void there_are_no_ports(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = use_a_port };
	assert_int_equal(RUN(), EXIT_INTERNAL);
}

static void kernels_that_cannot_run_are_bad_files(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = no_more };
	write_image("kernel", TEST_IMAGE_4K | TEST_IMAGE_BIG_ENDIAN);
	assert_int_equal(RUN(), EXIT_BAD_FILE);
	write_image("kernel", TEST_IMAGE_16K); /* registers of the fake are 0: 4 and 64 KiB */
	assert_int_equal(RUN(), EXIT_BAD_FILE);
	write_kernel("kernel");
	assert_int_equal(RUN(), EXIT_POWER_OFF);
	assert_int_equal(script.n_boots, 1);
}

static void a_packed_kernel_is_unpacked(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = look_at_regs };
	assert_int_equal(system("gzip kernel && mv kernel.gz kernel"), 0);
	at_entry = 0;
	assert_int_equal(RUN(), EXIT_POWER_OFF);
	assert_int_equal(at_entry, 0x644d5241);
	assert_int_equal(system("echo broken >>kernel"), 0);
	assert_int_equal(RUN(), EXIT_BAD_FILE);
	assert_int_equal(system("printf '\\177ELF not for us' >kernel"), 0);
	assert_int_equal(RUN(), EXIT_BAD_FILE);
	write_kernel("kernel");
}

static enum exit_code run_in(const char *memory)
{
	enum exit_code code;

	script_memory = memory;
	code = RUN();
	script_memory = "16M";
	return code;
}

static void memory_beyond_the_addresses_is_refused(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = no_more };
	script_gpa_bits = 32;
	assert_int_equal(run_in("3G"), EXIT_POWER_OFF);
	assert_int_equal(run_in("3073M"), EXIT_HOST);
	script_gpa_bits = 40;
}

static void check_bad_options(const char *text, const char *first, const char *second)
{
	const char *words[] = { "--kernel=k", first, second };
	struct run_options o;
	char why[200];

	assert_int_equal(options_parse(3, words, &o, why, sizeof(why)), OPTIONS_BAD);
	if (!strstr(why, text))
		fail_msg("'%s' does not say '%s'", why, text);
	options_free(&o);
}

static void more_processors_than_the_gic_serves_are_bad_usage(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = no_more };
	assert_int_equal(RUN("--cpus=64"), EXIT_POWER_OFF);
	assert_int_equal(RUN("--cpus=8", "--gic=2"), EXIT_POWER_OFF);
	check_bad_options("from 1 to 64", "--cpus=65", "--rng");
	check_bad_options("8 at most", "--cpus=9", "--gic=2");
	check_bad_options("must be auto, 2 or 3", "--rng", "--gic=4");
	check_bad_options("must be 16550 or pl011", "--rng", "--serial-device=8250");
}

static void memory_for_kernel_but_not_for_a_tree_is_bad_usage(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = no_more };
	write_large_image("kernel", (4 << 20) - 4096);
	assert_int_equal(run_in("4M"), EXIT_USAGE);
	assert_int_equal(run_in("8M"), EXIT_POWER_OFF);
	write_large_image("kernel", 8 << 20);
	assert_int_equal(run_in("4M"), EXIT_BAD_FILE);
	write_kernel("kernel");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_starts_as_its_protocol_says),
		cmocka_unit_test(there_are_no_ports),
		cmocka_unit_test(kernels_that_cannot_run_are_bad_files),
		cmocka_unit_test(a_packed_kernel_is_unpacked),
		cmocka_unit_test(memory_beyond_the_addresses_is_refused),
		cmocka_unit_test(more_processors_than_the_gic_serves_are_bad_usage),
		cmocka_unit_test(memory_for_kernel_but_not_for_a_tree_is_bad_usage),
	};

	alarm(100); /* runs take SIGTERM */
	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
