/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <cairn/bls.h>

static struct cairn_bls_entry entry;
static struct cairn_err err;

static void expect_text(struct cairn_bls_text t, const char *want)
{
	assert_int_equal(t.n, strlen(want));
	if (t.n)
		assert_memory_equal(t.s, want, t.n);
}

static struct cairn_bls_text text(const char *s)
{
	return (struct cairn_bls_text){ s, (uint32_t)strlen(s) };
}

static int parse(const char *file, const char *s)
{
	return cairn_bls_entry_parse(file, strlen(file), s, strlen(s), &entry, &err);
}

/* The example of the README. */
static int kernel_of(const char *file, const char *words, char *options, size_t room)
{
	struct cairn_bls_entry e;
	struct cairn_err why = { 0 };
	int ret;

	ret = cairn_bls_entry_parse(file, strlen(file), words, strlen(words), &e, &why);
	if (ret < 0) /* why.what: "boot entry without a kernel" */
		return ret;
	if (!cairn_bls_is_for(&e, "x64"))
		return -ENOENT;
	return cairn_bls_options(&e, options, room);
}

static void readme_example_works(void **state)
{
	char options[32];

	(void)state;
	assert_int_equal(
	    kernel_of("a.conf", "linux /k\noptions a b\noptions c", options, sizeof(options)), 5);
	assert_string_equal(options, "a b c");
	assert_int_equal(kernel_of("a.conf", "linux /k\narchitecture AA64\n", options, 32),
			 -ENOENT);
}

static void every_key_is_taken(void **state)
{
	(void)state;
	assert_int_equal(parse("debian-6.1.conf",
			       "# made by hand\n\n"
			       "title\tDebian GNU/Linux 12  \r\n"
			       "  version 6.1.0-18\n"
			       "machine-id 0123\nsort-key debian\n"
			       "linux /old\nlinux /new\n"
			       "initrd /ucode\ninitrd /initrd\n"
			       "options root=/dev/vda1  ro\n"
			       "options quiet\noptions\n"
			       "devicetree /a.dtb\n"
			       "devicetree-overlay /o1 \t/o2\ndevicetree-overlay /o3\n"
			       "architecture x64\nunknown thing\n"
			       "Efi /e\nuki /u"),
			 0);
	expect_text(entry.name.id, "debian-6.1");
	expect_text(entry.title, "Debian GNU/Linux 12");
	expect_text(entry.version, "6.1.0-18");
	expect_text(entry.machine_id, "0123");
	expect_text(entry.sort_key, "debian");
	expect_text(entry.linux_path, "/new");
	expect_text(entry.efi_path, "/e");
	expect_text(entry.uki_path, "/u");
	expect_text(entry.devicetree, "/a.dtb");
	assert_int_equal(entry.initrds.n, 2);
	expect_text(entry.initrds.v[0], "/ucode");
	expect_text(entry.initrds.v[1], "/initrd");
	assert_int_equal(entry.options.n, 2);
	expect_text(entry.options.v[0], "root=/dev/vda1  ro");
	assert_int_equal(entry.overlays.n, 3);
	expect_text(entry.overlays.v[1], "/o2");
	expect_text(entry.overlays.v[2], "/o3");
	assert_true(cairn_bls_is_for(&entry, "X64"));
	assert_false(cairn_bls_is_for(&entry, "x6"));
	assert_false(cairn_bls_is_for(&entry, "aa64"));
}

static void entries_without_a_kernel_are_refused(void **state)
{
	(void)state;
	assert_int_equal(parse("a.conf", "title x\ninitrd /i\nlinux\n#linux /k\n"), -EPROTO);
	assert_string_equal(err.what, "boot entry without a kernel");
	assert_int_equal(parse("a.conf", ""), -EPROTO);
	assert_int_equal(parse("a.conf", "uki /u"), 0);
	assert_int_equal(parse("a.conf", "efi /e"), 0);
	assert_int_equal(parse("a.cfg", "linux /k"), -EINVAL);
}

