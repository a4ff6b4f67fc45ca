/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "options.h"

static char why[256];
static struct run_options o;

#define PARSE(...)         parse((const char *[]){ __VA_ARGS__, NULL })
/* A line that is refused, and what it must say. */
#define REFUSED(text, ...) check_refused(PARSE("--kernel", "k", __VA_ARGS__), text)

static enum options_result parse(const char *const *words)
{
	int n = 0;

	while (words[n])
		n++;
	why[0] = '\0';
	return options_parse(n, words, &o, why, sizeof(why));
}

static void check_refused(enum options_result got, const char *text)
{
	assert_int_equal(got, OPTIONS_BAD);
	if (!strstr(why, text))
		fail_msg("'%s' does not say '%s'", why, text);
	assert_null(strchr(why, '\n'));
	options_free(&o);
}

static void defaults_are_sane(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--kernel", "k"), OPTIONS_OK);
	assert_string_equal(o.kernel, "k");
	assert_int_equal(o.cpus, 1);
	assert_int_equal(o.memory_bytes, 512u << 20);
	assert_int_equal(o.console, CONSOLE_SERIAL);
	assert_int_equal(o.transport, TRANSPORT_PCI);
	assert_int_equal(o.seccomp, SECCOMP_ON);
	assert_null(o.cmdline);
	assert_null(o.firmware);
	options_free(&o);
	assert_null(o.firmware_vars);
	assert_int_equal(PARSE("--firmware", "f", "--firmware-vars", "v"), OPTIONS_OK);
	assert_string_equal(o.firmware_vars, "v");
	assert_string_equal(o.firmware, "f");
	assert_null(o.kernel);
	options_free(&o);
}

static void every_option_arrives(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--kernel=k", "--initrd", "i", "--cmdline", "a=b c", "--cpus", "4",
			       "--memory", "2G", "--rng", "--console", "file=log", "--transport",
			       "mmio", "--pidfile", "p", "--log-level", "debug", "--seccomp", "log",
			       "--no-reboot"),
			 OPTIONS_OK);
	assert_string_equal(o.initrd, "i");
	assert_string_equal(o.cmdline, "a=b c");
	assert_int_equal(o.cpus, 4);
	assert_int_equal(o.memory_bytes, UINT64_C(2) << 30);
	assert_true(o.rng && o.no_reboot);
	assert_int_equal(o.console, CONSOLE_FILE);
	assert_string_equal(o.console_file, "log");
	assert_int_equal(o.transport, TRANSPORT_MMIO);
	assert_string_equal(o.pidfile, "p");
	assert_int_equal(o.log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(o.seccomp, SECCOMP_LOG);
	options_free(&o);
}

static void disk_keys_arrive(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--kernel", "k", "--disk",
			       "path=a,,b=c,readonly,direct,engine=threads,serial=S 1,queues=3",
			       "--disk", "path=d"),
			 OPTIONS_OK);
	assert_int_equal(o.n_disks, 2);
	assert_string_equal(o.disks[0].path, "a,b=c");
	assert_true(o.disks[0].read_only && o.disks[0].direct);
	assert_int_equal(o.disks[0].engine, ENGINE_THREADS);
	assert_string_equal(o.disks[0].serial, "S 1");
	assert_int_equal(o.disks[0].queues, 3);
	assert_int_equal(o.disks[1].engine, ENGINE_AUTO);
	assert_int_equal(o.disks[1].queues, 1);
	options_free(&o);
}

static void ports_arrive(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--kernel", "k", "--port", "name=a.b,pty,link=l", "--port",
			       "name=log,file=f", "--port", "name=c,socket=s,,t"),
			 OPTIONS_OK);
	assert_int_equal(o.n_ports, 3);
	assert_string_equal(o.ports[0].name, "a.b");
	assert_true(o.ports[0].pty);
	assert_string_equal(o.ports[0].link, "l");
	assert_false(o.ports[1].pty);
	assert_string_equal(o.ports[1].file, "f");
	assert_null(o.ports[1].socket);
	assert_string_equal(o.ports[2].socket, "s,t");
	options_free(&o);
}

