/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* --firmware-vars: the file, who else may have it, what a guest writes there, and how it reads. */
#include "scripted.h"

#include <fcntl.h>

enum { NEW_BYTES = 256 << 10, PATIENCE = FLASH_PATIENCE_READS, MAX_STEPS = 8192 };

static uint8_t image[NEW_BYTES];
static unsigned n_lasting; /* boots at whose end the file had the byte */

static void program(uint64_t off, uint8_t value)
{
	push(cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, LAYOUT_FLASH_AT + off, 1, 0x40));
	push(cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, LAYOUT_FLASH_AT + off, 1, value));
}

static uint64_t read_image(void)
{
	int fd = open("vars", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, image, sizeof(image));
	struct stat st;

	if (fd < 0 || n < 0 || fstat(fd, &st))
		abort();
	close(fd);
	return (uint64_t)st.st_size;
}

/* The first boot programs the flash's first and last byte; the others read. */
static void write_then_read(unsigned n)
{
	if (n == 0) {
		program(0, 0x5a);
		program(NEW_BYTES - 1, 0xa5);
	} else {
		push(cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, LAYOUT_FLASH_AT, 1));
		push(cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, LAYOUT_FLASH_AT + NEW_BYTES - 8, 8));
	}
	if (n < 2)
		push_reset();
	else
		push_power_off();
}

/* While the machine still is: nothing but the programming has brought it there. */
static void look(unsigned n)
{
	static const uint8_t end[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xa5 };
	struct cairn_hv_fake_result first, last;

	n_lasting += read_image() == NEW_BYTES && image[0] == 0x5a && image[1] == 0xff &&
		     image[NEW_BYTES - 1] == 0xa5;
	if (n == 0)
		return;
	if (cairn_hv_fake_result(script.vcpu, 0, &first) ||
	    cairn_hv_fake_result(script.vcpu, 1, &last) || first.data[0] != 0x5a ||
	    memcmp(last.data, end, sizeof(end)) != 0)
		abort();
}

static void what_is_programmed_is_in_the_file_and_lasts(void **state)
{
	struct stat st;

	(void)state;
	script = (struct scripted){ .boot = write_then_read, .closing = look };
	n_lasting = 0;
	assert_int_equal(RUN("--firmware-vars", "vars"), EXIT_POWER_OFF);
	assert_int_equal(script.n_boots, 3);
	assert_int_equal(n_lasting, 3);
	assert_int_equal(stat("vars", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(unlink("vars"), 0);
}

static void no_more(unsigned n)
{
	(void)n;
	push_power_off();
}

static void write_file(uint64_t size)
{
	int fd = open("vars", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	close(fd);
}

static void sizes_that_no_chip_has_are_refused(void **state)
{
	static const uint64_t bad[] = { 1, 32 << 10, 96 << 10, (64 << 10) + 1, 4 << 20 };
	static const uint64_t good[] = { 64 << 10, 2 << 20 };

	(void)state;
	script = (struct scripted){ .boot = no_more };
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(bad); i++) {
		write_file(bad[i]);
		assert_int_equal(RUN("--firmware-vars", "vars"), EXIT_BAD_FILE);
		assert_int_equal(read_image(), bad[i]);
	}
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(good); i++) {
		write_file(good[i]);
		assert_int_equal(RUN("--firmware-vars", "vars"), EXIT_POWER_OFF);
		assert_int_equal(read_image(), good[i]);
	}
	assert_int_equal(unlink("vars"), 0);
}

static void an_empty_file_becomes_an_erased_chip(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = no_more };
	write_file(0);
	assert_int_equal(RUN("--firmware-vars", "vars"), EXIT_POWER_OFF);
	assert_int_equal(read_image(), NEW_BYTES);
	for (size_t i = 0; i < NEW_BYTES; i++)
		assert_int_equal(image[i], 0xff);
	assert_int_equal(unlink("vars"), 0);
}

static void a_second_user_is_refused(void **state)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd;

	(void)state;
	script = (struct scripted){ .boot = no_more };
	write_file(NEW_BYTES);
	fd = open("vars", O_RDWR | O_CLOEXEC);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &l), 0);
	assert_int_equal(RUN("--firmware-vars", "vars"), EXIT_BAD_FILE);
	close(fd);
	assert_int_equal(RUN("--firmware-vars", "vars"), EXIT_POWER_OFF);
	assert_int_equal(unlink("vars"), 0);
}

static bool was_locked;

static void look_at_lock(unsigned n)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open("vars", O_RDWR | O_CLOEXEC);

	(void)n;
	was_locked = fcntl(fd, F_OFD_SETLK, &l) != 0;
	close(fd);
}

