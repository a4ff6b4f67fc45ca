/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/* What is started in which order, with an EFI side that only takes notes. */
#include "../candidates.h"
#include "../flow.h"
#include "stage.h"

#define PROGRAM "mmd -i b ::/EFI/BOOT; echo x | put /EFI/BOOT/PROGRAM.EFI\n"

/* A PE32+ file for this machine with sections of text, as unified kernels are, to d/u.efi or b. */
#if defined(__x86_64__)
#define MACHINE "0x8664"
#define OTHER   "0xaa64"
#elif defined(__aarch64__)
#define MACHINE "0xaa64"
#define OTHER   "0x8664"
#else
#define MACHINE "0x5064"
#define OTHER   "0x8664"
#endif
#define UKI                                                                                        \
	"uki() { python3 -c '\nimport struct,sys\n"                                                \
	"out,secs=sys.argv[1],[a.split(\"=\",1) for a in sys.argv[2:]]\n"                          \
	"h=bytearray(1024); h[:2]=b\"MZ\"; struct.pack_into(\"<I\",h,60,64)\n"                     \
	"struct.pack_into(\"<4sHHIIIHH\",h,64,b\"PE\",int(sys.argv[2].split(\"=\")[1],0),len("     \
	"secs)-1,"                                                                                 \
	"0,0,0,112,0x22)\n"                                                                        \
	"struct.pack_into(\"<H\",h,88,0x20b); struct.pack_into(\"<II\",h,88+32,4096,512)\n"        \
	"struct.pack_into(\"<I\",h,88+16,4096)\n"                                                  \
	"struct.pack_into(\"<II\",h,88+56,4096*(len(secs)+1),1024)\n"                              \
	"struct.pack_into(\"<H\",h,88+68,10)\n"                                                    \
	"b=b\"\"\n"                                                                                \
	"for i,(n,t) in enumerate(secs[1:]):\n"                                                    \
	" t=t.replace(\"|\",\"\\n\").encode()\n"                                                   \
	" struct.pack_into(\"<8sIIII12xI\",h,88+112+40*i,n.encode(),len(t),4096*(i+1),512,1024+"   \
	"512*i,"                                                                                   \
	"0x40000040)\n"                                                                            \
	" b+=t.ljust(512,b\"\\0\")\n"                                                              \
	"open(out,\"wb\").write(h+b)\n' \"$@\"; }\n"

static void esps_come_first_then_whole_disks_and_others_never(void **state)
{
	stage_make(PROGRAM, "");
	stage_volumes[1] = stage_volumes[0];
	stage_volumes[1].first_block = 64; /* a partition, with the same files */
	stage_volumes[0].n_blocks = stage_volumes[0].disk->n_blocks;
	stage_n_volumes = 4;
	stage_volumes[2] = stage_volumes[0];
	stage_volumes[2].first_block = 300;
	stage_volumes[2].is_esp = false;
	stage_run_expects("b 64 " PATH " [] \nb 0 " PATH " [] \n");
	assert_non_null(strstr(stage_screen, "to be started, in this order:\n"
					     "  1  b, partition at block 64: " PATH "\n"
					     "  2  b: " PATH "\n"));
}

static void it_is_said_why_each_came_back(void **state)
{
	stage_make(PROGRAM "entry one 'linux /v\\ntitle One'", NULL);
	stage_answers[0] = -EPROTO;
	stage_run_expects("b 0 " PATH " [] \nb 0 \\v [] \n  selected one.conf\n");
	assert_non_null(strstr(stage_screen, "b, partition at block 0: " PATH "\n"
					     "  cannot be started: because\n"
					     "b, partition at block 0: entry one.conf\n"
					     "  it came back, status e\n"
					     "nothing could be booted:\n"
					     "  1  b, partition at block 0: " PATH ": because\n"
					     "  2  One: came back, status e\n"));
}

static void where_nothing_is_it_is_said(void **state)
{
	stage_volumes[0] = stage_volumes[2];
	stage_volumes[0].first_block = 20;
	stage_n_volumes = 1;
	stage_run_expects("");
	assert_string_equal(stage_screen, "a, partition at block 20: no file system that is known\n"
					  "nothing to boot\n");
}

