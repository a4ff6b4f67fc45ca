/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <cairn/loader_cmdline.h>

static char buf[64];

static struct cairn_cmdline fresh(size_t cap)
{
	struct cairn_cmdline cl;

	memset(buf, 'Z', sizeof(buf));
	assert_int_equal(cairn_loader_cmdline_init(&cl, buf, cap), 0);
	return cl;
}

static int add(struct cairn_cmdline *cl, const char *text)
{
	return cairn_loader_cmdline_add(cl, text, strlen(text), NULL);
}

static int add_init(struct cairn_cmdline *cl, const char *text)
{
	return cairn_loader_cmdline_add_init(cl, text, strlen(text), NULL);
}

static int add_pair(struct cairn_cmdline *cl, const char *key, const char *value)
{
	return cairn_loader_cmdline_add_pair(cl, key, value, NULL);
}

static void fresh_line_is_empty_and_terminated(void **state)
{
	struct cairn_cmdline cl = fresh(1);

	assert_string_equal(buf, "");
	assert_int_equal(cl.len, 0);
	assert_int_equal(cairn_loader_cmdline_init(&cl, buf, 0), -EINVAL);
}

static void parts_are_separated_by_one_space(void **state)
{
	struct cairn_cmdline cl = fresh(sizeof(buf));

	assert_int_equal(add(&cl, "  console=ttyS0  quiet "), 0);
	assert_int_equal(add(&cl, "   "), 0);
	assert_int_equal(add(&cl, ""), 0);
	assert_int_equal(add_pair(&cl, "root", "/dev/vda"), 0);
	assert_string_equal(buf, "console=ttyS0  quiet root=/dev/vda");
	assert_int_equal(cl.len, strlen(buf));
}

static void value_with_spaces_is_quoted(void **state)
{
	struct cairn_cmdline cl = fresh(sizeof(buf));

	assert_int_equal(add_pair(&cl, "dyndbg", "file x +p"), 0);
	assert_int_equal(add_pair(&cl, "empty", ""), 0);
	assert_string_equal(buf, "dyndbg=\"file x +p\" empty=");
}

static void init_arguments_stay_behind_kernel_parameters(void **state)
{
	struct cairn_cmdline cl = fresh(sizeof(buf));

	assert_int_equal(add_init(&cl, "single"), 0);
	assert_string_equal(buf, " -- single");
	assert_int_equal(add(&cl, "quiet"), 0);
	assert_int_equal(add_pair(&cl, "a", "b"), 0);
	assert_int_equal(add_init(&cl, "-v"), 0);
	assert_int_equal(add_init(&cl, ""), 0);
	assert_string_equal(buf, "quiet a=b -- single -v");
	assert_int_equal(cl.len, strlen(buf));
	assert_int_equal(cl.kernel_len, strlen("quiet a=b"));
}

static void lone_dashes_in_text_begin_init_arguments(void **state)
{
	struct cairn_cmdline cl = fresh(sizeof(buf));

	assert_int_equal(add(&cl, "quiet -- emergency"), 0);
	assert_int_equal(add(&cl, "root=/dev/vda"), 0);
	assert_int_equal(add(&cl, "ro --"), 0);
	assert_int_equal(add(&cl, "-- x"), 0);
	assert_string_equal(buf, "quiet root=/dev/vda ro -- emergency x");
}

static void other_dashes_are_text(void **state)
{
	struct cairn_cmdline cl = fresh(sizeof(buf));

	assert_int_equal(add(&cl, "a--b c-- --d \"x -- y\""), 0);
	assert_string_equal(buf, "a--b c-- --d \"x -- y\"");
}

static void capacity_counts_the_terminator(void **state)
{
	struct cairn_cmdline cl = fresh(6);

	assert_int_equal(add(&cl, "123456"), -ENOSPC);
	assert_string_equal(buf, "");
	assert_int_equal(add(&cl, "12345"), 0);
	assert_string_equal(buf, "12345");
	assert_int_equal(buf[6], 'Z');
	assert_int_equal(add(&cl, "x"), -ENOSPC);
	cl = fresh(6);
	assert_int_equal(add(&cl, "12"), 0);
	assert_int_equal(add(&cl, "456"), -ENOSPC);
	assert_int_equal(add(&cl, "45"), 0);
	assert_string_equal(buf, "12 45");
}

