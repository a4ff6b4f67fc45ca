/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/math.h>
#include <fw/console.h>

#include <stdarg.h>
#include <setjmp.h>

#include <cmocka.h>

struct paper {
	struct fw_console_dev dev;
	char text[512];
	size_t n;
	const char *input;
};

static void paper_put(struct fw_console_dev *dev, const char *bytes, size_t n)
{
	struct paper *p = cairn_container_of(dev, struct paper, dev);

	assert_true(p->n + n < sizeof(p->text));
	memcpy(p->text + p->n, bytes, n);
	p->n += n;
	p->text[p->n] = '\0';
}

static int paper_get(struct fw_console_dev *dev)
{
	struct paper *p = cairn_container_of(dev, struct paper, dev);

	return *p->input ? (uint8_t)*p->input++ : -1;
}

static struct paper a = { .dev = { .put = paper_put, .get = paper_get }, .input = "" };
static struct paper b = { .dev = { .put = paper_put, .get = paper_get }, .input = "" };

static int add_both(void **state)
{
	fw_print("before there is a console\n");
	assert_int_equal(fw_get(), -1);
	fw_console_add(&a.dev);
	fw_console_add(&b.dev);
	return 0;
}

static int clear(void **state)
{
	a.n = b.n = 0;
	return 0;
}

static void output_goes_to_all_and_lines_end_in_cr_lf(void **state)
{
	fw_print("\none\n\ntwo %d", 2);
	assert_string_equal(a.text, "\r\none\r\n\r\ntwo 2");
	assert_string_equal(b.text, a.text);
}

static void input_comes_from_whichever_has_some(void **state)
{
	a.input = "x";
	b.input = "y\xff";
	assert_int_equal(fw_get(), 'x');
	assert_int_equal(fw_get(), 'y');
	assert_int_equal(fw_get(), 0xff);
	assert_int_equal(fw_get(), -1);
}

static void long_lines_are_cut_between_characters(void **state)
{
	char text[400];

	memset(text, 'a', sizeof(text));
	for (size_t i = 240; i + 1 < sizeof(text); i += 2)
		memcpy(text + i, "é", 2);
	text[sizeof(text) - 1] = '\0';
	fw_print("%s", text);
	assert_int_equal(a.n, 250 + 3 + 2);
	assert_memory_equal(a.text + 238, "aa", 2);
	assert_string_equal(a.text + 248, "é…\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(output_goes_to_all_and_lines_end_in_cr_lf, clear),
		cmocka_unit_test_setup(input_comes_from_whichever_has_some, clear),
		cmocka_unit_test_setup(long_lines_are_cut_between_characters, clear),
	};

	return cmocka_run_group_tests(tests, add_both, NULL);
}
