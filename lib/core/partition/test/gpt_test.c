/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <cairn/le.h>

#include "help.h"

static const struct gpt_form usual = { 512, 128, 128 };
static struct cairn_rig_disk disk;
static struct cairn_image image;

static int setup(void **state)
{
	(void)state;
	make_gpt(&disk, &usual);
	image = disk_image(&disk);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	cairn_rig_disk_fini(&disk);
	return 0;
}

static int report(const struct cairn_err *err)
{
	printf("%s (%llu)\n", err->what, (unsigned long long)err->at);
	return -err->code;
}

/* The example of the README: where the first system partition is. */
static int find_esp(const struct cairn_image *from, uint64_t *ret_first)
{
	struct cairn_partitions table;
	struct cairn_partition part;
	struct cairn_err err = { 0 };
	int ret;

	if (cairn_partition_open(from, 512, &table, &err) < 0)
		return report(&err);
	/* a partition that lies outside the disk does not hide the others */
	while ((ret = cairn_partition_next(&table, &part, &err)) != 0)
		if (ret > 0 && part.is_esp)
			break;
	if (ret > 0)
		*ret_first = part.first;
	return ret > 0 ? 0 : -ENOENT;
}

static void readme_example_works(void **state)
{
	uint64_t first = 0;

	(void)state;
	assert_int_equal(find_esp(&image, &first), 0);
	assert_int_equal(first, 40);
}

static void expect_open(uint32_t block_bytes, enum cairn_partition_header header)
{
	struct cairn_partitions table;
	struct cairn_partition part;
	struct cairn_err err = { 0 };

	assert_int_equal(cairn_partition_open(&image, block_bytes, &table, &err), 0);
	assert_int_equal(table.scheme, CAIRN_PARTITION_GPT);
	assert_int_equal(table.header, header);
	assert_int_equal(cairn_partition_next(&table, &part, &err), 1);
	assert_true(part.is_esp && !part.is_xbootldr && part.index == 1);
	assert_true(part.first == 40 && part.n == 4 && part.attributes == 4);
	assert_string_equal(part.name, "e\xc3\xbc\xe2\x82\xac");
	assert_int_equal(part.unique.b[15], 40);
	assert_int_equal(cairn_partition_next(&table, &part, &err), 1);
	assert_true(!part.is_esp && part.index == 4 && part.first == 44 && part.n == 2);
	assert_int_equal(cairn_partition_next(&table, &part, &err), 0);
	assert_int_equal(cairn_partition_next(&table, &part, &err), 0);
	cairn_partition_rewind(&table);
	assert_int_equal(cairn_partition_next(&table, &part, &err), 1);
	assert_int_equal(part.index, 1);
}

static void expect_refusal(int code, const char *what)
{
	struct cairn_partitions table = { .block_bytes = 77 };
	struct cairn_err err = { 0 };

	assert_int_equal(cairn_partition_open(&image, 512, &table, &err), code);
	assert_string_equal(err.what, what);
	assert_int_equal(table.block_bytes, 77);
}

static void every_form_of_the_standard_is_read(void **state)
{
	static const struct gpt_form forms[] = {
		{ 512, 4, 128 },   { 512, 16, 256 },   { 1024, 128, 128 },
		{ 2048, 32, 512 }, { 4096, 128, 128 }, { 4096, 8, 4096 },
	};

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(forms); i++) {
		cairn_rig_disk_fini(&disk);
		make_gpt(&disk, &forms[i]);
		image = disk_image(&disk);
		expect_open(forms[i].block_bytes, CAIRN_PARTITION_PRIMARY);
		disk.bytes[gpt_header_at(&forms[i], false)] ^= 1;
		expect_open(forms[i].block_bytes, CAIRN_PARTITION_BACKUP);
	}
}

