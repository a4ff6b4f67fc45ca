#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
#
# Runs scenarios one after the other where they are to run: driver.sh NAME:SECONDS...
# CAIRN_ROOT is the folder with lib.sh, bin/, images/, files/ and scenarios/; logs/ and scratch/ are
# made there. tests/run starts this and reads the lines with @@.
set -u

# Ends whatever is left of the session of a scenario.
end_session() {
	local stat fields
	for stat in /proc/[0-9]*/stat; do
		read -r fields <"$stat" 2>/dev/null || continue
		fields=${fields##*) }    # state ppid pgrp session
		set -- $fields
		if [ "${4-}" = "$session" ]; then
			stat=${stat%/stat}
			kill -9 "${stat#/proc/}"
		fi
	done 2>/dev/null
}

run() {
	local name=$1 limit=$2
	local CASE=${name#*@}
	export CASE LOGS=$CAIRN_ROOT/logs/$name SCRATCH=$CAIRN_ROOT/scratch/$name
	mkdir -p "$LOGS" "$SCRATCH"
	echo "@@ start $name"
	setsid bash -c 'cd "$SCRATCH" && . "$CAIRN_ROOT/lib.sh" && . "$0"; exit "$?"' \
		"$CAIRN_ROOT/scenarios/${name%@*}" </dev/null 2>&1 &
	session=$!
	setsid bash -c 'sleep "$1"; kill -KILL "$2"' watch "$limit" "$session" 2>/dev/null &
	local watch=$!
	wait "$session" 2>/dev/null
	local code=$?
	end_session
	kill -KILL -- "-$watch" 2>/dev/null
	wait "$watch" 2>/dev/null
	rm -rf "$SCRATCH"
	# UBSan's go to standard error, wherever the others are sent.
	local report
	report=$(grep -ahs -m 1 -E 'ERROR: [A-Za-z]+Sanitizer|WARNING: ThreadSanitizer|runtime error:' \
		"$LOGS"/sanitizer.* "$LOGS"/*.log)
	[ -z "$report" ] || {
		echo "sanitizer: ${report%%$'\n'*}"
		code=1
	}
	echo
	echo "@@ end $name $code"
}

export PATH=$CAIRN_ROOT/bin:$PATH
for scenario; do
	run "${scenario%:*}" "${scenario##*:}"
done
