/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "load.h"
#include "log.h"

enum { IOV_MAX_PIECES = 16 };

static int sink_write(void *ctx, cairn_gpa at, const void *src, size_t len)
{
	return cairn_mem_write(ctx, at, src, len);
}

/* Memory of a machine that has not run is zero already; only the range is checked. */
static int sink_zero(void *ctx, cairn_gpa at, uint64_t len)
{
	struct cairn_span pieces[IOV_MAX_PIECES];
	size_t n = 0;

	return cairn_mem_spans(ctx, at, len, CAIRN_PERM_WRITE, pieces, IOV_MAX_PIECES, &n);
}

static int file_read_at(void *ctx, uint64_t off, void *dst, size_t len)
{
	return host_file_read(ctx, off, dst, len);
}

/* From the file into the guest's pages, without a copy of ours in between. */
static int sink_read_from(void *ctx, cairn_gpa at, const struct cairn_image *image, uint64_t off,
			  uint64_t len)
{
	struct cairn_span pieces[IOV_MAX_PIECES];
	size_t n = 0;
	int r = cairn_mem_spans(ctx, at, len, CAIRN_PERM_WRITE, pieces, IOV_MAX_PIECES, &n);

	for (size_t i = 0; i < n && !r; i++) {
		r = image->read_at(image->ctx, off, (void *)pieces[i].base, pieces[i].len);
		off += pieces[i].len;
	}
	return r;
}

struct cairn_image load_image(struct host_file *f)
{
	return (
	    struct cairn_image){ .read_at = file_read_at, .size_bytes = f->size_bytes, .ctx = f };
}

struct cairn_load_sink load_sink(struct machine *m)
{
	return (struct cairn_load_sink){ .write = sink_write,
					 .zero = sink_zero,
					 .read_from = sink_read_from,
					 .ctx = (void *)cairn_memview_mem(m->view) };
}

/* A console, and the first disk as root if nothing else can be. */
static void default_cmdline(const struct run_options *o, const struct load_defaults *d, char *text,
			    size_t size)
{
	const char *console = o->console == CONSOLE_VIRTIO ? "console=hvc0"
			      : o->console == CONSOLE_NONE ? ""
							   : d->serial;
	const char *root = o->n_disks && !o->initrd ? " root=/dev/vda" : "";
	const char *mode = !*root ? "" : o->disks[0].read_only ? " ro" : " rw";

	snprintf(text, size, "%s%s panic=-1%s%s", console, d->more, root, mode);
}

int load_cmdline(const struct run_options *o, const struct load_defaults *d, char *buf, size_t size,
		 struct cairn_cmdline *ret, struct cairn_err *err)
{
	char text[256];
	const char *given = !o->cmdline && o->firmware ? "" : o->cmdline;
	int r = cairn_loader_cmdline_init(ret, buf, size);

	if (r)
		return r;
	if (!given) {
		default_cmdline(o, d, text, sizeof(text));
		given = text;
	}
	return cairn_loader_cmdline_add(ret, given, strlen(given), err);
}

int load_refuse_cmdline(const struct cairn_err *err)
{
	unsigned long long at = err->at;

	if (err->code == ENOSPC)
		log_error("--cmdline: too long: at most %llu bytes", at);
	else if (strstr(err->what, "printable"))
		log_error("--cmdline: byte %llu is not printable ASCII", at + 1);
	else
		log_err("--cmdline", err);
	return EXIT_USAGE;
}

/* What to do about it. */
static const char *remedy_of(const char *option, const struct cairn_err *err)
{
	if (strstr(err->what, "does not fit"))
		return "; more --memory is needed";
	if (strcmp(option, "--initrd") == 0)
		return "";
	if (!strncmp(err->what, "kernel has no", 13))
		return "; leave --entry out";
	return "; it must be whole, and of a kind that 'man cairn' lists";
}

static int refuse_file(const char *option, const struct host_file *f, const struct cairn_err *err)
{
	char subject[4200];

	snprintf(subject, sizeof(subject), "%s %s", option, f->path);
	if (f->error)
		log_error("%s: cannot be read: %s", subject,
			  f->error == -ENODATA ? "the file has become shorter"
					       : strerror(-f->error));
	else
		log_error("%s: %s%s", subject, err->what, remedy_of(option, err));
	return EXIT_BAD_FILE;
}

int load_refuse_kernel(struct machine *m, const struct cairn_err *err)
{
	return refuse_file(m->options->firmware ? "--firmware" : "--kernel", &m->host->kernel, err);
}

int load_refuse(struct machine *m, const struct cairn_err *err)
{
	if (err->code == ENOSPC && strstr(err->what, "command line"))
		return load_refuse_cmdline(err);
	if (strstr(err->what, "device tree")) {
		log_err("--memory", err);
		return EXIT_USAGE;
	}
	if (m->host->initrd.error || strstr(err->what, "initrd") || strstr(err->what, "RAM disk"))
		return refuse_file("--initrd", &m->host->initrd, err);
	return load_refuse_kernel(m, err);
}
