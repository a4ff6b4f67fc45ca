/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Lines of facts. The code runs at another address, too, when SetVirtualAddressMap was called: no
 * table of addresses is in it.
 */
#include "move.h"

enum { LINE_MAX = 128 };

struct line {
	CHAR16 units[LINE_MAX];
	UINTN n;
};

static bool is_alone;

static void put(struct line *l, CHAR16 c)
{
	if (l->n < LINE_MAX - 3)
		l->units[l->n++] = c;
}

static void put_text(struct line *l, const char *s)
{
	while (*s)
		put(l, (CHAR16)*s++);
}

static void put_wide(struct line *l, const CHAR16 *s)
{
	while (s && *s)
		put(l, *s++);
}

static void put_number(struct line *l, uint64_t n, uint32_t base)
{
	char digits[24];
	UINTN i = 0;

	do {
		uint32_t d = (uint32_t)(n % base);

		digits[i++] = (char)(d < 10 ? '0' + d : 'a' + d - 10);
		n /= base;
	} while (n);
	while (i)
		put(l, (CHAR16)digits[--i]);
}

/* UEFI 2.10, appendix D: errors by their number. */
static const char names[] = "SUCCESS\0LOAD_ERROR\0INVALID_PARAMETER\0UNSUPPORTED\0"
			    "BAD_BUFFER_SIZE\0BUFFER_TOO_SMALL\0NOT_READY\0DEVICE_ERROR\0"
			    "WRITE_PROTECTED\0OUT_OF_RESOURCES\0VOLUME_CORRUPTED\0VOLUME_FULL\0"
			    "NO_MEDIA\0MEDIA_CHANGED\0NOT_FOUND\0ACCESS_DENIED\0NO_RESPONSE\0"
			    "NO_MAPPING\0TIMEOUT\0NOT_STARTED\0ALREADY_STARTED\0ABORTED\0";

static void put_status(struct line *l, EFI_STATUS status)
{
	UINTN n = EFI_ERROR(status) ? status & ~EFI_ERROR_BIT : status;
	const char *s = names;

	if (n > 21 || (n && !EFI_ERROR(status))) {
		put_text(l, EFI_ERROR(status) ? "error " : "warning ");
		put_number(l, n, 10);
		return;
	}
	while (n--) {
		while (*s)
			s++;
		s++;
	}
	put_text(l, s);
}

#if defined(__x86_64__)
enum { PORT = 0x3f8, PORT_STATUS = 5, CAN_SEND = 0x20 };

static void send(uint8_t c)
{
	uint8_t status;

	do
		__asm__ volatile("inb %1, %0"
				 : "=a"(status)
				 : "Nd"((uint16_t)(PORT + PORT_STATUS)));
	while (!(status & CAN_SEND));
	__asm__ volatile("outb %0, %1" ::"a"(c), "Nd"((uint16_t)PORT));
}
#else
#define PORT       UINT64_C(0x09000000) /* QEMU's virt */
#define PORT_FLAGS 0x18
#define IS_FULL    0x20u

static void send(uint8_t c)
{
	uint64_t at = (uintptr_t)send < MOVED_BY ? PORT : PORT + MOVED_BY;

	while (*(volatile uint32_t *)(at + PORT_FLAGS) & IS_FULL)
		;
	*(volatile uint32_t *)at = c;
}
#endif

void say_by_registers(void)
{
	is_alone = true;
}

static void put_arguments(struct line *l, const char *f, EFI_VA_LIST args)
{
	for (; *f; f++) {
		if (*f != '%' || !f[1]) {
			put(l, (CHAR16)*f);
			continue;
		}
		f++;
		if (*f == 'u')
			put_number(l, EFI_VA_ARG(args, uint64_t), 10);
		else if (*f == 'x')
			put_number(l, EFI_VA_ARG(args, uint64_t), 16);
		else if (*f == 's')
			put_text(l, EFI_VA_ARG(args, const char *));
		else if (*f == 'S')
			put_wide(l, EFI_VA_ARG(args, const CHAR16 *));
		else if (*f == 'r')
			put_status(l, EFI_VA_ARG(args, EFI_STATUS));
	}
}

void say_line(const char *what, EFI_STATUS status, const char *format, ...)
{
	EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *out;
	struct line l = { .n = 0 };
	EFI_VA_LIST args;

	put_text(&l, what);
	put_text(&l, ": ");
	put_status(&l, status);
	if (*format)
		put(&l, ' ');
	EFI_VA_START(args, format);
	put_arguments(&l, format, args);
	EFI_VA_END(args);
	l.units[l.n++] = '\r';
	l.units[l.n++] = '\n';
	if (is_alone) {
		for (UINTN i = 0; i < l.n; i++)
			send((uint8_t)l.units[i]);
		return;
	}
	l.units[l.n] = 0;
	out = st->ConOut;
	(void)out->OutputString(out, l.units);
}
