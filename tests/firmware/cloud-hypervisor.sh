# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
#
# Boots of one disk, KIND-VERSION in $image, under Cloud Hypervisor by the firmware in $firmware: each
# word of the case behind its first dash is one machine. The disk's kernel has the options $options;
# $to_speak takes their place where it needs some to have a console, $to_reboot that it reboots at
# its end. $alive is what it, or its stub, then prints.

# start NAME ARG...: a machine, whose console is kept.
start() {
	local name=$1
	shift
	cloud-hypervisor --console off --serial tty "$@" </dev/null \
		>"$LOGS/$name.console" 2>"$LOGS/$name.log" &
	vm=$!
}

# machine NAME ARG...: the same with the firmware as the kernel, until it powers off.
machine() {
	start "$@" --kernel "$firmware"
	vm_end "$1" 110 0
}

# fresh OPTIONS: the disk as it was, but for other options of the same length, if any.
fresh() {
	local at line before n=0
	cp "$IMAGES/$image" disk.img
	[ -n "$1" ] || return 0
	while read -r at line; do
		before=${line%%"$options"*}
		printf '%s' "$1" | dd of=disk.img bs=1 seek=$((at + ${#before})) conv=notrunc 2>dd.log
		n=$((n + 1))
	done < <(strings -t d -n ${#options} disk.img | grep -F -- "$options")
	[ $n -gt 0 ] || fail "no '$options' on the disk"
}

# The disk's system finds EFI and the root, and powers off.
booted() {
	has "$LOGS/$1.console" '^EFI: /sys/firmware/efi'
	has "$LOGS/$1.console" '^this is the root'
	has "$LOGS/$1.console" '^guest: exit 0'
}

# boot WORD: on the machine that the word is for.
boot() {
	local disk=path=disk.img,image_type=raw first=() cpus=boot=1 memory=512M more=()
	case $1 in
	plain) ;;
	readonly) disk=$disk,readonly=on ;;
	cpus) cpus=boot=2 ;;
	large) memory=6G ;;
	second)
		truncate -s 4M empty.img
		first=(path=empty.img,image_type=raw)
		;;
	segment) # its BARs are above 4 GiB
		disk=$disk,pci_segment=1
		more=(--platform num_pci_segments=2)
		;;
	*) fail "there is no machine '$1'" ;;
	esac
	fresh "$to_speak"
	machine "$1" --cpus "$cpus" --memory "size=$memory" "${more[@]}" --disk "${first[@]}" "$disk"
	booted "$1"
}

# The firmware is what the machine finds at address 0.
flash() {
	fresh "$to_speak"
	start flash --firmware "$firmware" --cpus boot=1 --memory size=512M \
		--disk path=disk.img,image_type=raw
	vm_end flash 110 0
	booted flash
}

# count PATTERN N: there are as many lines in the console.
count() {
	[ "$(grep -acE -- "$1" "$LOGS/again.console")" -ge "$2" ]
}

# The system reboots, and the firmware starts it again, and again.
again() {
	local until=$((SECONDS + 220 * PATIENCE))
	fresh "$to_reboot"
	start again --kernel "$firmware" --cpus boot=1 --memory size=512M \
		--disk path=disk.img,image_type=raw
	until count '^cairn-fw .* MiB of memory' 3 && count "$alive" 2; do
		[ "$SECONDS" -lt "$until" ] || fail "no third start: $(tail -n 1 "$LOGS/again.console")"
		kill -0 "$vm" || fail "it ended: $(tail -n 1 "$LOGS/again.log")"
		sleep 0.5
	done
	kill -9 "$vm"
	wait "$vm" || true
}

# Without a system the firmware itself powers off.
nothing() {
	truncate -s 4M empty.img
	machine nothing --cpus boot=1 --memory size=256M --disk path=empty.img,image_type=raw
	has "$LOGS/nothing.console" 'nothing'
}

cloud-hypervisor --version
image=${CASE%%-*}-$version words=${CASE#*-}
for word in ${words//-/ }; do
	case $word in
	nothing | flash | again) "$word" ;;
	*) boot "$word" ;;
	esac
done
