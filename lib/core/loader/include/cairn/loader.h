/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* loader.h - the whole of component loader. */
#ifndef CAIRN_LOADER_H
#define CAIRN_LOADER_H

#include <cairn/loader_bzimage.h>
#include <cairn/loader_cmdline.h>
#include <cairn/loader_elf.h>
#include <cairn/loader_image.h>
#include <cairn/loader_kimage.h>
#include <cairn/loader_linux.h>
#include <cairn/loader_memmap.h>
#include <cairn/loader_packed.h>
#include <cairn/loader_pe.h>
#include <cairn/loader_pvh.h>
#include <cairn/loader_x86.h>

#endif
