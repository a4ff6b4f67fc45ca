/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "look.h"

uint8_t look_image[1 << 18];

void look_begin(struct cairn_writer *w)
{
	memset(look_image, LOOK_FILL, sizeof(look_image));
	cairn_writer_init(w, look_image, sizeof(look_image));
}

uint8_t look_sum(const uint8_t *p, size_t n)
{
	uint8_t s = 0;

	while (n--)
		s = (uint8_t)(s + *p++);
	return s;
}

const uint8_t *look_at(uint64_t address)
{
	assert_true(address >= ACPI_AT && address - ACPI_AT < sizeof(look_image));
	return look_image + (address - ACPI_AT);
}

const uint8_t *look_xsdt(void)
{
	return look_at(cairn_le_load(look_image + 24, 8));
}

const uint8_t *look_find(const char *signature)
{
	const uint8_t *x = look_xsdt();

	for (size_t off = 36; off < cairn_le_load(x + 4, 4); off += 8) {
		const uint8_t *t = look_at(cairn_le_load(x + off, 8));

		if (memcmp(t, signature, 4) == 0)
			return t;
	}
	return NULL;
}

void look_at_table(const uint8_t *t, size_t used)
{
	size_t len = cairn_le_load(t + 4, 4);

	assert_int_equal((t - look_image) % 16, 0);
	assert_true(len >= 36 && len <= used - (size_t)(t - look_image));
	assert_int_equal(look_sum(t, len), 0);
}

void look_at_all(size_t used)
{
	const uint8_t *x = look_xsdt();

	assert_memory_equal(look_image, "RSD PTR ", 8);
	assert_int_equal(look_image[15], 2);
	assert_int_equal(look_sum(look_image, 20), 0);
	assert_int_equal(look_sum(look_image, 36), 0);
	look_at_table(x, used);
	for (size_t off = 36; off < cairn_le_load(x + 4, 4); off += 8)
		look_at_table(look_at(cairn_le_load(x + off, 8)), used);
	look_at_table(look_at(cairn_le_load(look_find("FACP") + 140, 8)), used);
	assert_int_equal(look_image[used], LOOK_FILL);
}

const uint8_t *look_madt(uint8_t type, unsigned n)
{
	const uint8_t *m = look_find("APIC");
	size_t len = cairn_le_load(m + 4, 4);

	for (size_t off = 44; off < len; off += m[off + 1]) {
		assert_true(m[off + 1] >= 2 && m[off + 1] <= len - off);
		if (m[off] == type && n-- == 0)
			return m + off;
	}
	return NULL;
}
