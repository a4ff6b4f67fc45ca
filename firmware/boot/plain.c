/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "plain.h"

#include <stdint.h>

const char *fw_plain(char *text)
{
	for (char *p = text; *p; p++)
		if ((uint8_t)*p < 0x20 || (uint8_t)*p >= 0x7f)
			*p = '?';
	return text;
}
