/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * kvm_bench - from nothing to a guest's first exit, and one exit and back, with KVM's own part
 * beside it: the same KVM_RUN without hv.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>

#include <cairn/hv_x86_64.h>

#include "../src/kvm_.h"

enum { EXITS = 20000, LIVES = 20 };

static _Alignas(CAIRN_HV_PAGE) unsigned char mem[2 * CAIRN_HV_PAGE];

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

/* A guest that writes to a port for ever: out %al,$0x80; jmp back. */
static int start(struct cairn_vm **ret_vm, struct cairn_vcpu **ret_vcpu)
{
	static const unsigned char code[] = { 0xe6, 0x80, 0xeb, 0xfc };
	const struct cairn_hv_vm_config c = { .max_vcpus = 1,
					      .n_lines = CAIRN_HV_X86_LINES,
					      .kick_signal = SIGRTMIN };
	const struct cairn_hv_region r = { .len_bytes = sizeof(mem), .host = mem, .fd = -1 };
	const struct cairn_hv_reg regs[] = {
		{ CAIRN_HV_X86_SEG(CAIRN_HV_X86_CS, CAIRN_HV_X86_BASE), 0 },
		{ CAIRN_HV_X86_RIP, CAIRN_HV_PAGE },
	};
	const struct cairn_hv_start s = { 0 };
	struct cairn_err err = { 0 };

	memcpy(mem + CAIRN_HV_PAGE, code, sizeof(code));
	if (cairn_hv_open(&cairn_hv_kvm_ops, NULL, &c, ret_vm, &err) < 0) {
		printf("skipped: %s (%s)\n", err.what, err.detail);
		return 77;
	}
	return cairn_hv_mem_add(*ret_vm, &r) || cairn_hv_vcpu_open(*ret_vm, 0, ret_vcpu) ||
	       cairn_hv_vcpu_set_regs(*ret_vcpu, regs, CAIRN_ARRAY_LEN(regs)) ||
	       cairn_hv_start(*ret_vm, &s, NULL);
}

static int measure_exits(void)
{
	struct cairn_hv_exit *e;
	struct cairn_vcpu *v;
	struct cairn_vm *vm;
	double t[3];
	int rc = start(&vm, &v);

	if (rc)
		return rc;
	rc = cairn_hv_vcpu_run(v, &e);
	t[0] = now_s();
	for (int i = 0; i < EXITS && !rc; i++)
		rc = cairn_hv_vcpu_run(v, &e);
	t[1] = now_s();
	for (int i = 0; i < EXITS && !rc; i++)
		rc = ioctl(to_kvm_vcpu(v)->fd, KVM_RUN, 0);
	t[2] = now_s();
	printf("port write, exit and back: %.0f ns, of which KVM_RUN %.0f ns\n",
	       (t[1] - t[0]) * 1e9 / EXITS, (t[2] - t[1]) * 1e9 / EXITS);
	cairn_hv_vcpu_close(v);
	cairn_hv_close(vm);
	return rc;
}

static int measure_lives(void)
{
	double t = now_s();

	for (int i = 0; i < LIVES; i++) {
		struct cairn_hv_exit *e;
		struct cairn_vcpu *v;
		struct cairn_vm *vm;

		if (start(&vm, &v) || cairn_hv_vcpu_run(v, &e))
			return 1;
		cairn_hv_vcpu_close(v);
		cairn_hv_close(vm);
	}
	printf("open, first exit, close: %.0f us\n", (now_s() - t) * 1e6 / LIVES);
	return 0;
}

int main(void)
{
	int rc = measure_exits();

	return rc ? rc : measure_lives();
}
