/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cairn/math.h>

#include "flash.h"
#include "layout.h"
#include "log.h"
#include "machine.h"

enum { NEW_BYTES = 256 << 10, MIN_BYTES = 64 << 10, LOCK_TRIES = 20, LOCK_PAUSE_MS = 50 };

static int refuse(const char *path, const char *why)
{
	log_error("--firmware-vars %s: %s", path, why);
	return EXIT_BAD_FILE;
}

/* One that was killed keeps its lock until the kernel has taken it apart. */
static int lock(int fd)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_MS * 1000000L };
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int tries = LOCK_TRIES;

	while (fcntl(fd, F_OFD_SETLK, &l)) {
		if ((errno != EAGAIN && errno != EACCES) || --tries == 0)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* An erased chip; one that was cut short by a full disk is refused the next time. */
static int fill(int fd)
{
	uint8_t erased[4096];

	memset(erased, 0xff, sizeof(erased));
	for (off_t at = 0; at < NEW_BYTES; at += (off_t)sizeof(erased)) {
		ssize_t n = pwrite(fd, erased, sizeof(erased), at);

		if (n != (ssize_t)sizeof(erased))
			return n < 0 ? -errno : -ENOSPC;
	}
	return fdatasync(fd) ? -errno : 0;
}

static int map(struct flash_file *f, int fd)
{
	struct cairn_err err = { 0 };
	struct stat st;
	int r;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return refuse(f->path, "not a regular file");
	r = lock(fd);
	if (r == -EAGAIN || r == -EACCES)
		return refuse(f->path, "in use by another process");
	if (r)
		return refuse(f->path, strerror(-r));
	/* Who made it may have been filling it until now. */
	if (fstat(fd, &st))
		return refuse(f->path, strerror(errno));
	if (st.st_size == 0) {
		r = fill(fd);
		if (r)
			return refuse(f->path, strerror(-r));
		st.st_size = NEW_BYTES;
	}
	if (st.st_size < MIN_BYTES || st.st_size > (off_t)LAYOUT_FLASH_LEN ||
	    !cairn_is_pow2((uint64_t)st.st_size))
		return refuse(f->path, "its size is no power of two from 64K to 2M");
	r = cairn_mapping_of_fd(fd, 0, (uint64_t)st.st_size, 0, &f->mapping, &err);
	return r ? refuse(f->path, err.what) : 0;
}

int flash_file_open(struct flash_file *f, const struct run_options *o)
{
	int fd, r;

	*f = (struct flash_file){ .path = o->firmware_vars };
	if (!f->path)
		return 0;
	fd = open(f->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
	if (fd < 0)
		return refuse(f->path, strerror(errno));
	r = map(f, fd);
	close(fd); /* the mapping has one of its own, and with it the lock */
	return r;
}

void flash_file_close(struct flash_file *f)
{
	cairn_mapping_put(f->mapping);
	f->mapping = NULL;
}

uint32_t flash_file_bytes(const struct flash_file *f)
{
	return f->mapping ? (uint32_t)cairn_mapping_len(f->mapping) : 0;
}

struct flash {
	pthread_mutex_t lock;
	struct cairn_cfi_flash chip;
	struct flash_file *file;
	struct cairn_vm *vm;
	struct cairn_hv_region slot; /* host NULL: there is none to be had */
	struct cairn_mapping *copy;  /* behind it */
	bool is_shown;
	uint32_t n_reads; /* that left the guest since the last write */
};

/* Under the lock; the guest waits. It cannot be told: to it, its writes were done before. */
static void settle(void *ctx)
{
	struct flash_file *f = ctx;
	int r = fdatasync(cairn_mapping_fd(f->mapping)) ? errno : 0;

	if ((!r && !cairn_mapping_is_broken(f->mapping)) || f->is_failure_said)
		return;
	f->is_failure_said = true;
	log_error("--firmware-vars %s: not written: %s", f->path,
		  r ? strerror(r) : "the file was cut or its file system is full");
}

/*
 * Under the lock, before the array is read. It is a copy that is shown, made when no vCPU sees it:
 * pages of the file would end a vCPU that reads them where the file was cut.
 */
static void show(struct flash *f)
{
	int r;

	if (!f->slot.host || f->is_shown || !cairn_cfi_flash_is_array(&f->chip) ||
	    ++f->n_reads < FLASH_PATIENCE_READS)
		return;
	memcpy(f->slot.host, cairn_mapping_host(f->file->mapping), f->slot.len_bytes);
	r = cairn_hv_mem_add(f->vm, &f->slot);
	f->is_shown = !r;
	if (!r)
		return;
	f->slot.host = NULL;
	log_info("each read of the flash leaves the guest: %s", strerror(-r));
}

/* Under the lock, before the chip takes a write. Returns 0, or an errno: it is still shown. */
static int hide(struct flash *f)
{
	int r;

	f->n_reads = 0;
	if (!f->is_shown)
		return 0;
	r = cairn_hv_mem_del(f->vm, SLOT_FLASH);
	f->is_shown = r != 0;
	return r;
}

static enum cairn_io locked_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	struct flash *f = ctx;
	enum cairn_io io;

	pthread_mutex_lock(&f->lock);
	show(f);
	io = cairn_cfi_flash_bus_ops.read(&f->chip, off, len, ret_value);
	pthread_mutex_unlock(&f->lock);
	return io;
}

/* A chip that reads would not show has to stay as it is: the write is lost. */
static enum cairn_io refuse_write(struct flash *f, int why)
{
	if (!f->file->is_loss_said)
		log_error("the guest's flash is not written: the hypervisor keeps its memory: %s",
			  strerror(-why));
	f->file->is_loss_said = true;
	return CAIRN_IO_BAD;
}

static enum cairn_io locked_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	struct flash *f = ctx;
	enum cairn_io io;
	int r;

	pthread_mutex_lock(&f->lock);
	r = hide(f);
	io = r ? refuse_write(f, r) : cairn_cfi_flash_bus_ops.write(&f->chip, off, len, value);
	pthread_mutex_unlock(&f->lock);
	return io;
}

