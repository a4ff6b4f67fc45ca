/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Any bytes: what opens is walked whole, and all that is handed out lies in it. */
#include <stdlib.h>

#include <cairn/fdt_chosen.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_node(const struct cairn_fdt_node *n, const uint8_t *bytes, size_t size)
{
	static const char *const names[] = { "reg", "compatible", "ranges", "status" };
	struct cairn_fdt_reader_window w;
	struct cairn_fdt_reader_range range;
	uint32_t len;
	uint64_t v;

	check(n->depth < CAIRN_FDT_READER_DEPTH_MAX);
	check(memchr(n->name, 0, size - (size_t)((const uint8_t *)n->name - bytes)) != NULL);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(names); i++) {
		const uint8_t *value = cairn_fdt_reader_prop(n, names[i], &len);

		check(!value || (value >= bytes && len <= size - (size_t)(value - bytes)));
		(void)cairn_fdt_reader_string(n, names[i]);
		(void)cairn_fdt_reader_number(n, names[i], &v);
	}
	(void)cairn_fdt_reader_is(n, "arm,pl011");
	(void)cairn_fdt_reader_says(n, "status", "a");
	(void)cairn_fdt_reader_is_enabled(n);
	(void)cairn_fdt_reader_is_named(n, "memory");
	for (uint32_t i = 0; i < 4 && cairn_fdt_reader_reg(n, i, &range); i++)
		check(range.at + range.len >= range.at);
	for (uint32_t i = 0; i < 4 && cairn_fdt_reader_window(n, i, &w); i++)
		check(w.from + w.len >= w.from);
}

/* A copy of it opens, and is the same but for what was put in. */
static void check_copy(const struct cairn_fdt_reader *r)
{
	static const struct cairn_fdt_chosen c = { "a=b", 0x1000, 0x2000 };
	size_t need = cairn_fdt_chosen_bytes(r, &c), len = 0;
	uint8_t *bytes = malloc(need);
	struct cairn_fdt_reader copy;
	struct cairn_fdt_node n;
	uint64_t end = 0;

	check(need <= 3 * (size_t)r->len + 256);
	check(cairn_fdt_chosen_copy(r, &c, bytes, need, &len) == 0 && len <= need);
	check(cairn_fdt_reader_open(&copy, bytes, len, NULL) == 0);
	check(copy.n_reservations == r->n_reservations);
	check(cairn_fdt_reader_find(&copy, "/chosen", 7, &n));
	check(cairn_fdt_reader_says(&n, "bootargs", "a=b"));
	check(cairn_fdt_reader_number(&n, "linux,initrd-end", &end) && end == 0x3000);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct cairn_fdt_reader r;
	struct cairn_fdt_reader_range range;
	struct cairn_fdt_node n;
	uint32_t nodes = 0;

	if (size)
		memcpy(copy, data, size);
	if (cairn_fdt_reader_open(&r, copy, size, NULL) == 0) {
		check(r.len <= size && cairn_fdt_reader_len(copy) == r.len);
		for (uint32_t i = 0; cairn_fdt_reader_reservation(&r, i, &range); i++)
			check(i < size / 16);
		n = cairn_fdt_reader_root(&r);
		do {
			check_node(&n, copy, size);
			check(++nodes <= size / 8);
		} while (cairn_fdt_reader_next(&n));
		(void)cairn_fdt_reader_find(&r, "serial0", 7, &n);
		(void)cairn_fdt_reader_find(&r, "/a/b@1", 6, &n);
		check_copy(&r);
	}
	free(copy);
	return 0;
}
