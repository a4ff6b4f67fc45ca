/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Volumes of mke2fs, of every kind of map, directory and descriptor, as we read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <cairn/ext4.h>
#include <cairn/image_rig.h>

static struct cairn_rig_dir dir;
static struct cairn_rig_disk disk;
static struct cairn_image image;
static struct cairn_ext4 fs;
static struct cairn_ext4_file root;
static struct cairn_err err;

static const char *const forms[] = {
	"-t ext4 -b 4096",
	"-t ext4 -b 1024 -O ^metadata_csum",
	"-t ext4 -b 1024 -O metadata_csum,metadata_csum_seed,inline_data -I 256",
	"-t ext4 -b 1024 -g 256 -O 64bit,meta_bg,^resize_inode",
	"-t ext4 -b 2048 -O ^64bit,^flex_bg",
	"-t ext4 -b 1024 -g 512 -O sparse_super2,meta_bg,^resize_inode",
	"-t ext3 -b 1024 -g 1024 -O ^sparse_super,^resize_inode",
	"-t ext2 -b 1024 -I 128",
	"-t ext2 -b 4096 -r 0",
};

static const char tree[] =
    "mkdir -p t/boot/loader t/many\n"
    "for n in 0 1 60 61 150 1024 4097 70000 3000000; do\n"
    "  head -c $n /dev/zero | tr '\\0' 'a' >t/boot/f$n; printf X$n >>t/boot/f$n; done\n"
    "truncate -s 5000000 t/boot/hole; printf end >>t/boot/hole\n"
    "for i in $(seq 0 299); do echo $i >t/many/a-file-with-a-name-$i; done\n"
    "ln -s f60 t/boot/short; ln -s /boot/loader/../f61 t/absolute; ln -s boot t/b\n"
    "ln -s loop2 t/loop1; ln -s loop1 t/loop2; ln -s none t/dangling\n"
    "ln -s boot/./././././././././././././././././././././././././././././././f60 t/long\n"
    "ln -s b/short t/chain\n";

static int teardown(void **state)
{
	(void)state;
	cairn_rig_disk_fini(&disk);
	cairn_rig_dir_fini(&dir);
	return 0;
}

static void make(const char *form, const char *more)
{
	char script[3000];

	if (!cairn_rig_has("mke2fs") || !cairn_rig_has("e2fsck")) {
		printf("no mke2fs here (Debian package e2fsprogs)\n");
		skip();
	}
	assert_int_equal(cairn_rig_dir_init(&dir), 0);
	snprintf(script, sizeof(script), "%s\nmke2fs -q -F -L cairn-label %s -d t img 12M\n%s",
		 tree, form, more);
	if (cairn_rig_run(&dir, script) != 0)
		fail_msg("mke2fs %s", form);
	assert_int_equal(cairn_rig_disk_load(&disk, &dir, "img"), 0);
	image = (struct cairn_image){ .read_at = cairn_rig_disk_read_at,
				      .size_bytes = disk.len_bytes,
				      .ctx = &disk };
	if (cairn_ext4_mount(&image, &fs, &err) != 0)
		fail_msg("%s: %s (%llx)", form, err.what, (unsigned long long)err.at);
	assert_int_equal(cairn_ext4_root(&fs, &root), 0);
}

static void expect_file(const char *path, uint32_t n)
{
	struct cairn_ext4_file f;
	uint8_t *got = malloc(n + 100);
	char end[16];
	size_t len = 0, n_end = (size_t)snprintf(end, sizeof(end), "X%u", n);
	int ret = cairn_ext4_open(&root, path, &f);

	if (ret != 0)
		fail_msg("%s: %d", path, ret);
	assert_non_null(got);
	assert_int_equal(f.size_bytes, n + n_end);
	assert_int_equal(cairn_ext4_read(&f, 0, got, n + 100, &len), 0);
	assert_int_equal(len, n + n_end);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(got[i], 'a');
	assert_memory_equal(got + n, end, n_end);
	free(got);
}

