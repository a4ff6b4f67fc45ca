/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * A machine after a reboot is the machine that was started: the guest reads every register that
 * there is, leaves dirt everywhere, and resets; the next one must read the same.
 */
#include "driver.h"
#include "record.h"

#include <sys/eventfd.h>

#include <cairn/virtio_net.h>

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

/* Part by part: registers of each function and device, then use of each, then the reset. */
enum { N_DEVICES = 5, NET = 2, BOOTS_OF_PARTS = 3 };

/* The host's end of the network interface: nothing comes, everything goes. */
static struct quiet_net {
	struct cairn_net net;
	uint32_t offloads; /* as the guest's driver had them set */
} quiet_net;

static int net_receive(struct cairn_net *n, const struct iovec *iov, int n_iov)
{
	(void)n;
	(void)iov;
	(void)n_iov;
	return -EAGAIN;
}

static int net_transmit(struct cairn_net *n, const struct iovec *iov, int n_iov)
{
	(void)n;
	(void)iov;
	(void)n_iov;
	return 0;
}

static int net_set_offloads(struct cairn_net *n, uint32_t offloads)
{
	cairn_container_of(n, struct quiet_net, net)->offloads = offloads;
	return 0;
}

static void net_close(struct cairn_net *n)
{
	close(n->fd);
}

static int net_open(const char *name, uint16_t n, struct cairn_net **ret_ports,
		    struct cairn_err *err)
{
	static const struct cairn_net_ops net_ops = { .size = sizeof(net_ops),
						      .receive = net_receive,
						      .transmit = net_transmit,
						      .set_offloads = net_set_offloads,
						      .close = net_close };

	(void)name;
	(void)n;
	(void)err;
	quiet_net = (struct quiet_net){ .net = { .ops = &net_ops,
						 .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
						 .offloads = CAIRN_NET_CSUM } };
	ret_ports[0] = &quiet_net.net;
	return quiet_net.net.fd < 0 ? -errno : 0;
}

static const char *part_of(const char *what, unsigned n)
{
	static char name[PART_NAME];

	snprintf(name, sizeof(name), "%s %u", what, n);
	return name;
}

static void ask(const char *part, uint64_t at, unsigned n, uint8_t len)
{
	for (unsigned i = 0; i < n; i++)
		record_step(part,
			    cairn_hv_fake_read(CAIRN_HV_EXIT_MMIO, at + (uint64_t)i * len, len));
}

static void tell(uint64_t at, uint8_t len, uint64_t value)
{
	record_step("", cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, at, len, value));
}

/* BARs are put in place first: without an address registers cannot be read. */
static void ask_function(unsigned n)
{
	uint64_t at = LAYOUT_ECAM_AT + ((uint64_t)n << 15);
	uint64_t bar0 = LAYOUT_PCI32_AT + n * UINT64_C(0x10000), bar1 = bar0 + 0x100000;

	ask(part_of("configuration space of function", n), at, 64, 4);
	if (n == 0)
		return;
	tell(at + 0x10, 4, bar0);
	tell(at + 0x14, 4, bar1);
	tell(at + 0x04, 2, 0x0006);
	ask(part_of("common configuration of function", n), bar0, 0x38 / 2, 2);
	tell(bar0 + 0x00, 4, 1);
	ask(part_of("features of function", n), bar0 + 0x04, 1, 4);
	ask(part_of("device configuration of function", n), bar0 + 0x2000, 0x40, 1);
	ask(part_of("MSI-X table of function", n), bar1, 64, 4);
	ask(part_of("MSI-X pending bits of function", n), bar1 + 0x800, 2, 4);
	tell(bar1, 4, 0xfee00000);
	tell(bar1 + 8, 4, 0x41);
	tell(bar1 + 12, 4, 0);
}

static void ask_mmio(unsigned n)
{
	uint64_t at = LAYOUT_MMIO_AT + n * LAYOUT_MMIO_STEP;

	ask(part_of("registers of device", n), at, 0x40, 4);
	tell(at + 0x14, 4, 1);
	ask(part_of("features of device", n), at + 0x10, 1, 4);
	ask(part_of("configuration of device", n), at + 0x100, 0x40, 1);
}

static char *first_lines;
static unsigned n_alike;

