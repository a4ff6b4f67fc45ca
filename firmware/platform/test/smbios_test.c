/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Tables that are made: by their bytes here, and as dmidecode reads them, where it is installed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include <cairn/le.h>
#include <fw/smbios.h>

#define MIB UINT64_C(0x100000)
#define GIB UINT64_C(0x40000000)

static struct fw_platform p;
static uint8_t bytes[FW_SMBIOS_BYTES] __attribute__((aligned(16)));
static size_t len;

static void ram(uint64_t at, uint64_t n, uint32_t type)
{
	assert_int_equal(fw_memory_describe(&p.memory, at, n, type, FW_MEM_ATTR_WB), 0);
}

static int setup(void **state)
{
	memset(&p, 0, sizeof(p));
	ram(0, 640 << 10, FW_MEM_FREE);
	ram(MIB, MIB, FW_MEM_BOOT_CODE);
	ram(2 * MIB, 2 * GIB - 2 * MIB, FW_MEM_FREE);
	ram(4 * GIB, 4100 * GIB, FW_MEM_FREE);
	len = fw_smbios_make(&p, bytes, sizeof(bytes));
	return 0;
}

/* The n-th structure of a type, or NULL. */
static const uint8_t *find(uint8_t type, unsigned n)
{
	size_t at = 32;

	while (at + 4 <= len) {
		const uint8_t *s = bytes + at;

		if (s[0] == type && n-- == 0)
			return s;
		at += s[1];
		while (at + 1 < len && (bytes[at] || bytes[at + 1]))
			at++;
		at += 2;
	}
	assert_int_equal(at, len);
	return NULL;
}

static void entry_point_leads_to_all_of_it(void **state)
{
	uint8_t sum = 0;

	assert_true(len > 32);
	assert_memory_equal(bytes, "_SM3_", 5);
	assert_int_equal(bytes[6], 24);
	for (int i = 0; i < 24; i++)
		sum = (uint8_t)(sum + bytes[i]);
	assert_int_equal(sum, 0);
	assert_int_equal(cairn_le_load(bytes + 12, 4), len - 32);
	assert_int_equal(cairn_le_load(bytes + 16, 8), (uintptr_t)bytes + 32);
}

static void every_type_is_there(void **state)
{
	static const uint8_t types[] = { 0, 1, 3, 4, 16, 17, 19, 32, 127 };

	for (size_t i = 0; i < sizeof(types); i++)
		assert_non_null(find(types[i], 0));
	assert_null(find(200, 0));
	assert_memory_equal(find(127, 0) + 4, "\0", 2);
}

static void memory_is_as_the_map_says(void **state)
{
	const uint8_t *s = find(16, 0);

	assert_int_equal(cairn_le_load(s + 15, 8), 4102 * GIB - MIB + (640 << 10));
	s = find(17, 0);
	assert_int_equal(cairn_le_load(s + 12, 2), 0x7fff);
	assert_int_equal(cairn_le_load(s + 28, 4), 4102 * 1024);
	s = find(19, 1);
	assert_int_equal(cairn_le_load(s + 4, 4), MIB / 1024);
	assert_int_equal(cairn_le_load(s + 8, 4), 2 * GIB / 1024 - 1);
	s = find(19, 2);
	assert_int_equal(cairn_le_load(s + 4, 4), UINT32_MAX);
	assert_int_equal(cairn_le_load(s + 15, 8), 4 * GIB);
	assert_int_equal(cairn_le_load(s + 23, 8), 4104 * GIB - 1);
	assert_null(find(19, 3));
}

static void map_in_a_thousand_pieces_is_bounded(void **state)
{
	memset(&p, 0, sizeof(p));
	for (uint32_t i = 0; i < 1000; i++)
		ram(i * 2 * MIB, MIB, FW_MEM_FREE);
	len = fw_smbios_make(&p, bytes, sizeof(bytes));
	assert_non_null(find(19, 15));
	assert_null(find(19, 16));
	assert_int_equal(cairn_le_load(find(17, 0) + 12, 2), 1000);
}

static void too_little_room_makes_nothing(void **state)
{
	size_t need = len;

	assert_int_equal(fw_smbios_make(&p, bytes, 31), 0);
	assert_int_equal(fw_smbios_make(&p, bytes, need - 1), 0);
	assert_int_equal(fw_smbios_make(&p, bytes, need), need);
}

/* As `dmidecode --dump-bin` would have written it: the table is at offset 32. */
static void write_dump(const char *path)
{
	FILE *f = fopen(path, "wb");
	uint8_t sum = 0;

	assert_non_null(f);
	cairn_le_store(bytes + 16, 8, 32);
	bytes[5] = 0;
	for (int i = 0; i < 24; i++)
		sum = (uint8_t)(sum + bytes[i]);
	bytes[5] = (uint8_t)-sum;
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* It says what it finds wrong in lines that begin with '#' or '<', or on its standard error. */
static void dmidecode_reads_it_without_complaint(void **state)
{
	char path[] = "/tmp/smbios.XXXXXX", command[256], out[16384];
	int fd = mkstemp(path);
	size_t n;
	FILE *f;

	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	write_dump(path);
	assert_true(snprintf(command, sizeof(command),
			     "PATH=$PATH:/usr/sbin; command -v dmidecode >/dev/null || echo absent;"
			     "dmidecode --from-dump %s 2>&1",
			     path) > 0);
	f = popen(command, "r");
	assert_non_null(f);
	n = fread(out, 1, sizeof(out) - 1, f);
	out[n] = 0;
	(void)pclose(f);
	assert_int_equal(unlink(path), 0);
	if (strncmp(out, "absent", 6) == 0) {
		print_message("dmidecode is not installed\n");
		skip();
	}
	print_message("%s", out);
	assert_non_null(strstr(out, "SMBIOS 3.3.0 present."));
	assert_non_null(strstr(out, "Vendor: cairn"));
	assert_non_null(strstr(out, "UEFI is supported"));
	assert_non_null(strstr(out, "System is a virtual machine"));
	assert_non_null(strstr(out, "Product Name: virtual machine"));
	assert_non_null(strstr(out, "Size: 4102 GB"));
	assert_non_null(strstr(out, "Status: No errors detected"));
	assert_non_null(strstr(out, "End Of Table"));
	assert_null(strstr(out, "<BAD INDEX>"));
	assert_null(strstr(out, "<OUT OF SPEC>"));
	assert_null(strstr(out, "<TRUNCATED>"));
	assert_null(strstr(out, "rong"));
	assert_null(strstr(out, "nvalid"));
	assert_null(strstr(out, "broken"));
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(entry_point_leads_to_all_of_it), T(every_type_is_there),
		T(memory_is_as_the_map_says),      T(map_in_a_thousand_pieces_is_bounded),
		T(too_little_room_makes_nothing),  T(dmidecode_reads_it_without_complaint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
