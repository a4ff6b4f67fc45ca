/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The session: how it ends, signals, failures of the hypervisor, and what it leaves. */
#include "scripted.h"

#include <signal.h>

static void no_more(unsigned n)
{
	(void)n;
	push_power_off();
}

static void hello(unsigned n)
{
	(void)n;
	push_char('h');
	push_char('i');
	push_power_off();
}

static void power_off_ends_the_program(void **state)
{
	char text[8] = "";
	int fd;

	(void)state;
	script = (struct scripted){ .boot = hello };
	assert_int_equal(RUN(), EXIT_POWER_OFF);
	fd = open("out", O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, text, sizeof(text)), 2);
	assert_string_equal(text, "hi");
	close(fd);
}

static void reset_twice_then_off(unsigned n)
{
	if (n < 2)
		push_reset();
	else
		push_power_off();
}

static void a_reset_boots_again(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = reset_twice_then_off };
	assert_int_equal(RUN(), EXIT_POWER_OFF);
	assert_int_equal(script.n_boots, 3);
	assert_int_equal(RUN("--transport", "mmio"), EXIT_POWER_OFF);
	assert_int_equal(script.n_boots, 3);
}

static void no_reboot_ends_at_a_reset(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = reset_twice_then_off };
	assert_int_equal(RUN("--no-reboot"), EXIT_RESET);
	assert_int_equal(script.n_boots, 1);
}

static enum cairn_hv_exit_kind last_exit;

static void leave_by(unsigned n)
{
	if (n)
		push_power_off();
	else
		push((struct cairn_hv_fake_step){ .kind = last_exit });
}

static void exits_end_the_machine_as_they_say(void **state)
{
	static const struct {
		enum cairn_hv_exit_kind kind;
		enum exit_code code;
	} ends[] = {
		{ CAIRN_HV_EXIT_OFF, EXIT_POWER_OFF },  { CAIRN_HV_EXIT_RESET, EXIT_POWER_OFF },
		{ CAIRN_HV_EXIT_CRASH, EXIT_CRASH },    { CAIRN_HV_EXIT_OTHER, EXIT_INTERNAL },
		{ CAIRN_HV_EXIT_FAULT, EXIT_INTERNAL },
	};

	(void)state;
	script = (struct scripted){ .boot = leave_by };
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(ends); i++) {
		last_exit = ends[i].kind;
		assert_int_equal(RUN(), ends[i].code);
	}
}

static void nothing(unsigned n)
{
	(void)n;
}

/* The script is empty: run() fails for good. */
static void a_vcpu_that_cannot_run_is_an_internal_error(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = nothing };
	assert_int_equal(RUN("--cpus", "3"), EXIT_INTERNAL);
}

/* Signals, blocked in every thread by now, that the session finds when it looks. */
static int sent[2];

static void send_signals(void)
{
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(sent) && sent[i]; i++)
		kill(getpid(), sent[i]);
}

static void wait_then_off(unsigned n)
{
	(void)n;
	push_wait();
	push_power_off();
}

static void early_signals(unsigned n)
{
	no_more(n);
	send_signals();
}

/* While the guest runs. */
static void script_signals(int first, int second)
{
	script = (struct scripted){ .boot = wait_then_off, .running = send_signals };
	sent[0] = first;
	sent[1] = second;
}

static void hangup_ends_at_once(void **state)
{
	(void)state;
	script_signals(SIGHUP, 0);
	assert_int_equal(RUN(), EXIT_ENDED);
}

static void a_second_request_to_end_ends(void **state)
{
	(void)state;
	script_signals(SIGTERM, SIGINT);
	assert_int_equal(RUN("--disk", "path=a.img", "--rng"), EXIT_ENDED);
}

static void pause_ends_with_resume(void **state)
{
	(void)state;
	for (int pci = 0; pci < 2; pci++) {
		script_signals(SIGUSR1, SIGUSR2);
		assert_int_equal(
		    RUN("--disk", "path=a.img", "--rng", "--transport", pci ? "pci" : "mmio"),
		    EXIT_POWER_OFF);
	}
}