static void the_file_is_locked_while_the_machine_is(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = no_more, .closing = look_at_lock };
	was_locked = false;
	assert_int_equal(RUN("--firmware-vars", "vars"), EXIT_POWER_OFF);
	assert_true(was_locked);
	look_at_lock(0);
	assert_false(was_locked);
	assert_int_equal(unlink("vars"), 0);
}

static void cut_then_write(unsigned n)
{
	(void)n;
	assert_int_equal(truncate("vars", 0), 0);
	program(0, 1);
	push(cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, LAYOUT_FLASH_AT, 1, 0xff));
	program(0x8000, 1);
	push_power_off();
}

static void a_file_that_is_cut_does_not_end_the_machine(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = cut_then_write };
	assert_int_equal(RUN("--firmware-vars", "vars"), EXIT_POWER_OFF);
	assert_int_equal(read_image(), 0);
	assert_int_equal(unlink("vars"), 0);
}

static void read_nothing(unsigned n)
{
	(void)n;
	push(cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, LAYOUT_FLASH_AT, 1));
	push(cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, LAYOUT_FLASH_AT + NEW_BYTES, 1));
	push_power_off();
}

static uint8_t last_read[2];

static void see_nothing(unsigned n)
{
	struct cairn_hv_fake_result r;

	(void)n;
	for (size_t i = 0; i < 2; i++) {
		if (cairn_hv_fake_result(script.vcpu, i, &r))
			abort();
		last_read[i] = r.data[0];
	}
}

static void there_is_no_flash_without_a_file_nor_behind_its_end(void **state)
{
	(void)state;
	script = (struct scripted){ .boot = read_nothing, .closing = see_nothing };
	assert_int_equal(RUN(), EXIT_POWER_OFF);
	assert_int_equal(last_read[0], 0xff);
	write_file(NEW_BYTES);
	assert_int_equal(RUN("--firmware-vars", "vars"), EXIT_POWER_OFF);
	assert_int_equal(last_read[0], 0);
	assert_int_equal(last_read[1], 0xff);
	assert_int_equal(unlink("vars"), 0);
}

/* What the steps of the last boot came to, and how often memory came and went in it. */
static struct cairn_hv_fake_result results[MAX_STEPS], of_the_other[MAX_STEPS];
static size_t n_results, n_of_the_other, n_came;

static size_t keep(struct cairn_vcpu *v, struct cairn_hv_fake_result *to)
{
	size_t n = 0;

	while (n < MAX_STEPS && cairn_hv_fake_result(v, n, &to[n]) == 0)
		n++;
	return n;
}

static void keep_results(unsigned n)
{
	(void)n;
	n_results = keep(script.vcpu, results);
	n_of_the_other = script.n_others ? keep(script.others[0], of_the_other) : 0;
	n_came = cairn_hv_fake_count(script.vm, CAIRN_HV_FAKE_MEM_DEL);
}

/* A chip whose words say where they are: i at 4 * i. */
static void write_words(void)
{
	int fd = open("vars", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	for (uint32_t i = 0; i < NEW_BYTES / 4; i++)
		cairn_le_store(image + 4 * i, 4, i);
	assert_int_equal(write(fd, image, sizeof(image)), sizeof(image));
	close(fd);
}

static void push_reads(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		push(cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, LAYOUT_FLASH_AT + 4 * i, 4));
}

static void push_write(uint64_t off, uint8_t value)
{
	push(cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, LAYOUT_FLASH_AT + off, 1, value));
}

static uint64_t result(size_t i)
{
	return cairn_le_load(results[i].data, 4);
}

/* Reads as of push_reads(), from step `at` on: the right words, from memory or not. */
static void assert_reads(size_t at, unsigned n, bool are_memory)
{
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(result(at + i), i);
		assert_int_equal(results[at + i].is_memory, are_memory);
	}
}

static enum exit_code run_reads(void (*boot)(unsigned n), void (*hook)(struct cairn_hv_ops *ops))
{
	enum exit_code code;

	write_words();
	script = (struct scripted){ .boot = boot, .closing = keep_results, .hook_ops = hook };
	code = RUN("--firmware-vars", "vars");
	assert_int_equal(unlink("vars"), 0);
	return code;
}

static void read_on(unsigned n)
{
	push_reads(PATIENCE);
	push_reads(PATIENCE);
	if (n == 0)
		push_reset();
	else
		push_power_off();
}

