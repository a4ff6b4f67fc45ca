/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * ACPICA's own compiler reads every table of every machine, and compiles the DSDT again from what
 * it read. Skipped (77) where iasl is not installed.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include <cairn/le.h>

#include "machines.h"

static uint8_t image[1 << 18];
static char dir[] = "/tmp/cairn-acpi-XXXXXX";

/* Runs iasl in dir, its output into the file `log`; returns its exit status. */
static int run_iasl(const char *const args[])
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		int fd = chdir(dir) ? -1 : open("log", O_WRONLY | O_CREAT | O_TRUNC, 0600);

		if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
			_exit(126);
		execvp("iasl", (char *const *)args);
		_exit(127);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static char *path(const char *file)
{
	static char p[256];

	snprintf(p, sizeof(p), "%s/%s", dir, file);
	return p;
}

static void write_file(const char *file, const uint8_t *bytes, size_t n)
{
	FILE *f = fopen(path(file), "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* The text of a file in dir holds the words, or not. */
static void expect_words(const char *file, const char *words, bool wanted)
{
	static char text[1 << 20];
	FILE *f = fopen(path(file), "rb");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	if ((strstr(text, words) != NULL) != wanted)
		fail_msg("%s of iasl %s '%s'", file, wanted ? "lacks" : "has", words);
}

static void read_table(const uint8_t *table)
{
	char file[] = "____.aml";

	memcpy(file, table, 4);
	write_file(file, table, cairn_le_load(table + 4, 4));
	assert_int_equal(run_iasl((const char *const[]){ "iasl", "-d", file, NULL }), 0);
	expect_words("log", "arning", false);
	expect_words("log", "rror", false);
}

static void compile_dsdt(void)
{
	assert_int_equal(run_iasl((const char *const[]){ "iasl", "-p", "again", "DSDT.dsl", NULL }),
			 0);
	expect_words("log", "0 Errors, 0 Warnings, 0 Remarks", true);
}

/* Machine 0 to N_ALL - 1. */
static void check_machine(unsigned i)
{
	struct cairn_writer w;
	const uint8_t *xsdt;
	size_t n;

	cairn_writer_init(&w, image, sizeof(image));
	assert_int_equal(write_any(i, &w), 0);
	assert_true(cairn_writer_is_whole(&w));
	xsdt = image + (cairn_le_load(image + 24, 8) - ACPI_AT);
	n = (cairn_le_load(xsdt + 4, 4) - 36) / 8;
	read_table(xsdt);
	for (size_t t = 0; t < n; t++)
		read_table(image + (cairn_le_load(xsdt + 36 + 8 * t, 8) - ACPI_AT));
	read_table(image + 48); /* the DSDT follows the RSDP */
	compile_dsdt();
}

/* What the disassembled DSDT says of the machine that was described. */
static void dsdt_has(unsigned i, const char *const words[], size_t n, bool wanted)
{
	check_machine(i);
	for (size_t k = 0; k < n; k++)
		expect_words("DSDT.dsl", words[k], wanted);
}

static void iasl_finds_what_was_described(void **state)
{
	static const char *const words[] = {
		"PNP0A08",
		"PNP0C02",
		"LNRO0005",
		"Device (VRFF)",
		"\"COM4\"",
		"PNP0B00",
		"PNP0C0C",
		"ACPI0013",
		"0x001FFFFF", /* the last device of _PRT */
		"0x00FF,             // Range Maximum",
		"0xFBFFFFFF,         // Range Maximum",
		"0x000000BFFFFFFFFF, // Range Maximum",
		"0x0000001000000FFF, // Range Maximum",
		"SystemIO, 0x0602, One",
		"Notify (PWRB, 0x80)",
		"Interrupt (ResourceConsumer, Edge, ActiveLow, Exclusive",
		"Interrupt (ResourceConsumer, Level, ActiveHigh, Exclusive",
	};

	dsdt_has(6, words, CAIRN_ARRAY_LEN(words), true);
}

static void iasl_finds_nothing_else(void **state)
{
	static const char *const no_pci[] = { "PNP0A08", "PNP0C02", "LNRO0005", "COM2" };
	static const char *const small[] = { "_PRT",
					     "PNP0501",
					     "PNP0B00",
					     "PNP0C0C",
					     "_S5",
					     "QWordMemory (ResourceP",
					     "0x00000000,         // Range Minimum" };

	dsdt_has(0, no_pci, CAIRN_ARRAY_LEN(no_pci), false);
	dsdt_has(5, small, CAIRN_ARRAY_LEN(small), false);
}

static void iasl_finds_what_an_arm64_machine_has(void **state)
{
	static const char *const words[] = {
		"Device (C000)",
		"Device (C12B)", /* the last of 300 */
		"ACPI0007",
		"PNP0A08",
		"_CCA",
		"\"ARMH0011\"",
		"PNP0501",
		"LNRO0005",
		"SystemMemory, 0x0000006000000001, One",
		"Notify (PWRB, 0x80)",
		"0x000003FB,", /* the last SPI */
	};
	static const char *const others[] = { "_S5", "SystemIO", "WordIO", "IO (" };

	dsdt_has(N_ALL - 1, words, CAIRN_ARRAY_LEN(words), true);
	dsdt_has(N_ALL - 1, others, CAIRN_ARRAY_LEN(others), false);
}

/* What the other tables say, by the names that the compiler gives to their fields. */
static void iasl_finds_the_arm64_tables(void **state)
{
	static const struct {
		const char *file, *words;
	} known[] = {
		{ "FACP.dsl", "PSCI Compliant : 1" },
		{ "FACP.dsl", "Must use HVC for PSCI : 1" },
		{ "FACP.dsl", "Hardware Reduced (V5) : 1" },
		{ "APIC.dsl", "Subtable Type : 0F [Generic Interrupt Translator]" },
		{ "APIC.dsl", "Performance Interrupt : 00000017" },
		{ "GTDT.dsl", "Virtual Timer Interrupt : 0000001B" },
		{ "GTDT.dsl", "Always On : 1" },
		{ "SPCR.dsl", "Interface Type : 03" },
		{ "SPCR.dsl", "Interrupt : 00000021" },
		{ "IORT.dsl", "Type : 02" },
		{ "IORT.dsl", "ID Count : 0000FFFF" },
		{ "IORT.dsl", "Coherency : 1" },
		{ "DBG2.dsl", "Port Subtype : 0003" },
		{ "DBG2.dsl", "Namepath : \"\\_SB.COM1\"" },
		{ "PPTT.dsl", "ACPI Processor ID : 0000000F" },
		{ "PPTT.dsl", "Associativity : 08" },
		{ "PPTT.dsl", "Line Size : 0040" },
		{ "MCFG.dsl", "Base Address : 0000004010000000" },
	};

	check_machine(N_MACHINES + 1);
	for (size_t k = 0; k < CAIRN_ARRAY_LEN(known); k++)
		expect_words(known[k].file, known[k].words, true);
}

static void iasl_reads_every_machine_without_a_warning(void **state)
{
	for (unsigned i = 0; i < N_ALL; i++)
		check_machine(i);
}

static int clean_up(void **state)
{
	static const char *const files[] = { "log",      "again.aml", "DSDT.aml", "DSDT.dsl",
					     "FACP.aml", "FACP.dsl",  "APIC.aml", "APIC.dsl",
					     "MCFG.aml", "MCFG.dsl",  "XSDT.aml", "XSDT.dsl",
					     "GTDT.aml", "GTDT.dsl",  "SPCR.aml", "SPCR.dsl",
					     "IORT.aml", "IORT.dsl",  "PPTT.aml", "PPTT.dsl",
					     "DBG2.aml", "DBG2.dsl" };

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(files); i++)
		unlink(path(files[i]));
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(iasl_reads_every_machine_without_a_warning),
		cmocka_unit_test(iasl_finds_what_was_described),
		cmocka_unit_test(iasl_finds_nothing_else),
		cmocka_unit_test(iasl_finds_what_an_arm64_machine_has),
		cmocka_unit_test(iasl_finds_the_arm64_tables),
	};

	if (!mkdtemp(dir))
		return 1;
	if (run_iasl((const char *const[]){ "iasl", "-v", NULL }) == 127) {
		clean_up(NULL);
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, clean_up);
}
