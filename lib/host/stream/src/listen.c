/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/stream.h>

#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int failed(struct cairn_err *err, int code, const char *what, const char *path)
{
	int r = cairn_err_set(err, code, what, 0);

	if (err)
		snprintf(err->detail, sizeof(err->detail), "%s: %s", path, strerror(code));
	return r;
}

/* Who was killed leaves its socket behind. True: nobody answers there. */
static bool is_left_over(const struct sockaddr_un *addr)
{
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool refused;

	if (sock < 0)
		return false;
	refused = connect(sock, (const struct sockaddr *)addr, sizeof(*addr)) < 0 &&
		  errno == ECONNREFUSED;
	close(sock);
	return refused;
}

static int bind_privately(int sock, const struct sockaddr_un *addr)
{
	mode_t mask = umask(0177);
	int r = bind(sock, (const struct sockaddr *)addr, sizeof(*addr)) < 0 ? -errno : 0;

	umask(mask);
	return r;
}

int cairn_stream_listen(const char *path, struct cairn_err *err)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	struct stat st;
	int sock, r;

	if (len >= sizeof(addr.sun_path))
		return failed(err, ENAMETOOLONG, "cannot listen", path);
	memcpy(addr.sun_path, path, len + 1);
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0)
		return failed(err, errno, "cannot make a socket", path);
	if (stat(path, &st) == 0 && S_ISSOCK(st.st_mode) && is_left_over(&addr))
		unlink(path);
	r = bind_privately(sock, &addr);
	if (r == 0 && listen(sock, 1) < 0)
		r = -errno;
	if (r == 0)
		return sock;
	close(sock);
	return failed(err, -r, "cannot listen", path);
}
