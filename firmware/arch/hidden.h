/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* hidden.h - goes before every file where a compiler reaches what is declared, and might be
 * another program's, through a table of addresses (fw/runtime.h). Nothing here is another's. */
#pragma GCC visibility push(hidden)
