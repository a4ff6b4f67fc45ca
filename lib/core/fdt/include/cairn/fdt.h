/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * fdt.h - a flattened device tree, written from its root to its end into the caller's buffer.
 *
 * libfdt does the writing; what is here counts, checks and remembers the first mistake, so that a
 * tree is written without a test behind each line and cairn_fdt_finish() says whether it is good.
 * A buffer that is full stays as it is and the counting goes on: a first pass with size 0 gives
 * `need`, and a second one with that much fits.
 *
 * Order: init, reserve entries, begin (the root), then properties before child nodes in each node,
 * end, finish. Strings are only read. No allocation. One thread at a time.
 *
 * Devicetree Specification 0.4: 2.2 (names), 2.3 (cells, reg, phandle), 5 (the format).
 */
#ifndef CAIRN_FDT_H
#define CAIRN_FDT_H

#include <cairn/bits.h>
#include <cairn/err.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_FDT_MAX_DEPTH   8          /* nodes inside each other, the root included */
#define CAIRN_FDT_MAX_NAME    31         /* characters, without the unit address (2.2.1, 2.2.4) */
#define CAIRN_FDT_MAX_PHANDLE 4095       /* phandles are 1 to this */
#define CAIRN_FDT_MAX_BYTES   (2u << 20) /* of a tree: arm64 kernels take no larger one */

struct cairn_fdt_range {
	uint64_t base, len;
};

/* Private by word, but `need`. */
struct cairn_fdt {
	void *buf;
	size_t size;
	size_t need; /* after finish: bytes that are enough; shared names are counted each time */
	int code;    /* 0, or the first mistake's negative errno */
	const char *what;
	uint64_t at;
	bool is_full, has_nodes, is_finished;
	uint32_t depth; /* open nodes */
	struct {
		uint8_t address_cells, size_cells; /* of the node's children */
		bool has_children;
	} nodes[CAIRN_FDT_MAX_DEPTH];
	uint64_t phandles[CAIRN_BITS_WORDS(CAIRN_FDT_MAX_PHANDLE + 1)];
};

/* buf is aligned to 8; NULL when size is 0. */
void cairn_fdt_init(struct cairn_fdt *f, void *buf, size_t size);
/* Memory that the kernel must not use: an entry of the reservation block (5.3). Before the root. */
void cairn_fdt_reserve(struct cairn_fdt *f, uint64_t base, uint64_t len);

/* A node opens: "" for the root, else a name; begin_at() appends '@' and unit in hexadecimal. */
void cairn_fdt_begin(struct cairn_fdt *f, const char *name);
void cairn_fdt_begin_at(struct cairn_fdt *f, const char *name, uint64_t unit);
void cairn_fdt_end(struct cairn_fdt *f);

/* Properties of the node that is open. Numbers become big-endian. */
void cairn_fdt_flag(struct cairn_fdt *f, const char *name); /* without a value: true */
void cairn_fdt_bytes(struct cairn_fdt *f, const char *name, const void *bytes, size_t len);
void cairn_fdt_u32(struct cairn_fdt *f, const char *name, uint32_t v);
void cairn_fdt_u64(struct cairn_fdt *f, const char *name, uint64_t v);
void cairn_fdt_cells(struct cairn_fdt *f, const char *name, const uint32_t *cells, size_t n);
void cairn_fdt_string(struct cairn_fdt *f, const char *name, const char *s);
void cairn_fdt_strings(struct cairn_fdt *f, const char *name, const char *const *list, size_t n);

/* #address-cells (0 to 3) and #size-cells (0 to 2); without it children have 2 and 1 (2.3.5). */
void cairn_fdt_child_cells(struct cairn_fdt *f, uint32_t address, uint32_t size);
/* "reg": each number in as many cells as the parent says. A number that does not fit is refused,
 * and so is a parent with 3 address cells. */
void cairn_fdt_reg(struct cairn_fdt *f, const struct cairn_fdt_range *ranges, size_t n);
/* "phandle": the node's number, which the caller chooses and other nodes refer to. */
void cairn_fdt_phandle(struct cairn_fdt *f, uint32_t phandle);

/*
 * cairn_fdt_finish() - the tree is whole.
 *
 * @ret_len: bytes of the tree, at most `need`; at the start of the buffer. @err: may be NULL
 *
 * Returns 0; -ENOSPC (the buffer is too small, or the tree larger than CAIRN_FDT_MAX_BYTES; err.at
 * is `need`); -EINVAL (the first mistake: nodes left open or closed too often, a name of no length
 * or too long, a property behind a child, a number that does not fit its cells, a phandle out of
 * range or given twice). Call it once.
 */
CAIRN_MUST_USE int cairn_fdt_finish(struct cairn_fdt *f, size_t *ret_len, struct cairn_err *err);

#ifdef __cplusplus
}
#endif
#endif
