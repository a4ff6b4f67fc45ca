/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * stream.h - bytes both ways with somebody outside, who comes by a path and goes again, any number
 * of times: at a pseudo-terminal or at a local socket. It never blocks.
 *
 * A pseudo-terminal is raw to begin with: every byte passes as it is. Whoever opens it may set it
 * otherwise, and that stays. A socket (AF_UNIX, stream) serves one client at a time; the next ones
 * wait in its queue, or as long as what the one before has sent is not taken. A client that has
 * ended its sending has gone.
 *
 * Everything on the loop's thread. Its functions may call the stream, but for closing it.
 */
#ifndef CAIRN_STREAM_H
#define CAIRN_STREAM_H

#include <cairn/event.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_STREAM_READ_BYTES 4096u /* at a time */

struct cairn_stream;

/* The program's, each with ctx; NULL: not wanted. */
struct cairn_stream_ops {
	/* Bytes from who is there. Returns how many it took; when fewer than n, no more are read
	 * until cairn_stream_input_ready(). NULL: they are dropped. */
	size_t (*input)(void *ctx, const uint8_t *bytes, size_t n);
	/* cairn_stream_output() takes bytes again after it took fewer than it was given. */
	void (*output_ready)(void *ctx);
	/* The first has come, or the last gone (false), which is so to begin with. */
	void (*opened)(void *ctx, bool open);
	/* The terminal's size is another one; seen when it is opened and when bytes come. */
	void (*resized)(void *ctx, uint16_t columns, uint16_t rows);
};

/*
 * cairn_stream_open_pty() - make a pseudo-terminal.
 *
 * @link: path of a symbolic link to be made to it, removed by cairn_stream_close(); NULL: none
 *
 * Returns 0, or a negative errno of posix_openpt, grantpt, tcsetattr, inotify, symlink (-EEXIST:
 * the link's path is taken), epoll_ctl; -ENOMEM. err->detail is "link: reason" or as it was.
 * Descriptors are close-on-exec.
 */
CAIRN_MUST_USE int cairn_stream_open_pty(struct cairn_loop *loop, const char *link,
					 struct cairn_stream **ret, struct cairn_err *err);
/*
 * cairn_stream_open_socket() - listen at a path, which cairn_stream_close() removes.
 *
 * Returns 0, what cairn_stream_listen() does, a negative errno of epoll_ctl, -ENOMEM.
 */
CAIRN_MUST_USE int cairn_stream_open_socket(struct cairn_loop *loop, const char *path,
					    struct cairn_stream **ret, struct cairn_err *err);
/* Whoever is there is hung up on; what they have not read from a pty is lost. NULL is allowed. */
void cairn_stream_close(struct cairn_stream *s);
/* From now on, told at once if it is open; NULL: nobody, and nothing is read. ops lives as long. */
void cairn_stream_connect(struct cairn_stream *s, const struct cairn_stream_ops *ops, void *ctx);

/* Its path, of a pty such as /dev/pts/3. Lives as long as the stream. */
const char *cairn_stream_path(const struct cairn_stream *s);
bool cairn_stream_is_open(const struct cairn_stream *s);
/* Bytes for who is there. Returns how many it took; when fewer than n, output_ready follows.
 * Nobody: all of them, dropped. Never waits. */
size_t cairn_stream_output(struct cairn_stream *s, const uint8_t *bytes, size_t n);
/* input takes bytes again. */
void cairn_stream_input_ready(struct cairn_stream *s);

/*
 * cairn_stream_listen() - a listening local socket at path, for this user alone (mode 0600).
 *
 * A socket that nobody listens on any more is replaced; where somebody does, they see a client that
 * goes at once. The process's umask is another one for a moment. Returns the descriptor
 * (non-blocking, close-on-exec), which is the caller's, or a negative errno with err->detail "path:
 * reason": -EADDRINUSE: somebody listens there, or it is no socket; -ENAMETOOLONG; another of
 * socket, bind or listen.
 */
CAIRN_MUST_USE int cairn_stream_listen(const char *path, struct cairn_err *err);

#ifdef __cplusplus
}
#endif
#endif