static void hostile_texts_are_refused(void **state)
{
	size_t n = CAIRN_BLS_FILE_BYTES_MAX + 1;
	char *big = malloc(n);
	struct cairn_bls_conf conf;

	(void)state;
	assert_non_null(big);
	memset(big, 'x', n);
	assert_int_equal(cairn_bls_entry_parse("a.conf", 6, big, n, &entry, &err), -ENOTSUP);
	assert_string_equal(err.what, "boot loader file too large");
	assert_int_equal(cairn_bls_conf_parse(big, n, &conf, &err), -ENOTSUP);
	assert_int_equal(cairn_bls_conf_parse(big, n - 1, &conf, &err), 0);
	for (size_t i = 0; i + 9 < n; i += 9)
		memcpy(big + i, "initrd /\n", 9);
	assert_int_equal(cairn_bls_entry_parse("a.conf", 6, big, n - 9, &entry, &err), -ENOTSUP);
	assert_string_equal(err.what, "boot entry with too long a list");
	big[100] = '\0';
	assert_int_equal(cairn_bls_entry_parse("a.conf", 6, big, 200, &entry, &err), -EPROTO);
	assert_string_equal(err.what, "boot loader file is not a text");
	assert_int_equal(err.at, 100);
	assert_int_equal(cairn_bls_conf_parse(big, 200, &conf, &err), -EPROTO);
	free(big);
}

static void one_line_of_many_overlays_is_refused(void **state)
{
	char line[400];
	int n = snprintf(line, sizeof(line), "linux /k\ndevicetree-overlay");

	(void)state;
	for (uint32_t i = 0; i < CAIRN_BLS_LIST_MAX; i++)
		n += snprintf(line + n, sizeof(line) - (size_t)n, " /o");
	assert_int_equal(parse("a.conf", line), 0);
	snprintf(line + n, sizeof(line) - (size_t)n, " /one-more");
	assert_int_equal(parse("a.conf", line), -ENOTSUP);
}

static void options_need_room(void **state)
{
	char room[8] = "???????";

	(void)state;
	assert_int_equal(parse("a.conf", "linux /k\noptions abc\noptions def"), 0);
	assert_int_equal(cairn_bls_options(&entry, room, 7), -ENOSPC);
	assert_int_equal(room[7 - 1], 'f');
	assert_int_equal(cairn_bls_options(&entry, room, 8), 7);
	assert_string_equal(room, "abc def");
	assert_int_equal(parse("a.conf", "linux /k"), 0);
	assert_int_equal(cairn_bls_options(&entry, room, 1), 0);
	assert_string_equal(room, "");
}

static int read_at(void *ctx, uint64_t off, void *dst, size_t len)
{
	memset(dst, 'a', len);
	return *(int *)ctx;
}

static void files_are_read_up_to_their_limit(void **state)
{
	int ret = 0;
	struct cairn_image file = { .read_at = read_at, .size_bytes = 4, .ctx = &ret };
	char buf[8] = "";
	uint32_t n = 0;

	(void)state;
	assert_int_equal(cairn_bls_read(&file, buf, sizeof(buf), &n, &err), 0);
	assert_int_equal(n, 4);
	assert_string_equal(buf, "aaaa");
	assert_int_equal(cairn_bls_read(&file, buf, 3, &n, &err), -ENOSPC);
	file.size_bytes = 1 << 20;
	assert_int_equal(cairn_bls_read(&file, buf, sizeof(buf), &n, &err), -ENOTSUP);
	assert_string_equal(err.what, "boot loader file too large");
	file.size_bytes = 1;
	ret = -EIO;
	assert_int_equal(cairn_bls_read(&file, buf, sizeof(buf), &n, &err), -EIO);
}

