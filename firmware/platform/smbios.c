/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* One structure after the other, each with its strings behind it (SMBIOS 3.3, 6.1). */
#include <cairn/cursor.h>
#include <fw/smbios.h>

enum {
	ENTRY_BYTES = 24,
	TABLE_AT = 32, /* behind the entry point, aligned */
	RANGES_MAX = 16,
	KIB = 1024,
	MIB = 1024 * 1024,

	HANDLE_SYSTEM = 0x100,
	HANDLE_CHASSIS = 0x300,
	HANDLE_PROCESSOR = 0x400,
	HANDLE_ARRAY = 0x1000,
	HANDLE_DEVICE = 0x1100,
	HANDLE_RANGE = 0x1300,
	HANDLE_BOOT = 0x2000,
	HANDLE_END = 0xfeff, /* the last that may be */
	NO_HANDLE = 0xffff,
	NOT_PROVIDED = 0xfffe, /* 7.17.1: no information about errors */
	UNKNOWN = 2,           /* in most enumerations */
	OTHER = 1,
	SAFE = 3,
};

#define EXTENDED UINT32_MAX /* the field of 64 bits counts */

struct range {
	uint64_t at, len; /* len 0: none */
};

/* The length of a structure counts its four first bytes. */
static void begin(struct cairn_writer *w, uint8_t type, uint8_t len, uint16_t handle)
{
	cairn_writer_u8(w, type);
	cairn_writer_u8(w, len);
	cairn_writer_le16(w, handle);
}

static void text(struct cairn_writer *w, const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	cairn_writer_bytes(w, s, n + 1);
}

/* Behind the strings, or twice where there is none. */
static void end(struct cairn_writer *w, bool has_strings)
{
	cairn_writer_fill(w, 0, has_strings ? 1 : 2);
}

/* 7.1. No address, no size of a ROM: it is a program in memory. */
static void put_firmware(struct cairn_writer *w)
{
	begin(w, 0, 0x1a, 0);
	cairn_writer_u8(w, 1);
	cairn_writer_u8(w, 2);
	cairn_writer_le16(w, 0);
	cairn_writer_u8(w, 0); /* no date */
	cairn_writer_u8(w, 0);
	cairn_writer_le64(w, 1 << 3); /* characteristics are not supported … */
	cairn_writer_u8(w, 0);
	cairn_writer_u8(w, 1 << 3 | 1 << 4); /* … but for UEFI, and a virtual machine */
	cairn_writer_fill(w, 0xff, 4);
	cairn_writer_le16(w, 0);
	text(w, "cairn");
	text(w, CAIRN_VERSION);
	end(w, true);
}

/* 7.2. A UUID of zeroes is none. */
static void put_system(struct cairn_writer *w)
{
	begin(w, 1, 0x1b, HANDLE_SYSTEM);
	cairn_writer_u8(w, 1);
	cairn_writer_u8(w, 2);
	cairn_writer_u8(w, 0);
	cairn_writer_u8(w, 0);
	cairn_writer_fill(w, 0, 16);
	cairn_writer_u8(w, UNKNOWN); /* what woke it up */
	cairn_writer_u8(w, 0);
	cairn_writer_u8(w, 0);
	text(w, "cairn");
	text(w, "virtual machine");
	end(w, true);
}

/* 7.4 */
static void put_chassis(struct cairn_writer *w)
{
	begin(w, 3, 0x16, HANDLE_CHASSIS);
	cairn_writer_u8(w, 1);
	cairn_writer_u8(w, OTHER);
	cairn_writer_fill(w, 0, 3);
	cairn_writer_fill(w, SAFE, 3);
	cairn_writer_u8(w, UNKNOWN);
	cairn_writer_fill(w, 0, 4 + 1 + 1 + 1 + 1); /* OEM, height, cords, elements of no length */
	cairn_writer_u8(w, 0);
	text(w, "cairn");
	end(w, true);
}

/* 7.5. One package; how many processors it has, and of what kind, nobody says here. */
static void put_processor(struct cairn_writer *w)
{
	begin(w, 4, 0x30, HANDLE_PROCESSOR);
	cairn_writer_u8(w, 1);
	cairn_writer_u8(w, 3); /* a central processor */
	cairn_writer_u8(w, UNKNOWN);
	cairn_writer_u8(w, 0);
	cairn_writer_le64(w, 0);
	cairn_writer_u8(w, 0);
	cairn_writer_u8(w, 0);
	cairn_writer_fill(w, 0, 3 * 2); /* clocks */
	cairn_writer_u8(w, 0x41);       /* there, and enabled */
	cairn_writer_u8(w, UNKNOWN);
	for (int i = 0; i < 3; i++)
		cairn_writer_le16(w, NO_HANDLE); /* caches */
	cairn_writer_fill(w, 0, 3 + 3);
	cairn_writer_le16(w, 1 << 1); /* unknown */
	cairn_writer_le16(w, UNKNOWN);
	cairn_writer_fill(w, 0, 3 * 2);
	text(w, "processor");
	end(w, true);
}

/* 7.17 */
static void put_array(struct cairn_writer *w, uint64_t bytes)
{
	begin(w, 16, 0x17, HANDLE_ARRAY);
	cairn_writer_u8(w, OTHER);
	cairn_writer_u8(w, 3); /* system memory */
	cairn_writer_u8(w, UNKNOWN);
	cairn_writer_le32(w, 0x80000000);
	cairn_writer_le16(w, NOT_PROVIDED);
	cairn_writer_le16(w, 1);
	cairn_writer_le64(w, bytes);
	end(w, false);
}

