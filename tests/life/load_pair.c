/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * In a guest, as root: `load-pair ADDRESS` loads a pair of registers from a physical address. Of
 * such an access the processor does not tell a hypervisor what it was. Says what became of it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096 };

static void on_abort(int number)
{
	static const char said[] = "aborted\n";

	_exit(number == SIGBUS && write(STDOUT_FILENO, said, sizeof(said) - 1) > 0 ? 0 : 1);
}

int main(int argc, char **argv)
{
	off_t at = argc > 1 ? (off_t)strtoull(argv[1], NULL, 0) : 0;
	int fd = open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);
	uint64_t first, second;
	void *p;

	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, at);
	if (fd < 0 || p == MAP_FAILED) {
		perror("/dev/mem");
		return 1;
	}
	signal(SIGBUS, on_abort);
	__asm__ volatile("ldp %0, %1, [%2]" : "=&r"(first), "=&r"(second) : "r"(p) : "memory");
	printf("loaded %llx %llx\n", (unsigned long long)first, (unsigned long long)second);
	return 0;
}
