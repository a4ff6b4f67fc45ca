/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Each rule of the parser, and what must be accepted although it is unusual. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cairn/vhost_user.h>

#include <string.h>

static uint8_t body[CAIRN_VHOST_USER_MAX_BODY];
static struct cairn_vhost_user_msg msg;

static int parse(uint32_t request, uint32_t size, unsigned int n_fds)
{
	struct cairn_vhost_user_header h = { request, CAIRN_VHOST_USER_VERSION, size };

	memset(&msg, 0x55, sizeof(msg));
	return cairn_vhost_user_parse(&h, body, n_fds, &msg, NULL);
}

static int parse_header(uint32_t flags, uint32_t size, bool is_reply)
{
	struct cairn_vhost_user_header h = { CAIRN_VHOST_USER_SET_OWNER, flags, size }, got;
	uint8_t bytes[sizeof(h)];

	memcpy(bytes, &h, sizeof(h));
	return cairn_vhost_user_parse_header(bytes, is_reply, &got, NULL);
}

static void set_table(uint32_t n, uint64_t gpa, uint64_t len, uint64_t uva, uint64_t offset)
{
	struct cairn_vhost_user_region r = { gpa, len, uva, offset };

	memset(body, 0, sizeof(body));
	memcpy(body, &n, sizeof(n));
	for (uint32_t i = 0; i < n && i < 16; i++)
		memcpy(body + 8 + i * sizeof(r), &r, sizeof(r));
}

static void set_config(uint32_t offset, uint32_t len)
{
	struct cairn_vhost_user_config c = { offset, len, 0 };

	memset(body, 7, sizeof(body));
	memcpy(body, &c, sizeof(c));
}

static void set_word(uint64_t word)
{
	memcpy(body, &word, sizeof(word));
}

static void header_must_be_version_1(void **state)
{
	assert_int_equal(parse_header(1, 0, false), 0);
	assert_int_equal(parse_header(0, 0, false), -EPROTO);
	assert_int_equal(parse_header(2, 0, false), -EPROTO);
	assert_int_equal(parse_header(3, 0, false), -EPROTO);
}

static void header_with_unknown_flags_is_refused(void **state)
{
	assert_int_equal(parse_header(1 | 8, 0, false), 0);
	assert_int_equal(parse_header(1 | 16, 0, false), -EPROTO);
	assert_int_equal(parse_header(1 | 1u << 31, 0, false), -EPROTO);
	assert_int_equal(parse_header(1 | 4 | 8, 0, true), -EPROTO);
}

static void replies_come_from_the_back_end_only(void **state)
{
	assert_int_equal(parse_header(1 | 4, 0, true), 0);
	assert_int_equal(parse_header(1, 0, true), -EPROTO);
	assert_int_equal(parse_header(1 | 4, 0, false), -EPROTO);
}

static void header_of_an_endless_message_is_refused(void **state)
{
	assert_int_equal(parse_header(1, CAIRN_VHOST_USER_MAX_BODY, false), 0);
	assert_int_equal(parse_header(1, CAIRN_VHOST_USER_MAX_BODY + 1, false), -EPROTO);
	assert_int_equal(parse_header(1, UINT32_MAX, false), -EPROTO);
}

static void unknown_requests_are_told_apart(void **state)
{
	assert_int_equal(parse(0, 0, 0), -ENOSYS);
	assert_int_equal(parse(6, 16, 1), -ENOSYS);
	assert_int_equal(parse(35, 8, 0), -ENOSYS);
	assert_int_equal(parse(UINT32_MAX, 0, 0), -ENOSYS);
	assert_string_equal(cairn_vhost_user_name(7), "unknown request");
	assert_string_equal(cairn_vhost_user_name(5), "SET_MEM_TABLE");
}

static void sizes_are_exact(void **state)
{
	assert_int_equal(parse(CAIRN_VHOST_USER_GET_FEATURES, 0, 0), 0);
	assert_int_equal(parse(CAIRN_VHOST_USER_GET_FEATURES, 8, 0), -EPROTO);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_FEATURES, 8, 0), 0);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_FEATURES, 7, 0), -EPROTO);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_FEATURES, 0, 0), -EPROTO);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_VRING_ADDR, 39, 0), -EPROTO);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_VRING_NUM, 9, 0), -EPROTO);
}

static void descriptors_where_none_belong_are_refused(void **state)
{
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_FEATURES, 8, 1), -EPROTO);
	assert_int_equal(parse(CAIRN_VHOST_USER_GET_CONFIG, 20, 1), -EPROTO);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_OWNER, 0, 32), -EPROTO);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_BACKEND_REQ_FD, 0, 1), 0);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_BACKEND_REQ_FD, 0, 0), -EPROTO);
}