static void of_partitions_of_unknown_contents_a_few_are_named(void **state)
{
	stage_n_volumes = 7;
	for (uint32_t i = 0; i < stage_n_volumes; i++) {
		stage_volumes[i] = stage_volumes[3];
		stage_volumes[i].first_block = 20 + i;
	}
	stage_run_expects("");
	assert_null(strstr(stage_screen, "block 24"));
	assert_non_null(strstr(stage_screen, "a, partition at block 23: no file system that is "
					     "known\nand 3 more\nnothing to boot\n"));
}

static void options_come_first_and_the_next_before_them(void **state)
{
	static const uint16_t order[] = { 3, 9, 1, 2 };

	stage_make(PROGRAM, NULL);
	stage_options[0] = (struct stage_option){ 1, "one", false };
	stage_options[1] = (struct stage_option){ 2, "two", true };
	stage_options[2] = (struct stage_option){ 3, "th\033ree", false };
	memcpy(stage_order, order, sizeof(order));
	stage_n_order = 4;
	stage_answers[0] = -ENOENT;
	stage_run_expects("option 3\noption 1\nb 0 " PATH " [] \n");
	assert_non_null(strstr(stage_screen, "Boot0009: not there\n"));
	assert_non_null(strstr(stage_screen, "Boot0003 th?ree\n  cannot be started: because\n"));
	stage_next = 1;
	stage_run_expects("option 1\noption 3\nb 0 " PATH " [] \n");
	stage_next = 2; /* once, also where it is not active */
	stage_run_expects("option 2\noption 3\noption 1\nb 0 " PATH " [] \n");
}

static void entries_are_started_with_what_they_ask_for(void **state)
{
	stage_make("entry one 'linux /vm\\ninitrd /i\\ninitrd sub/j\\noptions a\\noptions b=c\\n'\n"
		   "printf 12345 | put /i\nmmd -i b ::/sub\nprintf 678 | put /sub/j\n",
		   NULL);
	stage_run_expects("b 0 \\vm [a b=c] 12345...678.\n  selected one.conf\n");
	assert_null(stage_loader_get("LoaderEntrySelected"));
}

static void entries_stand_as_in_a_menu_and_the_default_is_first(void **state)
{
	stage_make(
	    "for i in 1 3 2; do entry e$i \"linux /v$i\\nsort-key s\\nversion $i\\n\"; done\n"
	    "printf 'efi /t.efi\\nsort-key s\\nversion 0\\n' | put /loader/entries/t.CONF\n"
	    "printf 'linux /no\\n' | put /loader/entries/notes.txt\n",
	    NULL);
	stage_run_expects("b 0 \\v3 [] \n  selected e3.conf\nb 0 \\v2 [] \n  selected e2.conf\n"
			  "b 0 \\v1 [] \n  selected e1.conf\nb 0 \\t.efi [] \n  selected t.conf\n");
	assert_null(strstr(stage_screen, "cannot be used"));
	stage_make(
	    "for i in 1 3 2; do entry e$i \"linux /v$i\\nsort-key s\\nversion $i\\n\"; done\n"
	    "printf 'default e1*\\n' | put /loader/loader.conf\n",
	    NULL);
	stage_run_expects("b 0 \\v1 [] \n  selected e1.conf\nb 0 \\v3 [] \n  selected e3.conf\n"
			  "b 0 \\v2 [] \n  selected e2.conf\n");
	stage_loader_set("LoaderEntryDefault", "e2");
	stage_run_expects("b 0 \\v2 [] \n  selected e2.conf\nb 0 \\v1 [] \n  selected e1.conf\n"
			  "b 0 \\v3 [] \n  selected e3.conf\n");
	stage_loader_set("LoaderEntryOneShot", "e3.conf");
	stage_run_expects("b 0 \\v3 [] \n  selected e3.conf\nb 0 \\v2 [] \n  selected e2.conf\n"
			  "b 0 \\v1 [] \n  selected e1.conf\n");
	assert_null(stage_loader_get("LoaderEntryOneShot"));
}

static void entries_of_the_extended_partition_stand_with_the_others(void **state)
{
	stage_make("entry a 'linux /va\\n'; entry c 'linux /vc\\n'",
		   "printf 'linux /vb\\ninitrd /i\\n' >d/loader/entries/b.conf; printf 12 >d/i");
	stage_run_expects("b 0 \\vc [] \n  selected c.conf\nb 16384 \\vb [] 12..\n"
			  "  selected b.conf\nb 0 \\va [] \n  selected a.conf\n");
}

