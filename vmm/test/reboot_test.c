/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * A machine after a reboot is the machine that was started: the guest reads every register that
 * there is, leaves dirt everywhere, and resets; the next one must read the same.
 */
#include "scripted.h"

enum { BOOTS = 11, MAX_READS = 600, VIRTIO_STATUS = 0x70 };

static struct record {
	uint64_t reads[MAX_READS];
	size_t n_reads;
	uint64_t memory, regs; /* sums */
	uint64_t fds, guest_bytes;
} first, now;

static size_t n_steps;

/*
 * Of the architecture: boot_regs, forget_chance() (what differs from boot to boot by intent goes
 * from memory), read_platform() (returns how many steps), soil_platform().
 */
#include "reboot_arch.h"

static uint64_t add_up(uint64_t sum, const void *bytes, size_t n)
{
	const uint8_t *b = bytes;

	for (size_t i = 0; i < n; i++)
		sum = (sum ^ b[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static void read_words(uint64_t at, unsigned n)
{
	for (unsigned i = 0; i < n; i++, n_steps++)
		push(cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, at + 4 * i, 4));
}

static void write_word(uint64_t at, uint32_t value)
{
	push(cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, at, 4, value));
}

/* Features, selectors, queue addresses, a status half way. */
static void soil_mmio(uint64_t at)
{
	write_word(at + VIRTIO_STATUS, 1);
	write_word(at + VIRTIO_STATUS, 3);
	write_word(at + 0x24, 1);
	write_word(at + 0x20, 1);
	write_word(at + 0x14, 1);
	write_word(at + 0x30, 0);
	write_word(at + 0x38, 8);
	write_word(at + 0x80, 0x5000);
	write_word(at + 0x90, 0x6000);
	write_word(at + 0xa0, 0x7000);
	write_word(at + 0x44, 1);
}

/* BARs, command, MSI-X. */
static void soil_pci(unsigned slot)
{
	uint64_t at = LAYOUT_ECAM_AT + ((uint64_t)slot << 15);
	uint64_t bar0 = LAYOUT_PCI32_AT + 0x100000 + slot * 0x10000, bar1 = bar0 + 0x100000;

	write_word(at + 0x10, (uint32_t)bar0);
	write_word(at + 0x14, (uint32_t)bar1);
	write_word(at + 0x04, 0x0407);
	write_word(at + 0x3c, 0x0b);
	write_word(bar0 + 0x14, 3);
	write_word(bar1, 0xfee00000);
}

static void look_at_memory(void)
{
	forget_chance();
	for (uint32_t i = 0; i < script.n_ram; i++)
		now.memory = add_up(now.memory, script.ram[i].host, script.ram[i].len_bytes);
}

static void soil_memory(void)
{
	for (uint32_t i = 0; i < script.n_ram; i++)
		memset(script.ram[i].host, 0xa5, script.ram[i].len_bytes);
}

static void look_at_registers(void)
{
	if (cairn_hv_fake_ops.get_regs(script.vcpu, boot_regs, CAIRN_ARRAY_LEN(boot_regs)))
		abort();
	now.regs = add_up(now.regs, boot_regs, sizeof(boot_regs));
}

static bool is_pci;

static void boot(unsigned n)
{
	memset(&now, 0, sizeof(now)); /* compared as bytes */
	now.fds = count_fds();
	now.guest_bytes = guest_memory_bytes();
	look_at_registers();
	look_at_memory();
	n_steps = 0;
	n_steps += read_platform();
	for (unsigned d = 0; d < 3; d++) {
		if (is_pci) {
			read_words(LAYOUT_ECAM_AT + ((uint64_t)(d + 1) << 15), 64);
			continue;
		}
		read_words(LAYOUT_MMIO_AT + d * LAYOUT_MMIO_STEP, 0x40);
		read_words(LAYOUT_MMIO_AT + d * LAYOUT_MMIO_STEP + 0x100, 15);
	}
	soil_platform();
	for (unsigned d = 0; d < 3; d++) {
		if (is_pci)
			soil_pci(d + 1);
		else
			soil_mmio(LAYOUT_MMIO_AT + d * LAYOUT_MMIO_STEP);
	}
	if (n + 1 < BOOTS)
		push_reset();
	else
		push_power_off();
}

static unsigned n_same;

static void compare(unsigned n)
{
	struct cairn_hv_fake_result r;

	for (size_t i = 0; i < n_steps && i < MAX_READS; i++, now.n_reads++) {
		if (cairn_hv_fake_result(script.vcpu, i, &r))
			break;
		now.reads[i] = cairn_le_load(r.data, 4);
	}
	soil_memory();
	if (n == 0)
		first = now;
	for (size_t i = 0; i < n_steps; i++)
		if (now.reads[i] != first.reads[i])
			printf("boot %u: step %zu read %llx, not %llx\n", n, i,
			       (unsigned long long)now.reads[i],
			       (unsigned long long)first.reads[i]);
	n_same += !memcmp(&first, &now, sizeof(now));
}

static void check_reboots(void)
{
	script = (struct scripted){ .boot = boot, .closing = compare };
	n_same = 0;
	assert_int_equal(RUN("--transport", is_pci ? "pci" : "mmio", "--rng", "--disk",
			     "path=a.img,engine=threads", "--disk", "path=b.img,engine=threads"),
			 EXIT_POWER_OFF);
	assert_int_equal(script.n_boots, BOOTS);
	assert_true(first.n_reads == n_steps && n_steps > 150);
	assert_int_equal(first.fds, now.fds);
	assert_true(first.guest_bytes > 0 && now.guest_bytes == first.guest_bytes);
	assert_int_equal(first.regs, now.regs);
	assert_int_equal(first.memory, now.memory);
	assert_int_equal(n_same, BOOTS);
}

static void ten_reboots_are_ten_new_machines_on_mmio(void **state)
{
	(void)state;
	is_pci = false;
	check_reboots();
}

static void ten_reboots_are_ten_new_machines_on_pci(void **state)
{
	(void)state;
	is_pci = true;
	check_reboots();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_reboots_are_ten_new_machines_on_mmio),
		cmocka_unit_test(ten_reboots_are_ten_new_machines_on_pci),
	};

	alarm(100); /* runs take SIGTERM */
	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
