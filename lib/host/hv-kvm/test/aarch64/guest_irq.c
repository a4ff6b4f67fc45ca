/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * guest_irq.c - see ../guest_irq.h. The guest's set-up is a script of register writes that is made
 * here: it depends on the version of the GIC. Registers and commands as in Arm IHI 0069.
 */
#include "guest_asm.h"

#include "../guest_irq.h"

enum {
	SCRIPT_AT = 0x3000,
	SCRIPT_64 = 1, /* in an entry's address: 8 bytes, not 4 */
	X_GIC = 20,    /* registers that the guest is started with */
	X_GICC,
	X_HALTS,
	X_TIMER_TICKS,
	DEVICE = 5, /* of the messages; their events are 0 and 1 */
	FIRST_LPI = 8192,
	ITS_PAGE = 0x10000,
	ITS_MEM_AT = 0x400000,
	PENDING_AT = ITS_MEM_AT + ITS_PAGE,
	DEVICES_AT = ITS_MEM_AT + 2 * ITS_PAGE,
	COLLECTIONS_AT = ITS_MEM_AT + 3 * ITS_PAGE,
	COMMANDS_AT = ITS_MEM_AT + 4 * ITS_PAGE,
	EVENTS_AT = ITS_MEM_AT + 5 * ITS_PAGE,
	ITS_MEM = 6 * ITS_PAGE,
};

const uint32_t guest_line_says = CAIRN_HV_ARM64_FIRST_SPI + GUEST_LINE;
const uint32_t guest_message_says[2] = { FIRST_LPI, FIRST_LPI + 1 };

static _Alignas(ITS_PAGE) unsigned char its_mem[ITS_MEM];

/* The script; the processor's own registers; then 1 at 0x9000, a timer if wanted, and the wait. */
GUEST(static, irq_code,
      "mov x2, #0x3000\n"
      "1: ldp x0, x1, [x2], #16\n"
      "cbz x0, 3f\n"
      "tbz x0, #0, 2f\n"
      "and x0, x0, #~1\n"
      "str x1, [x0]\n"
      "b 1b\n"
      "2: str w1, [x0]\n"
      "b 1b\n"
      "3: mov x0, #0x2000\n"
      "msr vbar_el1, x0\n"
      "cmp x20, #3\n"
      "b.ne 4f\n"
      "mov x0, #1\n"
      "msr S3_0_C12_C12_5, x0\n" /* ICC_SRE_EL1 */
      "isb\n"
      "mov x0, #0xff\n"
      "msr S3_0_C4_C6_0, x0\n" /* ICC_PMR_EL1 */
      "mov x0, #1\n"
      "msr S3_0_C12_C12_7, x0\n" /* ICC_IGRPEN1_EL1 */
      "isb\n"
      "4: mov x1, #0x9000\n"
      "mov w11, #0x66\n"
      "mov w0, #1\n"
      "strb w0, [x1]\n"
      "msr daifclr, #2\n"
      "cbz x23, 5f\n"
      "mrs x0, cntvct_el0\n"
      "add x0, x0, x23\n"
      "msr cntv_cval_el0, x0\n"
      "mov x0, #1\n"
      "msr cntv_ctl_el0, x0\n"
      "5: cbz x22, 6f\n"
      "wfi\n"
      "6: ldrb w0, [x1, #0x30]\n"
      "b 5b\n"
      ".org guest_irq_code_start + 0x1280\n"
      "msr cntv_ctl_el0, xzr\n"
      "cmp x20, #3\n"
      "b.ne 7f\n"
      "mrs x10, S3_0_C12_C12_0\n" /* ICC_IAR1_EL1 */
      "strh w10, [x1, #0x10]\n"
      "msr S3_0_C12_C12_1, x10\n" /* ICC_EOIR1_EL1 */
      "b 8f\n"
      "7: ldr w10, [x21, #0xc]\n" /* GICC_IAR */
      "strh w10, [x1, #0x10]\n"
      "str w10, [x21, #0x10]\n" /* GICC_EOIR */
      "8: strb w11, [x1, #0x20]\n"
      "eret");

/* Appends a write to the script. */
static void write_reg(size_t *n, uint64_t addr, uint64_t value)
{
	cairn_le_store(guest_mem + SCRIPT_AT + *n * 16, 8, addr);
	cairn_le_store(guest_mem + SCRIPT_AT + *n * 16 + 8, 8, value);
	++*n;
}

/* The interrupt on; is_level as the distributor's ICFGR has it. */
static void write_intid(size_t *n, unsigned gic, uint32_t intid, bool is_level)
{
	uint64_t sgi_base =
	    intid < CAIRN_HV_ARM64_FIRST_SPI && gic == 3 ? GUEST_GICR + 0x10000 : GUEST_GICD;
	uint64_t word = intid / 32 * 4;

	if (gic == 3)
		write_reg(n, sgi_base + 0x80 + word, UINT32_MAX); /* IGROUPR */
	else
		write_reg(n, GUEST_GICD + 0x800 + intid / 4 * 4, 0x01010101); /* ITARGETSR */
	write_reg(n, sgi_base + 0xc00 + intid / 16 * 4,
		  is_level ? 0 : UINT64_C(2) << intid % 16 * 2);          /* ICFGR */
	write_reg(n, sgi_base + 0x100 + word, UINT64_C(1) << intid % 32); /* ISENABLER */
}

