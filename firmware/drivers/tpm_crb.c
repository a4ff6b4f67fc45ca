/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/math.h>
#include <fw/arch.h>
#include <fw/clock.h>
#include <fw/io.h>
#include <fw/tpm.h>

enum { /* registers of a locality: PTP 1.05, 6.5.3 */
       LOC_CTRL = 0x08,
       LOC_STS = 0x0c,
       INTF_ID = 0x30,
       CTRL_REQ = 0x40,
       CTRL_STS = 0x44,
       CTRL_CANCEL = 0x48,
       CTRL_START = 0x4c,
       CTRL_CMD_SIZE = 0x58,
       CTRL_CMD_LOW = 0x5c,
       CTRL_CMD_HIGH = 0x60,
       CTRL_RSP_SIZE = 0x64,
       CTRL_RSP_LOW = 0x68,
       CTRL_RSP_HIGH = 0x6c,
       BUFFER = 0x80,
       PAGE = 0x1000,

       REQUEST_ACCESS = 1,
       RELINQUISH = 2,
       GRANTED = 1,
       INTERFACE = 0xf,
       INTERFACE_CRB = 1,
       READY = 1,
       GO_IDLE = 2,
       FATAL = 1,
       START = 1,
       CANCEL = 1,

       METHOD_CRB = 7, /* TCG ACPI Specification 1.4, table 8 */
       HEADER = 10,
};

/* 6.5.4: longer than what the standard gives a TPM, as a busy host may take it away for a while. */
#define STATE_LIMIT_NS UINT64_C(2000000000)

static uint32_t get(const struct fw_tpm *t, uint32_t reg)
{
	return fw_mmio_read(t->at + reg, 4);
}

static void put(const struct fw_tpm *t, uint32_t reg, uint32_t value)
{
	fw_mmio_write(t->at + reg, 4, value);
}

/* False: the bits were not so in time. */
static bool wait(const struct fw_tpm *t, uint32_t reg, uint32_t mask, uint32_t value,
		 uint64_t limit_ns)
{
	uint64_t since = fw_clock_ns();

	while ((get(t, reg) & mask) != value) {
		if (fw_clock_ns() - since > limit_ns)
			return false;
		fw_arch_pause();
	}
	return true;
}

/* Buffers are in the page that was mapped, behind the registers. */
static int find_buffer(const struct fw_tpm *t, uint64_t at, uint32_t bytes, uint32_t *ret_bytes,
		       struct cairn_err *err)
{
	if (at < t->at + BUFFER || !cairn_in_range(at - t->at, bytes, PAGE))
		return cairn_err_set(err, ENOTSUP, "a buffer elsewhere than its registers", at);
	if (bytes < FW_TPM_BUFFER_MIN)
		return cairn_err_set(err, EPROTO, "a buffer that is too small", bytes);
	*ret_bytes = bytes;
	return 0;
}

static int find_buffers(struct fw_tpm *t, struct cairn_err *err)
{
	int r;

	t->command_at = get(t, CTRL_CMD_LOW) | (uint64_t)get(t, CTRL_CMD_HIGH) << 32;
	t->response_at = get(t, CTRL_RSP_LOW) | (uint64_t)get(t, CTRL_RSP_HIGH) << 32;
	r = find_buffer(t, t->command_at, get(t, CTRL_CMD_SIZE), &t->command_bytes, err);
	if (r == 0)
		r = find_buffer(t, t->response_at, get(t, CTRL_RSP_SIZE), &t->response_bytes, err);
	return r;
}

