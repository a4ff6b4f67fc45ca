/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * chosen.c - a copy with another /chosen. The tree was checked, so its tokens are walked without
 * looking for its ends; what is new stands at the start of the node, and its names behind the
 * strings that are there.
 */
#include "internal.h"

#include <cairn/fdt_chosen.h>

#define BOOTARGS     "bootargs"
#define INITRD_START "linux,initrd-start"
#define INITRD_END   "linux,initrd-end"
#define NAMES        BOOTARGS "\0" INITRD_START "\0" INITRD_END
#define RESERVATION  16u
#define MAGIC        0xd00dfeedu
#define VERSION      17u
#define COMPATIBLE   16u
#define BOOT_CPU_AT  28u

enum { /* where the names are in NAMES */
       BOOTARGS_NAME = 0,
       START_NAME = sizeof(BOOTARGS),
       END_NAME = START_NAME + sizeof(INITRD_START),
};

struct parts { /* offsets in the tree, and lengths in the copy */
	bool has_chosen;
	uint32_t at;        /* where the new properties go in: behind the node's name, or the
			       root's properties */
	uint32_t nodes_end; /* behind the token END */
	uint32_t reserved_bytes, args_bytes, new_bytes;
};

struct out {
	uint8_t *p;
};

static void put_bytes(struct out *o, const void *src, size_t n)
{
	if (n)
		memcpy(o->p, src, n);
	o->p += n;
}

static void put_number(struct out *o, uint64_t v, uint32_t n_cells)
{
	for (uint32_t i = 0; i < 4 * n_cells; i++)
		*o->p++ = (uint8_t)(v >> (8 * (4 * n_cells - 1 - i)));
}

static void put_cell(struct out *o, uint32_t v)
{
	put_number(o, v, 1);
}

static void pad(struct out *o, uint32_t len)
{
	for (; len % 4; len++)
		*o->p++ = 0;
}

static bool is_replaced(const char *name)
{
	return cairn_fdt_reader_equal_(name, BOOTARGS) ||
	       cairn_fdt_reader_equal_(name, INITRD_START) ||
	       cairn_fdt_reader_equal_(name, INITRD_END);
}

/* Behind the token that ends the tree, which is there. */
static uint32_t find_end(const struct cairn_fdt_reader *r)
{
	struct cairn_fdt_node n = cairn_fdt_reader_root(r);
	uint32_t at;

	while (cairn_fdt_reader_next(&n))
		;
	at = cairn_fdt_reader_skip_(r, n.next);
	while (cairn_fdt_reader_u32_(r->bytes + at) != END)
		at += 4; /* END_NODE and NOP */
	return at + 4;
}

static void find_parts(const struct cairn_fdt_reader *r, const struct cairn_fdt_chosen *c,
		       struct parts *p)
{
	struct cairn_fdt_node n;

	p->has_chosen = cairn_fdt_reader_find(r, "/chosen", 7, &n);
	if (p->has_chosen)
		p->at = n.next;
	else
		p->at = cairn_fdt_reader_skip_(r, cairn_fdt_reader_root(r).next);
	p->nodes_end = find_end(r);
	p->reserved_bytes = (r->n_reservations + 1) * RESERVATION;
	p->args_bytes =
	    c->bootargs ? cairn_fdt_reader_strlen_(c->bootargs, CAIRN_FDT_READER_BYTES_MAX) + 1 : 0;
	p->new_bytes = p->has_chosen ? 0 : 16;
	if (c->bootargs)
		p->new_bytes += 12 + cairn_fdt_reader_round_(p->args_bytes);
	if (c->initrd_bytes)
		p->new_bytes += 2 * (12 + 8);
}

static uint64_t most_bytes(const struct cairn_fdt_reader *r, const struct parts *p)
{
	return (uint64_t)CAIRN_FDT_READER_HEADER_BYTES + p->reserved_bytes +
	       (p->nodes_end - r->nodes_at) + p->new_bytes + r->strings_len + sizeof(NAMES);
}

static void put_property(struct out *o, const struct cairn_fdt_reader *r, uint32_t name,
			 uint32_t len)
{
	put_cell(o, PROP);
	put_cell(o, len);
	put_cell(o, r->strings_len + name);
}

static void put_new(struct out *o, const struct cairn_fdt_reader *r,
		    const struct cairn_fdt_chosen *c, const struct parts *p)
{
	if (!p->has_chosen) {
		put_cell(o, BEGIN_NODE);
		put_bytes(o, "chosen\0", 8);
	}
	if (c->bootargs) {
		put_property(o, r, BOOTARGS_NAME, p->args_bytes);
		put_bytes(o, c->bootargs, p->args_bytes - 1);
		*o->p++ = 0;
		pad(o, p->args_bytes);
	}
	if (c->initrd_bytes) {
		put_property(o, r, START_NAME, 8);
		put_number(o, c->initrd_at, 2);
		put_property(o, r, END_NAME, 8);
		put_number(o, c->initrd_at + c->initrd_bytes, 2);
	}
	if (!p->has_chosen)
		put_cell(o, END_NODE);
}

static void put_nodes(struct out *o, const struct cairn_fdt_reader *r,
		      const struct cairn_fdt_chosen *c, const struct parts *p)
{
	uint32_t at = p->at, next = at;
	const char *name;

	put_bytes(o, r->bytes + r->nodes_at, at - r->nodes_at);
	put_new(o, r, c, p);
	while (cairn_fdt_reader_property_(r, &next, &name)) {
		if (!is_replaced(name))
			put_bytes(o, r->bytes + at, next - at);
		at = next;
	}
	put_bytes(o, r->bytes + at, p->nodes_end - at);
}

static void put_header(uint8_t *dst, const struct cairn_fdt_reader *r, const struct parts *p,
		       uint32_t nodes_bytes)
{
	uint32_t reserved_at = CAIRN_FDT_READER_HEADER_BYTES;
	uint32_t nodes_at = reserved_at + p->reserved_bytes, strings_at = nodes_at + nodes_bytes;
	uint32_t strings_bytes = r->strings_len + sizeof(NAMES);
	const uint32_t fields[] = { MAGIC,         strings_at + strings_bytes,
				    nodes_at,      strings_at,
				    reserved_at,   VERSION,
				    COMPATIBLE,    cairn_fdt_reader_u32_(r->bytes + BOOT_CPU_AT),
				    strings_bytes, nodes_bytes };
	struct out o = { dst };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(fields); i++)
		put_cell(&o, fields[i]);
}

uint64_t cairn_fdt_chosen_bytes(const struct cairn_fdt_reader *r, const struct cairn_fdt_chosen *c)
{
	struct parts p;

	find_parts(r, c, &p);
	return most_bytes(r, &p);
}

int cairn_fdt_chosen_copy(const struct cairn_fdt_reader *r, const struct cairn_fdt_chosen *c,
			  void *dst, size_t cap, size_t *ret_len)
{
	struct out o = { (uint8_t *)dst + CAIRN_FDT_READER_HEADER_BYTES };
	uint8_t *nodes;
	struct parts p;

	find_parts(r, c, &p);
	if (most_bytes(r, &p) > cap)
		return -ENOSPC;
	put_bytes(&o, r->bytes + r->reservations_at, p.reserved_bytes);
	nodes = o.p;
	put_nodes(&o, r, c, &p);
	put_header(dst, r, &p, (uint32_t)(o.p - nodes));
	put_bytes(&o, r->bytes + r->strings_at, r->strings_len);
	put_bytes(&o, NAMES, sizeof(NAMES));
	*ret_len = (size_t)(o.p - (uint8_t *)dst);
	return 0;
}
