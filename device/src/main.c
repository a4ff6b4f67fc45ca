/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * cairn-device: one virtio device, served to one front end after the other. A single loop does
 * everything, in server.c.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "confine.h"
#include "device.h"
#include "log.h"
#include "server.h"

enum {
	END_MS = 2000, /* for what cannot be abandoned, at the end */
	HELP_BYTES = 8192,
};

static struct cairn_loop *stop_loop;

static void on_signal(int sig)
{
	cairn_loop_stop(stop_loop);
}

static int catch_signals(struct cairn_loop *loop)
{
	/* No SA_RESTART: a call that a front end has made hang ends with the signal. */
	struct sigaction act = { .sa_handler = on_signal }, ignore = { .sa_handler = SIG_IGN };

	stop_loop = loop;
	sigemptyset(&act.sa_mask);
	if (sigaction(SIGTERM, &act, NULL) || sigaction(SIGINT, &act, NULL) ||
	    sigaction(SIGPIPE, &ignore, NULL))
		return -errno;
	return cairn_hostmem_guard();
}

static enum exit_code host_failed(const char *what, int r)
{
	log_line("%s: %s", what, strerror(-r));
	return EXIT_HOST;
}

static enum exit_code run(const struct options *o)
{
	struct server_cfg cfg = { .options = o, .end_ms = END_MS };
	struct device device = { 0 };
	struct cairn_err err = { 0 };
	enum exit_code code;
	bool stuck = false;
	int r = cairn_loop_new(&cfg.loop);

	if (r == 0)
		r = catch_signals(cfg.loop);
	if (r == 0)
		r = confine_prepare();
	if (r < 0)
		return host_failed("cannot start", r);
	code = device_open(&device, cfg.loop, o, &err);
	if (code == EXIT_ASKED) {
		cfg.vdev = device.vdev;
		code = server_run(&cfg, &stuck);
	} else {
		log_err(o->kind == DEVICE_BLK ? "disk" : "rng", &err);
	}
	if (stuck)
		_exit(code);
	device_close(&device);
	cairn_loop_free(cfg.loop);
	return code;
}

/* Standard output may be a pipe without a reader: what people asked for then went nowhere. */
static enum exit_code print(const char *text)
{
	return fputs(text, stdout) < 0 || fflush(stdout) ? EXIT_INTERNAL : EXIT_ASKED;
}

static enum exit_code print_help(void)
{
	char text[HELP_BYTES + 1];
	struct cairn_writer w;

	cairn_writer_init(&w, text, HELP_BYTES);
	options_help(&w);
	text[cairn_writer_is_whole(&w) ? w.need : HELP_BYTES] = '\0';
	return print(text);
}

int main(int argc, char **argv)
{
	struct options o;
	char why[256];
	enum exit_code code;

	switch (options_parse(argc, (const char *const *)argv, &o, why, sizeof(why))) {
	case OPTIONS_HELP:
		code = print_help();
		break;
	case OPTIONS_VERSION:
		code = print("cairn-device " CAIRN_VERSION "\n");
		break;
	case OPTIONS_CAPABILITIES:
		code = print(options_capabilities(o.kind));
		break;
	case OPTIONS_BAD:
		log_line("%s (try 'cairn-device --help')", why);
		code = EXIT_USAGE;
		break;
	default:
		code = run(&o);
	}
	options_free(&o);
	return code;
}