static void every_damaged_byte_of_the_first_leads_to_the_backup(void **state)
{
	uint64_t header = gpt_header_at(&usual, false), entries = gpt_entries_at(&usual, false);

	(void)state;
	for (uint64_t i = 0; i < 92; i++) {
		disk.bytes[header + i] ^= 0x40;
		expect_open(512, CAIRN_PARTITION_BACKUP);
		disk.bytes[header + i] ^= 0x40;
	}
	for (uint64_t i = 0; i < 128 * 128; i += 509) {
		disk.bytes[entries + i] ^= 0x40;
		expect_open(512, CAIRN_PARTITION_BACKUP);
		disk.bytes[entries + i] ^= 0x40;
	}
	expect_open(512, CAIRN_PARTITION_PRIMARY);
}

static void both_damaged_says_what_is_wrong_with_the_first(void **state)
{
	(void)state;
	disk.bytes[gpt_entries_at(&usual, true)] ^= 1;
	expect_open(512, CAIRN_PARTITION_PRIMARY);
	disk.bytes[gpt_entries_at(&usual, false) + 9] ^= 1;
	expect_refusal(-EPROTO, "GPT entries with a wrong sum");
	disk.bytes[gpt_header_at(&usual, false)] ^= 1;
	expect_refusal(-EPROTO, "no GPT header where one must be");
}

/* Header fields with whole sums, in both headers: what no sum protects from. */
static void lying_headers_are_refused(void **state)
{
	static const struct {
		uint32_t at, len;
		uint64_t v;
		int code;
		const char *what;
	} lies[] = {
		{ 8, 4, 0x20000, -ENOTSUP, "GPT of an unknown revision" },
		{ 12, 4, 91, -EPROTO, "GPT header of a wrong length" },
		{ 12, 4, 513, -EPROTO, "GPT header of a wrong length" },
		{ 24, 8, 2, -EPROTO, "GPT header that belongs elsewhere" },
		{ 40, 8, 70, -EPROTO, "GPT that uses more than the disk has" },
		{ 48, 8, GPT_BLOCKS, -EPROTO, "GPT that uses more than the disk has" },
		{ 72, 8, 1, -EPROTO, "GPT entries outside the disk" },
		{ 72, 8, GPT_BLOCKS, -EPROTO, "GPT entries outside the disk" },
		{ 72, 8, UINT64_MAX / 512, -EPROTO, "GPT entries outside the disk" },
		{ 80, 4, 1025, -ENOTSUP, "GPT of too many entries" },
		{ 80, 4, 1024, -EPROTO, "partition table behind the end of the disk" },
		{ 84, 4, 64, -EPROTO, "GPT entries of a wrong size" },
		{ 84, 4, 192, -EPROTO, "GPT entries of a wrong size" },
		{ 84, 4, 8192, -EPROTO, "GPT entries of a wrong size" },
	};

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(lies); i++) {
		for (int b = 0; b < 2; b++) {
			uint64_t at = gpt_header_at(&usual, b);

			cairn_le_store(disk.bytes + at + lies[i].at, lies[i].len, lies[i].v);
			sum_gpt(&disk, &usual, b);
		}
		expect_refusal(lies[i].code, lies[i].what);
		cairn_rig_disk_fini(&disk);
		make_gpt(&disk, &usual);
		image = disk_image(&disk);
	}
}

static void longer_header_is_summed_whole(void **state)
{
	uint64_t at = gpt_header_at(&usual, false);

	(void)state;
	cairn_le_store(disk.bytes + at + 12, 4, 512);
	disk.bytes[at + 511] = 1;
	sum_gpt(&disk, &usual, false);
	expect_open(512, CAIRN_PARTITION_PRIMARY);
	disk.bytes[at + 511] = 2;
	expect_open(512, CAIRN_PARTITION_BACKUP);
}

