# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
#
# In the outer machine: starts each monitor in turn, NAME MEMORY-KIB COMMAND... on one line of
# /bench/list (shell words), waits for the guest's mark and prints one line of figures about it:
# @ NAME total-ns setup-ns other-ns guest-uptime private-KiB
# and, when there is a /bench/trace afterwards, which a strace among them writes,
# @calls system-calls-before-the-first-KVM_RUN
# setup is the time on the CPU of the monitor's first thread, other that of its other threads,
# the guest included. Time is a count of instructions when the machine runs with --icount.

cat /bench/* >/dev/null
# Some monitors spin on a standard input that has ended.
mkfifo /bench/input
exec 4<>/bench/input

microseconds() {
	local now=$EPOCHREALTIME
	echo "${now/./}"
}

figures() { # NAME GUEST-KIB PID MICROSECONDS UPTIME
	local task time setup=0 other=0 private
	for task in "/proc/$3/task"/*; do
		read -r time _ <"$task/schedstat"
		if [ "${task##*/}" = "$3" ]; then setup=$time; else other=$((other + time)); fi
	done
	private=$(awk -v guest="$2" '/^Size:/ { own = $2 < guest }
		own && /^Private_(Clean|Dirty):/ { sum += $2 } END { print sum }' "/proc/$3/smaps")
	echo "@ $1 $(($4 * 1000)) $setup $other ${5:-0} ${private:-0}"
}

measure() { # NAME GUEST-KIB COMMAND...
	local name=$1 guest=$2 pid before after word uptime='' seen=
	shift 2
	before=$(microseconds)
	exec 3< <(exec "$@" <&4 2>/bench/errors)
	pid=$!
	while read -r -t 20 -u 3 word uptime; do
		case $word in '!'* | *bench-init*) seen=yes && break ;; esac
	done
	after=$(microseconds)
	if [ -n "$seen" ]; then
		figures "$name" "$guest" "$pid" $((after - before)) "${uptime%$'\r'}"
	else
		echo "@ $name failed $(head -c 200 /bench/errors | tr '\n' ' ')"
	fi
	kill -9 "$pid"
	wait "$pid" 2>/dev/null
	exec 3<&-
	# The kernel drops the locks of a killed process's files some time after its end.
	sleep 0.5
}

while read -r line; do
	eval "measure $line"
done <<<"$(cat /bench/list)"

if [ -e /bench/trace ]; then
	awk '/KVM_RUN/ { print "@calls " n; exit } $2 ~ /^[a-z0-9_]+\(/ { n++ }' /bench/trace
fi