static int map_registers(struct fw_tpm *t, const struct fw_platform *p, struct cairn_err *err)
{
	uint64_t at = p->tpm.control_at;
	const struct fw_memory_entry *e;

	if (p->tpm.method != METHOD_CRB)
		return cairn_err_set(err, ENOTSUP, "no driver for how it is started",
				     p->tpm.method);
	if (at % PAGE != CTRL_REQ)
		return cairn_err_set(err, ENOTSUP, "registers that are not a locality's", at);
	at -= CTRL_REQ;
	e = fw_memory_find(&p->memory, at);
	if (e && (e->attrs & FW_MEM_ATTR_WB))
		return cairn_err_set(err, EPROTO, "registers upon memory", at);
	t->at = at;
	return fw_arch_map_device(at, PAGE) < 0
		   ? cairn_err_set(err, ENOMEM, "cannot map its registers", at)
		   : 0;
}

int fw_tpm_open(struct fw_tpm *t, const struct fw_platform *p, struct cairn_err *err)
{
	int r;

	*t = (struct fw_tpm){ 0 };
	if (!p->tpm.method)
		return -ENODEV;
	r = map_registers(t, p, err);
	if (r == 0 && (get(t, INTF_ID) & INTERFACE) != INTERFACE_CRB)
		r = cairn_err_set(err, EPROTO, "nothing answers like a CRB", get(t, INTF_ID));
	if (r == 0) {
		put(t, LOC_CTRL, REQUEST_ACCESS);
		if (!wait(t, LOC_STS, GRANTED, GRANTED, STATE_LIMIT_NS))
			r = cairn_err_set(err, ETIMEDOUT, "locality 0 is not granted",
					  get(t, LOC_STS));
	}
	if (r == 0)
		r = find_buffers(t, err);
	if (r < 0)
		t->at = 0;
	return r;
}

/* The command is in the buffer. */
static int run(struct fw_tpm *t, uint64_t limit_ns)
{
	put(t, CTRL_START, START);
	if (wait(t, CTRL_START, START, 0, limit_ns))
		return get(t, CTRL_STS) & FATAL ? -EIO : 0;
	put(t, CTRL_CANCEL, CANCEL);
	if (!wait(t, CTRL_START, START, 0, STATE_LIMIT_NS))
		t->at = 0;
	else
		put(t, CTRL_CANCEL, 0);
	return -ETIMEDOUT;
}

/* Each byte is read once: the length is that of the header which the caller gets. */
static int read_answer(const struct fw_tpm *t, uint8_t *answer, uint32_t cap, uint32_t *ret_n)
{
	uint32_t i = 0, n = 0;

	for (; i < HEADER; i++)
		answer[i] = (uint8_t)fw_mmio_read(t->response_at + i, 1);
	for (uint32_t b = 2; b < 6; b++)
		n = n << 8 | answer[b];
	if (n < HEADER || n > t->response_bytes)
		return -EPROTO;
	if (n > cap)
		return -ENOSPC;
	for (; i < n; i++)
		answer[i] = (uint8_t)fw_mmio_read(t->response_at + i, 1);
	*ret_n = n;
	return 0;
}

int fw_tpm_submit(struct fw_tpm *t, const void *command, uint32_t n, void *answer, uint32_t cap,
		  uint64_t limit_ns, uint32_t *ret_n)
{
	const uint8_t *bytes = command;
	int r;

	if (!t->at)
		return -ENODEV;
	if (n > t->command_bytes || cap < HEADER)
		return -EINVAL;
	put(t, CTRL_REQ, READY);
	if (!wait(t, CTRL_REQ, READY, 0, STATE_LIMIT_NS)) {
		t->at = 0;
		return -ETIMEDOUT;
	}
	for (uint32_t i = 0; i < n; i++)
		fw_mmio_write(t->command_at + i, 1, bytes[i]);
	r = run(t, limit_ns);
	if (r == 0)
		r = read_answer(t, answer, cap, ret_n);
	if (t->at)
		put(t, CTRL_REQ, GO_IDLE);
	if (t->at && !wait(t, CTRL_REQ, GO_IDLE, 0, STATE_LIMIT_NS))
		t->at = 0;
	return r;
}

void fw_tpm_close(struct fw_tpm *t)
{
	if (t->at)
		put(t, LOC_CTRL, RELINQUISH);
	t->at = 0;
}
