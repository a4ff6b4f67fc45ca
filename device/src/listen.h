/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* listen.h - where front ends come from: a socket of our own, or a descriptor that was passed. */
#ifndef DEVICE_LISTEN_H
#define DEVICE_LISTEN_H

#include <cairn/base.h>

/*
 * listen_at() - a listening socket at path, for this user alone.
 *
 * A socket that nobody listens on any more is replaced. Returns the descriptor (non-blocking), or a
 * negative errno with err: -EADDRINUSE: somebody listens there, or it is no socket; -ENAMETOOLONG.
 */
CAIRN_MUST_USE int listen_at(const char *path, struct cairn_err *err);

/*
 * listen_passed() - look at a descriptor that was passed.
 *
 * Returns 1: it listens (and does not block from now on); 0: it is connected; a negative errno with
 * err: it is no Unix stream socket.
 */
CAIRN_MUST_USE int listen_passed(int fd, struct cairn_err *err);

/* The next front end. Returns its descriptor, or a negative errno (-EAGAIN: it is gone already). */
CAIRN_MUST_USE int listen_accept(int fd);

#endif
