#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
#
# The first process of the small guests. It loads the modules that the word load= of the kernel's
# command line names (a comma between two), then either runs /test as a script, prints
# "guest: exit CODE" and does what end= says (poweroff, reboot, halt, or stay), or, where there is
# no /test, goes on with the Debian system on the disk that root= names. That disk has no modules,
# so those that Debian would load there are loaded here.
export PATH=/usr/local/bin:/usr/bin:/usr/sbin:/usr/libexec/busybox HOME=/root
/usr/bin/busybox --install -s /usr/libexec/busybox

mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev

word() {
	for entry in $(cat /proc/cmdline); do
		case $entry in "$1="*) value=${entry#*=} ;; esac
	done
	echo "${value-$2}"
}

modules=virtio_pci,virtio_mmio,virtio_blk
[ -e /test ] || modules=$modules,virtio_net,virtio_rng,crc32c_generic,ext4,autofs4,button,gpio_keys,evdev
for module in $(word load "$modules" | tr , ' '); do
	modprobe -q "$module"
done

# A console of virtio has only now come to be.
exec </dev/console >/dev/console 2>&1

if [ -e /test ]; then
	stty -onlcr    # lines end as they are printed
	sh /test
	echo "guest: exit $?"
	end=$(word end poweroff)
	[ "$end" != stay ] || exec sleep 1000000
	sync
	"$end" -f
fi

root=$(word root /dev/vda)
tries=0
until [ -b "$root" ]; do
	tries=$((tries + 1))
	if [ "$tries" -gt 200 ]; then
		echo "initrd: no disk $root; there are: $(ls /sys/block)"
		poweroff -f
	fi
	usleep 50000
done
mount -o ro "$root" /mnt || {
	echo "initrd: cannot mount $root"
	poweroff -f
}
mount --move /dev /mnt/dev
umount /proc /sys
exec switch_root /mnt /sbin/init
