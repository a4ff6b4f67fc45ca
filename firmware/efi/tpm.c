/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "tpm.h"

#include <fw/clock.h>
#include <fw/console.h>

enum { /* warnings that ask to come again: TPM 2.0 Library, part 2, 6.6.3 */
       RC_YIELDED = 0x908,
       RC_TESTING = 0x90a,
       RC_RETRY = 0x922,
       RETRIES = 100,
       PLATFORM_PCRS = 8, /* that are capped */
       STATIC_PCRS = 16,  /* zero until somebody extends them */
};
#define RETRY_NS UINT64_C(20000000)

struct efi_tpm efi_tpm;

static uint8_t command[CAIRN_TPM_COMMAND_MAX], answer[FW_TPM_BUFFER_MAX];
static bool was_started; /* by a firmware before, or by who made it */

/* The n bytes of `command`. Returns 0 also where the TPM refused: ret->rc says so. */
static int submit(size_t n, struct cairn_tpm_response *ret)
{
	for (uint32_t i = 0;; i++) {
		uint32_t got;
		int r = fw_tpm_submit(&efi_tpm.device, command, (uint32_t)n, answer, sizeof(answer),
				      FW_TPM_LIMIT_NS, &got);

		if (r == 0)
			r = cairn_tpm_parse(answer, got, ret);
		if (r < 0)
			return r;
		if (i == RETRIES ||
		    (ret->rc != RC_RETRY && ret->rc != RC_YIELDED && ret->rc != RC_TESTING))
			return 0;
		fw_clock_stall_ns(RETRY_NS);
	}
}

/* A refusal is an error as well. */
static int ask(size_t n, struct cairn_tpm_response *ret, const char *what, struct cairn_err *err)
{
	int r = submit(n, ret);

	if (r < 0)
		return cairn_err_set(err, -r, what, 0);
	return ret->rc ? cairn_err_set(err, EIO, what, ret->rc) : 0;
}

static int start(struct cairn_err *err)
{
	struct cairn_tpm_response r = { 0 };
	int ret = submit(cairn_tpm_startup(command), &r);

	was_started = ret == 0 && r.rc == CAIRN_TPM_RC_INITIALIZE;
	if (ret < 0)
		return cairn_err_set(err, -ret, "it does not start", 0);
	if (r.rc && r.rc != CAIRN_TPM_RC_INITIALIZE)
		return cairn_err_set(err, EIO, "it does not start", r.rc);
	return 0;
}

static int read_banks(struct cairn_err *err)
{
	struct cairn_tpm_banks *b = &efi_tpm.banks;
	struct cairn_tpm_response r = { 0 };
	int ret = ask(cairn_tpm_get_banks(command), &r, "it does not say its banks", err);

	if (ret == 0 && cairn_tpm_banks(&r, b) < 0)
		ret = cairn_err_set(err, EPROTO, "it does not say its banks", 0);
	if (ret == 0 && b->has_unknown)
		ret = cairn_err_set(err, ENOTSUP, "a bank of an unknown hash is active", 0);
	if (ret == 0 && !b->active)
		ret = cairn_err_set(err, ENOTSUP, "no bank is active", 0);
	return ret;
}

static int read_property(enum cairn_tpm_property which, uint32_t *ret_value, struct cairn_err *err)
{
	struct cairn_tpm_response r = { 0 };
	int ret =
	    ask(cairn_tpm_get_property(command, which), &r, "it does not say what it is", err);

	if (ret == 0 && cairn_tpm_property(&r, which, ret_value) < 0)
		ret = cairn_err_set(err, EPROTO, "it does not say what it is", which);
	return ret;
}

static int read_properties(struct cairn_err *err)
{
	int ret = read_property(CAIRN_TPM_MANUFACTURER, &efi_tpm.manufacturer, err);

	if (ret == 0)
		ret = read_property(CAIRN_TPM_MAX_COMMAND, &efi_tpm.max_command, err);
	return ret == 0 ? read_property(CAIRN_TPM_MAX_RESPONSE, &efi_tpm.max_response, err) : ret;
}

/* What was extended before is in the log, or nothing that is measured now can be told from it. */
static int check_pcr(enum cairn_hash_kind kind, uint32_t pcr, struct cairn_err *err)
{
	uint8_t is[CAIRN_HASH_BYTES_MAX], must[CAIRN_HASH_BYTES_MAX];
	struct cairn_tpm_response r = { 0 };
	int ret = ask(cairn_tpm_pcr_read(command, kind, pcr), &r, "a PCR cannot be read", err);

	if (ret == 0 && cairn_tpm_pcr_value(&r, kind, is) < 0)
		ret = cairn_err_set(err, EPROTO, "a PCR cannot be read", pcr);
	if (ret < 0)
		return ret;
	cairn_tpm_log_replay(efi_log(), kind, pcr, must);
	if (memcmp(is, must, cairn_hash_size(kind)) != 0)
		return cairn_err_set(err, EPROTO, "a PCR has what no log tells", pcr);
	return 0;
}