static void net_keys_arrive(void **state)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 0x12, 0xab, 0xCD };

	(void)state;
	assert_int_equal(
	    PARSE("--kernel", "k", "--net", "tap=t0,mac=52:54:00:12:ab:CD,mtu=9000,queues=16"),
	    OPTIONS_OK);
	assert_string_equal(o.nets[0].tap, "t0");
	assert_true(o.nets[0].has_mac);
	assert_memory_equal(o.nets[0].mac, mac, 6);
	assert_int_equal(o.nets[0].mtu, 9000);
	assert_int_equal(o.nets[0].queues, 16);
	options_free(&o);
}

static void refuses_bad_disks(void **state)
{
	(void)state;
	REFUSED("path=FILE is missing", "--disk", "readonly");
	REFUSED("--disk path: the value is empty", "--disk", "path=");
	REFUSED("given twice", "--disk", "path=a,path=b");
	REFUSED("takes no value", "--disk", "path=a,readonly=yes");
	REFUSED("must be uring or threads", "--disk", "path=a,engine=aio");
	REFUSED("must be a number from 1 to 16", "--disk", "path=a,queues=0");
	REFUSED("must be a number from 1 to 16", "--disk", "path=a,queues=17");
	REFUSED("1 to 20 characters", "--disk", "path=a,serial=123456789012345678901");
	REFUSED("printable", "--disk", "path=a,serial=a\tb");
	REFUSED("unknown key 'colour'", "--disk", "path=a,colour=red");
	REFUSED("empty part", "--disk", "path=a,");
	REFUSED("needs a value", "--disk", "path");
	REFUSED("given twice, and not both readonly", "--disk", "path=a", "--disk",
		"path=a,readonly");
}

static void refuses_bad_ports(void **state)
{
	char name[PORT_NAME_LEN + 16];

	(void)state;
	REFUSED("name=NAME is missing", "--port", "pty");
	REFUSED("1 to 63", "--port", "name=,pty");
	snprintf(name, sizeof(name), "name=%064d,pty", 0);
	REFUSED("1 to 63", "--port", name);
	REFUSED("printable", "--port", "name=a b,pty");
	REFUSED("printable", "--port", "name=a/b,pty");
	REFUSED("printable", "--port", "name=\x7f,pty");
	REFUSED("wants one of", "--port", "name=a");
	REFUSED("wants one of", "--port", "name=a,pty,file=f");
	REFUSED("wants one of", "--port", "name=a,pty,socket=s");
	REFUSED("wants one of", "--port", "name=a,socket=s,file=f");
	REFUSED("wants one of", "--port", "name=a,pty,socket=s,file=f");
	REFUSED("the value is empty", "--port", "name=a,socket=");
	REFUSED("takes no value", "--port", "name=a,pty=yes");
	REFUSED("unknown key", "--port", "name=a,tty");
	REFUSED("link is for pty", "--port", "name=a,file=f,link=l");
	REFUSED("link is for pty", "--port", "name=a,socket=s,link=l");
	REFUSED("given twice", "--port", "name=a,pty", "--port", "name=a,file=f");
}

/* One more than there may be of this option. */
static void check_too_many(const char *option, const char *form, unsigned max, const char *text)
{
	const char *words[2 * (MAX_DISKS + MAX_PORTS) + 3] = { "--kernel", "k" };
	char values[MAX_DISKS + MAX_PORTS][16];

	for (unsigned i = 0; i <= max; i++) {
		snprintf(values[i], sizeof(values[i]), form, i);
		words[2 + 2 * i] = option;
		words[3 + 2 * i] = values[i];
	}
	check_refused(parse(words), text);
	words[2 + 2 * max] = NULL;
	assert_int_equal(parse(words), OPTIONS_OK);
	options_free(&o);
}