static const struct cairn_bus_ops flash_ops = { .read = locked_read, .write = locked_write };

/* A hypervisor that has no such slots refuses it when it is wanted. */
static int slot_new(struct flash *f, uint64_t at, uint32_t bytes)
{
	struct cairn_err err = { 0 };
	int r = cairn_mapping_new_private(bytes, CAIRN_PAGES_SMALL, &f->copy, &err);

	if (r)
		return r;
	f->slot = (struct cairn_hv_region){ .slot = SLOT_FLASH,
					    .flags = CAIRN_HV_READONLY,
					    .at = { at },
					    .len_bytes = bytes,
					    .host = cairn_mapping_host(f->copy),
					    .fd = -1 };
	return 0;
}

int flash_new(struct machine *m, uint64_t at)
{
	struct flash_file *file = &m->host->flash;
	uint32_t bytes = flash_file_bytes(file);
	struct flash *f;
	int r;

	if (!bytes)
		return 0;
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	m->flash = f;
	f->file = file;
	f->vm = m->vm;
	pthread_mutex_init(&f->lock, NULL);
	r = cairn_cfi_flash_init(&f->chip, cairn_mapping_host(file->mapping), bytes,
				 (struct cairn_trigger){ .fn = settle, .ctx = file });
	if (!r)
		r = slot_new(f, at, bytes);
	return r ? r : machine_add_mmio(m, at, bytes, &flash_ops, f);
}

/* No vCPU runs any more, and the vm is about to close: a slot that stays is not read. */
void flash_free(struct machine *m)
{
	struct flash *f = m->flash;

	if (!f)
		return;
	(void)!hide(f);
	cairn_mapping_put(f->copy);
	cairn_cfi_flash_settle(&f->chip);
	pthread_mutex_destroy(&f->lock);
	free(f);
	m->flash = NULL;
}
