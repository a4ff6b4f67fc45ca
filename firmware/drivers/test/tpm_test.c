/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* A TPM behind a command response buffer: found, asked, and given up in time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <cairn/le.h>
#include <fw/tpm.h>

#include "arch_test.h"
#include "fake_tpm.h"

static struct fake_tpm fake;
static struct fw_tpm tpm;
static struct cairn_err err;
static uint8_t command[CAIRN_TPM_COMMAND_MAX], answer[256];

static int start(void **state)
{
	memset(&fw_platform, 0, sizeof(fw_platform));
	fake_tpm_open(&fake, &fw_platform);
	return 0;
}

static void opened(void)
{
	assert_int_equal(fw_tpm_open(&tpm, &fw_platform, &err), 0);
}

static int submit(uint32_t n, uint32_t *ret_n)
{
	return fw_tpm_submit(&tpm, command, n, answer, sizeof(answer), FW_TPM_LIMIT_NS, ret_n);
}

/* Asks for the banks: an answer with a body. */
static int ask(void)
{
	struct cairn_tpm_response r;
	uint32_t n = 0;
	int ret = submit((uint32_t)cairn_tpm_get_banks(command), &n);

	if (ret == 0)
		assert_int_equal(cairn_tpm_parse(answer, n, &r), 0);
	return ret;
}

static void commands_are_answered(void **state)
{
	uint32_t n = 0;

	opened();
	assert_int_equal(submit((uint32_t)cairn_tpm_startup(command), &n), 0);
	assert_int_equal(n, 10);
	assert_int_equal(submit((uint32_t)cairn_tpm_get_banks(command), &n), 0);
	assert_int_equal(n, 10 + 9 + 4 * 6);
	assert_false(fake.is_ready); /* idle in between */
	fw_tpm_close(&tpm);
	assert_false(fake.is_granted);
	assert_int_equal(ask(), -ENODEV);
	fw_tpm_close(&tpm);
}

static void nothing_is_touched_without_a_table(void **state)
{
	test_mmio_read = NULL; /* aborts */
	fw_platform.tpm.method = 0;
	assert_int_equal(fw_tpm_open(&tpm, &fw_platform, &err), -ENODEV);
	assert_int_equal(ask(), -ENODEV);
	fw_platform.tpm.method = 6;
	assert_int_equal(fw_tpm_open(&tpm, &fw_platform, &err), -ENOTSUP);
	fw_platform.tpm.method = 7;
	fw_platform.tpm.control_at = FAKE_TPM_AT;
	assert_int_equal(fw_tpm_open(&tpm, &fw_platform, &err), -ENOTSUP);
}

static void registers_upon_memory_are_refused(void **state)
{
	assert_int_equal(
	    fw_memory_describe(&fw_platform.memory, FAKE_TPM_AT, 4096, FW_MEM_FREE, FW_MEM_ATTR_WB),
	    0);
	assert_int_equal(fw_tpm_open(&tpm, &fw_platform, &err), -EPROTO);
	assert_int_equal(fake.page[0x0c], 0);
}

static int map_fails(uint64_t at, uint64_t len)
{
	return -ENOMEM;
}

static void what_cannot_be_mapped_is_not_used(void **state)
{
	test_map_device = map_fails;
	assert_int_equal(fw_tpm_open(&tpm, &fw_platform, &err), -ENOMEM);
	test_map_device = NULL;
}

static void other_interfaces_are_refused(void **state)
{
	fake.page[0x30] = 0; /* FIFO */
	assert_int_equal(fw_tpm_open(&tpm, &fw_platform, &err), -EPROTO);
	memset(fake.page, 0xff, sizeof(fake.page)); /* nobody there */
	assert_int_equal(fw_tpm_open(&tpm, &fw_platform, &err), -EPROTO);
	assert_int_equal(ask(), -ENODEV);
}

static void buffers_elsewhere_are_refused(void **state)
{
	cairn_le_store(fake.page + 0x5c, 4, 0x1000);
	assert_int_equal(fw_tpm_open(&tpm, &fw_platform, &err), -ENOTSUP);
	fake_tpm_open(&fake, &fw_platform);
	cairn_le_store(fake.page + 0x60, 4, 1); /* 4 GiB higher */
	assert_int_equal(fw_tpm_open(&tpm, &fw_platform, &err), -ENOTSUP);
	fake_tpm_open(&fake, &fw_platform);
	cairn_le_store(fake.page + 0x68, 4, FAKE_TPM_AT + 0x7c); /* upon registers */
	assert_int_equal(fw_tpm_open(&tpm, &fw_platform, &err), -ENOTSUP);
	fake_tpm_open(&fake, &fw_platform);
	cairn_le_store(fake.page + 0x64, 4, 0xf81); /* beyond the page */
	assert_int_equal(fw_tpm_open(&tpm, &fw_platform, &err), -ENOTSUP);
	fake_tpm_open(&fake, &fw_platform);
	cairn_le_store(fake.page + 0x58, 4, 511);
	assert_int_equal(fw_tpm_open(&tpm, &fw_platform, &err), -EPROTO);
}

