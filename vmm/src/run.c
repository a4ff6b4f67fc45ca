/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * run.c - the session: host resources and threads once, then a machine per boot.
 *
 * States: RUNNING -SIGUSR1-> PAUSING -drained-> PAUSED -SIGUSR2-> RUNNING; ENDING from any, while
 * the machine is taken down. The first event that ends a machine stops the loop; what follows is
 * decided in run_machine().
 */
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "arch.h"
#include "confine.h"
#include "devices.h"
#include "log.h"
#include "machine.h"
#include "run.h"

enum session_state { RUNNING, PAUSING, PAUSED, ENDING };

#define PAUSE_PATIENCE_NS UINT64_C(2000000000)

struct session {
	const struct run_options *options;
	const struct run_base *base;
	int node_fd; /* the hypervisor's, or 0 */
	struct host host;
	struct cairn_loop *loop;
	struct console *console;
	struct ports *ports;
	struct crew *crew;
	struct machine *machine;
	struct cairn_watch signals;
	int signal_fd;
	enum session_state state;
	struct cairn_timer pause_takes_long;
	bool resume_asked; /* SIGUSR2 came while PAUSING */
	bool term_asked;   /* the first SIGTERM */
	bool stay_off;     /* a SIGTERM between two boots */
	bool quit;         /* ended from outside */
	bool stuck;        /* a device did not let go of the last machine */

	uint64_t since_ns; /* the program's start, or when the guest before had ended */
	int ended;         /* 0, or 1 + enum machine_end; atomic, the first counts */
};

static void machine_ended(void *ctx, enum machine_end why)
{
	struct session *s = ctx;
	int none = 0;

	if (__atomic_compare_exchange_n(&s->ended, &none, 1 + (int)why, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		cairn_loop_stop(s->loop);
}

static void quit_now(void *ctx)
{
	struct session *s = ctx;

	s->quit = true;
	cairn_loop_stop(s->loop);
}

static void resume(struct session *s)
{
	s->state = RUNNING;
	s->resume_asked = false;
	log_info("resumed");
	machine_run(s->machine);
}

static void paused(void *ctx)
{
	struct session *s = ctx;

	cairn_timer_disarm(&s->pause_takes_long);
	s->state = PAUSED;
	log_info("paused");
	if (s->resume_asked)
		resume(s);
}

static void on_long_pause(struct cairn_timer *t)
{
	struct session *s = cairn_container_of(t, struct session, pause_takes_long);

	if (s->state == PAUSING)
		devices_say_pending(s->machine, LOG_LEVEL_WARN,
				    "the pause waits for its answer, and so does a resume");
}

static void pause_machine(struct session *s)
{
	s->state = PAUSING;
	cairn_timer_arm(s->loop, &s->pause_takes_long, PAUSE_PATIENCE_NS);
	machine_pause(s->machine, (struct cairn_trigger){ .fn = paused, .ctx = s });
}

static void on_term(struct session *s)
{
	if (s->term_asked) {
		log_info("ended by a second signal");
		quit_now(s);
		return;
	}
	s->term_asked = true;
	if (s->state == ENDING) {
		s->stay_off = true;
		return;
	}
	log_info("asking the guest to power off; a second signal ends it");
	if (s->state == PAUSED)
		resume(s);
	else if (s->state == PAUSING)
		s->resume_asked = true;
	if (!machine_power_button(s->machine))
		log_warn("the guest has no power button; a second signal ends it");
}

static void on_signal(struct session *s, uint32_t signo)
{
	switch (signo) {
	case SIGTERM:
	case SIGINT:
		on_term(s);
		break;
	case SIGWINCH:
		console_resize(s->console);
		break;
	case SIGHUP:
		quit_now(s);
		break;
	case SIGUSR1:
		if (s->state != RUNNING)
			break;
		pause_machine(s);
		break;
	case SIGUSR2:
		if (s->state == PAUSED)
			resume(s);
		else if (s->state == PAUSING)
			s->resume_asked = true;
		break;
	}
}

static void on_signals(struct cairn_watch *w, uint32_t events)
{
	struct session *s = cairn_container_of(w, struct session, signals);
	struct signalfd_siginfo info;

	(void)events;
	while (read(s->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		on_signal(s, info.ssi_signo);
}

/* Before any thread is made, so that all of them leave these signals to the loop. */
static int watch_signals(struct session *s)
{
	static const int watched[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH };
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(watched); i++)
		sigaddset(&set, watched[i]);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL))
		return -EINVAL;
	s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signal_fd < 0)
		return -errno;
	s->signals.fn = on_signals;
	return cairn_loop_watch(s->loop, &s->signals, s->signal_fd, EPOLLIN);
}

static int vcpu_enter(void *ctx, uint32_t id)
{
	struct session *s = ctx;

	(void)id;
	return confine_thread(CONFINE_VCPU, s->options->seccomp);
}

static bool vcpu_exit(void *ctx, uint32_t id, const struct cairn_hv_exit *exit)
{
	struct session *s = ctx;

	return machine_exit(s->machine, id, exit);
}

static void vcpu_failed(void *ctx, uint32_t id, int why)
{
	struct session *s = ctx;

	log_error("vCPU %u: the hypervisor gave up: %s", id, strerror(-why));
	machine_ended(s, END_FAILED);
}