static void counters_are_found_in_names(void **state)
{
	static const struct {
		const char *file, *id;
		bool is_counted;
		uint32_t left, done;
	} cases[] = {
		{ "a.conf", "a", false, 0, 0 },
		{ "a+3.conf", "a", true, 3, 0 },
		{ "a+3-0.CONF", "a", true, 3, 0 },
		{ "a+0-12.efi", "a", true, 0, 12 },
		{ "a-6.1+3-1.conf", "a-6.1", true, 3, 1 },
		{ "a+3-.conf", "a+3-", false, 0, 0 },
		{ "a+.conf", "a+", false, 0, 0 },
		{ "a+-3.conf", "a+-3", false, 0, 0 },
		{ "a+3-1-2.conf", "a+3-1-2", false, 0, 0 },
		{ "a+b3.conf", "a+b3", false, 0, 0 },
		{ "a-3.conf", "a-3", false, 0, 0 },
		{ "6.1.conf", "6.1", false, 0, 0 },
		{ "a+4294967295.conf", "a", true, UINT32_MAX, 0 },
		{ "a+4294967296.conf", "a+4294967296", false, 0, 0 },
		{ "a+1-99999999999999999999.conf", "a+1-99999999999999999999", false, 0, 0 },
		{ "a.conf.efi", "a.conf", false, 0, 0 },
	};
	static const char *const bad[] = { "", ".conf", ".efi", "conf", "a.con", "a", "+3.conf" };
	struct cairn_bls_name name;

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(cases); i++) {
		assert_int_equal(cairn_bls_name_parse(cases[i].file, strlen(cases[i].file), &name),
				 0);
		expect_text(name.id, cases[i].id);
		assert_int_equal(name.is_counted, cases[i].is_counted);
		assert_int_equal(name.tries_left, cases[i].left);
		assert_int_equal(name.tries_done, cases[i].done);
	}
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++)
		assert_int_equal(cairn_bls_name_parse(bad[i], strlen(bad[i]), &name), -EINVAL);
	assert_int_equal(cairn_bls_name_parse("a\0b.conf", 8, &name), -EINVAL);
	assert_int_equal(cairn_bls_name_parse("", SIZE_MAX, &name), -EINVAL);
}

static void trying_counts_down_and_up(void **state)
{
	static const struct {
		const char *file, *next;
	} cases[] = {
		{ "a+3.conf", "a+2-1.conf" },    { "a+1-9.EFI", "a+0-10.EFI" },
		{ "a+0-1.conf", NULL },          { "a.conf", NULL },
		{ "a+1-4294967295.conf", NULL },
	};
	char next[32];

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(cases); i++) {
		size_t len = strlen(cases[i].file);
		int ret = cairn_bls_name_next(cases[i].file, len, next, sizeof(next));

		assert_int_equal(ret, cases[i].next ? 0 : -EINVAL);
		if (cases[i].next)
			assert_string_equal(next, cases[i].next);
	}
	assert_int_equal(cairn_bls_name_next("a+3.conf", 8, next, 10), -ENOSPC);
	assert_int_equal(cairn_bls_name_next("a+3.conf", 8, next, 11), 0);
}

static void loader_conf_is_read(void **state)
{
	static const struct {
		const char *text, *glob;
		enum cairn_bls_timeout timeout;
		uint32_t seconds;
	} cases[] = {
		{ "", "", CAIRN_BLS_TIMEOUT_NONE, 0 },
		{ "default debian-*\ntimeout 5\neditor no\n", "debian-*", CAIRN_BLS_TIMEOUT_SECONDS,
		  5 },
		{ "timeout 0", "", CAIRN_BLS_TIMEOUT_HIDDEN, 0 },
		{ "timeout menu-force", "", CAIRN_BLS_TIMEOUT_FORCE, 0 },
		{ "timeout menu-hidden", "", CAIRN_BLS_TIMEOUT_HIDDEN, 0 },
		{ "timeout menu-disabled", "", CAIRN_BLS_TIMEOUT_DISABLED, 0 },
		{ "timeout 3x\n#timeout 4", "", CAIRN_BLS_TIMEOUT_NONE, 0 },
		{ "timeout -1", "", CAIRN_BLS_TIMEOUT_NONE, 0 },
		{ "timeout 4294967296", "", CAIRN_BLS_TIMEOUT_NONE, 0 },
	};
	struct cairn_bls_conf conf;

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(cases); i++) {
		assert_int_equal(
		    cairn_bls_conf_parse(cases[i].text, strlen(cases[i].text), &conf, &err), 0);
		expect_text(conf.default_glob, cases[i].glob);
		assert_int_equal(conf.timeout, cases[i].timeout);
		assert_int_equal(conf.timeout_s, cases[i].seconds);
	}
}

static void editor_is_allowed_unless_it_is_forbidden(void **state)
{
	static const struct {
		const char *text;
		bool may_edit;
	} cases[] = {
		{ "", true },           { "editor no", false },   { "editor OFF", false },
		{ "editor 0", false },  { "editor maybe", true }, { "editor no\neditor yes", true },
		{ "editors no", true },
	};
	struct cairn_bls_conf conf;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    cairn_bls_conf_parse(cases[i].text, strlen(cases[i].text), &conf, NULL), 0);
		assert_int_equal(conf.may_edit, cases[i].may_edit);
	}
}