/* 7.18. From 32 GiB - 1 MiB on the size is in the field that was added for it. */
static void put_device(struct cairn_writer *w, uint64_t bytes)
{
	uint64_t mib = (bytes + MIB - 1) / MIB;

	begin(w, 17, 0x28, HANDLE_DEVICE);
	cairn_writer_le16(w, HANDLE_ARRAY);
	cairn_writer_le16(w, NOT_PROVIDED);
	cairn_writer_le16(w, UINT16_MAX); /* widths */
	cairn_writer_le16(w, UINT16_MAX);
	cairn_writer_le16(w, (uint16_t)(mib < 0x7fff ? mib : 0x7fff));
	cairn_writer_u8(w, OTHER);
	cairn_writer_u8(w, 0);
	cairn_writer_u8(w, 1);
	cairn_writer_u8(w, 0);
	cairn_writer_u8(w, 7);        /* RAM */
	cairn_writer_le16(w, 1 << 2); /* of a kind that nobody says */
	cairn_writer_le16(w, 0);
	cairn_writer_fill(w, 0, 4 + 1);
	cairn_writer_le32(w, mib < 0x7fff ? 0 : (uint32_t)(mib & 0x7fffffff));
	cairn_writer_fill(w, 0, 4 * 2);
	text(w, "memory");
	end(w, true);
}

/* 7.20. In KiB, or in bytes where that is too much. */
static void put_range(struct cairn_writer *w, struct range r, uint16_t number)
{
	uint64_t last = r.at + r.len - 1;
	bool is_high = last / KIB >= EXTENDED;

	begin(w, 19, 0x1f, (uint16_t)(HANDLE_RANGE + number));
	cairn_writer_le32(w, is_high ? EXTENDED : (uint32_t)(r.at / KIB));
	cairn_writer_le32(w, is_high ? EXTENDED : (uint32_t)(last / KIB));
	cairn_writer_le16(w, HANDLE_ARRAY);
	cairn_writer_u8(w, 1);
	cairn_writer_le64(w, is_high ? r.at : 0);
	cairn_writer_le64(w, is_high ? last : 0);
	end(w, false);
}

/* 7.33: nothing was wrong with the last start. */
static void put_boot(struct cairn_writer *w)
{
	begin(w, 32, 0x0b, HANDLE_BOOT);
	cairn_writer_fill(w, 0, 6 + 1);
	end(w, false);
}

/* Memory of all kinds that touches is one range. Those beyond ret are counted alone. */
static uint32_t find_ranges(const struct fw_memory *m, struct range *ret, uint64_t *ret_bytes)
{
	struct range none = { 0 }, *last = &none;
	uint32_t n = 0;

	*ret_bytes = 0;
	for (uint32_t i = 0; i < m->n; i++) {
		const struct fw_memory_entry *e = &m->entries[i];
		uint64_t len = e->pages * FW_PAGE_BYTES;

		if (!(e->attrs & FW_MEM_ATTR_WB))
			continue;
		*ret_bytes += len;
		if (last->len && last->at + last->len == e->at) {
			last->len += len;
		} else if (n < RANGES_MAX) {
			last = &ret[n++];
			*last = (struct range){ e->at, len };
		} else {
			last = &none;
		}
	}
	return n;
}

static void put_all(struct cairn_writer *w, const struct fw_platform *p)
{
	struct range ranges[RANGES_MAX];
	uint64_t bytes;
	uint32_t n = find_ranges(&p->memory, ranges, &bytes);

	put_firmware(w);
	put_system(w);
	put_chassis(w);
	put_processor(w);
	put_array(w, bytes);
	put_device(w, bytes);
	for (uint32_t i = 0; i < n; i++)
		put_range(w, ranges[i], (uint16_t)i);
	put_boot(w);
	begin(w, 127, 4, HANDLE_END);
	end(w, false);
}

/* 5.2.2 */
static void put_entry(uint8_t *dst, uint32_t table_bytes)
{
	struct cairn_writer w;
	uint8_t sum = 0;

	cairn_writer_init(&w, dst, ENTRY_BYTES);
	cairn_writer_bytes(&w, "_SM3_", 5);
	cairn_writer_u8(&w, 0); /* the sum */
	cairn_writer_u8(&w, ENTRY_BYTES);
	cairn_writer_u8(&w, 3);
	cairn_writer_u8(&w, 3);
	cairn_writer_u8(&w, 0);
	cairn_writer_u8(&w, 1);
	cairn_writer_u8(&w, 0);
	cairn_writer_le32(&w, table_bytes);
	cairn_writer_le64(&w, (uintptr_t)dst + TABLE_AT);
	for (uint32_t i = 0; i < ENTRY_BYTES; i++)
		sum = (uint8_t)(sum + dst[i]);
	dst[5] = (uint8_t)-sum;
}

size_t fw_smbios_make(const struct fw_platform *p, void *dst, size_t cap)
{
	struct cairn_writer w;

	if (cap < TABLE_AT)
		return 0;
	memset(dst, 0, cap);
	cairn_writer_init(&w, (uint8_t *)dst + TABLE_AT, cap - TABLE_AT);
	put_all(&w, p);
	if (!cairn_writer_is_whole(&w))
		return 0;
	put_entry(dst, (uint32_t)w.need);
	return TABLE_AT + w.need;
}