static void locality_that_is_not_granted_is_a_time_limit(void **state)
{
	fake.never_granted = true;
	assert_int_equal(fw_tpm_open(&tpm, &fw_platform, &err), -ETIMEDOUT);
	assert_int_equal(ask(), -ENODEV);
}

static void tpm_that_does_not_get_ready_is_given_up(void **state)
{
	opened();
	fake.never_ready = true;
	assert_int_equal(ask(), -ETIMEDOUT);
	assert_int_equal(fake.n_commands, 0);
	assert_int_equal(ask(), -ENODEV);
}

static void command_that_hangs_is_cancelled(void **state)
{
	opened();
	fake.is_started = true;
	fake.fault = FAKE_TPM_HANGS;
	fake.on = FAKE_TPM_ANY;
	assert_int_equal(ask(), -ETIMEDOUT);
	fake.fault = FAKE_TPM_WELL;
	assert_int_equal(ask(), 0);
}

static void tpm_that_does_not_even_cancel_is_given_up(void **state)
{
	opened();
	fake.fault = FAKE_TPM_IS_GONE;
	fake.on = FAKE_TPM_ANY;
	assert_int_equal(ask(), -ETIMEDOUT);
	assert_int_equal(ask(), -ENODEV);
	assert_int_equal(fake.n_commands, 1);
}

static void state_of_error_is_one(void **state)
{
	opened();
	fake.fault = FAKE_TPM_FATAL;
	fake.on = FAKE_TPM_ANY;
	assert_int_equal(ask(), -EIO);
}

static void lengths_that_cannot_be_are_refused(void **state)
{
	opened();
	fake.on = FAKE_TPM_ANY;
	fake.fault = FAKE_TPM_SAYS_LESS;
	assert_int_equal(ask(), -EPROTO);
	fake.fault = FAKE_TPM_SAYS_MORE;
	assert_int_equal(ask(), -EPROTO);
}

static void answer_that_does_not_fit_is_said(void **state)
{
	uint32_t n = 99, len = (uint32_t)cairn_tpm_get_banks(command);

	opened();
	fake.is_started = true;
	assert_int_equal(fw_tpm_submit(&tpm, command, len, answer, 42, FW_TPM_LIMIT_NS, &n),
			 -ENOSPC);
	assert_int_equal(n, 99);
	assert_int_equal(fw_tpm_submit(&tpm, command, len, answer, 43, FW_TPM_LIMIT_NS, &n), 0);
	assert_int_equal(fw_tpm_submit(&tpm, command, len, answer, 9, FW_TPM_LIMIT_NS, &n),
			 -EINVAL);
}

static void command_that_does_not_fit_is_refused(void **state)
{
	static uint8_t large[FW_TPM_BUFFER_MAX + 1];
	uint32_t n;

	opened();
	assert_int_equal(
	    fw_tpm_submit(&tpm, large, sizeof(large), answer, sizeof(answer), FW_TPM_LIMIT_NS, &n),
	    -EINVAL);
	assert_int_equal(fake.n_commands, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(commands_are_answered, start),
		cmocka_unit_test_setup(nothing_is_touched_without_a_table, start),
		cmocka_unit_test_setup(registers_upon_memory_are_refused, start),
		cmocka_unit_test_setup(what_cannot_be_mapped_is_not_used, start),
		cmocka_unit_test_setup(other_interfaces_are_refused, start),
		cmocka_unit_test_setup(buffers_elsewhere_are_refused, start),
		cmocka_unit_test_setup(locality_that_is_not_granted_is_a_time_limit, start),
		cmocka_unit_test_setup(tpm_that_does_not_get_ready_is_given_up, start),
		cmocka_unit_test_setup(command_that_hangs_is_cancelled, start),
		cmocka_unit_test_setup(tpm_that_does_not_even_cancel_is_given_up, start),
		cmocka_unit_test_setup(state_of_error_is_one, start),
		cmocka_unit_test_setup(lengths_that_cannot_be_are_refused, start),
		cmocka_unit_test_setup(answer_that_does_not_fit_is_said, start),
		cmocka_unit_test_setup(command_that_does_not_fit_is_refused, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
