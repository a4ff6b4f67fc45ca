/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cairn/cli.h>

enum colour { RED = 3, GREEN = 7 };

struct wheel {
	char *name;
	bool spare;
	uint32_t inches;
};

struct car {
	char *owner;
	enum colour colour;
	bool loud;
	uint32_t doors;
	uint64_t bytes;
	struct wheel wheels[2];
	size_t n_wheels;
};

static bool set_bytes(struct cairn_cli *c, void *object, const char *value)
{
	struct car *car = object;

	return cairn_cli_size(value, &car->bytes) || cairn_cli_bad(c, "no size");
}

static void *begin_wheel(struct cairn_cli *c, void *object)
{
	struct car *car = object;

	if (car->n_wheels == CAIRN_ARRAY_LEN(car->wheels)) {
		cairn_cli_bad(c, "at most 2");
		return NULL;
	}
	return &car->wheels[car->n_wheels++];
}

static const struct cairn_cli_choice colours[] = { { "red", RED }, { "green", GREEN } };
static const struct cairn_cli_option wheel_keys[] = {
	{ .name = "name",
	  .value = "TEXT",
	  .is_required = true,
	  CAIRN_CLI_STRING_AT(struct wheel, name) },
	{ .name = "spare", .help = "is not on the road", CAIRN_CLI_FLAG_AT(struct wheel, spare) },
	{ .name = "inches", .value = "N", CAIRN_CLI_NUMBER_AT(struct wheel, inches, 10, 24) },
};
static const struct cairn_cli_option options[] = {
	{ .kind = CAIRN_CLI_HEADING, .help = "Looks" },
	{ .name = "--owner",
	  .value = "NAME",
	  .is_required = true,
	  .help = "who drives it",
	  CAIRN_CLI_STRING_AT(struct car, owner) },
	{ .name = "--colour",
	  .help = "a sentence that is long enough to be broken into two lines of the text",
	  CAIRN_CLI_CHOICE_AT(struct car, colour, colours) },
	{ .name = "--doors",
	  .value = "N",
	  .help = "how many",
	  CAIRN_CLI_NUMBER_AT(struct car, doors, 2, 5) },
	{ .name = "--bytes",
	  .value = "SIZE",
	  .help = "of its memory",
	  .kind = CAIRN_CLI_CALL,
	  .set = set_bytes },
	{ .kind = CAIRN_CLI_HEADING, .help = "Parts" },
	{ .name = "--wheel",
	  .kind = CAIRN_CLI_KEYS,
	  .is_repeatable = true,
	  .help = "a wheel",
	  .keys = wheel_keys,
	  .n_keys = CAIRN_ARRAY_LEN(wheel_keys),
	  .begin = begin_wheel },
	{ .name = "--plate",
	  .kind = CAIRN_CLI_KEYS,
	  .only = "road",
	  .is_required = true,
	  .help = "one wheel is enough",
	  .keys = wheel_keys,
	  .n_keys = 2,
	  .begin = begin_wheel },
	{ .name = "--loud",
	  .only = "race",
	  .help = "without a silencer",
	  CAIRN_CLI_FLAG_AT(struct car, loud) },
	{ .name = "--help",
	  .alias = "-h",
	  .kind = CAIRN_CLI_STOP,
	  .stop = 9,
	  .help = "print this" },
};
static const struct cairn_cli_table table = { options, CAIRN_ARRAY_LEN(options) };

static struct car car;
static char why[256];

static int parse(const char *command, const char *const *words)
{
	int n = 0;

	while (words[n])
		n++;
	for (size_t i = 0; i < car.n_wheels; i++)
		free(car.wheels[i].name);
	free(car.owner);
	car = (struct car){ .doors = 4 };
	why[0] = '\0';
	return cairn_cli_parse(&table, &car, command, n, words, why, sizeof(why));
}

#define PARSE(...)         parse("race", (const char *[]){ __VA_ARGS__, NULL })
#define REFUSED(says, ...) check_refused(PARSE("--owner", "me", __VA_ARGS__), says)

static void check_refused(int r, const char *says)
{
	assert_int_equal(r, -EINVAL);
	assert_string_equal(why, says);
}

static int teardown(void **state)
{
	(void)PARSE("--help");
	return 0;
}

