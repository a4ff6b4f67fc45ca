/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* The program itself, its filter included, with a front end of our own. Its path is argv[1], one
 * more option for it argv[2]. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cairn/vhost_user_client.h>

#define SECTORS 2048u

static const char *program, *more;
static char folder[] = "/tmp/cairn-serve-XXXXXX";
static char disk_path[64], disk_option[96], socket_option[96];
static char *socket_path;
static struct cairn_vhost_user_client c;
static pid_t pid;

static int setup_all(void **state)
{
	char sector[512];
	int fd;

	assert_non_null(mkdtemp(folder));
	snprintf(disk_path, sizeof(disk_path), "%s/disk", folder);
	snprintf(disk_option, sizeof(disk_option), "--disk=path=%s", disk_path);
	snprintf(socket_option, sizeof(socket_option), "--socket=%s/sock", folder);
	socket_path = strchr(socket_option, '=') + 1;
	fd = open(disk_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	for (unsigned int i = 0; i < SECTORS; i++) {
		memset(sector, (int)(i % 251), sizeof(sector));
		assert_int_equal(write(fd, sector, sizeof(sector)), sizeof(sector));
	}
	return close(fd);
}

static int teardown_all(void **state)
{
	unlink(disk_path);
	return rmdir(folder);
}

static void start(const char *const *words, int keep_fd)
{
	const char *argv[12] = { program };
	int n = 1;

	while (words[n - 1] && n < 10) {
		argv[n] = words[n - 1];
		n++;
	}
	argv[n] = more; /* or nothing */
	pid = fork();
	assert_true(pid >= 0);
	if (pid)
		return;
	if (keep_fd >= 0 && (dup2(keep_fd, 9) < 0 || fcntl(9, F_SETFD, 0) < 0))
		_exit(99);
	execv(program, (char *const *)argv);
	_exit(99);
}

static int exit_code(void)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* After a test that failed. */
static int teardown(void **state)
{
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		cairn_vhost_user_client_fini(&c);
		unlink(socket_path);
	}
	pid = 0;
	return 0;
}

static void connect_to_it(void)
{
	int r = -ENOENT;

	for (int i = 0; r < 0 && i < 1000; i++) {
		r = cairn_vhost_user_client_connect(&c, socket_path);
		if (r < 0)
			usleep(10000);
	}
	assert_int_equal(r, 0);
}

static void set_up(uint32_t rings)
{
	assert_int_equal(cairn_vhost_user_client_negotiate(&c, UINT64_MAX, UINT64_MAX), 0);
	assert_int_equal(cairn_vhost_user_client_share(&c, 1 << 20), 0);
	for (uint32_t i = 0; i < rings; i++)
		assert_int_equal(cairn_vhost_user_client_ring(&c, i, 8), 0);
}

static uint32_t await_used(uint32_t ring)
{
	struct cairn_vhost_user_client_ring *r = &c.rings[ring];
	struct pollfd p = { .fd = r->call_fd, .events = POLLIN };
	uint16_t head;
	uint32_t written = 0;
	uint64_t n;

	if (!cairn_virtq_driver_enable_interrupts(&r->driver)) {
		cairn_vhost_user_client_kick(&c, ring);
		assert_int_equal(poll(&p, 1, 10000), 1);
		assert_int_equal(read(r->call_fd, &n, sizeof(n)), sizeof(n));
	}
	assert_int_equal(cairn_virtq_driver_get(&r->driver, &head, &written), 1);
	return written;
}

/* One sector, by ring `ring`; type 0 reads, 1 writes. Returns the status byte. */
static uint8_t transfer(uint32_t ring, uint32_t type, uint64_t sector, uint8_t *data)
{
	struct {
		uint32_t type, zero;
		uint64_t sector;
	} header = { type, 0, sector };
	cairn_gpa at;
	uint16_t head;
	uint8_t *host;

	assert_int_equal(cairn_vhost_user_client_alloc(&c, 16 + 512 + 1, 16, &at), 0);
	host = cairn_vhost_user_client_host(&c, at);
	memcpy(host, &header, sizeof(header));
	memcpy(host + 16, data, 512);
	host[528] = 0xff;
	const struct cairn_virtq_buf bufs[] = {
		{ at, 16, false },
		{ cairn_gpa_of(at.v + 16), 512, type == 0 },
		{ cairn_gpa_of(at.v + 528), 1, true },
	};
	assert_int_equal(cairn_virtq_driver_add(&c.rings[ring].driver, bufs, 3, NULL, &head), 0);
	assert_int_equal(await_used(ring), type == 0 ? 513 : 1);
	memcpy(data, host + 16, 512);
	return host[528];
}

