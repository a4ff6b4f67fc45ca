/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* Any bytes as any kind into buffers of several sizes: an end, in bounds, one of the named codes.
 */
#include <stdlib.h>

#include <cairn/unpack.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum cairn_payload_kind kind;
	struct cairn_image image;
	struct cairn_err err = { 0 };
	size_t cap, got = 0;
	uint8_t *dst;
	int ret;

	if (size < 2)
		return 0;
	kind = (enum cairn_payload_kind)(data[0] % 8);
	cap = (size_t)data[1] * 64;
	dst = malloc(cap ? cap : 1);
	image = cairn_loader_image_mem(data + 2, size - 2);
	ret = cairn_unpack_stream(&image, 0, size - 2, kind, dst, cap, &got, &err);
	if (ret == 0 ? got > cap
		     : ret != -EPROTO && ret != -ENOSPC && ret != -ENOTSUP && ret != -ENOMEM)
		abort();
	if (ret < 0 && (err.code != -ret || !err.what))
		abort();
	free(dst);
	return 0;
}
