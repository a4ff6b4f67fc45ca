/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Blocks smaller than a page: a chunk is one page cut into blocks of one size and of one memory
 * type, with a bit for each in its head. A larger block is pages of its own behind the same head.
 * A loader asks for hundreds of blocks and holds some tens: freed ones are taken again at once.
 */
#include <cairn/bits.h>
#include <cairn/math.h>
#include <fw/platform.h>

#include "core.h"
#include "services.h"

#define HEAD_BYTES 64u
#define MAGIC      UINT64_C(0x706f6f6c63616972)

static const uint16_t class_bytes[] = { 64, 128, 256, 496, 1008, 2016 };
enum { CLASSES = CAIRN_ARRAY_LEN(class_bytes), CLASS_LARGE = CLASSES };

struct chunk {                /* at the start of its first page */
	uint64_t magic;       /* MAGIC ^ address */
	struct efi_link link; /* in partial[], while a block is free */
	uint64_t free;        /* a bit per block; of a large one: its pages */
	uint32_t type;
	uint32_t class;
};
CAIRN_STATIC_ASSERT(sizeof(struct chunk) <= HEAD_BYTES, "blocks follow");

static struct efi_link partial[CLASSES];

static struct efi_link *partial_of(uint32_t class)
{
	if (!partial[class].next)
		efi_list_init(&partial[class]);
	return &partial[class];
}

static uint64_t all_free(uint32_t class)
{
	return (UINT64_C(1) << ((FW_PAGE_BYTES - HEAD_BYTES) / class_bytes[class])) - 1;
}

static struct chunk *chunk_new(uint32_t type, uint32_t class, uint64_t pages, uint64_t free)
{
	struct chunk *c;
	uint64_t at;

	if (efi_pages_alloc(FW_WHERE_ANY, 0, pages, FW_PAGE_BYTES, type, &at) != EFI_SUCCESS)
		return NULL;
	c = (struct chunk *)(uintptr_t)at;
	*c = (struct chunk){ .magic = MAGIC ^ at, .free = free, .type = type, .class = class };
	efi_list_init(&c->link);
	return c;
}

static void *block_at(struct chunk *c, uint32_t i)
{
	return (uint8_t *)c + HEAD_BYTES + (size_t)i * class_bytes[c->class];
}

static struct chunk *chunk_with_room(uint32_t type, uint32_t class)
{
	struct efi_link *head = partial_of(class);
	struct chunk *c;

	efi_list_each(l, head)
	{
		c = cairn_container_of(l, struct chunk, link);
		if (c->type == type)
			return c;
	}
	c = chunk_new(type, class, 1, all_free(class));
	if (c)
		efi_list_append(head, &c->link);
	return c;
}

static void *large_alloc(uint32_t type, UINTN size)
{
	struct chunk *c;
	uint64_t bytes;

	if (!cairn_align_up(size, FW_PAGE_BYTES, &bytes) ||
	    !cairn_align_up(size + HEAD_BYTES, FW_PAGE_BYTES, &bytes))
		return NULL;
	c = chunk_new(type, CLASS_LARGE, bytes / FW_PAGE_BYTES, bytes / FW_PAGE_BYTES);
	return c ? (uint8_t *)c + HEAD_BYTES : NULL;
}

void *efi_pool_alloc(uint32_t type, UINTN size)
{
	struct chunk *c;
	uint32_t class = 0, i;

	while (class < CLASSES && class_bytes[class] < size)
		class ++;
	if (class == CLASSES)
		return large_alloc(type, size);
	c = chunk_with_room(type, class);
	if (!c)
		return NULL;
	i = cairn_bits_lowest(c->free);
	cairn_bits_clear(&c->free, i);
	if (!c->free)
		efi_list_remove(&c->link);
	return block_at(c, i);
}

void *efi_new(UINTN size)
{
	void *p = efi_pool_alloc(EfiBootServicesData, size);

	if (p)
		memset(p, 0, size);
	return p;
}

/* The chunk that a block would lie in; its memory is looked at only where the map has some. */
static struct chunk *chunk_of(const void *block)
{
	uint64_t at = (uintptr_t)block & ~(uint64_t)(FW_PAGE_BYTES - 1);
	const struct fw_memory_entry *e = fw_memory_find(&fw_platform.memory, at);
	struct chunk *c = (struct chunk *)(uintptr_t)at;

	if (!e || e->type == FW_MEM_FREE || at == 0 || c->magic != (MAGIC ^ at))
		return NULL;
	return c->type == e->type && c->class <= CLASS_LARGE ? c : NULL;
}

static bool has_other_room(const struct chunk *c)
{
	efi_list_each(l, partial_of(c->class))
	{
		const struct chunk *other = cairn_container_of(l, struct chunk, link);

		if (other != c && other->type == c->type)
			return true;
	}
	return false;
}

static void chunk_free(struct chunk *c, uint64_t pages)
{
	c->magic = 0;
	(void)efi_pages_free((uintptr_t)c, pages);
}

static bool small_free(struct chunk *c, size_t off)
{
	uint32_t i = (uint32_t)(off / class_bytes[c->class]);

	if (off % class_bytes[c->class] != 0 || !(all_free(c->class) >> i & 1) ||
	    cairn_bits_test(&c->free, i))
		return false;
	if (!c->free)
		efi_list_append(partial_of(c->class), &c->link);
	cairn_bits_set(&c->free, i);
	if (c->free == all_free(c->class) && has_other_room(c)) {
		efi_list_remove(&c->link);
		chunk_free(c, 1);
	}
	return true;
}

bool efi_pool_free(void *block)
{
	struct chunk *c = chunk_of(block);
	size_t off = (uintptr_t)block % FW_PAGE_BYTES;

	if (!c || off < HEAD_BYTES)
		return false;
	if (c->class < CLASSES)
		return small_free(c, off - HEAD_BYTES);
	if (off != HEAD_BYTES)
		return false;
	chunk_free(c, c->free);
	return true;
}
