/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * bls.h - what boot entries say, and in which order they stand (Boot Loader Specification, UAPI.1;
 * Version Format Specification, UAPI.10; loader.conf of systemd-boot).
 *
 * Pure: texts in, structs out. The texts are hostile; what comes out points into them, so that they
 * must stay. Files are found and read by the caller; no path that an entry names is looked at here.
 */
#ifndef CAIRN_BLS_H
#define CAIRN_BLS_H

#include <cairn/env.h>
#include <cairn/err.h>
#include <cairn/loader_image.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_BLS_FILE_BYTES_MAX 65536u /* of an entry, of loader.conf, of a section */
#define CAIRN_BLS_LIST_MAX       32u    /* initrd, options and overlays of one entry, of each */

/* A piece of a text; not terminated. n 0: not there, or empty. */
struct cairn_bls_text {
	const char *s;
	uint32_t n;
};

/* What a file's name says (UAPI.1, "Boot counting"). */
struct cairn_bls_name {
	struct cairn_bls_text id; /* without counters and ".conf" or ".efi" */
	bool is_counted;
	uint32_t tries_left, tries_done;
};

struct cairn_bls_list {
	struct cairn_bls_text v[CAIRN_BLS_LIST_MAX];
	uint32_t n;
};

struct cairn_bls_entry {
	struct cairn_bls_name name;
	struct cairn_bls_text title, version, machine_id, sort_key, architecture;
	/* One of the three is there for type 1, none for type 2: that is the file itself. */
	struct cairn_bls_text linux_path, efi_path, uki_path;
	struct cairn_bls_text devicetree;
	struct cairn_bls_list initrds, options, overlays;
};

enum cairn_bls_timeout {
	CAIRN_BLS_TIMEOUT_NONE, /* not said */
	CAIRN_BLS_TIMEOUT_SECONDS,
	CAIRN_BLS_TIMEOUT_FORCE,    /* menu-force: wait for ever */
	CAIRN_BLS_TIMEOUT_HIDDEN,   /* menu-hidden, 0: no menu, but for a key */
	CAIRN_BLS_TIMEOUT_DISABLED, /* menu-disabled: no menu at all */
};

struct cairn_bls_conf {
	struct cairn_bls_text default_glob;
	enum cairn_bls_timeout timeout;
	uint32_t timeout_s; /* CAIRN_BLS_TIMEOUT_SECONDS; > 0 */
	bool may_edit;      /* editor; true where it is not said */
};

/*
 * cairn_bls_read() - a whole file into the caller's buffer.
 *
 * Returns 0; -ENOTSUP: it is larger than CAIRN_BLS_FILE_BYTES_MAX; -ENOSPC: larger than cap; or
 * what the image returned.
 */
CAIRN_MUST_USE int cairn_bls_read(const struct cairn_image *file, char *buf, size_t cap,
				  uint32_t *ret_len, struct cairn_err *err);

/*
 * cairn_bls_name_parse() - the name of an entry's file, without its folder.
 *
 * Ends in ".conf" or ".efi", in any case of letters; anything that is not exactly a counter belongs
 * to the id. Returns 0, or -EINVAL: another name, an empty id, or a NUL in it. O(len).
 */
CAIRN_MUST_USE int cairn_bls_name_parse(const char *file, size_t len, struct cairn_bls_name *ret);

/*
 * cairn_bls_name_next() - the name for the file while it is tried: one try less left, one more
 * done.
 *
 * @file: the name that was parsed; @dst: receives a terminated string of at most cap bytes.
 * Returns 0; -EINVAL: no counter, or no tries left; -ENOSPC.
 */
CAIRN_MUST_USE int cairn_bls_name_next(const char *file, size_t len, char *dst, size_t cap);

/*
 * cairn_bls_entry_parse() - an entry of type 1.
 *
 * @file: the name of its file, kept as ret->name. Unknown keys and lines without a value are passed
 * over; of what stands twice the last counts, but for initrd, options and devicetree-overlay, which
 * add up. Values are trimmed.
 * Returns 0; -EINVAL: the file's name; -EPROTO: a NUL in the text, or neither linux, efi nor uki;
 * -ENOTSUP: too long a text, or a list of more than CAIRN_BLS_LIST_MAX. O(len).
 */
CAIRN_MUST_USE int cairn_bls_entry_parse(const char *file, size_t file_len, const char *text,
					 size_t len, struct cairn_bls_entry *ret,
					 struct cairn_err *err);

/*
 * cairn_bls_uki_parse() - an entry of type 2, by the sections of its file.
 *
 * @osrel, @cmdline, @uname: n 0 where the file lacks them; NULs at their ends do not count
 * Title is PRETTY_NAME; version VERSION_ID, or IMAGE_VERSION before it, or else uname; sort key
 * IMAGE_ID, or ID; options the command line. Values lose their quotes; escapes in them stay.
 * Returns as cairn_bls_entry_parse(), but for -EPROTO: no title either way is fine.
 */
CAIRN_MUST_USE int cairn_bls_uki_parse(const char *file, size_t file_len,
				       struct cairn_bls_text osrel, struct cairn_bls_text cmdline,
				       struct cairn_bls_text uname, struct cairn_bls_entry *ret,
				       struct cairn_err *err);

/* All options with a space between, terminated. Returns the length, or -ENOSPC. */
CAIRN_MUST_USE int cairn_bls_options(const struct cairn_bls_entry *e, char *dst, size_t cap);

/* Whether the entry is for a machine, "x64", "aa64" or "riscv64"; one that does not say is. */
bool cairn_bls_is_for(const struct cairn_bls_entry *e, const char *machine);

/*
 * cairn_bls_conf_parse() - loader.conf: default, timeout and editor; everything else is passed
 * over.
 *
 * Returns 0; -EPROTO: a NUL; -ENOTSUP: too long. A timeout that is no number is as none, and so is
 * an editor that is neither yes nor no.
 */
CAIRN_MUST_USE int cairn_bls_conf_parse(const char *text, size_t len, struct cairn_bls_conf *ret,
					struct cairn_err *err);

/*
 * cairn_bls_is_default() - whether the pattern means an entry.
 *
 * *, ?, [abc], [!a-z] and \x, without regard to ASCII case, on the id, and on the id with ".conf"
 * or ".efi" behind it. An empty pattern means none, and so does one that begins with '@'.
 * O(pattern * id).
 */
bool cairn_bls_is_default(struct cairn_bls_text pattern, const struct cairn_bls_entry *e);

/* UAPI.10: negative, 0 or positive, as a is lower, the same or higher. O(length). */
int cairn_bls_version_compare(struct cairn_bls_text a, struct cairn_bls_text b);

/* UAPI.1, "Sorting": negative where a stands before b in the menu. */
int cairn_bls_entry_compare(const struct cairn_bls_entry *a, const struct cairn_bls_entry *b);

#ifdef __cplusplus
}
#endif
#endif
