/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * A disk that never answers, or late: whatever ends or pauses the machine meanwhile, the program
 * ends by itself, says which disk it was, and leaves terminal and files as they should be. Each
 * case is a process of its own, all at the same time: the time that a disk is given passes once.
 */
#include "driver.h"

#include <pty.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>

#include <cairn/block_fault.h>

enum {
	DISK_BYTES = 1 << 20,
	MAX_ACTS = 3,
	GAP_ROUNDS = 3,
	LONG_ROUNDS = 300,
	LATER_MS = 2500, /* later than a pause that waits says so */
};
/* Acts that are no signals. */
enum { KEYS = -1, LATER = -2 };

enum then { THEN_NOTHING, THEN_RESET, THEN_POWER_OFF, THEN_DEVICE_RESET };

static struct hang {
	const char *name;
	bool is_pci, on_terminal;
	bool answers;   /* in the end, long after that; else never */
	enum then then; /* what the guest does once its request is in the disk */
	int at_submit[MAX_ACTS + 1], at_cancel[MAX_ACTS + 1]; /* signals, KEYS (Ctrl-A x), LATER */
	enum exit_code code;
	unsigned n_boots, n_lines;
} cases[] = {
	{ "two_signals_end", .at_submit = { SIGTERM, SIGINT }, .code = EXIT_ENDED, .n_lines = 1 },
	{ "two_signals_end_on_pci", .is_pci = true, .at_submit = { SIGTERM, SIGINT },
	  .code = EXIT_ENDED, .n_lines = 1 },
	{ "hangup_ends", .at_submit = { SIGHUP }, .code = EXIT_ENDED, .n_lines = 1 },
	{ "the_keys_end_and_the_terminal_is_as_before", .on_terminal = true, .at_submit = { KEYS },
	  .code = EXIT_ENDED, .n_lines = 1 },
	{ "a_reset_of_the_guest_ends", .then = THEN_RESET, .code = EXIT_HOST, .n_lines = 1 },
	{ "a_reset_of_the_guest_ends_on_pci", .is_pci = true, .then = THEN_RESET, .code = EXIT_HOST,
	  .n_lines = 1 },
	{ "a_power_off_ends", .then = THEN_POWER_OFF, .code = EXIT_HOST, .n_lines = 1 },
	{ "a_signal_between_two_boots", .then = THEN_RESET, .at_cancel = { SIGTERM },
	  .code = EXIT_HOST, .n_lines = 1 },
	{ "two_signals_between_two_boots", .then = THEN_RESET, .at_cancel = { SIGTERM, SIGINT },
	  .code = EXIT_ENDED, .n_lines = 1 },
	{ "the_keys_between_two_boots", .on_terminal = true, .then = THEN_RESET,
	  .at_cancel = { KEYS }, .code = EXIT_ENDED, .n_lines = 1 },
	{ "two_signals_while_a_vcpu_waits_for_the_device", .then = THEN_DEVICE_RESET,
	  .at_cancel = { SIGTERM, SIGINT }, .code = EXIT_ENDED, .n_lines = 1 },
	{ "two_signals_while_the_driver_polls_the_device", .is_pci = true,
	  .then = THEN_DEVICE_RESET, .at_cancel = { SIGTERM, SIGINT }, .code = EXIT_ENDED,
	  .n_lines = 1 },
	{ "two_signals_while_a_pause_waits", .at_submit = { SIGUSR1, SIGTERM, SIGINT },
	  .code = EXIT_ENDED, .n_lines = 1 },
	{ "a_pause_that_waits_says_for_what", .at_submit = { SIGUSR1, LATER, SIGHUP },
	  .code = EXIT_ENDED, .n_lines = 2 },
	{ "a_pause_ends_when_the_disk_answers", .answers = true, .at_submit = { SIGUSR1, SIGUSR2 },
	  .then = THEN_POWER_OFF, .code = EXIT_POWER_OFF },
	{ "a_pause_that_waited_ends_when_the_disk_answers", .answers = true,
	  .at_submit = { SIGUSR1, LATER, SIGUSR2 }, .then = THEN_POWER_OFF, .code = EXIT_POWER_OFF,
	  .n_lines = 1 },
	{ "a_late_answer_is_waited_for", .answers = true, .then = THEN_RESET,
	  .code = EXIT_POWER_OFF, .n_boots = 2 },
	{ "a_signal_between_two_boots_is_not_lost", .answers = true, .then = THEN_RESET,
	  .at_cancel = { SIGTERM }, .code = EXIT_POWER_OFF },
};

