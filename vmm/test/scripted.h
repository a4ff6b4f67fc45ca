/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * scripted.h - `cairn run` over a hypervisor whose first vCPU plays a script, made anew for each
 * boot; the others sit in the guest. The kernel is a file of a few bytes; nothing executes it.
 */
#ifndef SCRIPTED_H
#define SCRIPTED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cairn/hv_fake.h>
#include <cairn/hv_ops.h>

#include "arch.h"
#include "board.h"
#include "layout.h"
#include "run.h"

enum { MAX_RAM = 4, MAX_WORDS = 40, MAX_PARKS = 4 };

static struct scripted {
	/* Before the n-th boot (from 0): pushes a script to vcpu, which is the first. */
	void (*boot)(unsigned n);
	void (*closing)(unsigned n); /* its vCPU is about to go; NULL: nothing to look at */
	void (*level)(uint32_t line, bool high);
	void (*running)(void); /* the first vCPU, on its thread, enters the guest; once */
	void (*hook_ops)(struct cairn_hv_ops *ops); /* more of them; NULL: none */
	host_engine_fn *engine_new;                 /* NULL: that of the program */
	host_net_fn *net_open;                      /* NULL: that of the program */
	const struct cairn_clock *clock;            /* NULL: that of the program */
	/* What fails, once, in the first boot; code 0: nothing. */
	enum cairn_hv_fake_op fail_op;
	unsigned fail_skip;
	int fail_code;

	unsigned n_boots;
	struct cairn_vm *vm;
	struct cairn_vcpu *vcpu, *others[MAX_CPUS];
	unsigned n_others;
	struct cairn_hv_region ram[MAX_RAM];
	uint32_t n_ram;
} script;

static int script_mem_add(struct cairn_vm *vm, const struct cairn_hv_region *r)
{
	if (script.n_ram < MAX_RAM)
		script.ram[script.n_ram++] = *r;
	return cairn_hv_fake_ops.mem_add(vm, r);
}

static int script_vcpu_open(struct cairn_vm *vm, uint32_t id, struct cairn_vcpu **ret)
{
	int r = cairn_hv_fake_ops.vcpu_open(vm, id, ret);

	if (r == 0 && id == 0)
		script.vcpu = *ret;
	if (r == 0 && id)
		script.others[script.n_others++] = *ret;
	return r;
}

static int script_run(struct cairn_vcpu *v, struct cairn_hv_exit **ret_exit)
{
	void (*running)(void) = script.running;

	if (v == script.vcpu && running) {
		script.running = NULL;
		running();
	}
	return cairn_hv_fake_ops.run(v, ret_exit);
}

static void script_vcpu_close(struct cairn_vcpu *v)
{
	if (v == script.vcpu && script.closing && script.n_boots)
		script.closing(script.n_boots - 1);
	cairn_hv_fake_ops.vcpu_close(v);
}

static int script_irq_level(struct cairn_irq *i, bool high)
{
	int r = cairn_hv_fake_ops.irq_level(i, high);

	if (script.level && !i->is_msi)
		script.level(i->line, high);
	return r;
}

static void push_to(struct cairn_vcpu *v, struct cairn_hv_fake_step step)
{
	if (cairn_hv_fake_push(v, &step, 1))
		abort();
}

static void push(struct cairn_hv_fake_step step)
{
	push_to(script.vcpu, step);
}

/* Stays in the guest until kicked. */
static inline void push_wait(void)
{
	push((struct cairn_hv_fake_step){ .kind = CAIRN_HV_EXIT_KICKED });
}

/* The first vCPU and the first of the others change places: steps are pushed to the first. */
static inline void push_to_the_other(void)
{
	struct cairn_vcpu *v = script.vcpu;

	script.vcpu = script.others[0];
	script.others[0] = v;
}

/*
 * Of the architecture: script_caps(vm, config), script_get_regs(), push_power_off(), push_reset(),
 * push_char(), write_kernel(path), and how many lines the platform takes and vCPUs have registers
 * set.
 */
#include "scripted_arch.h"

static int script_open(const char *path, const struct cairn_hv_vm_config *c, struct cairn_vm **ret,
		       struct cairn_err *err)
{
	int r = cairn_hv_fake_ops.open(path, c, ret, err);

