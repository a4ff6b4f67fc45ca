/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cairn/image_rig.h>
#include <cairn/math.h>

static const char paths[] = "/usr/sbin:/sbin:";

int cairn_rig_dir_init(struct cairn_rig_dir *d)
{
	snprintf(d->path, sizeof(d->path), "/tmp/cairn-rig-XXXXXX");
	if (mkdtemp(d->path))
		return 0;
	d->path[0] = '\0';
	return -errno;
}

bool cairn_rig_has(const char *program)
{
	const char *path = getenv("PATH");
	char list[4096], file[4096], *rest = list;

	snprintf(list, sizeof(list), "%s%s", paths, path ? path : "");
	for (const char *folder; (folder = strsep(&rest, ":"));) {
		snprintf(file, sizeof(file), "%.2000s/%.2000s", folder, program);
		if (access(file, X_OK) == 0)
			return true;
	}
	return false;
}

/* In the child; never returns. */
static void run_script(const char *dir, const char *script)
{
	const char *path = getenv("PATH");
	char list[4096];
	int fd = chdir(dir) ? -1 : open("log", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int null = open("/dev/null", O_RDONLY);

	snprintf(list, sizeof(list), "%s%s", paths, path ? path : "/usr/bin:/bin");
	if (fd < 0 || null < 0 || dup2(null, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 ||
	    setenv("PATH", list, 1) || setenv("MTOOLSRC", "/dev/null", 1) ||
	    setenv("MTOOLS_SKIP_CHECK", "1", 1) || setenv("LC_ALL", "C.UTF-8", 1) ||
	    setenv("TZ", "UTC", 1))
		_exit(126);
	execl("/bin/sh", "sh", "-ec", script, (char *)NULL);
	_exit(127);
}

int cairn_rig_run(const struct cairn_rig_dir *d, const char *script)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		run_script(d->path, script);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

void cairn_rig_dir_fini(struct cairn_rig_dir *d)
{
	if (d->path[0] && cairn_rig_run(d, "rm -rf \"$PWD\"") != 0)
		fprintf(stderr, "image-rig: %s stays\n", d->path);
	d->path[0] = '\0';
}

int cairn_rig_disk_init(struct cairn_rig_disk *k, size_t len_bytes)
{
	*k = (struct cairn_rig_disk){ .len_bytes = len_bytes,
				      .writes_left = UINT64_MAX,
				      .reads_left = UINT64_MAX };
	k->bytes = calloc(1, len_bytes ? len_bytes : 1);
	return k->bytes ? 0 : -ENOMEM;
}

/* open() of a file in the folder, as stdio. */
static FILE *file_open(const struct cairn_rig_dir *d, const char *file, const char *mode)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", d->path, file);
	return fopen(path, mode);
}

int cairn_rig_disk_load(struct cairn_rig_disk *k, const struct cairn_rig_dir *d, const char *file)
{
	FILE *f = file_open(d, file, "rbe");
	struct stat st;
	int ret;

	if (!f)
		return -errno;
	ret = fstat(fileno(f), &st) ? -errno : cairn_rig_disk_init(k, (size_t)st.st_size);
	if (ret == 0 && fread(k->bytes, 1, k->len_bytes, f) != k->len_bytes) {
		cairn_rig_disk_fini(k);
		ret = -EIO;
	}
	fclose(f);
	return ret;
}

int cairn_rig_disk_store(const struct cairn_rig_disk *k, const struct cairn_rig_dir *d,
			 const char *file)
{
	FILE *f = file_open(d, file, "wbe");
	bool is_whole;

	if (!f)
		return -errno;
	is_whole = fwrite(k->bytes, 1, k->len_bytes, f) == k->len_bytes;
	return fclose(f) == 0 && is_whole ? 0 : -EIO;
}

void cairn_rig_disk_fini(struct cairn_rig_disk *k)
{
	free(k->bytes);
	*k = (struct cairn_rig_disk){ 0 };
}

int cairn_rig_disk_read_at(void *ctx, uint64_t off, void *dst, size_t len)
{
	struct cairn_rig_disk *k = ctx;

	if (!cairn_in_range(off, len, k->len_bytes))
		abort();
	if (k->reads_left == 0)
		return -EIO;
	k->reads_left--;
	k->reads++;
	memcpy(dst, k->bytes + off, len);
	return 0;
}

int cairn_rig_disk_write_at(void *ctx, uint64_t off, const void *src, size_t len)
{
	struct cairn_rig_disk *k = ctx;

	if (!cairn_in_range(off, len, k->len_bytes))
		abort();
	if (++k->writes == k->fail_write)
		return -EIO;
	if (k->writes_left == 0)
		return 0;
	k->writes_left--;
	memcpy(k->bytes + off, src, len);
	return 0;
}

int cairn_rig_disk_flush(void *ctx)
{
	struct cairn_rig_disk *k = ctx;

	k->flushes++;
	return 0;
}