static void refuses_too_many_disks(void **state)
{
	(void)state;
	check_too_many("--disk", "path=%u", MAX_DISKS, "at most 16 disks");
}

static void refuses_too_many_ports(void **state)
{
	(void)state;
	check_too_many("--port", "name=%u,pty", MAX_PORTS, "at most 16 ports");
}

static void refuses_bad_nets(void **state)
{
	(void)state;
	REFUSED("tap=NAME is missing", "--net", "mtu=1500");
	REFUSED("not an interface", "--net", "tap=0123456789abcdef");
	REFUSED("not an interface", "--net", "tap=../x");
	REFUSED("unicast", "--net", "tap=t,mac=53:54:00:12:34:56");
	REFUSED("unicast", "--net", "tap=t,mac=52:54:00:12:34");
	REFUSED("unicast", "--net", "tap=t,mac=52:54:00:12:34:5g");
	REFUSED("unicast", "--net", "tap=t,mac=52-54-00-12-34-56");
	REFUSED("from 68 to 65535", "--net", "tap=t,mtu=67");
	REFUSED("from 68 to 65535", "--net", "tap=t,mtu=65536");
	REFUSED("from 1 to 16", "--net", "tap=t,queues=0");
	REFUSED("from 1 to 16", "--net", "tap=t,queues=17");
	REFUSED("given twice", "--net", "tap=t", "--net", "tap=t");
}

static void refuses_bad_numbers(void **state)
{
	(void)state;
	REFUSED("must be a number from 1 to ", "--cpus", "0");
	REFUSED("must be a number from 1 to ", "--cpus", "10000");
	REFUSED("must be a number from 1 to ", "--cpus", "-1");
	REFUSED("must be a number from 1 to ", "--cpus", "2x");
	REFUSED("at least 4M", "--memory", "0");
	REFUSED("a size such as", "--memory", "x");
	REFUSED("multiple of 4K", "--memory", "4194305");
	REFUSED("a size such as", "--memory", "4097K1");
	REFUSED("a size such as", "--memory", "99999999999999999999");
	REFUSED("a size such as", "--memory", "18446744073709551615G");
}

static void refuses_bad_words(void **state)
{
	(void)state;
	REFUSED("--kernel contradicts --firmware", "--firmware", "f");
	check_refused(PARSE("--initrd", "i"), "--initrd: is for --kernel");
	check_refused(PARSE("--kernel"), "--kernel: needs a value");
	check_refused(PARSE("--kernel="), "the value is empty");
	REFUSED("given twice", "--kernel", "l");
	REFUSED("takes no value", "--rng=1");
	REFUSED("unknown option '--ring'; did you mean --rng?", "--ring");
	REFUSED("did you mean 'path=root.img'?", "--disk", "root.img");
	REFUSED("unexpected word 'extra'", "extra");
	REFUSED("the file name is empty", "--console", "file=");
	REFUSED("must be serial, virtio, file=FILE or none", "--console", "tty");
	REFUSED("must be pci or mmio", "--transport", "isa");
}

static void help_wins(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--help"), OPTIONS_HELP);
	options_free(&o);
	assert_int_equal(PARSE("--kernel", "k", "-h"), OPTIONS_HELP);
	options_free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_sane),
		cmocka_unit_test(every_option_arrives),
		cmocka_unit_test(ports_arrive),
		cmocka_unit_test(disk_keys_arrive),
		cmocka_unit_test(net_keys_arrive),
		cmocka_unit_test(refuses_bad_disks),
		cmocka_unit_test(refuses_too_many_disks),
		cmocka_unit_test(refuses_bad_ports),
		cmocka_unit_test(refuses_too_many_ports),
		cmocka_unit_test(refuses_bad_nets),
		cmocka_unit_test(refuses_bad_numbers),
		cmocka_unit_test(refuses_bad_words),
		cmocka_unit_test(help_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