/* In the second machine as in the first. */
static void reads_without_a_write_end_to_leave_the_guest(void **state)
{
	(void)state;
	assert_int_equal(run_reads(read_on, NULL), EXIT_POWER_OFF);
	assert_int_equal(script.n_boots, 2);
	assert_reads(0, PATIENCE, false);
	assert_reads(PATIENCE, PATIENCE, true);
	assert_int_equal(n_came, 1);
}

static void write_between_reads(unsigned n)
{
	(void)n;
	push_reads(PATIENCE);
	push_reads(1);
	push_write(0, 0x98);
	push(cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, LAYOUT_FLASH_AT + 0x10, 1));
	push_write(0, 0xff);
	push_reads(1);
	program(8, 0);
	push_write(0, 0xff);
	push_reads(2);
	push_reads(PATIENCE);
	push_power_off();
}

static void a_write_ends_it_and_what_it_did_is_read(void **state)
{
	const size_t query = PATIENCE + 2, after = query + 2, again = after + 4;

	(void)state;
	assert_int_equal(run_reads(write_between_reads, NULL), EXIT_POWER_OFF);
	assert_reads(PATIENCE, 1, true);
	assert_int_equal(result(query), 'Q');
	assert_reads(after, 1, false);
	assert_reads(again, 2, false);
	assert_int_equal(result(again + 2 + 2), 0); /* programmed */
	assert_false(results[again + PATIENCE - 1].is_memory);
	assert_true(results[again + PATIENCE].is_memory);
	assert_int_equal(result(again + PATIENCE), PATIENCE - 2);
	assert_int_equal(n_came, 2);
}

/* Of the array, and of the status as often as one likes. */
static void read_and_write(unsigned n)
{
	(void)n;
	for (unsigned i = 0; i < 4; i++) {
		push_reads(PATIENCE - 1);
		push_write(0, i == 3 ? 0x70 : 0xff);
	}
	push_reads(2 * PATIENCE);
	push_power_off();
}

static void reads_between_writes_change_nothing(void **state)
{
	(void)state;
	assert_int_equal(run_reads(read_and_write, NULL), EXIT_POWER_OFF);
	for (size_t i = 0; i < n_results; i++)
		assert_false(results[i].is_memory);
	assert_int_equal(result(4 * PATIENCE - 1 + 2 * PATIENCE), 0x80808080);
	assert_int_equal(n_came, 0);
}

static enum cairn_hv_cap missing;

static int cap_but_one(struct cairn_vm *vm, enum cairn_hv_cap cap)
{
	return cap == missing ? 0 : cairn_hv_fake_ops.cap(vm, cap);
}

static void hook_cap(struct cairn_hv_ops *ops)
{
	ops->cap = cap_but_one;
}

static void without_such_slots_each_read_leaves(void **state)
{
	static const enum cairn_hv_cap needed[] = { CAIRN_HV_MEM_READONLY, CAIRN_HV_MEM_LATE };

	(void)state;
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(needed); i++) {
		missing = needed[i];
		assert_int_equal(run_reads(read_on, hook_cap), EXIT_POWER_OFF);
		assert_reads(0, PATIENCE, false);
		assert_reads(PATIENCE, PATIENCE, false);
		assert_int_equal(n_came, 0);
	}
}

static unsigned n_refused;

static int refuse_read_only(struct cairn_vm *vm, const struct cairn_hv_region *r)
{
	if (!(r->flags & CAIRN_HV_READONLY))
		return script_mem_add(vm, r);
	n_refused++;
	return -ENOMEM;
}

static void hook_add(struct cairn_hv_ops *ops)
{
	ops->mem_add = refuse_read_only;
}

static void a_slot_that_is_refused_is_not_asked_for_again(void **state)
{
	(void)state;
	n_refused = 0;
	assert_int_equal(run_reads(read_on, hook_add), EXIT_POWER_OFF);
	assert_reads(0, PATIENCE, false);
	assert_reads(PATIENCE, PATIENCE, false);
	assert_int_equal(n_refused, script.n_boots);
}

static int keep_four_times(struct cairn_vm *vm, const struct cairn_hv_region *r)
{
	return n_refused++ < 4 ? -ENOMEM : cairn_hv_fake_ops.mem_del(vm, r);
}

static void hook_del(struct cairn_hv_ops *ops)
{
	ops->mem_del = keep_four_times;
}

/* Both cycles of a command; the second alone is none. */
static void program_and_look(unsigned n)
{
	push_reads(PATIENCE);
	for (unsigned i = 0; i < 2; i++) {
		push_write(0x10, i ? 0 : 0x40);
		push(cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, LAYOUT_FLASH_AT + 0x10, 4));
	}
	if (n == 0)
		push_reset();
	else
		push_power_off();
}