/* When devices have not begun to serve: a device refuses a second wish, and cairn would say so. */
static void signals_before_the_guest_runs_are_kept(void **state)
{
	static const struct {
		int first, second;
		enum exit_code code;
	} pairs[] = {
		{ SIGUSR1, SIGUSR2, EXIT_POWER_OFF },
		{ SIGHUP, SIGUSR1, EXIT_ENDED },
		{ SIGTERM, SIGINT, EXIT_ENDED },
	};
	enum exit_code code;
	int saved;

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(pairs); i++) {
		script = (struct scripted){ .boot = early_signals };
		sent[0] = pairs[i].first;
		sent[1] = pairs[i].second;
		saved = hide_errors();
		script_console = "none";
		code = RUN("--disk", "path=a.img", "--rng");
		assert_int_equal(lseek(STDERR_FILENO, 0, SEEK_END), 0);
		show_errors(saved);
		script_console = "file=out";
		assert_int_equal(code, pairs[i].code);
	}
}

/* A guest that is asked to power off has to run. */
static void a_paused_guest_is_resumed_to_power_off(void **state)
{
	(void)state;
	script_signals(SIGUSR1, SIGTERM);
	assert_int_equal(RUN("--rng"), EXIT_POWER_OFF);
}

static bool may_come_again(enum cairn_hv_fake_op op)
{
	return op == CAIRN_HV_FAKE_LINE || op == CAIRN_HV_FAKE_VCPU_OPEN ||
	       (op == CAIRN_HV_FAKE_SET_REGS && SCRIPT_REG_CALLS > 1);
}

/* Each call to the hypervisor fails in turn: said, ended, nothing left behind. */
static void every_refusal_of_the_hypervisor_is_an_end(void **state)
{
	static const enum cairn_hv_fake_op ops[] = {
		CAIRN_HV_FAKE_MEM_ADD,   CAIRN_HV_FAKE_START,    CAIRN_HV_FAKE_LINE,
		CAIRN_HV_FAKE_VCPU_OPEN, CAIRN_HV_FAKE_SET_REGS,
	};
	unsigned fds = count_fds();

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(ops); i++) {
		for (unsigned skip = 0; skip < 2; skip++) {
			if (skip && !may_come_again(ops[i]))
				continue;
			script = (struct scripted){ .boot = no_more,
						    .fail_op = ops[i],
						    .fail_skip = skip,
						    .fail_code = EPERM };
			assert_int_equal(
			    RUN("--cpus", "2", "--disk", "path=a.img", "--pidfile", "pid"),
			    EXIT_HOST);
			assert_int_equal(count_fds(), fds);
			assert_int_equal(access("pid", F_OK), -1);
		}
	}
}

static void a_carrier_that_is_refused_is_an_end(void **state)
{
	static const enum cairn_hv_fake_op ops[] = { CAIRN_HV_FAKE_LINE, CAIRN_HV_FAKE_BIND,
						     CAIRN_HV_FAKE_DOORBELL_ADD };
	unsigned fds = count_fds();

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(ops); i++) {
		script = (struct scripted){ .boot = no_more,
					    .fail_op = ops[i],
					    .fail_skip = ops[i] == CAIRN_HV_FAKE_LINE
							     ? SCRIPT_PLATFORM_LINES + 1
							     : 0,
					    .fail_code = EPERM };
		assert_int_equal(RUN("--transport", "mmio", "--rng", "--disk", "path=a.img"),
				 EXIT_HOST);
		assert_int_equal(count_fds(), fds);
	}
}

static unsigned n_open_before, n_without_flag;

/* Descriptors of this process that a program it starts would inherit. */
static unsigned count_inherited(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1024; fd++) {
		int flags = fcntl(fd, F_GETFD);

		n += flags >= 0 && !(flags & FD_CLOEXEC);
	}
	return n;
}

static void look_at_descriptors(unsigned n)
{
	no_more(n);
	n_without_flag = count_inherited();
}