static void every_kind_arrives(void **state)
{
	assert_int_equal(PARSE("--owner=me", "--colour", "green", "--doors", "5", "--bytes=2K",
			       "--wheel", "name=a,,b=c,spare", "--loud",
			       "--wheel=inches=24,name=d"),
			 0);
	assert_string_equal(car.owner, "me");
	assert_int_equal(car.colour, GREEN);
	assert_int_equal(car.doors, 5);
	assert_int_equal(car.bytes, 2048);
	assert_true(car.loud);
	assert_int_equal(car.n_wheels, 2);
	assert_string_equal(car.wheels[0].name, "a,b=c");
	assert_true(car.wheels[0].spare && !car.wheels[1].spare);
	assert_int_equal(car.wheels[1].inches, 24);
}

static void what_is_not_given_keeps_its_default(void **state)
{
	assert_int_equal(PARSE("--owner=me"), 0);
	assert_int_equal(car.doors, 4);
	assert_int_equal(car.n_wheels, 0);
}

static void names_are_held_to_the_table(void **state)
{
	REFUSED("unknown option '--xyz'", "--xyz=3");
	REFUSED("unknown option '--color'; did you mean --colour?", "--color=red");
	REFUSED("unexpected word 'colour'; did you mean --colour?", "colour");
	REFUSED("unexpected word 'stray'", "stray");
	REFUSED("--doors: given twice", "--doors", "3", "--doors", "3");
	check_refused(PARSE("--doors", "3"), "--owner NAME is missing");
	check_refused(parse("family", (const char *[]){ "--loud", NULL }), "--loud: only for race");
	check_refused(parse("road", (const char *[]){ "--owner=me", NULL }),
		      "--plate name=TEXT[,spare] is missing");
	check_refused(parse(NULL, (const char *[]){ "--loud", NULL }), "--loud: only for race");
}

static void values_are_held_to_their_kind(void **state)
{
	REFUSED("--doors: needs a value (--doors=…)", "--doors");
	REFUSED("--doors '6': must be a number from 2 to 5", "--doors", "6");
	REFUSED("--doors '1': must be a number from 2 to 5", "--doors", "1");
	REFUSED("--doors '': must be a number from 2 to 5", "--doors=");
	REFUSED("--colour 'blue': must be red or green", "--colour", "blue");
	REFUSED("--loud: takes no value", "--loud=yes");
	REFUSED("--help: takes no value", "--help=yes");
	REFUSED("--bytes 'x': no size", "--bytes", "x");
	check_refused(PARSE("--owner", ""), "--owner: the value is empty");
}

static void keys_are_held_to_theirs(void **state)
{
	REFUSED("--wheel 'spare': name=TEXT is missing", "--wheel", "spare");
	REFUSED("--wheel: unknown key 'left'; did you mean 'name=left'?", "--wheel", "left");
	REFUSED("--wheel: unknown key 'inch'; did you mean 'inches'?", "--wheel", "inch=3");
	REFUSED("--wheel: unknown key 'zzzzzz'", "--wheel", "name=a,zzzzzz=3");
	REFUSED("--wheel: unknown key 'zzzzzz'", "--wheel", "name=a,zzzzzz");
	REFUSED("--wheel: empty part; a comma in a value is written twice", "--wheel", "name=a,");
	REFUSED("--wheel name: given twice", "--wheel", "name=a,name=b");
	REFUSED("--wheel name: needs a value (name=…)", "--wheel", "name");
	REFUSED("--wheel name: the value is empty", "--wheel", "name=");
	REFUSED("--wheel spare: takes no value", "--wheel", "spare=1");
	REFUSED("--wheel inches '9': must be a number from 10 to 24", "--wheel", "inches=9");
	REFUSED("--wheel: at most 2", "--wheel=name=a", "--wheel=name=b", "--wheel=name=c");
}

static void the_reason_is_one_line_however_the_value_looks(void **state)
{
	char value[400];

	REFUSED("--doors 'a?b?': must be a number from 2 to 5", "--doors", "a\nb\x7f");
	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	assert_int_equal(PARSE("--owner=me", "--doors", value), -EINVAL);
	assert_non_null(strstr(why, "v…': must be a number"));
	assert_int_equal(PARSE("--owner=me", "--wheel", value), -EINVAL);
	assert_non_null(strstr(why, "did you mean 'name=vvv"));
	assert_int_equal(PARSE("--owner=me", value), -EINVAL);
	assert_int_equal(strlen(why), sizeof("unexpected word ''") - 1 + 63);
}

