# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
#
# Boots of one disk, KIND or KIND-VERSION in $image, on cairn: each word of the case behind its first
# dash is TRANSPORT.DISK of the firmware's matrix, or "all" for each of them.
all="pci.plain pci.readonly pci.second mmio.plain mmio.readonly mmio.second"
boot() {
	local name=$1.$2 disk=path=disk.img first=()
	case $2 in
	readonly) disk=$disk,readonly ;;
	second)
		truncate -s 4M empty.img
		first=(--disk path=empty.img)
		;;
	esac
	cp "$IMAGES/$image" disk.img
	vm_start "$name" --firmware "$BIN/cairn-fw-x86_64.elf" --transport "$1" "${first[@]}" \
		--disk "$disk" --memory 512M
	passed "$name" 110
	has "$LOGS/$name.console" '^EFI: /sys/firmware/efi'
	has "$LOGS/$name.console" '^this is the root'
}

image=${CASE%%-*}${version:+-$version} words=${CASE#*-}
[ "$words" != all ] || words=$all
for word in ${words//-/ }; do
	boot "${word%.*}" "${word#*.}"
done
