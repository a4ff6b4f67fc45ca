/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* kinds.h - a stream's inside, which its two kinds share. */
#ifndef CAIRN_STREAM_KINDS_H
#define CAIRN_STREAM_KINDS_H

#include <sys/types.h>

#include <cairn/stream.h>

/* What is of a kind; NULL: nothing is to be done. */
struct stream_kind {
	/* As write(), without a signal. */
	ssize_t (*write)(int fd, const uint8_t *bytes, size_t n);
	/* Look whether the size is another one. */
	void (*look)(struct cairn_stream *s);
	/* Nobody is there any more, and fd is not watched. */
	void (*left)(struct cairn_stream *s);
};

struct cairn_stream {
	struct cairn_loop *loop;
	const struct stream_kind *kind;
	int fd;            /* where bytes go and come; a socket's is -1 while nobody is there */
	int openings_fd;   /* tells that somebody comes */
	char *path, *link; /* link: removed at the end; NULL: none was made */
	const struct cairn_stream_ops *ops;
	void *ctx;
	bool is_open, wants_room; /* output was not taken whole */
	uint16_t columns, rows;
	struct cairn_watch watch, openings; /* the first only while open, and while of use */
	uint8_t input[CAIRN_STREAM_READ_BYTES];
	size_t in_at, in_n; /* of what is not taken yet */
};

/* One of this kind, with nothing open; NULL: no memory. */
struct cairn_stream *cairn_stream_new_(struct cairn_loop *loop, const struct stream_kind *kind);
/* Watch fd for what is of use now. */
void cairn_stream_watch_(struct cairn_stream *s);
void cairn_stream_set_open_(struct cairn_stream *s, bool open);

#endif