static void every_descriptor_is_close_on_exec(void **state)
{
	(void)state;
	n_open_before = count_inherited();
	for (int pci = 0; pci < 2; pci++) {
		script = (struct scripted){ .boot = look_at_descriptors };
		assert_int_equal(RUN("--transport", pci ? "pci" : "mmio", "--rng", "--disk",
				     "path=a.img,queues=2", "--disk", "path=b.img,engine=threads",
				     "--pidfile", "pid"),
				 EXIT_POWER_OFF);
		assert_int_equal(n_without_flag, n_open_before);
	}
}

static void bad_files_end_it_before_anything_is_made(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = no_more };
	assert_int_equal(RUN("--initrd", "absent"), EXIT_BAD_FILE);
	assert_int_equal(RUN("--disk", "path=absent"), EXIT_BAD_FILE);
	assert_int_equal(RUN("--pidfile", "kernel"), EXIT_BAD_FILE);
	assert_int_equal(RUN("--initrd", "."), EXIT_BAD_FILE);
	assert_int_equal(RUN("--cmdline", "with\ttab"), EXIT_USAGE);
	assert_int_equal(script.n_boots, 0);
	assert_int_equal(access("kernel", F_OK), 0);
}

static uint64_t test_ns;

static uint64_t test_clock_ns(void *ctx)
{
	(void)ctx;
	return __atomic_load_n(&test_ns, __ATOMIC_SEQ_CST);
}

static void guest_takes_long(void)
{
	__atomic_fetch_add(&test_ns, UINT64_C(1000000000000), __ATOMIC_SEQ_CST);
}

static void release_takes_7_ms(unsigned n)
{
	(void)n;
	__atomic_fetch_add(&test_ns, 7000000, __ATOMIC_SEQ_CST);
}

static void reset_once(unsigned n)
{
	script.running = guest_takes_long;
	__atomic_fetch_add(&test_ns, 3000000, __ATOMIC_SEQ_CST);
	if (n)
		push_power_off();
	else
		push_reset();
}

/* Of a reboot: from the end of the guest before, whatever time that one had. */
static void times_of_a_boot_leave_out_the_guests(void **state)
{
	static const struct cairn_clock clock = { .monotonic_ns = test_clock_ns };
	char text[512] = "";
	int saved = hide_errors();

	(void)state;
	script =
	    (struct scripted){ .boot = reset_once, .closing = release_takes_7_ms, .clock = &clock };
	script_console = "none";
	assert_int_equal(RUN("--log-level", "info"), EXIT_POWER_OFF);
	assert_true(pread(STDERR_FILENO, text, sizeof(text) - 1, 0) > 0);
	show_errors(saved);
	script_console = "file=out";
	assert_string_equal(text, "cairn: guest starts after 3.0 ms\n"
				  "cairn: the machine took 7.0 ms to end\n"
				  "cairn: the guest reboots\n"
				  "cairn: guest starts after 10.0 ms\n"
				  "cairn: the machine took 7.0 ms to end\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(power_off_ends_the_program),
		cmocka_unit_test(a_reset_boots_again),
		cmocka_unit_test(no_reboot_ends_at_a_reset),
		cmocka_unit_test(exits_end_the_machine_as_they_say),
		cmocka_unit_test(a_vcpu_that_cannot_run_is_an_internal_error),
		cmocka_unit_test(hangup_ends_at_once),
		cmocka_unit_test(a_second_request_to_end_ends),
		cmocka_unit_test(pause_ends_with_resume),
		cmocka_unit_test(signals_before_the_guest_runs_are_kept),
		cmocka_unit_test(a_paused_guest_is_resumed_to_power_off),
		cmocka_unit_test(every_refusal_of_the_hypervisor_is_an_end),
		cmocka_unit_test(a_carrier_that_is_refused_is_an_end),
		cmocka_unit_test(every_descriptor_is_close_on_exec),
		cmocka_unit_test(times_of_a_boot_leave_out_the_guests),
		cmocka_unit_test(bad_files_end_it_before_anything_is_made),
	};

	alarm(100); /* runs take SIGTERM */
	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