static void boot_of_parts(unsigned n)
{
	forget_chance();
	record_handed_over();
	for (unsigned i = 0; i < N_DEVICES + (is_pci ? 1u : 0u); i++) {
		if (is_pci)
			ask_function(i);
		else
			ask_mmio(i);
	}
	offer_reads(1);
	for (unsigned i = 0; i < N_DEVICES; i++) {
		struct driver d = {
			.is_pci = is_pci,
			.index = i,
			.features = i == NET ? (uint32_t)CAIRN_VIRTIO_NET_F_GUEST_CSUM : 0,
		};

		push_start(d);
		push_kick(d);
	}
	soil_platform();
	if (n + 1 < BOOTS_OF_PARTS)
		push_reset();
	else
		push_power_off();
}

/* Says which lines differ. */
static void print_differences(const char *was, const char *is, unsigned n)
{
	while (*was || *is) {
		size_t a = strcspn(was, "\n"), b = strcspn(is, "\n");

		if (a != b || memcmp(was, is, a) != 0)
			printf("boot %u has '%.*s', not '%.*s'\n", n, (int)b, is, (int)a, was);
		was += a + (was[a] != '\0');
		is += b + (is[b] != '\0');
	}
}

static void compare_parts(unsigned n)
{
	char *lines;

	record("net: offloads %#x", quiet_net.offloads);
	lines = record_end();
	soil_memory();
	if (n == 0) {
		first_lines = lines;
		n_alike++;
		return;
	}
	n_alike += !strcmp(first_lines, lines);
	print_differences(first_lines, lines, n);
	free(lines);
}

/* Each of these must be there, so that none is compared that is not recorded. */
static void check_parts(void)
{
	static const char *const all[] = {
		"machine: ",    "regions: ", "registers of vCPU 0: ", "vCPU 2: ",
		"interrupts: ", "start: ",   "memory: page ",         "net: offloads 0x1"
	};
	static const char *const pci[] = { "configuration space of function 0: ",
					   "common configuration of function 4: ",
					   "device configuration of function 1: ",
					   "MSI-X table of function 3: ",
					   "MSI-X pending bits of function 2: ",
					   "device configuration of function 3: ",
					   "features of function 5: " };
	static const char *const mmio[] = { "doorbells: ", "registers of device 0: ",
					    "features of device 3: ", "configuration of device 1: ",
					    "configuration of device 2: " };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(all); i++)
		assert_non_null(strstr(first_lines, all[i]));
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(pci) && is_pci; i++)
		assert_non_null(strstr(first_lines, pci[i]));
	for (size_t i = 0; i < CAIRN_ARRAY_LEN(mmio) && !is_pci; i++)
		assert_non_null(strstr(first_lines, mmio[i]));
	assert_null(strstr(first_lines, "was not read"));
}

static void reboot_by_parts(bool pci)
{
	is_pci = pci;
	n_alike = 0;
	script = (struct scripted){ .boot = boot_of_parts,
				    .closing = compare_parts,
				    .hook_ops = record_ops,
				    .net_open = net_open };
	script_console = "virtio";
	assert_int_equal(RUN("--cpus", "3", "--transport", is_pci ? "pci" : "mmio", "--rng",
			     "--disk", "path=a.img,serial=one", "--disk",
			     "path=b.img,engine=threads,queues=3", "--net", "tap=quiet,mtu=1400"),
			 EXIT_POWER_OFF);
	script_console = "file=out";
	assert_int_equal(script.n_boots, BOOTS_OF_PARTS);
	check_parts();
	assert_int_equal(n_alike, BOOTS_OF_PARTS);
	free(first_lines);
}

static void every_part_is_that_of_a_new_machine_on_mmio(void **state)
{
	(void)state;
	reboot_by_parts(false);
}

static void every_part_is_that_of_a_new_machine_on_pci(void **state)
{
	(void)state;
	reboot_by_parts(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_reboots_are_ten_new_machines_on_mmio),
		cmocka_unit_test(ten_reboots_are_ten_new_machines_on_pci),
		cmocka_unit_test(every_part_is_that_of_a_new_machine_on_mmio),
		cmocka_unit_test(every_part_is_that_of_a_new_machine_on_pci),
	};

	alarm(100); /* runs take SIGTERM */
	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
