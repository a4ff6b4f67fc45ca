/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What only the aarch64 machine has. */
#include "scripted.h"

#include <signal.h>

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

static enum cairn_hv_resume resumed;

static void fault_and_go_on(unsigned n)
{
	push((struct cairn_hv_fake_step){ .kind = CAIRN_HV_EXIT_FAULT, .addr = LAYOUT_GED_AT });
	no_more(n);
}

static void see_resume(unsigned n)
{
	struct cairn_hv_fake_result r = { .resume = CAIRN_HV_HANDLED };

	(void)n;
	(void)!cairn_hv_fake_result(script.vcpu, 0, &r);
	resumed = r.resume;
}

static void an_access_that_is_not_decoded_costs_the_guest_an_abort(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = fault_and_go_on, .closing = see_resume };
	resumed = CAIRN_HV_HANDLED;
	assert_int_equal(RUN(), EXIT_POWER_OFF);
	assert_int_equal(resumed, CAIRN_HV_INJECT);
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

static struct cairn_hv_aarch64 asked;
static const char *lacking; /* what this host has not, as KVM's back end says it */

static int open_and_look(const char *path, const struct cairn_hv_vm_config *c,
			 struct cairn_vm **ret, struct cairn_err *err)
{
	asked = *(const struct cairn_hv_aarch64 *)c->arch;
	if (lacking)
		return cairn_err_set(err, ENOTSUP, lacking, 0);
	return script_open(path, c, ret, err);
}

static void hook_open(struct cairn_hv_ops *ops)
{
	ops->open = open_and_look;
}

static void features_are_asked_of_the_host_by_name(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = no_more, .hook_ops = hook_open };
	assert_int_equal(RUN(), EXIT_POWER_OFF);
	assert_false(asked.sve || asked.pauth || asked.pmu);
	assert_int_equal(RUN("--cpu-features=pmu"), EXIT_POWER_OFF);
	assert_true(asked.pmu && !asked.sve && !asked.pauth);
	assert_int_equal(RUN("--cpu-features", "pauth,sve"), EXIT_POWER_OFF);
	assert_true(asked.pauth && asked.sve && !asked.pmu);
	lacking = "the host has no SVE for guests";
	assert_int_equal(RUN("--cpu-features=sve"), EXIT_HOST);
	lacking = NULL;
}

static void features_that_do_not_exist_are_bad_usage(void **state)
{
	static const char *const bad[] = { "--cpu-features=sme",  "--cpu-features=sv",
					   "--cpu-features=sve,", "--cpu-features=,sve",
					   "--cpu-features=svex", "--cpu-features=sve;pmu" };

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++)
		check_bad_options("must be a list of sve, pauth and pmu", "--rng", bad[i]);
}

enum { GPIO_IEV = 0x40c, GPIO_IE = 0x410, GPIO_IC = 0x41c };

static void write_word(uint64_t at, uint32_t value)
{
	push(cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, at, 4, value));
}

/* The serial port's interrupt says that the guest is ready. */
static void wait_for_button(unsigned n)
{
	(void)n;
	write_word(LAYOUT_GPIO_AT + GPIO_IEV, 1u << LAYOUT_POWER_PIN);
	write_word(LAYOUT_GPIO_AT + GPIO_IE, 1u << LAYOUT_POWER_PIN);
	push(cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, LAYOUT_SERIAL_AT + 1, 1, 2));
	push_wait();
}

static unsigned n_presses;

static void see_lines(uint32_t line, bool high)
{
	if (line == LAYOUT_SERIAL_LINE && high)
		kill(getpid(), SIGTERM);
	if (line != LAYOUT_GPIO_LINE || !high)
		return;
	n_presses++;
	push_power_off();
	cairn_hv_vcpu_kick(script.vcpu);
}

static void sigterm_presses_the_power_button(void **state)
{
	(void)state;
	n_presses = 0;
	script = (struct scripted){ .boot = wait_for_button, .level = see_lines };
	assert_int_equal(RUN(), EXIT_POWER_OFF);
	assert_int_equal(n_presses, 1);
}

static unsigned n_boots_pressed;

/* Reset while the key is down; the next machine has a key of its own, pressed and let go. */
static void wait_for_both(unsigned n);
static void press_and_reset(unsigned n)
{
	n_boots_pressed = n;
	if (n == 0)
		wait_for_button(n);
	else
		wait_for_both(n);
}