static void end(int signal, int code)
{
	assert_int_equal(kill(pid, signal), 0);
	assert_int_equal(exit_code(), code);
	assert_int_equal(access(socket_path, F_OK), -1);
}

static void use_disk(uint32_t ring)
{
	uint8_t data[512], wanted[512];

	assert_int_equal(transfer(ring, 0, 300, data), 0);
	memset(wanted, 300 % 251, sizeof(wanted));
	assert_memory_equal(data, wanted, sizeof(wanted));
	memset(data, 0xa5, sizeof(data));
	assert_int_equal(transfer(ring, 1, 7, data), 0);
	memset(data, 0, sizeof(data));
	assert_int_equal(transfer(ring, 0, 7, data), 0);
	memset(wanted, 0xa5, sizeof(wanted));
	assert_memory_equal(data, wanted, sizeof(wanted));
}

static void disk_is_read_and_written(void **state)
{
	start((const char *[]){ "blk", socket_option, disk_option, "--queues", "2", NULL }, -1);
	connect_to_it();
	set_up(2);
	use_disk(0);
	use_disk(1);
	cairn_vhost_user_client_fini(&c);
	end(SIGTERM, 0);
}

static void disk_by_threads_is_read_and_written(void **state)
{
	char option[128];

	snprintf(option, sizeof(option), "%s,engine=threads", disk_option);
	start((const char *[]){ "blk", socket_option, option, NULL }, -1);
	connect_to_it();
	set_up(1);
	use_disk(0);
	cairn_vhost_user_client_fini(&c);
	end(SIGINT, 0);
}

static void read_only_disk_refuses_writes(void **state)
{
	char option[128];
	uint8_t data[512] = { 0 };

	snprintf(option, sizeof(option), "%s,readonly", disk_option);
	start((const char *[]){ "blk", socket_option, option, NULL }, -1);
	connect_to_it();
	set_up(1);
	assert_int_equal(transfer(0, 1, 9, data), 1);
	assert_int_equal(transfer(0, 0, 9, data), 0);
	assert_int_equal(data[0], 9);
	end(SIGTERM, 0); /* with a front end connected */
	cairn_vhost_user_client_fini(&c);
}

static void one_front_end_after_the_other_is_served(void **state)
{
	start((const char *[]){ "blk", socket_option, disk_option, NULL }, -1);
	for (int i = 0; i < 3; i++) {
		connect_to_it();
		set_up(1);
		use_disk(0);
		cairn_vhost_user_client_fini(&c);
	}
	end(SIGTERM, 0);
}

static void stopped_ring_goes_on_where_it_stood(void **state)
{
	start((const char *[]){ "blk", socket_option, disk_option, NULL }, -1);
	connect_to_it();
	set_up(1);
	use_disk(0);
	assert_int_equal(cairn_vhost_user_client_stop_ring(&c, 0), 3);
	assert_int_equal(cairn_vhost_user_client_send_ring(&c, 0, 3), 0);
	use_disk(0);
	assert_int_equal(cairn_vhost_user_client_share(&c, 0), 0); /* the table, sent again */
	use_disk(0);
	assert_int_equal(cairn_vhost_user_client_stop_ring(&c, 0), 9);
	cairn_vhost_user_client_fini(&c);
	end(SIGTERM, 0);
}

static void broken_ring_costs_the_ring_only(void **state)
{
	struct cairn_vhost_user_client_ring *r = &c.rings[0];
	uint16_t *avail;

	start((const char *[]){ "blk", socket_option, disk_option, NULL }, -1);
	connect_to_it();
	set_up(1);
	use_disk(0);
	avail = cairn_vhost_user_client_host(&c, r->avail);
	avail[1] = (uint16_t)(avail[1] + 1000); /* more than the ring has */
	assert_int_equal(eventfd_write(r->kick_fd, 1), 0);
	assert_true(cairn_vhost_user_client_stop_ring(&c, 0) >= 0);
	assert_int_equal(cairn_vhost_user_client_u64(&c, CAIRN_VHOST_USER_SET_FEATURES, c.features),
			 0);
	assert_int_equal(cairn_vhost_user_client_ring(&c, 0, 8), 0);
	use_disk(0);
	cairn_vhost_user_client_fini(&c);
	end(SIGTERM, 0);
}