static int open_console(struct session *s)
{
	bool on_terminal =
	    s->options->console == CONSOLE_SERIAL || s->options->console == CONSOLE_VIRTIO;
	int out = s->options->console == CONSOLE_FILE ? s->host.console_fd : STDOUT_FILENO;
	int r = 0;

	if (s->options->console == CONSOLE_NONE)
		out = -1;
	if (on_terminal)
		r = terminal_raw();
	if (r)
		return r;
	return console_new(s->loop, on_terminal ? STDIN_FILENO : -1, out,
			   (struct cairn_trigger){ .fn = quit_now, .ctx = s }, &s->console);
}

/* Returns 0 or an enum exit_code. */
static int open_node(struct session *s)
{
	struct cairn_err err = { 0 };

	if (!s->base->open_node)
		return 0;
	s->node_fd = s->base->open_node(NULL, &err);
	if (s->node_fd > 0)
		return 0;
	log_err("hypervisor", &err);
	return EXIT_HOST;
}

/* What is made once. Returns 0 or an enum exit_code. */
static int open_session(struct session *s)
{
	const struct crew_hooks hooks = {
		.enter = vcpu_enter, .exit = vcpu_exit, .failed = vcpu_failed, .ctx = s
	};
	const char *what = "event loop";
	int r = cairn_loop_new(&s->loop);

	if (!r) {
		what = "signals";
		r = watch_signals(s);
	}
	if (!r) {
		r = host_open(&s->host, s->options, s->base->engine_new, s->base->net_open);
		if (!r)
			r = ports_open(s->loop, s->options, &s->ports);
		if (!r)
			r = open_node(s);
		if (r)
			return r;
		arch_host_look(s->base->sysfs, &s->host);
		what = "guest memory guard";
		r = cairn_hostmem_guard();
	}
	if (!r) {
		what = "system call filter";
		r = confine_prepare();
	}
	if (!r) {
		what = "console";
		r = open_console(s);
	}
	if (!r) {
		what = "system call filter of the vCPU threads";
		r = crew_new(s->options->cpus, &hooks, &s->crew);
	}
	if (!r) {
		what = "system call filter";
		r = confine_thread(CONFINE_MAIN, s->options->seccomp);
	}
	if (!r)
		return 0;
	log_error("%s: %s%s", what, strerror(-r), r == -EMFILE ? "; 'ulimit -n' raises it" : "");
	return EXIT_HOST;
}

static void close_session(struct session *s)
{
	if (s->stuck) {
		/* A device still uses guest memory, engines and files: they end with the process.
		 */
		terminal_restore();
		ports_close(s->ports);
		host_forget(&s->host);
		return;
	}
	crew_free(s->crew);
	console_free(s->console);
	ports_close(s->ports);
	terminal_restore();
	cairn_watch_remove(&s->signals);
	host_close(&s->host);
	cairn_loop_free(s->loop);
	if (s->signal_fd >= 0)
		close(s->signal_fd);
	if (s->node_fd > 0)
		close(s->node_fd);
}

static uint64_t now_ns(const struct session *s)
{
	return s->base->clock->monotonic_ns(s->base->clock->ctx);
}

static double ms_since(const struct session *s, uint64_t ns)
{
	return (double)(now_ns(s) - ns) / 1e6;
}

/* One boot: returns the exit code, or -1: boot again. */
static int run_machine(struct session *s)
{
	static const enum exit_code codes[] = { [END_POWER_OFF] = EXIT_POWER_OFF,
						[END_RESET] = EXIT_RESET,
						[END_CRASH] = EXIT_CRASH,
						[END_FAILED] = EXIT_INTERNAL };
	const struct machine_config config = { .options = s->options,
					       .host = &s->host,
					       .crew = s->crew,
					       .loop = s->loop,
					       .console = s->console,
					       .ports = s->ports,
					       .hooks = { .ended = machine_ended, .ctx = s },
					       .hv = s->base->hv,
					       .node_fd = s->node_fd };
	int why, r = machine_new(&config, &s->machine);

	if (r)
		return r;
	s->ended = 0;
	s->state = RUNNING;
	s->term_asked = false;
	log_info("guest starts after %.1f ms", ms_since(s, s->since_ns));
	machine_run(s->machine);
	r = cairn_loop_run(s->loop);
	s->since_ns = now_ns(s);
	s->state = ENDING;
	cairn_timer_disarm(&s->pause_takes_long);
	s->stuck = !machine_free(s->machine);
	s->machine = NULL;
	log_info("the machine took %.1f ms to end", ms_since(s, s->since_ns));
	malloc_trim(0); /* what unpacking the kernel took, for one */
	if (r < 0) {
		log_error("event loop: %s", strerror(-r));
		return EXIT_INTERNAL;
	}
	why = __atomic_load_n(&s->ended, __ATOMIC_ACQUIRE);
	if (s->quit || !why)
		return EXIT_ENDED;
	if (s->stuck && (why - 1 == END_RESET || why - 1 == END_POWER_OFF))
		return EXIT_HOST;
	if (why - 1 == END_RESET && s->stay_off)
		return EXIT_POWER_OFF;
	if (why - 1 == END_RESET && !s->options->no_reboot)
		return -1;
	if (why - 1 == END_CRASH)
		log_error("the guest crashed");
	return (int)codes[why - 1];
}

enum exit_code run(const struct run_options *o, const struct run_base *base)
{
	struct session s = {
		.options = o, .base = base, .signal_fd = -1, .pause_takes_long.fn = on_long_pause
	};
	int r;

	s.since_ns = now_ns(&s);
	log_set_level(o->log_level);
	r = open_session(&s);
	while (!r) {
		r = run_machine(&s);
		if (r != -1)
			break;
		log_info("the guest reboots");
		r = 0;
	}
	close_session(&s);
	return (enum exit_code)r;
}