static void patterns_match_as_globs(void **state)
{
	static const struct {
		const char *glob;
		bool matches; /* "Debian-6.1" */
	} cases[] = {
		{ "debian-6.1", true },
		{ "debian-6.1.conf", true },
		{ "DEBIAN-6.1.efi", true },
		{ "debian-*", true },
		{ "*", true },
		{ "*6*1", true },
		{ "*.conf", true },
		{ "debian-?.?", true },
		{ "debian-[5-7].1", true },
		{ "debian-[!6].1", false },
		{ "debian-[]6].1", true },
		{ "[c-e]ebian*", true },
		{ "debian\\-6.1", true },
		{ "debian-\\?.1", false },
		{ "debian", false },
		{ "", false },
		{ "@saved", false },
		{ "*x", false },
		{ "debian-[6", false },
		{ "debian-6.1.conf?", false },
		{ "debian-6.1\\", false },
		{ "****************n*6*.*1", true },
		{ "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", false },
	};

	(void)state;
	assert_int_equal(parse("Debian-6.1+3.conf", "linux /k"), 0);
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(cases); i++)
		if (cairn_bls_is_default(text(cases[i].glob), &entry) != cases[i].matches)
			fail_msg("%s", cases[i].glob);
	assert_int_equal(parse("a[b.conf", "linux /k"), 0);
	assert_true(cairn_bls_is_default(text("a[b"), &entry));
	assert_true(cairn_bls_is_default(text("a\\[b"), &entry));
}

static void unified_images_have_the_metadata_of_their_sections(void **state)
{
	static const char osrel[] = "NAME=Debian\nID=debian\n# x\nPRETTY_NAME=\"Debian 12\"\n"
				    "VERSION_ID='12'\nBROKEN\n\0\0";
	static const char cmdline[] = " root=LABEL=x \n\0";

	(void)state;
	assert_int_equal(cairn_bls_uki_parse(
			     "deb+2.efi", 9, (struct cairn_bls_text){ osrel, sizeof(osrel) },
			     (struct cairn_bls_text){ cmdline, 14 }, text("6.1.0"), &entry, &err),
			 0);
	expect_text(entry.name.id, "deb");
	expect_text(entry.title, "Debian 12");
	expect_text(entry.version, "12");
	expect_text(entry.sort_key, "debian");
	assert_int_equal(entry.options.n, 1);
	expect_text(entry.options.v[0], "root=LABEL=x");
	assert_int_equal(cairn_bls_uki_parse("deb.efi", 7,
					     text("IMAGE_ID=i\nIMAGE_VERSION=7\nID=x"), text(""),
					     text("6.1.0"), &entry, &err),
			 0);
	expect_text(entry.sort_key, "i");
	expect_text(entry.version, "7");
	assert_int_equal(entry.options.n, 0);
	assert_int_equal(
	    cairn_bls_uki_parse("deb.efi", 7, text(""), text(""), text("6.1.0"), &entry, &err), 0);
	expect_text(entry.version, "6.1.0");
	assert_int_equal(cairn_bls_uki_parse("deb.efi", 7, (struct cairn_bls_text){ "a\0b", 3 },
					     text(""), text(""), &entry, &err),
			 -EPROTO);
	assert_int_equal(cairn_bls_uki_parse("deb.efi", 7, text(""),
					     (struct cairn_bls_text){ "a\0b", 3 }, text(""), &entry,
					     &err),
			 -EPROTO);
	assert_int_equal(cairn_bls_uki_parse("deb", 3, text(""), text(""), text(""), &entry, &err),
			 -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readme_example_works),
		cmocka_unit_test(every_key_is_taken),
		cmocka_unit_test(entries_without_a_kernel_are_refused),
		cmocka_unit_test(hostile_texts_are_refused),
		cmocka_unit_test(one_line_of_many_overlays_is_refused),
		cmocka_unit_test(options_need_room),
		cmocka_unit_test(files_are_read_up_to_their_limit),
		cmocka_unit_test(counters_are_found_in_names),
		cmocka_unit_test(trying_counts_down_and_up),
		cmocka_unit_test(loader_conf_is_read),
		cmocka_unit_test(editor_is_allowed_unless_it_is_forbidden),
		cmocka_unit_test(patterns_match_as_globs),
		cmocka_unit_test(unified_images_have_the_metadata_of_their_sections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
