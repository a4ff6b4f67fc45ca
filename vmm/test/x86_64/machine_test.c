/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What only the x86_64 machine has. */
#include "scripted.h"

#include <signal.h>

#include <cairn/hv_x86_64.h>

static void no_more(unsigned n)
{
	(void)n;
	push_power_off();
}

static void see_button(uint32_t line, bool high)
{
	if (line != LAYOUT_GED_LINE || !high)
		return;
	push(cairn_hv_fake_read(CAIRN_HV_EXIT_PIO, LAYOUT_GED_PORT, 1));
	push_power_off();
	cairn_hv_vcpu_kick(script.vcpu);
}

static unsigned button_events;

static void wait_for_button(unsigned n)
{
	(void)n;
	push_wait();
	kill(getpid(), SIGTERM);
}

static void see_events(unsigned n)
{
	struct cairn_hv_fake_result r;

	(void)n;
	if (cairn_hv_fake_result(script.vcpu, 1, &r) == 0)
		button_events = r.data[0];
}

static void sigterm_presses_the_power_button(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = wait_for_button,
				    .level = see_button,
				    .closing = see_events };
	button_events = 0;
	assert_int_equal(RUN(), EXIT_POWER_OFF);
	assert_int_equal(button_events, 1);
}

static void a_machine_of_13_devices_fills_mmio(void **state)
{
	const char *words[36] = { "--transport", "mmio", "--rng" };
	static char paths[16][40];
	int n = 3;

	(void)state;
	script = (struct scripted){ .boot = no_more };
	for (unsigned i = 0; i < 13; i++) {
		snprintf(paths[i], sizeof(paths[i]), "path=a.img,readonly,engine=threads");
		words[n++] = "--disk";
		words[n++] = paths[i];
	}
	assert_int_equal(run_words(words), EXIT_USAGE);
	assert_int_equal(script.n_boots, 0);
}

static bool is_flash_reserved;

/* An entry of PVH's memory map, wherever it is (Xen, hvm_memmap_table_entry). */
static void look_for_map(unsigned n)
{
	static const struct {
		uint64_t at, len;
		uint32_t type, reserved;
	} entry = { LAYOUT_FLASH_AT, 256 << 10, 2, 0 };

	(void)n;
	is_flash_reserved =
	    memmem(script.ram[0].host, LAYOUT_SPARSE_LEN, &entry, sizeof(entry)) != NULL;
}

static void flash_is_reserved_in_the_map(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = no_more, .closing = look_for_map };
	assert_int_equal(RUN("--firmware-vars", "vars"), EXIT_POWER_OFF);
	assert_true(is_flash_reserved);
	assert_int_equal(unlink("vars"), 0);
	assert_int_equal(RUN(), EXIT_POWER_OFF);
	assert_false(is_flash_reserved);
}

static unsigned n_x2apics;

static void count_x2apics(unsigned n)
{
	(void)n;
	for (unsigned i = 0; i < script.n_others; i++) {
		struct cairn_hv_reg base = { .id = CAIRN_HV_X86_APIC_BASE };

		assert_int_equal(cairn_hv_vcpu_get_regs(script.others[i], &base, 1), 0);
		n_x2apics += !!(base.value & CAIRN_HV_X86_APIC_BASE_X2APIC);
	}
}

/* A kernel that does not find them on passes over ids that an xAPIC has not. */
static void more_than_255_processors_have_x2apics(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = no_more, .closing = count_x2apics };
	n_x2apics = 0;
	assert_int_equal(RUN("--cpus", "255"), EXIT_POWER_OFF);
	assert_int_equal(n_x2apics, 0);
	script = (struct scripted){ .boot = no_more, .closing = count_x2apics };
	assert_int_equal(RUN("--cpus", "300"), EXIT_POWER_OFF);
	assert_int_equal(script.n_others, 299);
	assert_int_equal(n_x2apics, 299);
}

static void more_processors_than_the_host_has_are_refused(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = no_more };
	assert_int_equal(RUN("--cpus", "600"), EXIT_HOST);
	assert_int_equal(script.n_boots, 0);
}

static void its_options_are_understood(void **state)
{
	struct run_options o;
	char why[200];
	const char *words[] = { "--kernel", "k", "--entry", "pvh", "--unpack", "off" };

	(void)state;
	assert_int_equal(options_parse(2, words, &o, why, sizeof(why)), OPTIONS_OK);
	assert_true(o.arch.entry == ENTRY_AUTO && o.arch.unpack == UNPACK_ON);
	options_free(&o);
	assert_int_equal(options_parse(4, words, &o, why, sizeof(why)), OPTIONS_OK);
	assert_int_equal(o.arch.entry, ENTRY_PVH);
	options_free(&o);
	assert_int_equal(options_parse(6, words, &o, why, sizeof(why)), OPTIONS_BAD);
	assert_non_null(strstr(why, "contradicts"));
	options_free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sigterm_presses_the_power_button),
		cmocka_unit_test(its_options_are_understood),
		cmocka_unit_test(flash_is_reserved_in_the_map),
		cmocka_unit_test(more_than_255_processors_have_x2apics),
		cmocka_unit_test(more_processors_than_the_host_has_are_refused),
		cmocka_unit_test(a_machine_of_13_devices_fills_mmio),
	};

	alarm(100); /* runs take SIGTERM */
	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