static void words_and_states_arrive_as_sent(void **state)
{
	struct cairn_vhost_user_state s = { 3, 256 };
	struct cairn_vhost_user_addr a = { 1, 0, 0x1000, 0x2000, 0x3000, 0 };

	set_word(UINT64_C(0x123456789abcdef0));
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_FEATURES, 8, 0), 0);
	assert_int_equal(msg.request, CAIRN_VHOST_USER_SET_FEATURES);
	assert_true(msg.u64 == UINT64_C(0x123456789abcdef0));
	assert_false(msg.need_reply);
	memcpy(body, &s, sizeof(s));
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_VRING_NUM, 8, 0), 0);
	assert_int_equal(msg.state.index, 3);
	assert_int_equal(msg.state.num, 256);
	memcpy(body, &a, sizeof(a));
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_VRING_ADDR, 40, 0), 0);
	assert_memory_equal(&msg.addr, &a, sizeof(a));
}

static void table_arrives_as_sent(void **state)
{
	set_table(2, 0x100000, 0x200000, 0x7f0000000000, 0x3000);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_MEM_TABLE, 8 + 64, 2), 0);
	assert_int_equal(msg.table.n, 2);
	assert_int_equal(msg.n_fds, 2);
	assert_true(msg.table.regions[1].gpa == 0x100000);
	assert_true(msg.table.regions[1].fd_offset == 0x3000);
	set_table(0, 0, 0, 0, 0);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_MEM_TABLE, 8, 0), 0);
}

static void table_longer_than_its_regions_is_accepted(void **state)
{
	set_table(1, 0, 4096, 0, 0);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_MEM_TABLE, 72, 1), 0);
	assert_int_equal(msg.table.n, 1);
}

static void table_shorter_than_its_regions_is_refused(void **state)
{
	set_table(2, 0, 4096, 0, 0);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_MEM_TABLE, 71, 2), -EPROTO);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_MEM_TABLE, 7, 2), -EPROTO);
}

static void table_of_too_many_regions_is_refused(void **state)
{
	set_table(8, 0, 4096, 0, 0);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_MEM_TABLE, 8 + 8 * 32, 8), 0);
	set_table(9, 0, 4096, 0, 0);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_MEM_TABLE, 8 + 9 * 32, 9), -EPROTO);
	set_table(UINT32_MAX, 0, 4096, 0, 0);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_MEM_TABLE, 4096, 32), -EPROTO);
}

static void table_needs_a_descriptor_for_each_region(void **state)
{
	set_table(2, 0, 4096, 0, 0);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_MEM_TABLE, 72, 1), -EPROTO);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_MEM_TABLE, 72, 3), -EPROTO);
}

static void regions_that_wrap_or_are_empty_are_refused(void **state)
{
	const uint64_t top = UINT64_MAX - 4095;

	set_table(1, 0, 0, 0, 0);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_MEM_TABLE, 40, 1), -EPROTO);
	set_table(1, top, 4096, 0, 0);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_MEM_TABLE, 40, 1), -EPROTO);
	set_table(1, 0, 4096, top, 0);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_MEM_TABLE, 40, 1), -EPROTO);
	set_table(1, 0, 4096, 0, top);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_MEM_TABLE, 40, 1), -EPROTO);
	set_table(1, top - 1, 4096, top - 1, top - 1);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_MEM_TABLE, 40, 1), 0);
}

static void single_regions_are_checked_too(void **state)
{
	set_table(1, 0x1000, 0x2000, 0x3000, 0x4000);
	assert_int_equal(parse(CAIRN_VHOST_USER_ADD_MEM_REG, 40, 1), 0);
	assert_true(msg.region.uva == 0x3000);
	assert_int_equal(parse(CAIRN_VHOST_USER_ADD_MEM_REG, 40, 0), -EPROTO);
	assert_int_equal(parse(CAIRN_VHOST_USER_ADD_MEM_REG, 40, 2), -EPROTO);
	assert_int_equal(parse(CAIRN_VHOST_USER_REM_MEM_REG, 40, 0), 0);
	assert_int_equal(parse(CAIRN_VHOST_USER_REM_MEM_REG, 40, 1), 0);
	assert_int_equal(parse(CAIRN_VHOST_USER_REM_MEM_REG, 40, 2), -EPROTO);
	assert_int_equal(parse(CAIRN_VHOST_USER_ADD_MEM_REG, 32, 1), -EPROTO);
	set_table(1, UINT64_MAX, 0x2000, 0x3000, 0x4000);
	assert_int_equal(parse(CAIRN_VHOST_USER_ADD_MEM_REG, 40, 1), -EPROTO);
}

static void ring_descriptor_comes_exactly_when_announced(void **state)
{
	set_word(5);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_VRING_KICK, 8, 1), 0);
	assert_int_equal(msg.ring_fd.index, 5);
	assert_true(msg.ring_fd.has_fd);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_VRING_KICK, 8, 0), -EPROTO);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_VRING_CALL, 8, 2), -EPROTO);
	set_word(5 | CAIRN_VHOST_USER_NO_FD);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_VRING_ERR, 8, 0), 0);
	assert_false(msg.ring_fd.has_fd);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_VRING_ERR, 8, 1), -EPROTO);
	set_word(5 | 1u << 9);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_VRING_CALL, 8, 1), -EPROTO);
}