static void unified_kernels_are_entries(void **state)
{
	stage_make(UKI "uki u m=" MACHINE " .osrel='ID=x|VERSION_ID=2|PRETTY_NAME=\"X 2\"' "
		       ".cmdline='root=/dev/x' .linux=k\nmcopy -i b u ::/EFI/Linux/x2.efi\n"
		       "uki u m=" MACHINE " .osrel='ID=x|VERSION_ID=3' .linux=k\n"
		       "mcopy -i b u ::/EFI/Linux/x3.EFI\n"
		       "uki u m=" MACHINE " .text=k; mcopy -i b u ::/EFI/Linux/tool.efi\n"
		       "uki u m=" OTHER " .linux=k; mcopy -i b u ::/EFI/Linux/other.efi\n"
		       "echo no | put /EFI/Linux/none.efi\n",
		   UKI "uki d/EFI/Linux/x1.efi m=" MACHINE
		       " .osrel='ID=x|VERSION_ID=1' .linux=k\n");
	stage_run_expects("b 0 \\EFI\\Linux\\x3.EFI [] \n  selected x3.efi\n"
			  "b 0 \\EFI\\Linux\\x2.efi [] \n  selected x2.efi\n"
			  "b 16384 \\EFI\\Linux\\x1.efi [] \n  selected x1.efi\n");
	assert_non_null(strstr(stage_screen, "  2  X 2\n"));
	assert_non_null(strstr(stage_screen, "3 boot entries cannot be used\n"));
}

static void tries_are_counted_in_the_names_of_files(void **state)
{
	stage_make("entry 'a+2' 'linux /v\\n'; entry 'b+0-3' 'linux /bad\\n'\n" UKI
		   "uki u m=" MACHINE " .linux=k\nmcopy -i b u ::/EFI/Linux/k+3-1.efi\n",
		   NULL);
	stage_run_expects("b 0 \\EFI\\Linux\\k+2-2.efi [] \n  selected k.efi\n"
			  "  counted \\EFI\\Linux\\k+2-2.efi\n"
			  "b 0 \\v [] \n  selected a.conf\n"
			  "  counted \\loader\\entries\\a+1-1.conf\n"
			  "b 0 \\bad [] \n  selected b.conf\n"
			  "  counted \\loader\\entries\\b+0-3.conf\n");
	assert_true(stage_has("\\loader\\entries\\a+1-1.conf"));
	assert_false(stage_has("\\loader\\entries\\a+2.conf"));
	assert_true(stage_has("\\EFI\\Linux\\k+2-2.efi"));
	assert_true(stage_has("\\loader\\entries\\b+0-3.conf"));
}

static void tries_on_what_is_only_read_are_not_counted(void **state)
{
	stage_make("", "printf 'linux /v\\n' >d/loader/entries/a+2.conf");
	stage_run_expects("b 16384 \\v [] \n  selected a.conf\n"
			  "  counted \\loader\\entries\\a+2.conf\n");
	assert_non_null(strstr(stage_screen, "  its tries cannot be counted\n"));
}

static void device_tree_is_handed_on(void **state)
{
	stage_make(
	    "entry a 'linux /v\\ndevicetree /good\\n'; entry b 'linux /v\\ndevicetree /bad\\n'\n"
	    "entry c 'linux /v\\ndevicetree /none\\n'; truncate -s 0 f; mcopy -i b f ::/empty\n"
	    "entry d 'linux /v\\ndevicetree /empty\\n'\n"
	    "truncate -s 3M f; mcopy -i b f ::/large; entry e 'linux /v\\ndevicetree /large\\n'\n"
	    "printf '\\320\\015\\376\\355\\0\\0\\0\\060' >f; truncate -s 48 f; mcopy -i b f "
	    "::/good\n"
	    "printf '\\320\\015\\376\\355\\0\\0\\0\\061' >f; truncate -s 48 f; mcopy -i b f "
	    "::/bad\n",
	    NULL);
	stage_run_expects("b 0 \\v []  dtb 48\n  selected a.conf\n");
	assert_non_null(strstr(stage_screen, "cannot open the device tree"));
	assert_non_null(strstr(stage_screen, "no device tree in its file"));
	assert_non_null(strstr(stage_screen, "a device tree that is too large"));
}

