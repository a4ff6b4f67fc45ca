/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What has no table to name it: the command line's devices, and structures at places known of old.
 */
#include <cairn/le.h>
#include <fw/arch.h>

#include "handover.h"

enum {
	BIOS_AT = 0xe0000,
	BIOS_END = 0x100000,
	SMBIOS_AT = 0xf0000,
	STEP = 16,
	SMBIOS_BYTES_MAX = 0x20,
	IRQS_MAX = 1024,
};

static uint64_t digit(char c)
{
	if (c >= '0' && c <= '9')
		return (uint64_t)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (uint64_t)(c - 'a' + 10) : UINT64_MAX;
}

/* 0 … with 0x in front, or decimal. False: no digit, or too large. */
static bool number(const char **at, uint64_t *ret)
{
	bool is_hex = (*at)[0] == '0' && ((*at)[1] | 0x20) == 'x';
	uint64_t base = is_hex ? 16 : 10, v = 0;
	const char *start;

	*at += is_hex ? 2 : 0;
	for (start = *at;; ++*at) {
		uint64_t d = digit(**at);

		if (d >= base)
			break;
		if (v > (UINT64_MAX - d) / base)
			return false;
		v = v * base + d;
	}
	*ret = v;
	return *at != start;
}

/* Linux's kernel-parameters.txt: <size>@<baseaddr>:<irq>[:<id>] */
static bool mmio_device(const char *at, uint64_t *ret_at, uint64_t *ret_irq)
{
	uint64_t size;

	if (!number(&at, &size) || !size)
		return false;
	if ((*at | 0x20) == 'k' || (*at | 0x20) == 'm')
		at++;
	return *at++ == '@' && number(&at, ret_at) && *at++ == ':' && number(&at, ret_irq) &&
	       *ret_irq < IRQS_MAX;
}

void fw_handover_cmdline(struct fw_platform *p)
{
	static const char key[] = "virtio_mmio.device=";
	const char *at = p->cmdline;
	uint64_t found, irq;

	for (; *at; at++) {
		bool is_start = at == p->cmdline || at[-1] == ' ';
		size_t n = 0;

		while (is_start && key[n] && at[n] == key[n])
			n++;
		if (n == sizeof(key) - 1 && mmio_device(at + n, &found, &irq))
			fw_handover_mmio_(p, found, (uint32_t)irq);
	}
}

static uint64_t find_rsdp(void)
{
	for (uint64_t at = BIOS_AT; at < BIOS_END; at += STEP) {
		const uint8_t *r = fw_arch_view(at, 20);

		if (r && memcmp(r, "RSD PTR ", 8) == 0 && fw_handover_sum_(r, 20))
			return at;
	}
	return 0;
}

/* An entry point of SMBIOS: its anchor, and its length at an offset. */
static uint64_t find_smbios(const char *anchor, size_t anchor_len, uint32_t len_at)
{
	for (uint64_t at = SMBIOS_AT; at < BIOS_END; at += STEP) {
		const uint8_t *e = fw_arch_view(at, STEP);

		if (!e || memcmp(e, anchor, anchor_len) != 0 || e[len_at] < STEP ||
		    e[len_at] > SMBIOS_BYTES_MAX)
			continue;
		e = fw_arch_view(at, e[len_at]);
		if (e && fw_handover_sum_(e, e[len_at]))
			return at;
	}
	return 0;
}

void fw_handover_scan(struct fw_platform *p)
{
	if (!p->rsdp_at)
		p->rsdp_at = find_rsdp();
	if (!p->smbios_at)
		p->smbios_at = find_smbios("_SM_", 4, 5);
	if (!p->smbios3_at)
		p->smbios3_at = find_smbios("_SM3_", 5, 6);
}
