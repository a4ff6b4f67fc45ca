/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * runtime.h - what stays when an operating system has taken over: the code and data of the runtime
 * services (UEFI 2.10, 8), in sections of their own.
 *
 * The linker gives both output sections these names, page aligned and padded to whole pages, beside
 * each other and away from everything else; it makes the symbols below by itself because the names
 * are C identifiers. fw_rt_text is read and executed, fw_rt_data read and written.
 *
 * Marked code may be called at another address than it was linked for. So it is compiled
 * position independent, calls only marked code, reads only marked data, keeps no pointer that the
 * firmware does not convert, and holds no string literal, no table of a switch and no copy that
 * the compiler would make a call of memcpy() of.
 */
#ifndef FW_RUNTIME_H
#define FW_RUNTIME_H

#define FW_RT_CODE   __attribute__((section("fw_rt_text"), noinline))
#define FW_RT_DATA   __attribute__((section("fw_rt_data")))

#define FW_RT_INLINE static inline __attribute__((always_inline))

extern unsigned char __start_fw_rt_text[], __stop_fw_rt_text[];
extern unsigned char __start_fw_rt_data[], __stop_fw_rt_data[];

#endif