static void capacity_counts_separators_and_quotes(void **state)
{
	struct cairn_cmdline cl = fresh(7);

	assert_int_equal(add_init(&cl, "abc"), -ENOSPC);
	assert_int_equal(add_init(&cl, "ab"), 0);
	assert_string_equal(buf, " -- ab");
	assert_int_equal(add(&cl, "x"), -ENOSPC);
	cl = fresh(7);
	assert_int_equal(add_pair(&cl, "k", "a bc"), -ENOSPC);
	assert_int_equal(add_pair(&cl, "k", "a "), 0);
	assert_string_equal(buf, "k=\"a \"");
	assert_int_equal(buf[7], 'Z');
	cl = fresh(9);
	assert_int_equal(add(&cl, "abc -- de"), -ENOSPC);
	assert_string_equal(buf, "");
	assert_int_equal(add(&cl, "ab -- cd"), 0);
	assert_string_equal(buf, "ab -- cd");
}

static void too_long_names_the_limit(void **state)
{
	struct cairn_cmdline cl = fresh(6);
	struct cairn_err err;

	assert_int_equal(cairn_loader_cmdline_add(&cl, "1234567", 7, &err), -ENOSPC);
	assert_int_equal(err.at, 5);
	assert_int_equal(cairn_loader_cmdline_add_init(&cl, "12", 2, &err), -ENOSPC);
	assert_int_equal(err.at, 5);
}

static void unprintable_bytes_are_refused(void **state)
{
	static const char bad[] = { '\0', '\n', '\t', 0x1f, 0x7f, (char)0x80, (char)0xff };
	struct cairn_cmdline cl = fresh(sizeof(buf));
	struct cairn_err err;

	for (size_t i = 0; i < sizeof(bad); i++) {
		const char text[] = { 'a', 'b', bad[i], 'c' };
		const char value[] = { 'a', bad[i] ? bad[i] : '\n', '\0' };

		assert_int_equal(cairn_loader_cmdline_add(&cl, text, 4, &err), -EINVAL);
		assert_int_equal(err.at, 2);
		assert_int_equal(cairn_loader_cmdline_add_init(&cl, text, 4, &err), -EINVAL);
		assert_int_equal(add_pair(&cl, "k", value), -EINVAL);
		assert_int_equal(add_pair(&cl, value, "v"), -EINVAL);
	}
	assert_string_equal(buf, "");
	assert_int_equal(add(&cl, "~"), 0);
}

static void open_quotes_are_refused(void **state)
{
	struct cairn_cmdline cl = fresh(sizeof(buf));

	assert_int_equal(add(&cl, "a=\"b c"), -EINVAL);
	assert_int_equal(add_init(&cl, "\""), -EINVAL);
	assert_int_equal(add(&cl, "a=\"b c\""), 0);
}

static void keys_and_values_are_checked(void **state)
{
	struct cairn_cmdline cl = fresh(sizeof(buf));

	assert_int_equal(add_pair(&cl, "", "v"), -EINVAL);
	assert_int_equal(add_pair(&cl, "a b", "v"), -EINVAL);
	assert_int_equal(add_pair(&cl, "a=b", "v"), -EINVAL);
	assert_int_equal(add_pair(&cl, "a\"b\"", "v"), -EINVAL);
	assert_int_equal(add_pair(&cl, "a", "\"v\""), -EINVAL);
	assert_string_equal(buf, "");
	assert_int_equal(add_pair(&cl, "a", "b=c"), 0);
	assert_string_equal(buf, "a=b=c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fresh_line_is_empty_and_terminated),
		cmocka_unit_test(parts_are_separated_by_one_space),
		cmocka_unit_test(value_with_spaces_is_quoted),
		cmocka_unit_test(init_arguments_stay_behind_kernel_parameters),
		cmocka_unit_test(lone_dashes_in_text_begin_init_arguments),
		cmocka_unit_test(other_dashes_are_text),
		cmocka_unit_test(capacity_counts_the_terminator),
		cmocka_unit_test(capacity_counts_separators_and_quotes),
		cmocka_unit_test(too_long_names_the_limit),
		cmocka_unit_test(unprintable_bytes_are_refused),
		cmocka_unit_test(open_quotes_are_refused),
		cmocka_unit_test(keys_and_values_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
