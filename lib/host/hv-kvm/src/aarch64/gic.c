/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* gic.c - the interrupt controller: GICv3 with its ITS, or GICv2. */
#include "aarch64_.h"

#include <unistd.h>

enum { INTIDS_STEP = 32, INTIDS_MIN = 64 };

int cairn_hv_kvm_attr_set_(int fd, uint32_t group, uint64_t attr, const void *value,
			   const char *what, struct cairn_err *err)
{
	struct kvm_device_attr a = { .group = group, .attr = attr, .addr = (uintptr_t)value };
	int rc = cairn_hv_kvm_ioctl_(fd, KVM_SET_DEVICE_ATTR, &a);

	return rc < 0 ? cairn_hv_kvm_err_(err, -rc, what, "KVM_SET_DEVICE_ATTR") : 0;
}

static bool has_device(struct kvm_vm *k, uint32_t type)
{
	struct kvm_create_device d = { .type = type, .flags = KVM_CREATE_DEVICE_TEST };

	return cairn_hv_kvm_ioctl_(k->fd, KVM_CREATE_DEVICE, &d) == 0;
}

/* A descriptor to set the device up; the device itself lives as long as the vm. */
static int device_new(struct kvm_vm *k, uint32_t type, const char *what, struct cairn_err *err)
{
	struct kvm_create_device d = { .type = type };
	int rc = cairn_hv_kvm_ioctl_(k->fd, KVM_CREATE_DEVICE, &d);

	return rc < 0 ? cairn_hv_kvm_err_(err, -rc, what, "KVM_CREATE_DEVICE") : (int)d.fd;
}

/* Which version it is to be, into k->arch. */
static int version_choose(struct kvm_vm *k, struct cairn_err *err)
{
	struct kvm_arch *a = k->arch;
	uint8_t want = a->config.gic;

	if (want != 2 && has_device(k, KVM_DEV_TYPE_ARM_VGIC_V3))
		a->gic = 3;
	else if (want != 3 && has_device(k, KVM_DEV_TYPE_ARM_VGIC_V2))
		a->gic = 2;
	else
		return cairn_err_set(err, ENOTSUP, "KVM has not that GIC on this host", want);
	return cairn_hv_arm64_gic_check(&a->config, a->gic, a->n_vcpus, err);
}

/* Places, number of interrupts, and on with it. */
static int gic_set(struct kvm_vm *k, int fd, struct cairn_err *err)
{
	static const char what[] = "KVM refuses the GIC's place or size";
	const struct cairn_hv_aarch64 *c = &k->arch->config;
	bool is_v3 = k->arch->gic == 3;
	uint32_t intids = CAIRN_HV_ARM64_FIRST_SPI + k->n_lines;
	int rc;

	intids = (intids + INTIDS_STEP - 1) / INTIDS_STEP * INTIDS_STEP;
	intids = intids < INTIDS_MIN ? INTIDS_MIN : intids;
	rc = cairn_hv_kvm_attr_set_(fd, KVM_DEV_ARM_VGIC_GRP_ADDR,
				    is_v3 ? KVM_VGIC_V3_ADDR_TYPE_DIST : KVM_VGIC_V2_ADDR_TYPE_DIST,
				    &c->gicd.v, what, err);
	if (rc == 0)
		rc = cairn_hv_kvm_attr_set_(fd, KVM_DEV_ARM_VGIC_GRP_ADDR,
					    is_v3 ? KVM_VGIC_V3_ADDR_TYPE_REDIST
						  : KVM_VGIC_V2_ADDR_TYPE_CPU,
					    is_v3 ? &c->gicr.v : &c->gicc.v, what, err);
	if (rc == 0)
		rc =
		    cairn_hv_kvm_attr_set_(fd, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &intids, what, err);
	if (rc == 0)
		rc = cairn_hv_kvm_attr_set_(fd, KVM_DEV_ARM_VGIC_GRP_CTRL,
					    KVM_DEV_ARM_VGIC_CTRL_INIT, NULL,
					    "KVM cannot start the GIC", err);
	return rc;
}

static int its_open(struct kvm_vm *k, struct cairn_err *err)
{
	int fd, rc;

	if (!has_device(k, KVM_DEV_TYPE_ARM_VGIC_ITS))
		return cairn_err_set(err, ENOTSUP, "KVM has no ITS on this host", 0);
	fd = device_new(k, KVM_DEV_TYPE_ARM_VGIC_ITS, "KVM has no ITS for us", err);
	if (fd < 0)
		return fd;
	rc =
	    cairn_hv_kvm_attr_set_(fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_ITS_ADDR_TYPE,
				   &k->arch->config.its.v, "KVM refuses the place of the ITS", err);
	if (rc == 0)
		rc = cairn_hv_kvm_attr_set_(fd, KVM_DEV_ARM_VGIC_GRP_CTRL,
					    KVM_DEV_ARM_VGIC_CTRL_INIT, NULL,
					    "KVM cannot start the ITS", err);
	close(fd);
	k->arch->its = rc == 0;
	return rc;
}

int cairn_hv_kvm_gic_open_(struct kvm_vm *k, struct cairn_err *err)
{
	int fd, rc = version_choose(k, err);

	if (rc < 0)
		return rc;
	fd = device_new(k, k->arch->gic == 3 ? KVM_DEV_TYPE_ARM_VGIC_V3 : KVM_DEV_TYPE_ARM_VGIC_V2,
			"KVM has no GIC for us", err);
	if (fd < 0)
		return fd;
	rc = gic_set(k, fd, err);
	close(fd);
	if (rc == 0 && k->arch->gic == 3 && k->arch->config.its.v)
		rc = its_open(k, err);
	return rc;
}
