/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "flight.h"

#include <cairn/err.h>

#define TRIES 2

void fw_flight_init_(struct fw_flight *f, uint8_t n)
{
	f->n_slots = n;
	f->n_free = n;
	for (uint8_t i = 0; i < n; i++)
		f->free[i] = i;
}

static bool has_more(const struct fw_transfer *t)
{
	return t->kind == FW_FLUSH ? !t->is_asked : t->bytes > 0;
}

/* Returns 0 also where there is no room for more. */
static int fill(struct fw_flight *f, struct fw_transfer *t)
{
	int r = 0;

	while (r == 0 && has_more(t) && f->n_free > 0) {
		r = f->ops->add(f, f->free[f->n_free - 1], t);
		if (r == 0)
			f->n_free--;
	}
	f->ops->submit(f);
	return r == -ENOSPC ? 0 : r;
}

/* Returns 0, -EIO or -EAGAIN, with nothing in flight; else the device has failed. */
static int run(struct fw_flight *f, struct fw_transfer *t)
{
	int result = 0;

	while ((result == 0 && has_more(t)) || f->n_free < f->n_slots) {
		bool is_half_free = f->n_free >= (f->n_slots + 1) / 2;
		int r = 0, of_one;
		uint8_t slot;

		if (result == 0 && has_more(t) && is_half_free)
			r = fill(f, t);
		if (r == 0)
			r = f->ops->wait(f, &slot, &of_one);
		if (r < 0)
			return r == -ETIMEDOUT ? r : -EPROTO;
		f->free[f->n_free++] = slot;
		if (of_one < 0 && result != -EIO)
			result = of_one;
	}
	return result;
}

int fw_flight_do_(struct fw_flight *f, const struct fw_transfer *t)
{
	int r = -EIO;

	for (int i = 0; i < TRIES && !f->is_dead; i++) {
		struct fw_transfer now = *t;

		r = run(f, &now);
		if (r == 0 || r == -EIO)
			return r;
		if (r == -EAGAIN || (r == -ETIMEDOUT && i == 0 && f->ops->restart(f) == 0))
			continue;
		f->is_dead = true;
		f->ops->give_up(f);
	}
	return r == -ETIMEDOUT ? r : -EIO;
}
