/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * Asks /dev/kvm for its API version and makes one virtual CPU: what every scenario relies on.
 * Prints "kvm api N"; exit code 1 names the call that failed.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

static int ask(int fd, unsigned long request, const char *name)
{
	int answer = ioctl(fd, request, 0UL);

	if (answer < 0) {
		perror(name);
		exit(1);
	}
	return answer;
}

int main(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm;

	if (kvm < 0) {
		perror("/dev/kvm");
		return 1;
	}
	printf("kvm api %d\n", ask(kvm, KVM_GET_API_VERSION, "KVM_GET_API_VERSION"));
	vm = ask(kvm, KVM_CREATE_VM, "KVM_CREATE_VM");
	ask(vm, KVM_CREATE_VCPU, "KVM_CREATE_VCPU");
	return 0;
}