static void partition_outside_the_usable_blocks_is_refused_alone(void **state)
{
	static const uint64_t bad[][2] = {
		{ 33, 45 },         { 44, 78 },         { 45, 44 },
		{ 44, UINT64_MAX }, { UINT64_MAX, 44 }, { 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		struct cairn_partitions table;
		struct cairn_partition part;
		struct cairn_err err = { 0 };
		uint64_t at = gpt_entries_at(&usual, false);

		cairn_le_store(disk.bytes + at + 32, 8, bad[i][0]);
		cairn_le_store(disk.bytes + at + 40, 8, bad[i][1]);
		sum_gpt(&disk, &usual, false);
		assert_int_equal(cairn_partition_open(&image, 512, &table, &err), 0);
		assert_int_equal(cairn_partition_next(&table, &part, &err), -EPROTO);
		assert_string_equal(err.what, "GPT partition outside the usable blocks");
		assert_int_equal(cairn_partition_next(&table, &part, &err), 1);
		assert_int_equal(part.index, 4);
		assert_int_equal(cairn_partition_next(&table, &part, &err), 0);
	}
}

static void without_a_protective_record_it_is_no_gpt(void **state)
{
	(void)state;
	disk.bytes[446 + 4] = 0;
	expect_refusal(-ENOENT, "no partition table");
	put_slot(&disk, 0, 2, 0xee, 1, 5);
	expect_open(512, CAIRN_PARTITION_PRIMARY);
}

static void disk_too_small_is_refused(void **state)
{
	(void)state;
	image.size_bytes = 2 * 512;
	expect_refusal(-EPROTO, "disk too small for its GPT");
	image.size_bytes = 511;
	expect_refusal(-ENOENT, "no partition table");
}

static void cut_disk_is_refused_wherever_it_ends(void **state)
{
	struct cairn_partitions table;

	(void)state;
	for (uint64_t n = 3; n < GPT_BLOCKS; n++) {
		image.size_bytes = n * 512;
		/* up to its last usable block the first table is whole, and is all that is needed
		 */
		assert_int_equal(cairn_partition_open(&image, 512, &table, NULL),
				 n <= 46 ? -EPROTO : 0);
	}
}

static void errors_of_the_disk_come_through(void **state)
{
	struct cairn_partitions table;
	struct cairn_partition part;
	struct cairn_err err = { 0 };

	(void)state;
	disk.reads_left = 0;
	expect_refusal(-EIO, "cannot read the disk");
	disk.reads_left = 1;
	expect_refusal(-EIO, "cannot read the disk");
	disk.reads_left = UINT64_MAX;
	assert_int_equal(cairn_partition_open(&image, 512, &table, &err), 0);
	disk.reads_left = 0;
	assert_int_equal(cairn_partition_next(&table, &part, &err), -EIO);
	disk.reads_left = UINT64_MAX;
	assert_int_equal(cairn_partition_next(&table, &part, &err), 1);
	assert_int_equal(part.index, 4);
}

static void odd_sizes_of_blocks_are_the_callers_fault(void **state)
{
	static const uint32_t bad[] = { 0, 256, 513, 8192 };
	struct cairn_partitions table;

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++)
		assert_int_equal(cairn_partition_open(&image, bad[i], &table, NULL), -EINVAL);
}

static void guid_text_has_the_usual_order(void **state)
{
	char text[CAIRN_GUID_TEXT_BYTES];

	(void)state;
	cairn_partition_guid_text(&cairn_partition_esp, text);
	assert_string_equal(text, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
	cairn_partition_guid_text(&cairn_partition_xbootldr, text);
	assert_string_equal(text, "bc13c2ff-59e6-4262-a352-b275fd6f7172");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(readme_example_works),
		T(every_form_of_the_standard_is_read),
		T(every_damaged_byte_of_the_first_leads_to_the_backup),
		T(both_damaged_says_what_is_wrong_with_the_first),
		T(lying_headers_are_refused),
		T(longer_header_is_summed_whole),
		T(partition_outside_the_usable_blocks_is_refused_alone),
		T(without_a_protective_record_it_is_no_gpt),
		T(disk_too_small_is_refused),
		T(cut_disk_is_refused_wherever_it_ends),
		T(errors_of_the_disk_come_through),
		T(odd_sizes_of_blocks_are_the_callers_fault),
		T(guid_text_has_the_usual_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
