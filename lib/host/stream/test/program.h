/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* program.h - the program that a stream belongs to: what it was told, what it takes. */
#ifndef STREAM_TEST_PROGRAM_H
#define STREAM_TEST_PROGRAM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cairn/stream.h>

#define BIG 20000u /* more than a pty or a socket holds */

static struct cairn_loop *loop;
static struct cairn_stream *stream;
static uint8_t in[2 * BIG];
static size_t n_in, appetite, n_ready;
static int n_opened, n_closed, n_resized;
static uint16_t columns, rows;

static size_t on_input(void *ctx, const uint8_t *bytes, size_t n)
{
	n = n < appetite ? n : appetite;
	memcpy(in + n_in, bytes, n);
	n_in += n;
	appetite -= n;
	return n;
}

static void on_output_ready(void *ctx)
{
	n_ready++;
}

static void on_opened(void *ctx, bool open)
{
	if (open)
		n_opened++;
	else
		n_closed++;
}

static void on_resized(void *ctx, uint16_t new_columns, uint16_t new_rows)
{
	n_resized++;
	columns = new_columns;
	rows = new_rows;
}

static const struct cairn_stream_ops ops = { .input = on_input,
					     .output_ready = on_output_ready,
					     .opened = on_opened,
					     .resized = on_resized };

/* What is ready now: whoever has it open did his part before. */
static void settle(void)
{
	int quiet = 0;

	while (quiet < 3)
		quiet = cairn_loop_dispatch(loop, quiet ? 10 : 0) > 0 ? 0 : quiet + 1;
}

static inline void go(int fd)
{
	close(fd);
	settle();
}

static void say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	settle();
}

static size_t output(const char *text)
{
	return cairn_stream_output(stream, (const uint8_t *)text, strlen(text));
}

#endif
