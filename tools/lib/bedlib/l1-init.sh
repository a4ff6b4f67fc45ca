#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
#
# The first process of the bed's outer machine. It sets the machine up, takes files from the disk
# named "files", runs /bed/command and reports over virtio-serial ports:
#   1 standard output   2 standard error   3 "exit CODE"
#   4 files to hand back, as a tar         5 standard input
# or, when /bed/settings says so, gives the command the terminal hvc0 instead of 1, 2 and 5.

# Busybox's shell takes its own applets before PATH unless a path is given, so programs brought
# along are called by path; the applets' links are last in PATH for everybody else.
export PATH=/usr/local/bin:/usr/bin:/usr/sbin:/usr/libexec/busybox HOME=/root
/usr/bin/busybox --install -s /usr/libexec/busybox

mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir /dev/pts /dev/shm /dev/bed
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
ln -s /proc/self/fd /dev/fd
ln -s /proc/self/fd/0 /dev/stdin
ln -s /proc/self/fd/1 /dev/stdout
ln -s /proc/self/fd/2 /dev/stderr
# The root is a tmpfs; by itself it stops at half of the memory.
mount -o remount,size=90% /

while read -r module; do
	insmod "/lib/modules/$(uname -r)/$module"
done </bed/modules

for disk in /sys/block/vd*; do
	read -r name <"$disk/serial"    # fails: no newline at its end
	ln -s "../${disk##*/}" "/dev/bed/$name"
done

# The path of the port with a number; ports appear some time after their module is loaded.
port() {
	until [ -e /dev/vport*"p$1" ]; do
		usleep 10000
	done
	echo /dev/vport*"p$1"
}

# The same, connected: reading one that is not yet gives an end of file.
connected_port() {
	path=$(port "$1")
	[ -e /sys/kernel/debug/virtio-ports ] || mount -t debugfs debug /sys/kernel/debug
	until grep -q 'host_connected: 1' "/sys/kernel/debug/virtio-ports/${path##*/}"; do
		usleep 10000
	done
	echo "$path"
}

tar -x -f /dev/bed/files -C / || echo "bed: cannot unpack the files"
. /bed/settings
ifconfig lo 127.0.0.1 up
for module in $bed_modules; do
	modprobe "$module"
done

if [ -n "$bed_terminal" ]; then
	# The size is forgotten when nobody has the terminal open.
	setsid -c sh -c "stty $bed_terminal; exec /bed/command" </dev/hvc0 >/dev/hvc0 2>&1 &
	command=$!
else
	# Pipes, not the ports: a port can be opened once only, so /dev/stdout would be refused.
	mkfifo /bed/out /bed/err
	cat </bed/out >"$(port 1)" &
	out=$!
	cat </bed/err >"$(port 2)" &
	err=$!
	stdin=/dev/null
	[ -z "$bed_stdin" ] || stdin=$(connected_port 5)
	setsid /bed/command <"$stdin" >/bed/out 2>/bed/err &
	command=$!
fi
wait "$command"
code=$?

# What the command left running ends with it.
left=
for process in /proc/[0-9]*; do
	case ${process#/proc/} in
	1 | "$out" | "$err") ;;
	*) left="$left ${process#/proc/}" ;;
	esac
done
kill -9 $left 2>/dev/null
[ -z "$out" ] || wait "$out" "$err"

eval "set -- $bed_fetch"
for path; do
	[ -e "/$path" ] || echo "bed: nothing to fetch at /$path"
	[ ! -e "/$path" ] || set -- "$@" "$path"
	shift
done
[ $# -eq 0 ] || tar -c -f "$(port 4)" -C / -- "$@"
sync
echo "exit $code" >"$(port 3)"
poweroff -f