/* A vm whose guest will run the script; *ret_n writes of it are made. */
static struct guest irq_guest(size_t *ret_n)
{
	struct guest g = guest_open(1, guest_lines, &guest_irq_code);
	unsigned gic = (unsigned)cairn_hv_cap(g.vm, CAIRN_HV_GIC);
	const struct cairn_hv_reg regs[] = { { CAIRN_HV_ARM64_X(X_GIC), gic },
					     { CAIRN_HV_ARM64_X(X_GICC), GUEST_GICC },
					     { CAIRN_HV_ARM64_X(X_HALTS), 0 },
					     { CAIRN_HV_ARM64_X(X_TIMER_TICKS), 0 } };

	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], regs, CAIRN_ARRAY_LEN(regs)), 0);
	*ret_n = 0;
	write_reg(ret_n, GUEST_GICD, gic == 3 ? 0x12 : 1); /* CTLR: ARE and group 1, or on */
	if (gic == 2) {
		write_reg(ret_n, GUEST_GICC, 1);
		write_reg(ret_n, GUEST_GICC + 4, 0xff);
	}
	return g;
}

struct guest guest_line(bool is_level)
{
	size_t n;
	struct guest g = irq_guest(&n);

	write_intid(&n, (unsigned)cairn_hv_cap(g.vm, CAIRN_HV_GIC), guest_line_says, is_level);
	guest_expect_mmio(&g, 0x9000, 1, 1);
	return g;
}

struct guest guest_timer(void)
{
	const struct cairn_hv_reg ticks = { CAIRN_HV_ARM64_X(X_TIMER_TICKS), 1000 };
	size_t n;
	struct guest g = irq_guest(&n);

	assert_int_equal(cairn_hv_vcpu_set_regs(g.vcpu[0], &ticks, 1), 0);
	write_intid(&n, (unsigned)cairn_hv_cap(g.vm, CAIRN_HV_GIC), CAIRN_HV_ARM64_VTIMER_INTID,
		    true);
	guest_expect_mmio(&g, 0x9000, 1, 1);
	return g;
}

void guest_halts(struct guest *g)
{
	const struct cairn_hv_reg halts = { CAIRN_HV_ARM64_X(X_HALTS), 1 };

	cairn_hv_vcpu_kick(g->vcpu[0]);
	guest_run(g, CAIRN_HV_EXIT_KICKED);
	assert_int_equal(cairn_hv_vcpu_set_regs(g->vcpu[0], &halts, 1), 0);
}

bool guest_has_messages(void)
{
	struct cairn_vm *vm = guest_vm(1, guest_lines);
	bool has = cairn_hv_cap(vm, CAIRN_HV_ITS);

	cairn_hv_close(vm);
	return has;
}

/* Command i of the ITS: words 0 to 2. */
static void command(size_t i, uint64_t w0, uint64_t w1, uint64_t w2)
{
	unsigned char *c = its_mem + (COMMANDS_AT - ITS_MEM_AT) + i * 32;

	cairn_le_store(c, 8, w0);
	cairn_le_store(c + 8, 8, w1);
	cairn_le_store(c + 16, 8, w2);
}

/* Tables and commands in memory: both events of DEVICE to LPIs, those to vcpu 0, both enabled. */
static size_t its_commands(void)
{
	const uint64_t valid = UINT64_C(1) << 63;
	size_t n = 0;

	memset(its_mem, 0, sizeof(its_mem));
	its_mem[0] = its_mem[1] = 0xa1;                                   /* priority, enabled */
	command(n++, 0x9, 0, valid);                                      /* MAPC 0 to vcpu 0 */
	command(n++, 0x8 | (uint64_t)DEVICE << 32, 0, valid | EVENTS_AT); /* MAPD, two events */
	for (uint64_t event = 0; event < 2; event++)
		command(n++, 0xa | (uint64_t)DEVICE << 32, event | (FIRST_LPI + event) << 32, 0);
	command(n++, 0xd, 0, 0); /* INVALL */
	command(n++, 0x5, 0, 0); /* SYNC */
	return n;
}

struct guest guest_messages(void)
{
	const struct cairn_hv_region r = {
		.slot = 1, .at = { ITS_MEM_AT }, .len_bytes = ITS_MEM, .host = its_mem, .fd = -1
	};
	const uint64_t valid = UINT64_C(1) << 63, its = GUEST_ITS | SCRIPT_64;
	size_t n, commands = its_commands();
	struct guest g = irq_guest(&n);

	assert_int_equal(cairn_hv_mem_add(g.vm, &r), 0);
	write_intid(&n, 3, guest_line_says, false);
	write_reg(&n, (GUEST_GICR + 0x70) | SCRIPT_64, ITS_MEM_AT | 13); /* PROPBASER, 14 bits */
	write_reg(&n, (GUEST_GICR + 0x78) | SCRIPT_64, PENDING_AT);
	write_reg(&n, GUEST_GICR, 1); /* EnableLPIs */
	write_reg(&n, its + 0x80, valid | COMMANDS_AT);
	write_reg(&n, its + 0x100, valid | DEVICES_AT);
	write_reg(&n, its + 0x108, valid | COLLECTIONS_AT);
	write_reg(&n, GUEST_ITS, 1);
	write_reg(&n, its + 0x88, commands * 32); /* CWRITER: go */
	guest_expect_mmio(&g, 0x9000, 1, 1);
	return g;
}

struct guest_message guest_message(unsigned which)
{
	return (struct guest_message){ .addr = GUEST_ITS + CAIRN_HV_ARM64_ITS_TRANSLATER,
				       .data = which,
				       .devid = DEVICE };
}
