/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * main.c - runs the tests that the command line names: test=NAME[,NAME]…, where a NAME may also be
 * that of a list (rings, registers, pci, platform, races) or all. Each is done to every device in
 * turn; after each, the other devices must serve as they are, and the same one after a reset.
 * Prints "ok NAME" for each and "done N" at the end.
 */
#include "hostile.h"

struct hvm_start_info { /* Xen's, as the kernel gets it */
	uint32_t magic, version, flags, nr_modules;
	uint64_t modules, cmdline, rsdp;
};

struct gate { /* of the interrupt descriptor table */
	uint16_t low, selector, flags, middle;
	uint32_t high, zero;
};

extern const uint8_t exception_entries[], interrupt_entry[];
void guest_main(const struct hvm_start_info *info);
void guest_exception(uint64_t vector, uint64_t error, uint64_t rip);

const char *test_name = "start";

enum { N_EXCEPTIONS = 32, N_GATES = 256 };

static _Alignas(16) struct gate gates[N_GATES];
static unsigned n_done;

void guest_exception(uint64_t vector, uint64_t error, uint64_t rip)
{
	print("exception ");
	print_number(vector);
	print(" ");
	print_number(error);
	print(" ");
	print_number(rip);
	print("\n");
	fail("exception");
}

static struct gate gate_to(uintptr_t at)
{
	return (struct gate){
		.low = (uint16_t)at, .selector = 8, .flags = 0x8e00, .middle = (uint16_t)(at >> 16)
	};
}

void catch_exceptions(void)
{
	struct __attribute__((packed)) {
		uint16_t limit;
		uint64_t base;
	} pointer = { sizeof(gates) - 1, (uintptr_t)gates };

	for (unsigned i = 0; i < N_EXCEPTIONS; i++)
		gates[i] = gate_to((uintptr_t)exception_entries + 16 * i);
	for (unsigned i = N_EXCEPTIONS; i < N_GATES; i++)
		gates[i] = gate_to((uintptr_t)interrupt_entry);
	__asm__ volatile("lidt %0" : : "m"(pointer));
}

/* The value of "test=", up to a space; "all" without one. */
static const char *wanted(const char *cmdline)
{
	static const char key[] = "test=";

	for (; cmdline && *cmdline; cmdline++) {
		unsigned i = 0;

		while (key[i] && cmdline[i] == key[i])
			i++;
		if (!key[i])
			return cmdline + i;
	}
	return "all";
}

/* Whether a list separated by commas has the name. */
static bool has(const char *list, const char *name)
{
	while (*list && *list != ' ') {
		unsigned i = 0;

		while (name[i] && list[i] == name[i])
			i++;
		if (!name[i] && (!list[i] || list[i] == ',' || list[i] == ' '))
			return true;
		while (*list && *list != ' ' && *list != ',')
			list++;
		list += *list == ',';
	}
	return false;
}

static bool applies(const struct test *t, const struct dev *d)
{
	if ((t->flags & ONCE) && d->number)
		return false;
	if (((t->flags & PCI_ONLY) && !d->is_pci) || ((t->flags & MMIO_ONLY) && d->is_pci))
		return false;
	return !(t->flags & BLK_ONLY) || d->type == TYPE_BLK;
}

static void run_on(const struct test *t, struct dev *victim)
{
	t->run(victim);
	for (unsigned i = 0; i < n_devs; i++)
		if (&devs[i] != victim && &devs[i] != victim->peer)
			must_serve(&devs[i]);
	set_up(victim);
	must_serve(victim);
	if (victim->peer)
		must_serve(victim->peer);
}

static void run_test(const struct test *t)
{
	bool ran = false;

	test_name = t->name;
	for (unsigned i = 0; i < n_devs; i++) {
		if (!applies(t, &devs[i]))
			continue;
		run_on(t, &devs[i]);
		ran = true;
	}
	if (!ran)
		return;
	print("\nok ");
	print(t->name);
	print("\n");
	n_done++;
}

static void run_list(const char *name, const struct test *t, const char *list)
{
	bool whole = has(list, "all") || has(list, name);

	for (; t->name; t++)
		if (has(list, t->name) || (whole && !(t->flags & LAST)))
			run_test(t);
}

void guest_main(const struct hvm_start_info *info)
{
	const char *list = wanted((const char *)(uintptr_t)info->cmdline);

	catch_exceptions();
	find_devices();
	if (n_devs < 2)
		fail("fewer than two devices");
	second_start();
	for (unsigned i = 0; i < n_devs; i++) {
		set_up(&devs[i]);
		must_serve(&devs[i]);
	}
	run_list("rings", ring_tests, list);
	run_list("registers", register_tests, list);
	run_list("pci", pci_tests, list);
	run_list("platform", platform_tests, list);
	run_list("races", race_tests, list);
	if (!n_done)
		fail("no such test here");
	print("done ");
	print_number(n_done);
	print("\n");
	power_off();
}
