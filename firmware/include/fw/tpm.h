/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * tpm.h - a TPM 2.0 behind a command response buffer (TCG PC Client Platform TPM
 * Profile 1.05, 6.5), where ACPI's TPM2 table says that there is one.
 *
 * Commands go to locality 0 and are polled for, each within a limit. A TPM that does not answer is
 * told to cancel; one that does not even do that is not asked again. One thread.
 */
#ifndef FW_TPM_H
#define FW_TPM_H

#include <fw/platform.h>

#define FW_TPM_LIMIT_NS   UINT64_C(10000000000)  /* for a command of the firmware */
#define FW_TPM_PROGRAM_NS UINT64_C(120000000000) /* of a program: it may make keys */
#define FW_TPM_BUFFER_MAX 0xf80u                 /* bytes of a command or response at most */
#define FW_TPM_BUFFER_MIN 512u                   /* with less nothing is measured */

struct fw_tpm {      /* fields may be read */
	uint64_t at; /* of locality 0; 0: not open */
	uint64_t command_at, response_at;
	uint32_t command_bytes, response_bytes;
};

/*
 * fw_tpm_open() - take locality 0 of the TPM that the platform names.
 *
 * Returns 0; -ENODEV: it names none; and with err -ENOTSUP: started in another way (a FIFO, by
 * ACPI), registers or buffers at other places than locality 0's page; -EPROTO: these lie upon
 * memory, are too small, or nothing answers like a CRB; -ETIMEDOUT: the locality is not granted;
 * and as fw_arch_map_device().
 */
CAIRN_MUST_USE int fw_tpm_open(struct fw_tpm *t, const struct fw_platform *p,
			       struct cairn_err *err);

/*
 * fw_tpm_submit() - a command, and its answer.
 *
 * @n: > 0. @cap: room at `answer`
 * Returns 0 with the answer's length as its header says, at least 10; -EINVAL: a command that is
 * longer than the TPM takes; -ENODEV: not open, or given up; -ETIMEDOUT: it did not answer; -EIO:
 * it is in a state of error; -EPROTO: the answer's length cannot be; -ENOSPC: it is longer than
 * cap. What is in `answer` after a failure is undefined.
 */
CAIRN_MUST_USE int fw_tpm_submit(struct fw_tpm *t, const void *command, uint32_t n, void *answer,
				 uint32_t cap, uint64_t limit_ns, uint32_t *ret_n);

/* The locality is given back: an operating system comes next. */
void fw_tpm_close(struct fw_tpm *t);

#endif