static void expect_hole(void)
{
	struct cairn_ext4_file f;
	uint8_t got[100], zeroes[97] = { 0 };
	size_t len = 0;

	assert_int_equal(cairn_ext4_open(&root, "/boot/hole", &f), 0);
	assert_int_equal(cairn_ext4_read(&f, 4999903, got, 200 - 100, &len), 0);
	assert_int_equal(len, 100);
	assert_memory_equal(got, zeroes, 97);
	assert_memory_equal(got + 97, "end", 3);
	assert_int_equal(cairn_ext4_read(&f, 5000003, got, 1, &len), 0);
	assert_int_equal(len, 0);
	assert_int_equal(cairn_ext4_read(&f, UINT64_MAX, got, 1, &len), 0);
	assert_int_equal(len, 0);
}

static void expect_many(void)
{
	struct cairn_ext4_cursor at = { 0 };
	struct cairn_ext4_entry e;
	struct cairn_ext4_file d;
	bool seen[300] = { 0 };
	int ret, n = 0;
	unsigned k;

	assert_int_equal(cairn_ext4_open(&root, "many", &d), 0);
	while ((ret = cairn_ext4_next(&d, &at, &e)) == 1) {
		assert_int_equal(sscanf(e.name, "a-file-with-a-name-%u", &k), 1);
		assert_true(k < 300 && !seen[k]);
		seen[k] = true;
		n++;
	}
	assert_int_equal(ret, 0);
	assert_int_equal(n, 300);
}

static void every_form_is_read(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 60, 61, 150, 1024, 4097, 70000, 3000000 };

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(forms); i++) {
		make(forms[i], "e2fsck -fyD img || test $? -le 1");
		assert_string_equal(fs.label, "cairn-label");
		assert_false(fs.needs_recovery);
		for (size_t k = 0; k < CAIRN_ARRAY_LEN(sizes); k++) {
			char path[32];

			snprintf(path, sizeof(path), "boot/f%u", sizes[k]);
			expect_file(path, sizes[k]);
		}
		expect_hole();
		expect_many();
		expect_file("/many/../absolute", 61);
		expect_file("long", 60);
		teardown(NULL);
	}
}

/* The example of the README. */
static int read_file(const struct cairn_image *from, char *text, size_t room, size_t *ret_len)
{
	struct cairn_ext4 volume;
	struct cairn_ext4_file file;
	struct cairn_err why = { 0 };
	int ret;

	ret = cairn_ext4_mount(from, &volume, &why); /* why.what: "no ext4 superblock" */
	if (ret == 0)
		ret = cairn_ext4_root(&volume, &file);
	if (ret == 0)
		ret = cairn_ext4_open(&file, "/boot/short", &file);
	if (ret == 0)
		ret = cairn_ext4_read(&file, 0, text, room, ret_len);
	return ret;
}

static void readme_example_works(void **state)
{
	char text[100];
	size_t len = 0;

	(void)state;
	make(forms[0], "");
	assert_int_equal(read_file(&image, text, sizeof(text), &len), 0);
	assert_int_equal(len, 63);
}

static void paths_and_links_are_followed(void **state)
{
	static const struct {
		const char *path;
		int ret;
	} cases[] = {
		{ "", 0 },
		{ "/", 0 },
		{ "..", 0 },
		{ "./boot/.././b/short", 0 },
		{ "chain", 0 },
		{ "b/", 0 },
		{ "dangling", -ENOENT },
		{ "loop1", -ELOOP },
		{ "none", -ENOENT },
		{ "none/x", -ENOENT },
		{ "boot/f0/x", -ENOTDIR },
		{ "boot/f0/.", -ENOTDIR },
		{ "boot/F0", -ENOENT },
		{ "boot/f", -ENOENT },
	};
	struct cairn_ext4_file f, b;
	char path[CAIRN_EXT4_PATH_BYTES + 1];

	(void)state;
	for (size_t form = 0; form < 3; form += 2) {
		make(forms[form], "");
		for (size_t i = 0; i < CAIRN_ARRAY_LEN(cases); i++) {
			int ret = cairn_ext4_open(&root, cases[i].path, &f);

			if (ret != cases[i].ret)
				fail_msg("%s: %d", cases[i].path, ret);
		}
		assert_int_equal(cairn_ext4_open(&root, "boot/loader", &b), 0);
		assert_int_equal(cairn_ext4_open(&b, "../f60", &f), 0);
		assert_int_equal(cairn_ext4_open(&b, "/boot/f60", &b), 0);
		assert_int_equal(f.inode, b.inode);
		memset(path, 'x', sizeof(path));
		path[CAIRN_EXT4_PATH_BYTES] = '\0';
		assert_int_equal(cairn_ext4_open(&root, path, &f), -ENAMETOOLONG);
		memset(path, '/', sizeof(path));
		memcpy(path, "long", 4); /* what it says does not fit before the rest */
		path[CAIRN_EXT4_PATH_BYTES - 1] = '\0';
		assert_int_equal(cairn_ext4_open(&root, path, &f), -ENAMETOOLONG);
		teardown(NULL);
	}
}

