/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* base.h - the whole of component base. */
#ifndef CAIRN_BASE_H
#define CAIRN_BASE_H

#include <cairn/bits.h>
#include <cairn/civil.h>
#include <cairn/copy.h>
#include <cairn/crc.h>
#include <cairn/cursor.h>
#include <cairn/env.h>
#include <cairn/err.h>
#include <cairn/gpa.h>
#include <cairn/hooks.h>
#include <cairn/ids.h>
#include <cairn/le.h>
#include <cairn/math.h>
#include <cairn/utf.h>

#endif
