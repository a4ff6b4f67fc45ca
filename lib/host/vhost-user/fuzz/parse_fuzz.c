/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Messages as any front end may send them: first byte the number of descriptors, then header and
 * body. What is accepted has to hold what vhost_user.h promises.
 */
#include <stdlib.h>
#include <string.h>

#include <cairn/vhost_user.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool ok)
{
	if (!ok)
		abort();
}

static void check_region(const struct cairn_vhost_user_region *r)
{
	expect(r->len_bytes && r->gpa + r->len_bytes > r->gpa && r->uva + r->len_bytes > r->uva &&
	       r->fd_offset + r->len_bytes > r->fd_offset);
}

static void check(const struct cairn_vhost_user_msg *m)
{
	switch (m->request) {
	case CAIRN_VHOST_USER_SET_MEM_TABLE:
		expect(m->table.n <= CAIRN_VHOST_USER_MAX_REGIONS && m->n_fds == m->table.n);
		for (uint32_t i = 0; i < m->table.n; i++)
			check_region(&m->table.regions[i]);
		break;
	case CAIRN_VHOST_USER_ADD_MEM_REG:
	case CAIRN_VHOST_USER_REM_MEM_REG:
		check_region(&m->region);
		break;
	case CAIRN_VHOST_USER_GET_CONFIG:
	case CAIRN_VHOST_USER_SET_CONFIG:
		expect(m->config.len_bytes &&
		       m->config.offset + m->config.len_bytes <= CAIRN_VHOST_USER_MAX_CONFIG);
		break;
	case CAIRN_VHOST_USER_SET_VRING_KICK:
		expect(m->n_fds == m->ring_fd.has_fd);
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cairn_vhost_user_header h;
	struct cairn_vhost_user_msg m;
	unsigned int n_fds;
	uint8_t *body;

	if (size < 1 + CAIRN_VHOST_USER_HEADER_BYTES)
		return 0;
	n_fds = data[0] % (CAIRN_VHOST_USER_MAX_FDS + 1);
	if (cairn_vhost_user_parse_header(data + 1, false, &h, NULL) < 0)
		return 0;
	data += 1 + CAIRN_VHOST_USER_HEADER_BYTES;
	size -= 1 + CAIRN_VHOST_USER_HEADER_BYTES;
	if (h.size > size)
		h.size = (uint32_t)size;
	body = malloc(h.size ? h.size : 1); /* exact, so that a byte beyond is found */
	if (!body)
		return 0;
	memcpy(body, data, h.size);
	if (cairn_vhost_user_parse(&h, body, n_fds, &m, NULL) == 0)
		check(&m);
	free(body);
	return 0;
}
