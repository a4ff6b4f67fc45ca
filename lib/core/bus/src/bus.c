/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/bus.h>
#include <cairn/le.h>

static bool is_access_len(uint32_t len)
{
	return len == 1 || len == 2 || len == 4 || len == 8;
}

static uint64_t ones(uint32_t len)
{
	return len >= 8 ? UINT64_MAX : (UINT64_C(1) << (8 * len)) - 1;
}

static uint64_t last_of(const struct cairn_bus_region *r)
{
	return r->base + (r->len - 1);
}

/* Index of the first region that ends at or after addr; n when none does. */
static size_t lower_bound(const struct cairn_bus *bus, uint64_t addr)
{
	size_t lo = 0, hi = bus->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (last_of(&bus->regions[mid]) < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Index of the region that starts at base; n when none does. */
static size_t index_of(const struct cairn_bus *bus, uint64_t base)
{
	size_t i = lower_bound(bus, base);

	return i < bus->n && bus->regions[i].base == base ? i : bus->n;
}

int cairn_bus_init(struct cairn_bus *bus, struct cairn_bus_region *array, size_t cap, uint64_t last,
		   uint32_t max_len)
{
	if (!is_access_len(max_len))
		return -EINVAL;
	*bus = (struct cairn_bus){ .regions = array, .cap = cap, .last = last, .max_len = max_len };
	return 0;
}

/* Where [base, base + len) belongs. Returns 0, -EINVAL or -EEXIST as cairn_bus_add(). */
static int place(const struct cairn_bus *bus, uint64_t base, uint64_t len, size_t *ret_at)
{
	size_t at;

	if (len == 0 || base > bus->last || len - 1 > bus->last - base)
		return -EINVAL;
	at = lower_bound(bus, base);
	if (at < bus->n && bus->regions[at].base <= base + (len - 1))
		return -EEXIST;
	*ret_at = at;
	return 0;
}

int cairn_bus_add(struct cairn_bus *bus, const struct cairn_bus_region *region)
{
	size_t at;
	int rc;

	if (!region->ops || !region->ops->read || !region->ops->write)
		return -EINVAL;
	rc = place(bus, region->base, region->len, &at);
	if (rc < 0)
		return rc;
	if (bus->n == bus->cap)
		return -ENOSPC;
	memmove(&bus->regions[at + 1], &bus->regions[at], (bus->n - at) * sizeof(bus->regions[0]));
	bus->regions[at] = *region;
	bus->n++;
	return 0;
}

static void take_out(struct cairn_bus *bus, size_t i)
{
	bus->n--;
	memmove(&bus->regions[i], &bus->regions[i + 1], (bus->n - i) * sizeof(bus->regions[0]));
}

int cairn_bus_remove(struct cairn_bus *bus, uint64_t base)
{
	size_t i = index_of(bus, base);

	if (i == bus->n)
		return -ENOENT;
	take_out(bus, i);
	return 0;
}

int cairn_bus_move(struct cairn_bus *bus, uint64_t from, uint64_t to)
{
	size_t i = index_of(bus, from);
	struct cairn_bus_region moved, stayed;
	int rc, back;

	if (i == bus->n)
		return -ENOENT;
	stayed = bus->regions[i];
	moved = stayed;
	moved.base = to;
	/* Out first: a region may move onto bytes that are its own now. */
	take_out(bus, i);
	rc = cairn_bus_add(bus, &moved);
	if (rc < 0) {
		back = cairn_bus_add(bus, &stayed);
		(void)back; /* its place is free: it was there a moment ago */
	}
	return rc;
}

/* The one region that holds all of [addr, addr + len), or NULL and why not. */
static const struct cairn_bus_region *find(const struct cairn_bus *bus, uint64_t addr, uint32_t len,
					   enum cairn_io *ret_why)
{
	const struct cairn_bus_region *r;
	size_t i;

	*ret_why = CAIRN_IO_BAD;
	if (!is_access_len(len) || len > bus->max_len || addr > bus->last ||
	    len - 1 > bus->last - addr)
		return NULL;
	i = lower_bound(bus, addr);
	if (i == bus->n || bus->regions[i].base > addr + (len - 1)) {
		*ret_why = CAIRN_IO_UNCLAIMED;
		return NULL;
	}
	r = &bus->regions[i];
	/* It touches this region: wholly inside, or refused. */
	if (addr < r->base || len - 1 > last_of(r) - addr)
		return NULL;
	return r;
}

enum cairn_io cairn_bus_read(const struct cairn_bus *bus, uint64_t addr, uint32_t len,
			     uint64_t *ret_value)
{
	enum cairn_io io;
	const struct cairn_bus_region *r = find(bus, addr, len, &io);
	uint64_t all_ones = is_access_len(len) ? ones(len) : UINT64_MAX;
	uint64_t v = all_ones;

	if (r)
		io = r->ops->read(r->ctx, addr - r->base, len, &v);
	*ret_value = io == CAIRN_IO_DONE || io == CAIRN_IO_REMAP ? v & all_ones : all_ones;
	return io;
}

enum cairn_io cairn_bus_write(const struct cairn_bus *bus, uint64_t addr, uint32_t len,
			      uint64_t value)
{
	enum cairn_io io;
	const struct cairn_bus_region *r = find(bus, addr, len, &io);

	return r ? r->ops->write(r->ctx, addr - r->base, len, value & ones(len)) : io;
}

enum cairn_io cairn_bus_access(const struct cairn_bus *bus, uint64_t addr, bool is_write,
			       uint8_t *data, uint32_t len)
{
	enum cairn_io io;
	uint64_t v;

	if (!is_access_len(len))
		return CAIRN_IO_BAD;
	if (is_write)
		return cairn_bus_write(bus, addr, len, cairn_le_load(data, len));
	io = cairn_bus_read(bus, addr, len, &v);
	cairn_le_store(data, len, v);
	return io;
}

bool cairn_bus_is_valid(const struct cairn_bus *bus)
{
	if (bus->n > bus->cap)
		return false;
	for (size_t i = 0; i < bus->n; i++) {
		const struct cairn_bus_region *r = &bus->regions[i];

		if (r->len == 0 || r->base > bus->last || r->len - 1 > bus->last - r->base)
			return false;
		if (i > 0 && last_of(r - 1) >= r->base)
			return false;
	}
	return true;
}