static void device_tree_that_nobody_signed_is_refused(void **state)
{
	stage_is_secure = true;
	stage_make("entry a 'linux /v\\ndevicetree /good\\n'; entry b 'linux /w\\n'\n"
		   "printf '\\320\\015\\376\\355\\0\\0\\0\\060' >f; truncate -s 48 f; mcopy -i b f "
		   "::/good\n",
		   NULL);
	stage_run_expects("b 0 \\w [] \n  selected b.conf\n");
	assert_non_null(strstr(stage_screen, "which nobody signed: Secure Boot is on"));
}

static void entries_that_cannot_be_used_do_not_stop_the_others(void **state)
{
	stage_make("entry a 'linux /v\\narchitecture aa64x\\n'\n"
		   "entry b 'linux /v\\ndevicetree-overlay /d\\n'\n"
		   "entry c 'linux /v\\ninitrd /gone\\n'\n"
		   "entry d 'linux /v\\ninitrd /loader\\n'\n"
		   "printf 'linux /v\\noptions %05000d\\n' 1 | put /loader/entries/e.conf\n"
		   "printf 'linux /%02000d\\n' 1 | put /loader/entries/f.conf\n"
		   "entry g 'title no kernel\\n'\n"
		   "truncate -s 70000 f; mcopy -i b f ::/loader/entries/h.conf\n"
		   "mmd -i b ::/loader/entries/folder.conf\n"
		   "entry 0 'linux /good\\n'\n",
		   NULL);
	stage_run_expects("b 0 \\good [] \n  selected 0.conf\n");
	assert_non_null(strstr(stage_screen, "3 boot entries cannot be used\n"));
	assert_non_null(strstr(stage_screen, "for another machine"));
	assert_non_null(strstr(stage_screen, "overlays of a device tree"));
	assert_non_null(strstr(stage_screen, "cannot open the initrd"));
	assert_non_null(strstr(stage_screen, "options that are too long"));
	assert_non_null(strstr(stage_screen, "a path that is too long"));
}

/* The best of them stay. */
static void of_many_entries_the_last_are_left_out(void **state)
{
	stage_make("mkdir m; for i in $(seq 100 170); do printf 'linux /v\\n' >m/$i.conf; done\n"
		   "mcopy -i b m/* ::/loader/entries/\n",
		   NULL);
	stage_run();
	assert_non_null(strstr(stage_screen, "7 boot entries cannot be used\n"));
	assert_non_null(strstr(stage_screen, "  1  170\n"));
	assert_non_null(strstr(stage_screen, " 64  107\n"));
	assert_null(strstr(stage_screen, " 65  "));
}

static void of_many_candidates_the_last_are_left_out(void **state)
{
	stage_make(PROGRAM
		   "mkdir m; for i in $(seq 100 169); do printf 'linux /v\n' >m/$i.conf; done\n"
		   "mcopy -i b m/* ::/loader/entries/\n",
		   NULL);
	stage_volumes[1] = stage_volumes[0]; /* the same on another disk */
	stage_volumes[1].disk = stage_volumes[2].disk;
	stage_n_volumes = 2;
	stage_run();
	assert_non_null(strstr(stage_screen, "14 boot entries cannot be used\n"));
	assert_non_null(strstr(stage_screen, "128  "));
	assert_null(strstr(stage_screen, "129  "));
}

static void of_thousands_of_files_the_last_are_not_looked_at(void **state)
{
	stage_make("", "for i in $(seq 4200); do : >d/loader/entries/$i; done\n"
		       "printf 'linux /v\n' >d/EFI/Linux/no.conf\n");
	stage_run_expects("");
	assert_non_null(strstr(stage_screen, "1 boot entries cannot be used\nnothing to boot\n"));
}

static void sections_of_unified_kernels_are_bounded(void **state)
{
	stage_make(UKI "uki u m=" MACHINE " .cmdline=$(printf %0400d 0) .linux=k\n"
		       "mcopy -i b u ::/EFI/Linux/good.efi\n"
		       "python3 -c 'd=bytearray(open(\"u\",\"rb\").read()); d+=bytes(70000)\n"
		       "d[200+8:200+12]=d[200+16:200+20]=(70000).to_bytes(4,\"little\")\n"
		       "open(\"u\",\"wb\").write(d)'\nmcopy -i b u ::/EFI/Linux/long.efi\n",
		   NULL);
	stage_run_expects("b 0 \\EFI\\Linux\\good.efi [] \n  selected good.efi\n");
	assert_non_null(strstr(stage_screen, "1 boot entries cannot be used\n"));
}

