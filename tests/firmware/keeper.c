/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * An EFI program that counts its starts in a non-volatile variable: it says which one it is as soon
 * as the variable is set, and waits to be killed; at the third it powers off. Of EFI's tables it
 * knows what it uses (UEFI 2.10, 4.3, 4.5, 12.4).
 */
#include <stdint.h>

typedef uint64_t status; /* long is of 32 bits here */

struct text_out {
	void *reset;
	status (*output_string)(struct text_out *out, const uint16_t *text);
};

struct runtime_services {
	uint8_t header_and_time[0x48];
	status (*get_variable)(const uint16_t *name, const void *guid, uint32_t *attributes,
			       uint64_t *size, void *data);
	void *get_next_variable_name;
	status (*set_variable)(const uint16_t *name, const void *guid, uint32_t attributes,
			       uint64_t size, const void *data);
	void *get_next_high_count;
	void (*reset_system)(int how, status why, uint64_t size, const void *data);
};

struct system_table {
	uint8_t header_and_input[0x40];
	struct text_out *out;
	void *error_handle, *error;
	struct runtime_services *runtime;
};

enum { ENDURING = 1 | 2 | 4, SHUTDOWN = 2, LAST = 3 };

status efi_main(void *image, struct system_table *system);

status efi_main(void *image, struct system_table *system)
{
	static const uint8_t guid[16] = { 0x51, 0x3c, 0x8a, 0x2f, 0x7e, 0x9d, 6, 0x4b, 0xa1 };
	static const uint16_t name[] = { 'S', 't', 'a', 'r', 't', 's', 0 };
	uint16_t text[] = { 'k', 'e', 'p', 't', ' ', '0', '\r', '\n', 0 };
	uint64_t size = 1;
	uint8_t starts = 0;
	status s;

	(void)image;
	if (system->runtime->get_variable(name, guid, 0, &size, &starts))
		starts = 0; /* none yet; any other failure is one to set it too */
	starts++;
	s = system->runtime->set_variable(name, guid, ENDURING, sizeof(starts), &starts);
	if (s)
		return s;
	text[5] = (uint16_t)('0' + starts);
	system->out->output_string(system->out, text);
	if (starts >= LAST)
		system->runtime->reset_system(SHUTDOWN, 0, 0, 0);
	for (;;)
		__asm__ volatile("");
}