static void config_requests_of_any_length_are_accepted(void **state)
{
	const uint32_t lens[] = { 1, 8, 57, 256 };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(lens); i++) {
		set_config(0, lens[i]);
		assert_int_equal(parse(CAIRN_VHOST_USER_GET_CONFIG, 12, 0), 0);
		assert_int_equal(parse(CAIRN_VHOST_USER_GET_CONFIG, 12 + lens[i], 0), 0);
		assert_int_equal(msg.config.len_bytes, lens[i]);
		assert_int_equal(parse(CAIRN_VHOST_USER_SET_CONFIG, 12 + lens[i], 0), 0);
		assert_int_equal(msg.config.bytes[lens[i] - 1], 7);
	}
}

static void config_beyond_its_space_is_refused(void **state)
{
	set_config(0, 257);
	assert_int_equal(parse(CAIRN_VHOST_USER_GET_CONFIG, 12 + 257, 0), -EPROTO);
	set_config(1, 256);
	assert_int_equal(parse(CAIRN_VHOST_USER_GET_CONFIG, 12 + 256, 0), -EPROTO);
	set_config(UINT32_MAX, 2);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_CONFIG, 14, 0), -EPROTO);
	set_config(0, 0);
	assert_int_equal(parse(CAIRN_VHOST_USER_GET_CONFIG, 12, 0), -EPROTO);
	set_config(0, 8);
	assert_int_equal(parse(CAIRN_VHOST_USER_SET_CONFIG, 19, 0), -EPROTO);
	assert_int_equal(parse(CAIRN_VHOST_USER_GET_CONFIG, 11, 0), -EPROTO);
}

static void protocol_bits_have_the_numbers_of_the_standard(void **state)
{
	assert_int_equal(CAIRN_VHOST_USER_P_MQ, 0);
	assert_int_equal(CAIRN_VHOST_USER_P_REPLY_ACK, 3);
	assert_int_equal(CAIRN_VHOST_USER_P_CONFIG, 9);
	assert_int_equal(CAIRN_VHOST_USER_P_INFLIGHT_SHMFD, 12);
	assert_int_equal(CAIRN_VHOST_USER_P_RESET_DEVICE, 13);
	assert_int_equal(CAIRN_VHOST_USER_P_CONFIGURE_MEM_SLOTS, 15);
	assert_int_equal(CAIRN_VHOST_USER_P_STATUS, 16);
	assert_int_equal(CAIRN_VHOST_USER_P_DEVICE_STATE, 19);
}

static void requests_with_replies_are_known(void **state)
{
	assert_true(cairn_vhost_user_has_reply(CAIRN_VHOST_USER_GET_VRING_BASE));
	assert_true(cairn_vhost_user_has_reply(CAIRN_VHOST_USER_GET_CONFIG));
	assert_false(cairn_vhost_user_has_reply(CAIRN_VHOST_USER_SET_CONFIG));
	assert_false(cairn_vhost_user_has_reply(99));
}

static void readme_example_works(void **state)
{
	struct cairn_vhost_user_header h;
	struct cairn_vhost_user_msg m;
	struct cairn_err err;
	const struct cairn_vhost_user_header sent = { CAIRN_VHOST_USER_SET_VRING_NUM,
						      CAIRN_VHOST_USER_VERSION, 8 };
	const struct cairn_vhost_user_state num = { .index = 0, .num = 128 };
	uint8_t bytes[CAIRN_VHOST_USER_HEADER_BYTES + sizeof(num)];

	memcpy(bytes, &sent, sizeof(sent));
	memcpy(bytes + sizeof(sent), &num, sizeof(num));

	assert_int_equal(cairn_vhost_user_parse_header(bytes, false, &h, &err), 0);
	assert_int_equal(cairn_vhost_user_parse(&h, bytes + sizeof(h), 0, &m, &err), 0);
	assert_int_equal(m.state.num, 128);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_must_be_version_1),
		cmocka_unit_test(header_with_unknown_flags_is_refused),
		cmocka_unit_test(replies_come_from_the_back_end_only),
		cmocka_unit_test(header_of_an_endless_message_is_refused),
		cmocka_unit_test(unknown_requests_are_told_apart),
		cmocka_unit_test(sizes_are_exact),
		cmocka_unit_test(descriptors_where_none_belong_are_refused),
		cmocka_unit_test(words_and_states_arrive_as_sent),
		cmocka_unit_test(table_arrives_as_sent),
		cmocka_unit_test(table_longer_than_its_regions_is_accepted),
		cmocka_unit_test(table_shorter_than_its_regions_is_refused),
		cmocka_unit_test(table_of_too_many_regions_is_refused),
		cmocka_unit_test(table_needs_a_descriptor_for_each_region),
		cmocka_unit_test(regions_that_wrap_or_are_empty_are_refused),
		cmocka_unit_test(single_regions_are_checked_too),
		cmocka_unit_test(ring_descriptor_comes_exactly_when_announced),
		cmocka_unit_test(config_requests_of_any_length_are_accepted),
		cmocka_unit_test(config_beyond_its_space_is_refused),
		cmocka_unit_test(protocol_bits_have_the_numbers_of_the_standard),
		cmocka_unit_test(requests_with_replies_are_known),
		cmocka_unit_test(readme_example_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
