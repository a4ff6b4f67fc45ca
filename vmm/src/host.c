/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"
#include "log.h"

int host_file_read(struct host_file *f, uint64_t off, void *dst, size_t len)
{
	uint8_t *to = dst;

	while (len) {
		ssize_t n = pread(f->fd, to, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		to += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int open_input(struct host_file *f, const char *option, const char *path)
{
	struct stat st;

	f->path = path;
	f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hold us */
	if (f->fd < 0) {
		log_error("%s %s: %s", option, path, strerror(errno));
		return EXIT_BAD_FILE;
	}
	if (fstat(f->fd, &st) || !S_ISREG(st.st_mode)) {
		log_error("%s %s: not a regular file", option, path);
		return EXIT_BAD_FILE;
	}
	if (st.st_size == 0) {
		log_error("%s %s: the file is empty", option, path);
		return EXIT_BAD_FILE;
	}
	f->size_bytes = (uint64_t)st.st_size;
	return 0;
}

static int open_console(struct host *h, const char *path)
{
	h->console_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0644);
	if (h->console_fd >= 0)
		return 0;
	log_error("--console file=%s: %s", path, strerror(errno));
	return EXIT_BAD_FILE;
}

static int write_pidfile(struct host *h, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0) {
		log_error("--pidfile %s: %s%s", path, strerror(errno),
			  errno == EEXIST ? " (is cairn running already? else remove it)" : "");
		return EXIT_BAD_FILE;
	}
	h->pidfile = path;
	if (dprintf(fd, "%ld\n", (long)getpid()) < 0) {
		log_error("--pidfile %s: %s", path, strerror(errno));
		close(fd);
		return EXIT_BAD_FILE;
	}
	close(fd);
	return 0;
}

int host_open(struct host *h, const struct run_options *o)
{
	int r;

	*h = (struct host){ .kernel.fd = -1, .initrd.fd = -1, .console_fd = -1 };
	r = open_input(&h->kernel, "--kernel", o->kernel);
	if (!r && o->initrd)
		r = open_input(&h->initrd, "--initrd", o->initrd);
	if (!r && o->console_file)
		r = open_console(h, o->console_file);
	if (!r && o->pidfile)
		r = write_pidfile(h, o->pidfile);
	if (r)
		host_close(h);
	return r;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void host_close(struct host *h)
{
	close_fd(&h->kernel.fd);
	close_fd(&h->initrd.fd);
	close_fd(&h->console_fd);
	if (h->pidfile)
		unlink(h->pidfile);
	h->pidfile = NULL;
}
