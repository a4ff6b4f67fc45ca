#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
EFI variables on QEMU's q35 or virt, in software emulation: variables.py FIRMWARE ARCH. A Linux guest
sets one by efivarfs with flash, and finds it when it is started again; without flash it is told that
it cannot. What shim's fallback wrote (Boot####, BootOrder) is there at the second start, with flash
and with the file on the system partition. A virt always has flash. Exit code 77 where programs are
missing.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import qemu
from bedlib import arch, bootdisk, images, kernel
from bedlib.cpio import Archive

ESP = f"@@{bootdisk.ESP_AT}M"
NAME = "CairnTest-3d7ed50b-9fc5-4a8a-9c0c-0123456789ab"
SCRIPT = f"""for module in /efi/*.ko; do insmod $module; done
mount -t efivarfs none /sys/firmware/efi/efivars
cd /sys/firmware/efi/efivars
[ -e {NAME} ] && echo "found: $(tail -c +5 {NAME})"
if printf '\\007\\000\\000\\000lasting' >/efi/new && cat /efi/new >{NAME}; then
	echo "set: $(tail -c +5 {NAME})"
else
	echo "refused"
fi 2>/dev/null
for name in BootOrder Boot0000; do ls -d $name-* && echo "there: $name"; done 2>/dev/null
echo "size: $(cat /sys/firmware/efi/fw_platform_size)"
"""


def run(firmware, name, disk, log, more):
    """The lines that the guest printed."""
    code, errors = qemu.run(firmware, qemu.USUAL[name], [(disk, "cache=writeback")], log, words=more)
    said = log.read_text(errors="replace").splitlines()
    if code != 0:
        print(f"QEMU's exit code {code}", errors, sep="\n")
    return said


def expect(what, said, wanted, unwanted=()):
    """1 and what is wrong on the console, or 0."""
    absent = [line for line in wanted if not any(s.startswith(line) for s in said)]
    there = [line for line in unwanted if any(s.startswith(line) for s in said)]
    if absent or there:
        print("\n".join(said[-60:]), f"{what}: missing {absent}, unwanted {there}", sep="\n")
    else:
        print(f"{what}: as expected")
    return 1 if absent or there else 0


def prepare(source, target, debian, guest):
    """A copy of a disk whose initramfs has efivarfs and the script."""
    shutil.copyfile(source, target)
    more = Archive()
    more.directory("efi")
    for number, path in enumerate(debian.modules(("efivarfs",))):
        more.file(f"efi/{number}.ko", debian.module(path))
    more.file("test", SCRIPT.encode())
    guest.write_bytes(bootdisk.initrd(debian, False) + more.bytes())
    if "entry" in str(source):
        subprocess.run(["mcopy", "-o", "-i", f"{target}{ESP}", str(guest), "::/initrd"], check=True)


def linux(firmware, guests, folder, debian):
    """Set and found with flash, refused without."""
    disk, vars_, log = folder / "entry", folder / "vars", folder / "log"
    name, flash = guests.name, qemu.flash(vars_, guests.name)
    prepare(images.path(guests, "entrydisk"), disk, debian, folder / "initrd")
    vars_.write_bytes(bytes(qemu.FLASH_BYTES[name]))
    wrong = expect("first start with flash", run(firmware, name, disk, log, flash),
                   ["variables in flash at ", "set: lasting", "guest: exit 0"], ["found: "])
    wrong += expect("second start with flash", run(firmware, name, disk, log, flash),
                    ["found: lasting", "guest: exit 0"])
    if name == "aarch64":
        return wrong
    return wrong + expect("without flash", run(firmware, name, disk, log, []),
                          ["refused", "guest: exit 0"], ["set: ", "found: "])


def fallback(firmware, guests, folder):
    """shim's fallback makes the boot options once: when they are there again nobody makes others."""
    wrong = 0
    source = images.path(guests, "fallbackdisk")
    for how in ("flash",) if guests.name == "aarch64" else ("flash", "file"):
        disk, vars_, log = folder / how, folder / f"{how}.vars", folder / "log"
        shutil.copyfile(source, disk)
        vars_.write_bytes(b"\xff" * qemu.FLASH_BYTES[guests.name])
        more = qemu.flash(vars_, guests.name) if how == "flash" else []
        for start in ("first", "second"):
            said = run(firmware, guests.name, disk, log, more)
            wrong += expect(f"{start} start of fallback, {how}", said, ["guest: exit 0"])
        kept = vars_.read_bytes()
        if how == "file":
            subprocess.run(["mcopy", "-o", "-i", f"{disk}{ESP}", "::/cairn-vars.bin",
                            str(vars_)], check=True)
            kept = vars_.read_bytes()
        for name in ("BootOrder", "Boot0000"):
            if name.encode("utf-16-le") not in kept:
                print(f"{name} is not in the {how}")
                wrong += 1
        if "Boot0001".encode("utf-16-le") in kept:
            print(f"the options were made again, with {how}")
            wrong += 1
    return wrong


def main():
    """The program."""
    firmware, name = sys.argv[1:]
    missing = qemu.missing_with_flash(name)
    if missing:
        print(f"not installed: {', '.join(missing)}")
        return qemu.SKIPPED
    guests = arch.get(name)
    debian = kernel.get(guests)
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        return min(1, linux(firmware, guests, folder, debian)
                   + fallback(firmware, guests, folder))


if __name__ == "__main__":
    qemu.program(main)