/* What a case's process has seen; shared with it. */
static struct seen {
	int code;
	unsigned n_boots, n_submitted;
	bool terminal_differs;
} * seen;

static struct hang *now; /* in a case's process */
static struct cairn_block_fault fault;
static struct cairn_block_engine_ops ops;
static const struct cairn_block_engine_ops *real;
static const int *acts;
static unsigned rounds_left;
static int terminal;
static struct cairn_call next_round;
static struct cairn_loop *loop;
static struct cairn_timer later;

/* One act after the other, each in a round in which the one before has been seen; then the answer.
 */
static void on_round(struct cairn_call *call)
{
	if (rounds_left--) {
		cairn_loop_post(loop, call);
		return;
	}
	if (!*acts) {
		if (now->answers)
			cairn_block_fault_release(&fault, 1);
		return;
	}
	if (*acts == LATER) {
		cairn_timer_arm(loop, &later, LATER_MS * UINT64_C(1000000));
		acts++;
		rounds_left = GAP_ROUNDS;
		return;
	}
	if (*acts == KEYS)
		(void)!write(terminal, "\x01x", 2);
	else
		kill(getpid(), *acts);
	rounds_left = *++acts ? GAP_ROUNDS : LONG_ROUNDS;
	cairn_loop_post(loop, call);
}

static void on_later(struct cairn_timer *t)
{
	(void)t;
	cairn_loop_post(loop, &next_round);
}

static void begin(const int *list)
{
	if (acts)
		return;
	acts = list;
	rounds_left = *list ? GAP_ROUNDS : LONG_ROUNDS;
	next_round.fn = on_round;
	later.fn = on_later;
	loop = fault.engine.loop;
	cairn_loop_post(loop, &next_round);
}

static void submit(struct cairn_block_engine *e, struct cairn_block_req *r)
{
	real->submit(e, r);
	if (now->at_submit[0])
		begin(now->at_submit);
	else
		cairn_hv_vcpu_kick(script.others[0]);
}

static void cancel(struct cairn_block_engine *e, struct cairn_block_req *r)
{
	real->cancel(e, r);
	begin(now->at_cancel);
}

static int slow_engine(struct cairn_disk *disk, const struct cairn_block_engine_cfg *cfg,
		       struct cairn_block_engine **ret, struct cairn_err *err)
{
	static const struct cairn_disk_geometry geometry = { .size_bytes = DISK_BYTES,
							     .block_bytes = 512 };
	static uint8_t bytes[DISK_BYTES];

	if (cairn_block_fault_init(&fault, &geometry, bytes))
		return cairn_err_set(err, ENOMEM, "out of memory", 0);
	fault.mode = CAIRN_BLOCK_FAULT_HOLD;
	fault.can_cancel = false;
	real = fault.engine.ops;
	ops = *real;
	ops.submit = submit;
	ops.cancel = cancel;
	fault.engine.ops = &ops;
	*ret = &fault.engine;
	return 0;
}

/* The second vCPU does what comes then, when it is kicked: by the test, or to be paused. */
static void boot(unsigned n)
{
	const struct driver d = { .is_pci = now->is_pci };

	if (n) {
		push_power_off();
		return;
	}
	offer_reads(1);
	push_start(d);
	push_kick(d);
	push_wait();
	push_wait(); /* a pause kicks, too */
	push_to_the_other();
	push_wait();
	if (now->then == THEN_RESET)
		push_reset();
	else if (now->then == THEN_POWER_OFF)
		push_power_off();
	else if (now->then == THEN_DEVICE_RESET)
		push_status(d, 0);
	push_wait();
	push_to_the_other();
}

