/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The outer struct is found only from a pointer to the named member's own type. */
#include <cairn/base.h>

struct outer {
	int number;
	struct cairn_trigger inner;
};

struct outer *snippet(struct cairn_trigger *t, struct cairn_line *l)
{
#ifdef LEGAL
	(void)l;
	return cairn_container_of(t, struct outer, inner);
#else
	(void)t;
	return cairn_container_of(l, struct outer, inner);
#endif
}
