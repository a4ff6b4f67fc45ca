/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* A cross compiler's errno.h asks for this file of the C library under an ABI without floats. */