static unsigned count_lines(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[4096];
	ssize_t len = read(fd, text, sizeof(text));
	unsigned n = 0;

	for (ssize_t i = 0; i < len; i++)
		n += text[i] == '\n';
	close(fd);
	return n;
}

/*
 * In the first machine the slot stays for both writes and the end, in the second for the first
 * write: a chip that had taken it would be programmed by the other. It is said once.
 */
static void a_slot_that_stays_loses_the_write(void **state)
{
	enum exit_code code;
	int saved = hide_errors();

	(void)state;
	n_refused = 0;
	code = run_reads(program_and_look, hook_del);
	show_errors(saved);
	assert_int_equal(code, EXIT_POWER_OFF);
	assert_true(results[PATIENCE + 1].is_memory);
	assert_int_equal(result(PATIENCE + 1), 4);
	assert_false(results[PATIENCE + 3].is_memory);
	assert_int_equal(result(PATIENCE + 3), 4);
	assert_int_equal(n_refused, 5);
	assert_int_equal(n_came, 1);
	assert_int_equal(count_lines("out"), 1);
}

static int add_and_cut(struct cairn_vm *vm, const struct cairn_hv_region *r)
{
	if (r->flags & CAIRN_HV_READONLY && truncate("vars", 0))
		abort();
	return script_mem_add(vm, r);
}

static void hook_cut(struct cairn_hv_ops *ops)
{
	ops->mem_add = add_and_cut;
}

static void read_once_more(unsigned n)
{
	(void)n;
	push_reads(PATIENCE);
	push_reads(PATIENCE);
	push_power_off();
}

/* Pages of the file would be gone. A real hypervisor ends a vCPU that reads such a page. */
static void a_file_that_is_cut_is_read_on(void **state)
{
	(void)state;
	assert_int_equal(run_reads(read_once_more, hook_cut), EXIT_POWER_OFF);
	assert_reads(PATIENCE, PATIENCE, true);
}

enum { ROUNDS = 12, OTHERS_READS = 6000 };

static void write_beside_reads(unsigned n)
{
	(void)n;
	for (unsigned i = 0; i < ROUNDS; i++) {
		push_reads(PATIENCE);
		push_write(0, 0x70);
		push_reads(1);
		push_write(0, 0xff);
	}
	push_power_off();
	push_to_the_other();
	for (unsigned i = 0; i < OTHERS_READS; i++)
		push(cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, LAYOUT_FLASH_AT + 4 * i, 4));
	push_to_the_other();
}

/* The one sees its own mode at once, the other one of the two. */
static void two_processors_read_and_write(void **state)
{
	(void)state;
	write_words();
	script = (struct scripted){ .boot = write_beside_reads, .closing = keep_results };
	assert_int_equal(RUN("--firmware-vars", "vars", "--cpus", "2"), EXIT_POWER_OFF);
	assert_int_equal(unlink("vars"), 0);
	for (unsigned i = 0; i < ROUNDS; i++) {
		for (unsigned k = 0; k < PATIENCE; k++)
			assert_int_equal(result(i * (PATIENCE + 3) + k), k);
		assert_int_equal(result(i * (PATIENCE + 3) + PATIENCE + 1), 0x80808080);
	}
	for (size_t i = 0; i < cairn_min_u64(n_of_the_other, OTHERS_READS); i++) {
		uint64_t word = cairn_le_load(of_the_other[i].data, 4);

		assert_true(word == i || (word == 0x80808080 && !of_the_other[i].is_memory));
	}
	assert_in_range(n_came, ROUNDS, ROUNDS + 1); /* the other may read on behind the last */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_programmed_is_in_the_file_and_lasts),
		cmocka_unit_test(sizes_that_no_chip_has_are_refused),
		cmocka_unit_test(an_empty_file_becomes_an_erased_chip),
		cmocka_unit_test(a_second_user_is_refused),
		cmocka_unit_test(the_file_is_locked_while_the_machine_is),
		cmocka_unit_test(a_file_that_is_cut_does_not_end_the_machine),
		cmocka_unit_test(there_is_no_flash_without_a_file_nor_behind_its_end),
		cmocka_unit_test(reads_without_a_write_end_to_leave_the_guest),
		cmocka_unit_test(a_write_ends_it_and_what_it_did_is_read),
		cmocka_unit_test(reads_between_writes_change_nothing),
		cmocka_unit_test(without_such_slots_each_read_leaves),
		cmocka_unit_test(a_slot_that_is_refused_is_not_asked_for_again),
		cmocka_unit_test(a_slot_that_stays_loses_the_write),
		cmocka_unit_test(a_file_that_is_cut_is_read_on),
		cmocka_unit_test(two_processors_read_and_write),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