	script.n_ram = 0;
	script.vcpu = NULL;
	script.n_others = 0;
	if (r == 0)
		script_caps(*ret, c);
	if (r == 0 && script.fail_code && script.n_boots == 0)
		cairn_hv_fake_fail(*ret, script.fail_op, script.fail_skip, script.fail_code);
	return r;
}

static int script_start(struct cairn_vm *vm, const struct cairn_hv_start *s, struct cairn_err *err)
{
	int r = cairn_hv_fake_ops.start(vm, s, err);

	if (r)
		return r;
	script.vm = vm;
	script.boot(script.n_boots++);
	for (unsigned i = 0; i < script.n_others * MAX_PARKS; i++)
		push_to(script.others[i / MAX_PARKS],
			(struct cairn_hv_fake_step){ .kind = CAIRN_HV_EXIT_KICKED });
	return 0;
}

static inline void write_disk(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 1 << 20), 0);
	close(fd);
}

/* A folder with what the options below name; it is the current one until the program ends. */
static inline int enter_folder(void **state)
{
	char path[] = "/tmp/cairn-run-XXXXXX";

	assert_non_null(mkdtemp(path));
	assert_int_equal(chdir(path), 0);
	write_kernel("kernel");
	write_disk("a.img");
	write_disk("b.img");
	*state = strdup(path);
	return 0;
}

static inline int leave_folder(void **state)
{
	static const char *const names[] = { "kernel", "a.img", "b.img", "out" };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(names); i++)
		(void)!unlink(names[i]);
	assert_int_equal(rmdir(*state), 0); /* nothing else was left */
	free(*state);
	return 0;
}

static const char *script_console = "file=out", *script_memory = "16M";
static const char *script_sysfs = "absent";

/* `cairn run` with a kernel, a console, no system call filter, and more words. */
static inline enum exit_code run_words(const char *const *more)
{
	static struct cairn_hv_ops ops;
	const struct run_base base = {
		.hv = &ops,
		.engine_new = script.engine_new ? script.engine_new : cairn_block_engine_new,
		.net_open = script.net_open ? script.net_open : cairn_net_tap_open_queues,
		.clock = script.clock ? script.clock : &board_clock,
		.sysfs = script_sysfs,
	};
	const char *words[MAX_WORDS] = { "--kernel",  "kernel", "--memory",  script_memory,
					 "--seccomp", "off",    "--console", script_console };
	struct run_options o;
	enum exit_code code;
	char why[256] = "";
	int n = 8;

	while (*more)
		words[n++] = *more++;
	ops = cairn_hv_fake_ops;
	ops.open = script_open;
	ops.mem_add = script_mem_add;
	ops.start = script_start;
	ops.irq_level = script_irq_level;
	ops.get_regs = script_get_regs;
	ops.vcpu_open = script_vcpu_open;
	ops.run = script_run;
	ops.vcpu_close = script_vcpu_close;
	if (script.hook_ops)
		script.hook_ops(&ops);
	script.n_boots = 0;
	if (options_parse(n, words, &o, why, sizeof(why)) != OPTIONS_OK)
		fail_msg("%s", why);
	code = run(&o, &base);
	options_free(&o);
	return code;
}

#define RUN(...) run_words((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

/* Standard error goes to the file "out", and back. */
static inline int hide_errors(void)
{
	int saved = dup(STDERR_FILENO), fd = open("out", O_RDWR | O_CREAT | O_TRUNC, 0600);

	assert_true(saved >= 0 && fd >= 0);
	assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	close(fd);
	return saved;
}

static inline void show_errors(int saved)
{
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	close(saved);
}

static inline unsigned count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* Bytes of guest memory: nothing else here asks for huge pages. */
static inline unsigned long guest_memory_bytes(void)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	unsigned long kib = 0, sum = 0;
	char line[512];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "Size:", 5))
			kib = strtoul(line + 5, NULL, 10);
		else if (!strncmp(line, "VmFlags:", 8) && strstr(line, " hg"))
			sum += kib << 10;
	}
	fclose(f);
	return sum;
}

#endif