static void use_files(size_t i)
{
	char name[16];
	int fd;

	snprintf(name, sizeof(name), "err.%zu", i);
	fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		abort();
	snprintf(name, sizeof(name), "disk.%zu", i);
	write_disk(name);
}

/* Standard input is a terminal, whose other end writes the keys. */
static void use_terminal(struct termios *before)
{
	int slave, null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (openpty(&terminal, &slave, NULL, NULL, NULL) || tcgetattr(slave, before) ||
	    dup2(slave, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		abort();
	script_console = "serial";
}

static _Noreturn void run_case(size_t i)
{
	static struct termios before, after; /* compared as bytes */
	char disk[32], pid[16];

	now = &cases[i];
	alarm(60);
	use_files(i);
	snprintf(disk, sizeof(disk), "path=disk.%zu", i);
	snprintf(pid, sizeof(pid), "pid.%zu", i);
	if (now->on_terminal)
		use_terminal(&before);
	else
		script_console = "none";
	script = (struct scripted){ .boot = boot, .engine_new = slow_engine };
	seen[i].code = (int)RUN("--cpus", "2", "--disk", disk, "--pidfile", pid, "--transport",
				now->is_pci ? "pci" : "mmio");
	seen[i].n_boots = script.n_boots;
	seen[i].n_submitted = fault.n_submitted;
	if (now->on_terminal)
		seen[i].terminal_differs =
		    tcgetattr(STDIN_FILENO, &after) || memcmp(&before, &after, sizeof(before)) != 0;
	_exit(0);
}

static void *folder;

static int run_cases(void **state)
{
	pid_t pids[CAIRN_ARRAY_LEN(cases)];

	(void)state; /* of each test it is the case */
	enter_folder(&folder);
	seen = mmap(NULL, sizeof(*seen) * CAIRN_ARRAY_LEN(cases), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(seen, MAP_FAILED);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(cases); i++) {
		seen[i].code = -1;
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			run_case(i);
	}
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(cases); i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		if (status)
			seen[i].code = -1;
	}
	return 0;
}

static int clean_up(void **state)
{
	char name[16];

	if (now) /* a case that failed in its own process */
		_exit(1);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(cases); i++) {
		snprintf(name, sizeof(name), "err.%zu", i);
		unlink(name);
		snprintf(name, sizeof(name), "disk.%zu", i);
		unlink(name);
	}
	munmap(seen, sizeof(*seen) * CAIRN_ARRAY_LEN(cases));
	(void)state;
	return leave_folder(&folder); /* which has no pidfile */
}

/* Lines of the case's standard error; each names the disk. */
static unsigned count_lines(size_t i)
{
	char name[16], disk[40], line[256];
	unsigned n = 0;
	FILE *f;

	snprintf(name, sizeof(name), "err.%zu", i);
	snprintf(disk, sizeof(disk), "--disk path=disk.%zu: ", i);
	f = fopen(name, "re");
	assert_non_null(f);
	for (; fgets(line, sizeof(line), f); n++)
		if (!strstr(line, disk))
			fail_msg("'%s' does not name the disk", line);
	fclose(f);
	return n;
}

static void check(void **state)
{
	const struct hang *h = *state;
	size_t i = (size_t)(h - cases);
	char pid[16];

	snprintf(pid, sizeof(pid), "pid.%zu", i);
	assert_int_equal(seen[i].code, h->code);
	assert_int_equal(seen[i].n_submitted, 1);
	assert_int_equal(seen[i].n_boots, h->n_boots ? h->n_boots : 1);
	assert_int_equal(count_lines(i), h->n_lines);
	assert_false(seen[i].terminal_differs);
	assert_int_equal(access(pid, F_OK), -1);
}

int main(void)
{
	struct CMUnitTest tests[CAIRN_ARRAY_LEN(cases)];

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(cases); i++)
		tests[i] = (struct CMUnitTest){ .name = cases[i].name,
						.test_func = check,
						.initial_state = &cases[i] };
	return cmocka_run_group_tests(tests, run_cases, clean_up);
}