static void front_end_that_truncates_its_memory_does_no_harm(void **state)
{
	start((const char *[]){ "blk", socket_option, disk_option, NULL }, -1);
	connect_to_it();
	set_up(1);
	use_disk(0);
	assert_int_equal(ftruncate(c.memfd, 0), 0);
	assert_int_equal(eventfd_write(c.rings[0].kick_fd, 1), 0);
	cairn_vhost_user_client_fini(&c);
	connect_to_it();
	set_up(1);
	use_disk(0);
	cairn_vhost_user_client_fini(&c);
	end(SIGTERM, 0);
}

static void entropy_is_served_over_a_passed_socket(void **state)
{
	cairn_gpa at;
	uint16_t head;
	uint8_t zero[64] = { 0 };
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	start((const char *[]){ "rng", "--fd=9", NULL }, pair[0]);
	close(pair[0]);
	cairn_vhost_user_client_init(&c, pair[1]);
	set_up(1);
	assert_int_equal(cairn_vhost_user_client_alloc(&c, 64, 16, &at), 0);
	assert_int_equal(cairn_virtq_driver_add(&c.rings[0].driver,
						&(struct cairn_virtq_buf){ at, 64, true }, 1, NULL,
						&head),
			 0);
	assert_int_equal(await_used(0), 64);
	assert_memory_not_equal(cairn_vhost_user_client_host(&c, at), zero, sizeof(zero));
	cairn_vhost_user_client_fini(&c);
	assert_int_equal(exit_code(), 0);
}

static void once_is_once(void **state)
{
	start((const char *[]){ "rng", socket_option, "--once", NULL }, -1);
	connect_to_it();
	set_up(1);
	cairn_vhost_user_client_fini(&c);
	assert_int_equal(exit_code(), 0);
	assert_int_equal(access(socket_path, F_OK), -1);
}

static void exit_codes_are_as_documented(void **state)
{
	start((const char *[]){ "blk", socket_option, NULL }, -1);
	assert_int_equal(exit_code(), 2);
	start((const char *[]){ "blk", socket_option, "--disk=path=/nowhere", NULL }, -1);
	assert_int_equal(exit_code(), 3);
	start((const char *[]){ "rng", "--socket=/nowhere/sock", NULL }, -1);
	assert_int_equal(exit_code(), 4);
	start((const char *[]){ "rng", "--fd=77", NULL }, -1);
	assert_int_equal(exit_code(), 4);
	start((const char *[]){ "rng", "--print-capabilities", NULL }, -1);
	assert_int_equal(exit_code(), 0);
	start((const char *[]){ "help", NULL }, -1);
	assert_int_equal(exit_code(), 0);
	start((const char *[]){ "version", NULL }, -1);
	assert_int_equal(exit_code(), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(disk_is_read_and_written, teardown),
		cmocka_unit_test_teardown(disk_by_threads_is_read_and_written, teardown),
		cmocka_unit_test_teardown(read_only_disk_refuses_writes, teardown),
		cmocka_unit_test_teardown(one_front_end_after_the_other_is_served, teardown),
		cmocka_unit_test_teardown(stopped_ring_goes_on_where_it_stood, teardown),
		cmocka_unit_test_teardown(broken_ring_costs_the_ring_only, teardown),
		cmocka_unit_test_teardown(front_end_that_truncates_its_memory_does_no_harm,
					  teardown),
		cmocka_unit_test_teardown(entropy_is_served_over_a_passed_socket, teardown),
		cmocka_unit_test_teardown(once_is_once, teardown),
		cmocka_unit_test_teardown(exit_codes_are_as_documented, teardown),
	};

	if (getenv("CAIRN_EMULATOR")) {
		printf("this starts programs, which an emulator of programs does not emulate\n");
		return 77;
	}
	program = argc > 1 ? argv[1] : "cairn-device";
	more = argc > 2 ? argv[2] : NULL;
	return cmocka_run_group_tests(tests, setup_all, teardown_all);
}
