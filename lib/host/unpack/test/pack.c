/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "pack.h"

#include <lz4.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include <cairn/le.h>

#define LZ4_BLOCK ((size_t)8 << 20)

static size_t need(bool ok, size_t len)
{
	if (!ok)
		abort();
	return len;
}

void pack_sample(uint8_t *dst, size_t len)
{
	uint32_t x = 1;

	for (size_t i = 0; i < len; i++) {
		x = x * 1664525 + 1013904223;
		dst[i] = (x >> 24) < 128 && i > 64 ? dst[i - 64] : (uint8_t)(x >> 16);
	}
}

static size_t pack_gzip(const uint8_t *src, size_t len, uint8_t *dst, size_t cap)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)src,
		       .avail_in = (uInt)len,
		       .next_out = dst,
		       .avail_out = (uInt)cap };
	bool ok = deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK &&
		  deflate(&z, Z_FINISH) == Z_STREAM_END;

	deflateEnd(&z);
	return need(ok, cap - z.avail_out);
}

static size_t pack_zstd(const uint8_t *src, size_t len, uint8_t *dst, size_t cap)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	ZSTD_outBuffer out = { dst, cap, 0 };
	ZSTD_inBuffer in = { src, len, 0 };
	bool ok = c && !ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1)) &&
		  !ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_contentSizeFlag, 0)) &&
		  ZSTD_compressStream2(c, &out, &in, ZSTD_e_end) == 0;

	ZSTD_freeCCtx(c);
	return need(ok, out.pos);
}

static size_t pack_lzma(bool is_xz, const uint8_t *src, size_t len, uint8_t *dst, size_t cap)
{
	lzma_stream l = LZMA_STREAM_INIT;
	lzma_options_lzma options;
	lzma_filter filters[] = { { LZMA_FILTER_X86, NULL },
				  { LZMA_FILTER_LZMA2, &options },
				  { LZMA_VLI_UNKNOWN, NULL } };
	bool ok = !lzma_lzma_preset(&options, 0);

	if (ok && is_xz)
		ok = lzma_stream_encoder(&l, filters, LZMA_CHECK_CRC32) == LZMA_OK;
	else if (ok)
		ok = lzma_alone_encoder(&l, &options) == LZMA_OK;
	l.next_in = src;
	l.avail_in = len;
	l.next_out = dst;
	l.avail_out = cap;
	ok = ok && lzma_code(&l, LZMA_FINISH) == LZMA_STREAM_END;
	lzma_end(&l);
	return need(ok, cap - l.avail_out);
}

static size_t pack_lz4(const uint8_t *src, size_t len, uint8_t *dst, size_t cap)
{
	size_t at = 4;

	cairn_le_store(dst, 4, 0x184c2102);
	for (size_t done = 0; done < len;) {
		size_t block = len - done < LZ4_BLOCK ? len - done : LZ4_BLOCK;
		int n = LZ4_compress_default((const char *)src + done, (char *)dst + at + 4,
					     (int)block, (int)(cap - at - 4));

		need(n > 0, 0);
		cairn_le_store(dst + at, 4, (uint64_t)n);
		at += 4 + (size_t)n;
		done += block;
	}
	return at;
}

size_t pack(enum cairn_payload_kind kind, const uint8_t *src, size_t len, uint8_t *dst, size_t cap)
{
	switch (kind) {
	case CAIRN_PAYLOAD_GZIP:
		return pack_gzip(src, len, dst, cap);
	case CAIRN_PAYLOAD_ZSTD:
		return pack_zstd(src, len, dst, cap);
	case CAIRN_PAYLOAD_XZ:
		return pack_lzma(true, src, len, dst, cap);
	case CAIRN_PAYLOAD_LZMA:
		return pack_lzma(false, src, len, dst, cap);
	case CAIRN_PAYLOAD_LZ4_LEGACY:
		return pack_lz4(src, len, dst, cap);
	default:
		abort();
	}
}