static unsigned n_releases;

/* Both edges: the second comes by itself. */
static void wait_for_both(unsigned n)
{
	write_word(LAYOUT_GPIO_AT + 0x408, 1u << LAYOUT_POWER_PIN);
	wait_for_button(n);
}

static void see_both(uint32_t line, bool high)
{
	if (line == LAYOUT_SERIAL_LINE && high)
		kill(getpid(), SIGTERM);
	if (line != LAYOUT_GPIO_LINE || !high)
		return;
	if (n_releases++) {
		push_power_off();
	} else {
		write_word(LAYOUT_GPIO_AT + GPIO_IC, 1u << LAYOUT_POWER_PIN);
		push_wait();
	}
	cairn_hv_vcpu_kick(script.vcpu);
}

static void the_power_button_is_let_go(void **state)
{
	(void)state;
	n_releases = 0;
	script = (struct scripted){ .boot = wait_for_both, .level = see_both };
	assert_int_equal(RUN(), EXIT_POWER_OFF);
	assert_int_equal(n_releases, 2);
}

static void see_and_reset(uint32_t line, bool high)
{
	if (n_boots_pressed) {
		see_both(line, high);
		return;
	}
	if (line == LAYOUT_SERIAL_LINE && high)
		kill(getpid(), SIGTERM);
	if (line != LAYOUT_GPIO_LINE || !high)
		return;
	push_reset();
	cairn_hv_vcpu_kick(script.vcpu);
}

static void a_key_held_over_a_reset_is_forgotten(void **state)
{
	(void)state;
	n_releases = 0;
	script = (struct scripted){ .boot = press_and_reset, .level = see_and_reset };
	assert_int_equal(RUN(), EXIT_POWER_OFF);
	assert_int_equal(script.n_boots, 2);
}

enum { RTC_MATCH = 4, RTC_LOAD = 8, RTC_IMSC = 0x10 };

static void push_alarm(uint32_t in_s)
{
	write_word(LAYOUT_RTC_AT + RTC_LOAD, 1000);
	write_word(LAYOUT_RTC_AT + RTC_MATCH, 1000 + in_s);
	write_word(LAYOUT_RTC_AT + RTC_IMSC, 1);
}

static void set_clock_alarm(unsigned n)
{
	(void)n;
	push_alarm(1);
	push_wait();
}

static void see_alarm(uint32_t line, bool high)
{
	if (line != LAYOUT_RTC_LINE || !high)
		return;
	push_power_off();
	cairn_hv_vcpu_kick(script.vcpu);
}

static void the_clock_wakes_the_guest(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = set_clock_alarm, .level = see_alarm };
	assert_int_equal(RUN(), EXIT_POWER_OFF);
}

/* The wish is posted, and the machine ends before, or while, anybody looks. */
static void set_alarm_and_leave(unsigned n)
{
	push_alarm(5000);
	if (n < 20)
		push_reset();
	else
		push_power_off();
}

static void an_alarm_ends_with_the_machine(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = set_alarm_and_leave };
	assert_int_equal(RUN(), EXIT_POWER_OFF);
	assert_int_equal(script.n_boots, 21);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_starts_as_its_protocol_says),
		cmocka_unit_test(an_access_that_is_not_decoded_costs_the_guest_an_abort),
		cmocka_unit_test(there_are_no_ports),
		cmocka_unit_test(kernels_that_cannot_run_are_bad_files),
		cmocka_unit_test(a_packed_kernel_is_unpacked),
		cmocka_unit_test(memory_beyond_the_addresses_is_refused),
		cmocka_unit_test(more_processors_than_the_gic_serves_are_bad_usage),
		cmocka_unit_test(features_are_asked_of_the_host_by_name),
		cmocka_unit_test(features_that_do_not_exist_are_bad_usage),
		cmocka_unit_test(sigterm_presses_the_power_button),
		cmocka_unit_test(the_power_button_is_let_go),
		cmocka_unit_test(a_key_held_over_a_reset_is_forgotten),
		cmocka_unit_test(the_clock_wakes_the_guest),
		cmocka_unit_test(an_alarm_ends_with_the_machine),
		cmocka_unit_test(memory_for_kernel_but_not_for_a_tree_is_bad_usage),
	};

	alarm(100); /* runs take SIGTERM */
	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