static void stop_counts_wherever_it_stands(void **state)
{
	assert_int_equal(PARSE("--help"), 9);
	assert_int_equal(PARSE("--frob", "-h"), 9);
	assert_int_equal(PARSE("--doors", "--help"), 9);
	assert_int_equal(cairn_cli_stop(&table, 1, (const char *[]){ "--helm" }), 0);
}

static void sizes_have_units(void **state)
{
	uint64_t v;

	assert_true(cairn_cli_size("17", &v) && v == 17);
	assert_true(cairn_cli_size("3K", &v) && v == 3072);
	assert_true(cairn_cli_size("3m", &v) && v == 3u << 20);
	assert_true(cairn_cli_size("1G", &v) && v == 1u << 30);
	assert_false(cairn_cli_size("", &v));
	assert_false(cairn_cli_size("M", &v));
	assert_false(cairn_cli_size("1T", &v));
	assert_false(cairn_cli_size("1MB", &v));
	assert_false(cairn_cli_size("-1", &v));
	assert_false(cairn_cli_size(" 1", &v));
	assert_false(cairn_cli_size("99999999999999999999", &v));
	assert_false(cairn_cli_size("18446744073709551615G", &v));
}

static void numbers_are_digits_alone(void **state)
{
	uint64_t v;

	assert_true(cairn_cli_number("007", 0, 7, &v) && v == 7);
	assert_false(cairn_cli_number("", 0, 7, &v));
	assert_false(cairn_cli_number("-1", 0, 7, &v));
	assert_false(cairn_cli_number("+1", 0, 7, &v));
	assert_false(cairn_cli_number(" 1", 0, 7, &v));
	assert_false(cairn_cli_number("1x", 0, 7, &v));
	assert_false(cairn_cli_number("8", 0, 7, &v));
	assert_false(cairn_cli_number("99999999999999999999", 0, UINT64_MAX, &v));
}

static void near_names_are_found(void **state)
{
	static const char *const names[] = { "--kernel", "--memory", "--rng", "--net" };

	assert_string_equal(cairn_cli_near("--kernal", names, 4), "--kernel");
	assert_string_equal(cairn_cli_near("--kernle", names, 4), "--kernel");
	assert_string_equal(cairn_cli_near("-kernel", names, 4), "--kernel");
	assert_string_equal(cairn_cli_near("--mem", names, 4), "--memory");
	assert_string_equal(cairn_cli_near("--nett", names, 4), "--net");
	assert_null(cairn_cli_near("--firmware", names, 4));
	assert_null(cairn_cli_near("--", names, 4));
	assert_null(cairn_cli_near("--xyz", names, 4));
	assert_null(cairn_cli_near("--kernelkernelkernelkernelkernelkernel", names, 4));
}

static void help_shows_the_table(void **state)
{
	static const char wanted[] =
	    "Looks\n"
	    "  --owner NAME        who drives it\n"
	    "  --colour red|green  a sentence that is long enough to be broken into two lines\n"
	    "                      of the text\n"
	    "  --doors N           how many\n"
	    "  --bytes SIZE        of its memory\n"
	    "\n"
	    "Parts\n"
	    "  --wheel name=TEXT[,spare][,inches=N]\n"
	    "                      a wheel\n"
	    "                      spare     is not on the road\n"
	    "  --plate name=TEXT[,spare]\n"
	    "                      one wheel is enough\n"
	    "                      spare     is not on the road\n"
	    "  --loud              without a silencer\n"
	    "  --help, -h          print this\n";
	char text[2000];
	struct cairn_writer w;

	cairn_writer_init(&w, text, sizeof(text));
	cairn_cli_help(&table, &w);
	assert_int_equal(w.need, sizeof(wanted) - 1);
	text[w.need] = '\0';
	assert_string_equal(text, wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_arrives),
		cmocka_unit_test(what_is_not_given_keeps_its_default),
		cmocka_unit_test(names_are_held_to_the_table),
		cmocka_unit_test(values_are_held_to_their_kind),
		cmocka_unit_test(keys_are_held_to_theirs),
		cmocka_unit_test(the_reason_is_one_line_however_the_value_looks),
		cmocka_unit_test(stop_counts_wherever_it_stands),
		cmocka_unit_test(sizes_have_units),
		cmocka_unit_test(numbers_are_digits_alone),
		cmocka_unit_test(near_names_are_found),
		cmocka_unit_test(help_shows_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
