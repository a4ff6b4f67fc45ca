# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
#
# What scenarios call. They are bash scripts, run as root in a scratch folder, with
#   BIN      (first in PATH) the programs under test
#   ARCH     the architecture; SERIAL, the name of the guest's serial console
#   IMAGES   kernel-6.12, vmlinux-6.12, initrd-6.12 and so on, as the scenario's "images" says
#   DISK     the Debian disk, where "images" says "disk" or "efidisk"; may be written
#   FILES    files of the scenario's own folder
#   PATIENCE a factor for every number of seconds
#   SANITIZER address or thread where one is built into the programs
#   SCRATCH  the scratch folder; LOGS is kept for people to read
# A scenario passes when it ends with 0, is skipped with 77, and has failed otherwise; its last
# line says why.
set -eu -o pipefail

BIN=$CAIRN_ROOT/bin IMAGES=$CAIRN_ROOT/images FILES=$CAIRN_ROOT/files
export BIN IMAGES FILES

fail() {
	echo "$*"
	exit 1
}

skip() {
	echo "$*"
	exit 77
}

trap 'echo "line $LINENO failed: $BASH_COMMAND"' ERR

# wait_for FILE PATTERN SECONDS [PID]: until a line of FILE matches; fails when PID ends before.
wait_for() {
	local until=$((SECONDS + $3 * PATIENCE))
	until grep -aqE -- "$2" "$1" 2>/dev/null; do
		[ "$SECONDS" -lt "$until" ] || fail "no '$2' in ${1##*/} within $(($3 * PATIENCE)) s: $(tail -n 1 "$1")"
		if [ -n "${4-}" ] && ! kill -0 "$4" 2>/dev/null && ! grep -aqE -- "$2" "$1"; then
			fail "ended without '$2' in ${1##*/}: $(tail -n 1 "$1")"
		fi
		sleep 0.1
	done
}

# has FILE PATTERN: a line matches.
has() {
	grep -aqE -- "$2" "$1" || fail "no '$2' in ${1##*/}"
}

# lacks FILE PATTERN: no line matches.
lacks() {
	! grep -aE -- "$2" "$1" || fail "'$2' in ${1##*/}"
}

# same A B: two strings are equal.
same() {
	[ "$1" = "$2" ] || fail "'$1' is not '$2'"
}

# guest_initrd VERSION NAME: the path of an initramfs whose guest runs the script on stdin, and has
# at its root the files that are in $SCRATCH/initrd-NAME.
guest_initrd() {
	local folder=$SCRATCH/initrd-$2
	mkdir -p "$folder"
	cat >"$folder/test"
	(cd "$folder" && ls | busybox cpio -o -H newc 2>/dev/null) |
		cat "$IMAGES/initrd-$1" - >"$folder.cpio"
	echo "$folder.cpio"
}

# vm_start NAME ARG...: starts `cairn run ARG...` with its console in $LOGS/NAME.console and what it
# says in $LOGS/NAME.log; its process id is in $vm.
vm_start() {
	local name=$1
	shift
	cairn run "$@" </dev/null >"$LOGS/$name.console" 2>"$LOGS/$name.log" &
	vm=$!
}

# vm_end NAME SECONDS CODE: waits for the last started machine, which has to end with CODE.
vm_end() {
	local until=$((SECONDS + $2 * PATIENCE)) code=0
	while kill -0 "$vm" 2>/dev/null; do
		if [ "$SECONDS" -ge "$until" ]; then
			kill -9 "$vm"
			fail "$1 has not ended within $(($2 * PATIENCE)) s; its console: $(tail -n 1 "$LOGS/$1.console")"
		fi
		sleep 0.1
	done
	wait "$vm" || code=$?
	[ "$code" = "$3" ] ||
		fail "$1 ended with $code, not $3: $(tail -n 1 "$LOGS/$1.log") $(tail -n 1 "$LOGS/$1.console")"
}

# The kernel's words for guests that run a script: quick to boot, few messages, ends on a panic.
WORDS="console=$SERIAL panic=-1 quiet" version=6.12 size=256M

# small NAME ARG...: starts a guest with Debian's kernel $version and $size of memory that runs the
# script on stdin.
small() {
	local name=$1 initrd
	shift
	initrd=$(guest_initrd "$version" "$name")
	vm_start "$name" --kernel "$IMAGES/kernel-$version" --initrd "$initrd" \
		--cmdline "$WORDS" --memory "$size" "$@"
}

# passed NAME SECONDS: the guest's script ended with 0 and the machine was powered off.
passed() {
	vm_end "$1" "$2" 0
	has "$LOGS/$1.console" '^guest: exit 0'
}

# random FILE SIZE: a file of random bytes; K and M as usual.
random() {
	local bytes=${2/K/*1024}
	head -c $((${bytes/M/*1048576})) /dev/urandom >"$1"
}

# sum FILE: its SHA-256.
sum() {
	sha256sum "$1" | cut -d ' ' -f 1
}
