# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
#
# What scenarios call. They are bash scripts, run as root in a scratch folder, with
#   BIN      (first in PATH) the programs under test
#   IMAGES   bzimage-6.12, vmlinux-6.12, initrd-6.12 and so on, as the scenario's "images" says
#   DISK     the Debian disk, where "images" says "disk"; may be written
#   FILES    files of the scenario's own folder
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
	local until=$((SECONDS + $3))
	until grep -aqE -- "$2" "$1" 2>/dev/null; do
		[ "$SECONDS" -lt "$until" ] || fail "no '$2' in ${1##*/} within $3 s: $(tail -n 1 "$1")"
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

# same A B: two strings are equal.
same() {
	[ "$1" = "$2" ] || fail "'$1' is not '$2'"
}

# guest_initrd VERSION NAME: the path of an initramfs whose guest runs the script on stdin.
guest_initrd() {
	local folder=$SCRATCH/initrd-$2
	mkdir -p "$folder"
	cat >"$folder/test"
	(cd "$folder" && echo test | busybox cpio -o -H newc 2>/dev/null) |
		cat "$IMAGES/initrd-$1" - >"$folder.cpio"
	echo "$folder.cpio"
}
