/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* wire.h - numbers of the TPM 2.0 Library that commands and responses share. */
#ifndef CAIRN_TPM_WIRE_H
#define CAIRN_TPM_WIRE_H

enum {
	ST_NO_SESSIONS = 0x8001, /* part 2, 6.9 */
	ST_SESSIONS = 0x8002,

	CAP_PCRS = 5, /* part 2, 6.12 */
	CAP_PROPERTIES = 6,

	PCR_SELECT_BYTES = 3, /* of 24 PCRs */
};

#endif
