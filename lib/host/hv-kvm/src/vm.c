/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* vm.c - /dev/kvm, the vm's descriptor, capabilities, memory. */
#include "kvm_.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

int cairn_hv_kvm_ioctl_(int fd, unsigned long request, void *arg)
{
	int rc;

	do
		rc = ioctl(fd, request, arg);
	while (rc < 0 && errno == EINTR);
	return rc < 0 ? -errno : rc;
}

int cairn_hv_kvm_extension_(struct kvm_vm *k, int extension)
{
	int rc = cairn_hv_kvm_ioctl_(k->fd, KVM_CHECK_EXTENSION, (void *)(intptr_t)extension);

	return rc < 0 ? 0 : rc;
}

int cairn_hv_kvm_err_(struct cairn_err *err, int code, const char *what, const char *name)
{
	int rc = cairn_err_set(err, code, what, 0);

	if (err)
		snprintf(err->detail, sizeof(err->detail), "%s: %s", name, strerror(code));
	return rc;
}

static int node_check(int fd, const char *path, struct cairn_err *err)
{
	if (ioctl(fd, KVM_GET_API_VERSION, 0) == KVM_API_VERSION)
		return 0;
	return cairn_hv_kvm_err_(err, ENODEV, "not KVM, or KVM of another API", path);
}

