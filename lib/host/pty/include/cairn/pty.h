/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * pty.h - a pseudo-terminal that others open by its path: bytes both ways, whether somebody has it
 * open, and the size that they gave it. Raw to begin with: every byte passes as it is. Whoever
 * opens it may set it otherwise, and that stays.
 *
 * Everything on the loop's thread. Its functions may call the pty, but for closing it.
 */
#ifndef CAIRN_PTY_H
#define CAIRN_PTY_H

#include <cairn/event.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_PTY_READ_BYTES 4096u /* at a time */

struct cairn_pty;

/* The program's, each with ctx; NULL: not wanted. */
struct cairn_pty_ops {
	/* Bytes from who has it open. Returns how many it took; when fewer than n, no more are read
	 * until cairn_pty_input_ready(). NULL: they are dropped. */
	size_t (*input)(void *ctx, const uint8_t *bytes, size_t n);
	/* cairn_pty_output() takes bytes again after it took fewer than it was given. */
	void (*output_ready)(void *ctx);
	/* The first has opened it, or the last closed it (false), which is so to begin with. */
	void (*opened)(void *ctx, bool open);
	/* Its size is another one; seen when it is opened and when bytes come. */
	void (*resized)(void *ctx, uint16_t columns, uint16_t rows);
};

/*
 * cairn_pty_open() - make one.
 *
 * @link: path of a symbolic link to be made to it, removed by cairn_pty_close(); NULL: none
 *
 * Returns 0, or a negative errno of posix_openpt, grantpt, tcsetattr, inotify, symlink (-EEXIST:
 * the link's path is taken), epoll_ctl; -ENOMEM. err->detail is the link, or empty. Descriptors are
 * close-on-exec.
 */
CAIRN_MUST_USE int cairn_pty_open(struct cairn_loop *loop, const char *link, struct cairn_pty **ret,
				  struct cairn_err *err);
/* Whoever has it open is hung up on; what they have not read is lost. NULL is allowed. */
void cairn_pty_close(struct cairn_pty *p);
/* From now on, told at once if it is open; NULL: nobody, and nothing is read. ops lives as long. */
void cairn_pty_connect(struct cairn_pty *p, const struct cairn_pty_ops *ops, void *ctx);

/* Its name, such as /dev/pts/3. Lives as long as the pty. */
const char *cairn_pty_path(const struct cairn_pty *p);
bool cairn_pty_is_open(const struct cairn_pty *p);
/* Bytes for who has it open. Returns how many it took; when fewer than n, output_ready follows.
 * Nobody: all of them, dropped. Never waits. */
size_t cairn_pty_output(struct cairn_pty *p, const uint8_t *bytes, size_t n);
/* input takes bytes again. */
void cairn_pty_input_ready(struct cairn_pty *p);

#ifdef __cplusplus
}
#endif
#endif
