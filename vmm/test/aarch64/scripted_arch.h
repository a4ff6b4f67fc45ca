/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* scripted_arch.h - what a scripted guest of aarch64 does, see ../scripted.h. */
#ifndef SCRIPTED_ARCH_H
#define SCRIPTED_ARCH_H

#include <cairn/hv_aarch64.h>
#include <cairn/le.h>

enum { SCRIPT_PLATFORM_LINES = 3, SCRIPT_REG_CALLS = 1 };

static int script_gic = 3, script_gpa_bits = 40;

/* As KVM. */
static void script_caps(struct cairn_vm *vm, const struct cairn_hv_vm_config *c)
{
	const struct cairn_hv_aarch64 *a = c->arch;
	bool has_its = script_gic == 3 && a->its.v;
	const struct {
		enum cairn_hv_cap cap;
		int value;
	} caps[] = {
		{ CAIRN_HV_GIC, script_gic },
		{ CAIRN_HV_ITS, has_its },
		{ CAIRN_HV_MSI, has_its ? 4072 : 0 },
		{ CAIRN_HV_MSI_DEVID, 1 },
		{ CAIRN_HV_LINES, CAIRN_HV_ARM64_LINES },
		{ CAIRN_HV_GPA_BITS, script_gpa_bits },
		{ CAIRN_HV_DOORBELL_PIO, 0 },
		{ CAIRN_HV_PSCI, 0x10001 },
	};

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(caps); i++)
		cairn_hv_fake_set_cap(vm, caps[i].cap, caps[i].value);
}

/* CLIDR_EL1: two first caches, a second and a third of both kinds. */
static uint64_t script_caches = 0x123;

static int script_get_regs(struct cairn_vcpu *v, struct cairn_hv_reg *regs, size_t n)
{
	int r = cairn_hv_fake_ops.get_regs(v, regs, n);

	for (size_t i = 0; i < n; i++)
		if (regs[i].id == CAIRN_HV_ARM64_SYS(3, 1, 0, 0, 1))
			regs[i].value = script_caches;
	return r;
}

/* What a host's kernel tells of its n-th cache, in the folder "sys". size NULL: not told. */
static inline void write_host_cache(unsigned n, const char *level, const char *type,
				    const char *size)
{
	const struct {
		const char *name, *text;
	} files[] = { { "level", level },
		      { "type", type },
		      { "size", size },
		      { "coherency_line_size", "64" },
		      { "number_of_sets", "256" },
		      { "ways_of_associativity", "4" } };
	char command[256];

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(files); i++) {
		snprintf(command, sizeof(command),
			 "d=sys/devices/system/cpu/cpu0/cache/index%u; mkdir -p $d; %s '%s' >$d/%s",
			 n, files[i].text ? "echo" : ": ", files[i].text ? files[i].text : "",
			 files[i].name);
		assert_int_equal(system(command), 0);
	}
}

static inline void forget_host_caches(void)
{
	assert_int_equal(system("rm -r sys"), 0);
}

static inline void push_power_off(void)
{
	push((struct cairn_hv_fake_step){ .kind = CAIRN_HV_EXIT_OFF });
}

static inline void push_reset(void)
{
	push((struct cairn_hv_fake_step){ .kind = CAIRN_HV_EXIT_RESET });
}

static inline void push_char(char c)
{
	push(cairn_hv_fake_write(CAIRN_HV_EXIT_MMIO, LAYOUT_SERIAL_AT, 1, (uint8_t)c));
}

/* An Image of one page (Documentation/arch/arm64/booting.rst). */
struct test_image {
	uint32_t code[2];
	cairn_le64 text_offset, image_size, flags;
	uint64_t reserved[3];
	cairn_le32 magic, pe;
	uint8_t rest[4096 - 64];
};

enum { TEST_IMAGE_BIG_ENDIAN = 1, TEST_IMAGE_4K = 2, TEST_IMAGE_16K = 4 };

static inline void write_image_of(const char *path, uint64_t flags, uint64_t size)
{
	struct test_image k = { .image_size = cairn_le64_of(size),
				.flags = cairn_le64_of(flags),
				.magic = cairn_le32_of(0x644d5241) };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, &k, sizeof(k)), sizeof(k));
	close(fd);
}

static inline void write_image(const char *path, uint64_t flags)
{
	write_image_of(path, flags, sizeof(struct test_image));
}

/* That takes so much memory. */
static inline void write_large_image(const char *path, uint64_t size)
{
	write_image_of(path, TEST_IMAGE_4K, size);
}

static inline void write_kernel(const char *path)
{
	write_image(path, TEST_IMAGE_4K);
}

#endif