static void directories_are_not_read_and_files_not_listed(void **state)
{
	struct cairn_ext4_cursor at = { 0 };
	struct cairn_ext4_entry e;
	struct cairn_ext4_file f;
	size_t n;
	char c;

	(void)state;
	make(forms[0], "");
	assert_int_equal(cairn_ext4_read(&root, 0, &c, 1, &n), -EISDIR);
	assert_int_equal(cairn_ext4_open(&root, "boot/f1", &f), 0);
	assert_int_equal(cairn_ext4_next(&f, &at, &e), -ENOTDIR);
}

static void image_reads_whole_pieces(void **state)
{
	struct cairn_ext4_file f;
	struct cairn_image of_file;
	char got[4];

	(void)state;
	make(forms[0], "");
	assert_int_equal(cairn_ext4_open(&root, "boot/f4097", &f), 0);
	of_file = cairn_ext4_image(&f);
	assert_int_equal(of_file.size_bytes, 4102);
	assert_int_equal(of_file.read_at(of_file.ctx, 4096, got, 4), 0);
	assert_memory_equal(got, "aX40", 4);
	assert_int_equal(of_file.read_at(of_file.ctx, 4100, got, 4), -EIO);
}

static void extents_are_read_at_once(void **state)
{
	struct cairn_ext4_file f;
	uint8_t *got = malloc(3000000);
	size_t n = 0;

	(void)state;
	make(forms[0], "");
	assert_int_equal(cairn_ext4_open(&root, "boot/f3000000", &f), 0);
	disk.reads = 0;
	assert_int_equal(cairn_ext4_read(&f, 0, got, 3000000, &n), 0);
	assert_true(disk.reads <= 20);
	free(got);
}

static void unclean_volume_is_read_as_it_is(void **state)
{
	(void)state;
	make(forms[0], "debugfs -w -R 'feature needs_recovery' img");
	assert_true(fs.needs_recovery);
	expect_file("boot/f70000", 70000);
}

static void deleted_and_strange_inodes_are_refused(void **state)
{
	struct cairn_ext4_file f;

	(void)state;
	make(forms[7], "");
	assert_int_equal(cairn_ext4_open_inode(&fs, 0, &f), -EPROTO);
	assert_int_equal(cairn_ext4_open_inode(&fs, fs.n_inodes + 1, &f), -EPROTO);
	assert_int_equal(cairn_ext4_open_inode(&fs, UINT32_MAX, &f), -EPROTO);
	assert_int_equal(cairn_ext4_open_inode(&fs, fs.n_inodes, &f), -EPROTO); /* unused */
}

static void errors_of_the_disk_come_through(void **state)
{
	struct cairn_ext4_file f;
	struct cairn_ext4 again;
	uint64_t n;
	int ret = -EIO;

	(void)state;
	make(forms[2], "");
	disk.reads_left = 0;
	assert_int_equal(cairn_ext4_mount(&image, &again, &err), -EIO);
	for (n = 0; ret == -EIO && n < 200; n++) {
		disk.reads_left = n;
		ret = cairn_ext4_open(&root, "boot/f150", &f);
	}
	assert_int_equal(ret, 0);
	assert_true(n > 10);
}

#define T(f) cmocka_unit_test_teardown(f, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_form_is_read),
		T(readme_example_works),
		T(paths_and_links_are_followed),
		T(directories_are_not_read_and_files_not_listed),
		T(image_reads_whole_pieces),
		T(extents_are_read_at_once),
		T(unclean_volume_is_read_as_it_is),
		T(deleted_and_strange_inodes_are_refused),
		T(errors_of_the_disk_come_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