int cairn_hv_kvm_node_open(const char *path, struct cairn_err *err)
{
	const char *node = path ? path : "/dev/kvm";
	int fd = open(node, O_RDWR | O_CLOEXEC), e = errno, rc;

	if (fd < 0 && e == ENOENT)
		return cairn_hv_kvm_err_(err, e, cairn_hv_kvm_arch_no_node_, node);
	if (fd < 0 && (e == EACCES || e == EPERM))
		return cairn_hv_kvm_err_(
		    err, e, "no permission to use KVM: run as a member of its group", node);
	if (fd < 0)
		return cairn_hv_kvm_err_(err, e, "cannot open KVM", node);
	rc = node_check(fd, node, err);
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

static void on_kick(int sig)
{
}

static int kick_signal_set(int sig, struct cairn_err *err)
{
	struct sigaction sa = { .sa_handler = on_kick, .sa_flags = SA_RESTART };

	if (sig <= 0 || sigaction(sig, &sa, NULL) < 0)
		return cairn_err_set(err, EINVAL, "the kick needs a signal of its own",
				     (uint64_t)(int64_t)sig);
	return 0;
}

/* What no KVM of the last ten years is without, but a stand-in may be. */
static int needs_check(struct kvm_vm *k, struct cairn_err *err)
{
	static const struct {
		int extension;
		const char *what;
	} needs[] = {
		{ KVM_CAP_USER_MEMORY, "KVM without memory slots" },
		{ KVM_CAP_IMMEDIATE_EXIT, "KVM without immediate exit" },
		{ KVM_CAP_IOEVENTFD, "KVM without ioeventfd" },
	};

	for (size_t i = 0; i < CAIRN_ARRAY_LEN(needs); i++)
		if (!cairn_hv_kvm_extension_(k, needs[i].extension))
			return cairn_err_set(err, ENOTSUP, needs[i].what,
					     (uint64_t)needs[i].extension);
	return 0;
}

/* Messages at once: what the routing table and the numbers hold beside the lines. */
static int messages_limit(struct kvm_vm *k)
{
	uint32_t lines = (uint32_t)cairn_hv_kvm_arch_cap_(k, CAIRN_HV_LINES);
	uint32_t routes = (uint32_t)cairn_hv_kvm_extension_(k, KVM_CAP_IRQ_ROUTING);
	uint32_t line_routes = cairn_hv_kvm_arch_lines_(k, NULL);

	if (k->n_lines == 0 || !cairn_hv_kvm_extension_(k, KVM_CAP_SIGNAL_MSI) ||
	    !cairn_hv_kvm_extension_(k, KVM_CAP_IRQFD) || routes <= line_routes)
		return 0;
	return (int)cairn_min_u64(routes - line_routes, KVM_GSI_LIMIT - lines);
}

/* What is the same everywhere. */
static int cap_ask(struct kvm_vm *k, enum cairn_hv_cap cap)
{
	switch (cap) {
	case CAIRN_HV_MEM_SLOTS:
		return cairn_hv_kvm_extension_(k, KVM_CAP_NR_MEMSLOTS);
	case CAIRN_HV_MEM_READONLY:
		return cairn_hv_kvm_extension_(k, KVM_CAP_READONLY_MEM);
	case CAIRN_HV_MSI:
		return messages_limit(k);
	case CAIRN_HV_IRQ_RESAMPLE:
		return cairn_hv_kvm_extension_(k, KVM_CAP_IRQFD_RESAMPLE);
	case CAIRN_HV_MEM_LATE:
	case CAIRN_HV_IRQ_LATE:
	case CAIRN_HV_DOORBELL_LATE:
	case CAIRN_HV_DOORBELL_MATCH:
		return 1;
	case CAIRN_HV_BOOT_REGS:
		return 2;
	default:
		return 0;
	}
}

/* All asked now: later a thread may be the asker whose sandbox does not let it ask. */
static void caps_ask(struct kvm_vm *k)
{
	for (int cap = 0; cap < CAIRN_HV_N_CAPS; cap++) {
		int own = cairn_hv_kvm_arch_cap_(k, (enum cairn_hv_cap)cap);

		k->caps[cap] = own >= 0 ? own : cap_ask(k, (enum cairn_hv_cap)cap);
	}
	k->has_any_length = cairn_hv_kvm_extension_(k, KVM_CAP_IOEVENTFD_ANY_LENGTH);
}

/* With /dev/kvm at kvm_fd: everything before the first vcpu. */
static int vm_init(struct kvm_vm *k, int kvm_fd, const struct cairn_hv_vm_config *c,
		   struct cairn_err *err)
{
	unsigned long type;
	int rc;

	rc = cairn_hv_kvm_arch_type_(kvm_fd, c, &type, err);
	if (rc < 0)
		return rc;
	k->fd = cairn_hv_kvm_ioctl_(kvm_fd, KVM_CREATE_VM, (void *)type);
	if (k->fd < 0)
		return cairn_hv_kvm_err_(err, -k->fd, "KVM gives no virtual machine",
					 "KVM_CREATE_VM");
	rc = cairn_hv_kvm_ioctl_(kvm_fd, KVM_GET_VCPU_MMAP_SIZE, NULL);
	if (rc < (int)sizeof(struct kvm_run))
		return cairn_err_set(err, ENOTSUP, "KVM with a small run page", (uint64_t)rc);
	k->run_bytes = (size_t)rc;
	k->n_lines = c->n_lines;
	k->kick_signal = c->kick_signal;
	rc = needs_check(k, err);
	if (rc == 0)
		rc = cairn_hv_kvm_arch_open_(k, kvm_fd, c, err);
	if (rc < 0)
		return rc;
	caps_ask(k);
	cairn_ids_init(&k->gsis, k->gsi_words, (uint32_t)k->caps[CAIRN_HV_LINES],
		       (uint32_t)k->caps[CAIRN_HV_MSI]);
	return 0;
}

static void kvm_close(struct cairn_vm *vm)
{
	struct kvm_vm *k = to_kvm_vm(vm);

	cairn_hv_kvm_arch_close_(k);
	if (k->fd >= 0)
		close(k->fd);
	pthread_mutex_destroy(&k->route_lock);
	free(k);
}

/* With the node open. */
static int vm_new(int kvm_fd, const struct cairn_hv_vm_config *c, struct cairn_vm **ret_vm,
		  struct cairn_err *err)
{
	struct kvm_vm *k = calloc(1, sizeof(*k));
	int rc;

	if (!k)
		return cairn_err_set(err, ENOMEM, "no memory for a vm", sizeof(*k));
	k->fd = -1;
	pthread_mutex_init(&k->route_lock, NULL);
	rc = vm_init(k, kvm_fd, c, err);
	if (rc < 0)
		kvm_close(&k->vm);
	else
		*ret_vm = &k->vm;
	return rc;
}

static int kvm_open(const char *path, const struct cairn_hv_vm_config *c, struct cairn_vm **ret_vm,
		    struct cairn_err *err)
{
	int node, rc;

	rc = kick_signal_set(c->kick_signal, err);
	if (rc < 0)
		return rc;
	if (c->node_fd > 0) {
		rc = node_check(c->node_fd, "the descriptor given", err);
		return rc < 0 ? rc : vm_new(c->node_fd, c, ret_vm, err);
	}
	node = cairn_hv_kvm_node_open(path, err);
	if (node < 0)
		return node;
	rc = vm_new(node, c, ret_vm, err);
	close(node);
	return rc;
}

static int kvm_cap(struct cairn_vm *vm, enum cairn_hv_cap cap)
{
	return to_kvm_vm(vm)->caps[cap];
}

static int kvm_mem_add(struct cairn_vm *vm, const struct cairn_hv_region *r)
{
	struct kvm_userspace_memory_region m = {
		.slot = r->slot,
		.flags = r->flags & CAIRN_HV_READONLY ? KVM_MEM_READONLY : 0,
		.guest_phys_addr = r->at.v,
		.memory_size = r->len_bytes,
		.userspace_addr = (uintptr_t)r->host,
	};

	return cairn_hv_kvm_ioctl_(to_kvm_vm(vm)->fd, KVM_SET_USER_MEMORY_REGION, &m);
}

static int kvm_mem_del(struct cairn_vm *vm, const struct cairn_hv_region *r)
{
	struct kvm_userspace_memory_region m = { .slot = r->slot };

	return cairn_hv_kvm_ioctl_(to_kvm_vm(vm)->fd, KVM_SET_USER_MEMORY_REGION, &m);
}

static int kvm_start(struct cairn_vm *vm, const struct cairn_hv_start *s, struct cairn_err *err)
{
	return cairn_hv_kvm_arch_start_(to_kvm_vm(vm), err);
}

const struct cairn_hv_ops cairn_hv_kvm_ops = {
	.size = sizeof(struct cairn_hv_ops),
	.open = kvm_open,
	.close = kvm_close,
	.cap = kvm_cap,
	.mem_add = kvm_mem_add,
	.mem_del = kvm_mem_del,
	.start = kvm_start,
	.line = cairn_hv_kvm_line_,
	.msi = cairn_hv_kvm_msi_,
	.irq_route = cairn_hv_kvm_route_,
	.irq_level = cairn_hv_kvm_level_,
	.irq_bind = cairn_hv_kvm_bind_,
	.irq_unbind = cairn_hv_kvm_unbind_,
	.irq_put = cairn_hv_kvm_put_,
	.doorbell_add = cairn_hv_kvm_doorbell_add_,
	.doorbell_del = cairn_hv_kvm_doorbell_del_,
	.vcpu_open = cairn_hv_kvm_vcpu_open_,
	.vcpu_close = cairn_hv_kvm_vcpu_close_,
	.run = cairn_hv_kvm_run_,
	.kick = cairn_hv_kvm_kick_,
	.get_regs = cairn_hv_kvm_get_regs_,
	.set_regs = cairn_hv_kvm_set_regs_,
	.paused = cairn_hv_kvm_paused_,
	.list_regs = cairn_hv_kvm_list_regs_,
};
