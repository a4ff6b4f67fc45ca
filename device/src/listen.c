/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "listen.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static int failed(struct cairn_err *err, int code, const char *what)
{
	int r = cairn_err_set(err, code, what, 0);

	snprintf(err->detail, sizeof(err->detail), "--fd: %s", strerror(code));
	return r;
}

int listen_passed(int fd, struct cairn_err *err)
{
	int domain = 0, type = 0, listens = 0;
	socklen_t len = sizeof(int);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) < 0)
		return failed(err, errno, "cannot use this descriptor");
	if (domain != AF_UNIX || type != SOCK_STREAM)
		return failed(err, EPROTOTYPE, "not a Unix stream socket");
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || (listens && fcntl(fd, F_SETFL, O_NONBLOCK) < 0))
		return failed(err, errno, "cannot use this descriptor");
	return listens ? 1 : 0;
}

int listen_accept(int fd)
{
	int sock = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	return sock < 0 ? -errno : sock;
}
