/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* listen.h - where front ends come from: a descriptor that was passed, or a listening socket. */
#ifndef DEVICE_LISTEN_H
#define DEVICE_LISTEN_H

#include <cairn/base.h>

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