static void titles_are_told_apart(void **state)
{
	stage_make("entry a 'linux /v\\ntitle T\\nversion 2\\n'; entry b 'linux /v\\ntitle "
		   "T\\nversion 1\\n'\n"
		   "entry c 'linux /v\\ntitle T\\nversion 1\\n'; entry d 'linux /v\\ntitle D\\n'\n"
		   "entry e 'linux /v\\n'\n",
		   NULL);
	stage_run();
	assert_non_null(strstr(stage_screen, "  1  e\n  2  D\n  3  T (1) (c)\n  4  T (1) (b)\n"
					     "  5  T (2)\n"));
}

static void names_of_entries_are_shown_in_plain_characters(void **state)
{
	stage_make("printf 'linux /v\\ntitle \\033[2J\\303\\251\\n' | "
		   "put \"/loader/entries/\303\251.conf\"\n",
		   NULL);
	stage_run_expects("b 0 \\v [] \n  selected \303\251.conf\n");
	assert_non_null(strstr(stage_screen, ": entry ??.conf\n"));
	assert_non_null(strstr(stage_screen, "  1  ?[2J??\n"));
	assert_null(strchr(stage_screen, '\033'));
}

static void an_initrd_that_cannot_be_read_is_said(void **state)
{
	stage_make("entry one 'linux /v\\ninitrd /i\\n'\ntruncate -s 1M f; mcopy -i b f ::/i\n",
		   NULL);
	stage_blocks_readable = 64;
	stage_run_expects("");
	assert_non_null(strstr(stage_screen, "cannot read the initrd"));
}

static void no_memory_for_an_initrd_is_said(void **state)
{
	stage_make("entry one 'linux /v\\ninitrd /i\\n'\ntruncate -s 5M f; mcopy -i b f ::/i\n",
		   NULL);
	stage_shrink(4u << 20);
	stage_run_expects("");
	assert_non_null(strstr(stage_screen, "no memory for the initrd"));
}

static void large_loader_conf_is_as_none(void **state)
{
	stage_make("entry a 'linux /va\\n'; entry b 'linux /vb\\n'\n"
		   "(printf 'timeout menu-force\\ndefault a\\n'; yes '#') | head -c 1048576 | "
		   "put /loader/loader.conf\n",
		   NULL);
	stage_run_expects("b 0 \\vb [] \n  selected b.conf\nb 0 \\va [] \n  selected a.conf\n");
	assert_non_null(
	    strstr(stage_screen, "\\loader\\loader.conf: boot loader file too large\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(esps_come_first_then_whole_disks_and_others_never),
		STAGE_TEST(it_is_said_why_each_came_back),
		STAGE_TEST(where_nothing_is_it_is_said),
		STAGE_TEST(of_partitions_of_unknown_contents_a_few_are_named),
		STAGE_TEST(options_come_first_and_the_next_before_them),
		STAGE_TEST(entries_are_started_with_what_they_ask_for),
		STAGE_TEST(entries_stand_as_in_a_menu_and_the_default_is_first),
		STAGE_TEST(entries_of_the_extended_partition_stand_with_the_others),
		STAGE_TEST(unified_kernels_are_entries),
		STAGE_TEST(tries_are_counted_in_the_names_of_files),
		STAGE_TEST(tries_on_what_is_only_read_are_not_counted),
		STAGE_TEST(device_tree_is_handed_on),
		STAGE_TEST(device_tree_that_nobody_signed_is_refused),
		STAGE_TEST(entries_that_cannot_be_used_do_not_stop_the_others),
		STAGE_TEST(of_many_entries_the_last_are_left_out),
		STAGE_TEST(of_many_candidates_the_last_are_left_out),
		STAGE_TEST(of_thousands_of_files_the_last_are_not_looked_at),
		STAGE_TEST(sections_of_unified_kernels_are_bounded),
		STAGE_TEST(titles_are_told_apart),
		STAGE_TEST(names_of_entries_are_shown_in_plain_characters),
		STAGE_TEST(an_initrd_that_cannot_be_read_is_said),
		STAGE_TEST(no_memory_for_an_initrd_is_said),
		STAGE_TEST(large_loader_conf_is_as_none),
	};

	if (!cairn_rig_has("mkfs.vfat") || !cairn_rig_has("mcopy") || !cairn_rig_has("mke2fs")) {
		puts("dosfstools, mtools and e2fsprogs are not installed: run tools/setup");
		return 77;
	}
	return cmocka_run_group_tests(tests, stage_setup, stage_teardown);
}
