/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* tables.h - ACPI tables in the memory of a test, made whole after their bodies are there. */
#ifndef FW_PLATFORM_TEST_TABLES_H
#define FW_PLATFORM_TEST_TABLES_H

#include <string.h>

#include <cairn/le.h>

/* The byte at sum_at makes len bytes add up to 0. */
static inline void table_sum(uint8_t *table, uint32_t len, uint32_t sum_at)
{
	uint8_t sum = 0;

	table[sum_at] = 0;
	for (uint32_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + table[i]);
	table[sum_at] = (uint8_t)-sum;
}

/* Signature, length and sum of the header (ACPI 6.5, 5.2.6). */
static inline void table_finish(uint8_t *table, const char *name, uint32_t len)
{
	memcpy(table, name, 4);
	cairn_le_store(table + 4, 4, len);
	table_sum(table, len, 9);
}

#endif