static int check_pcrs(struct cairn_err *err)
{
	for (uint32_t i = 0; i < CAIRN_TPM_KINDS; i++) {
		if (!(efi_tpm.banks.active & 1u << i))
			continue;
		for (uint32_t pcr = 0; pcr < STATIC_PCRS; pcr++) {
			int ret = check_pcr((enum cairn_hash_kind)i, pcr, err);

			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

static bool nobody_measured(void)
{
	struct cairn_tpm_event e;
	size_t at = 0;

	return !cairn_tpm_log_next(efi_log(), &at, &e);
}

/*
 * The platform's hierarchy is nobody's after this firmware (profile, 3.3.3): it gets a password
 * that nobody knows. A firmware that measured before this one did that already, and one that only
 * started the TPM may have: then it is refused.
 */
static int close_platform(struct cairn_err *err)
{
	static uint8_t auth[CAIRN_TPM_AUTH_MAX];
	struct cairn_tpm_response r = { 0 };
	size_t n = 0;
	int ret;

	if (!efi_tpm.is_first)
		return 0;
	ret = ask(cairn_tpm_get_random(command, sizeof(auth)), &r, "it has no random bytes", err);
	if (ret == 0 && cairn_tpm_random(&r, auth, sizeof(auth), &n) < 0)
		ret = cairn_err_set(err, EPROTO, "it has no random bytes", 0);
	if (ret == 0) {
		ret = submit(cairn_tpm_set_platform_auth(command, auth, n), &r);
		if (ret < 0 || (r.rc && !was_started))
			ret = cairn_err_set(err, EIO, "its platform hierarchy stays open", r.rc);
	}
	memset(auth, 0, sizeof(auth));
	memset(command, 0, sizeof(command));
	return ret;
}

/*
 * The TPM hashes by itself, so that every bank has it, those of unknown hashes too. One that did
 * not start would be started by the operating system, with PCRs as good as new.
 */
static void cap(void)
{
	static const uint8_t error[4] = { 1, 0, 0, 0 };
	struct cairn_tpm_response r;
	int ret = submit(cairn_tpm_startup(command), &r);

	(void)ret; /* what follows shows whether it can be asked anything */
	for (uint32_t pcr = 0; pcr < PLATFORM_PCRS; pcr++) {
		if (submit(cairn_tpm_pcr_event(command, pcr, error, sizeof(error)), &r) < 0)
			return;
	}
}

void efi_tpm_give_up(const char *why, uint64_t value)
{
	fw_print("TPM: nothing is measured: %s (%lx)\n", why, value);
	efi_tpm.is_on = false;
	efi_tcg2_uninstall();
	efi_log_drop();
	cap();
	fw_tpm_close(&efi_tpm.device);
}

static int init(struct cairn_err *err)
{
	int ret = start(err);

	if (ret == 0)
		ret = read_banks(err);
	if (ret == 0)
		ret = read_properties(err);
	if (ret == 0)
		ret = efi_log_init(efi_tpm.banks.active, err);
	if (ret == 0)
		ret = check_pcrs(err);
	efi_tpm.is_first = ret == 0 && nobody_measured();
	if (ret == 0)
		ret = close_platform(err);
	if (ret == 0 && EFI_ERROR(efi_tcg2_install()))
		ret = cairn_err_set(err, ENOMEM, "no memory for its protocol", 0);
	return ret;
}

static void say_banks(void)
{
	static const char *const names[CAIRN_TPM_KINDS] = {
		[CAIRN_SHA1] = "SHA-1",
		[CAIRN_SHA256] = "SHA-256",
		[CAIRN_SHA384] = "SHA-384",
		[CAIRN_SHA512] = "SHA-512",
	};

	fw_print("TPM: measured with");
	for (uint32_t i = 0; i < CAIRN_TPM_KINDS; i++)
		if (efi_tpm.banks.active & 1u << i)
			fw_print(" %s", names[i]);
	fw_print("%s\n", efi_tpm.is_first ? "" : ", as the firmware before did");
}

void efi_tpm_init(void)
{
	struct cairn_err err = { 0 };
	int ret;

	efi_tpm = (struct efi_tpm){ 0 };
	ret = fw_tpm_open(&efi_tpm.device, &fw_platform, &err);
	if (ret == -ENODEV)
		return;
	if (ret < 0) {
		fw_print("TPM: cannot be used: %s (%lx)\n", err.what, err.at);
		return;
	}
	if (init(&err) < 0) {
		efi_tpm_give_up(err.what, err.at);
		return;
	}
	efi_tpm.is_on = true;
	say_banks();
}

EFI_STATUS efi_tpm_extend(uint32_t pcr, const struct cairn_tpm_digests *d)
{
	struct cairn_tpm_response r = { 0 };
	struct cairn_err err = { 0 };

	if (!efi_tpm.is_on)
		return EFI_NOT_READY;
	if (ask(cairn_tpm_pcr_extend(command, pcr, d), &r, "a PCR cannot be extended", &err) == 0)
		return EFI_SUCCESS;
	efi_tpm_give_up(err.what, err.at);
	return EFI_DEVICE_ERROR;
}

EFI_STATUS efi_tpm_measure(uint32_t pcr, uint32_t type, const struct cairn_tpm_digests *d,
			   const void *event, UINTN n)
{
	EFI_STATUS status = efi_tpm_extend(pcr, d);

	return EFI_ERROR(status) ? status : efi_log_append(pcr, type, d, event, n);
}
