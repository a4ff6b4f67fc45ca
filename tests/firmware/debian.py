#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
A whole Debian 12 or 13 with shim and GRUB on QEMU's q35, by cairn-fw with its variables in flash:
debian.py FIRMWARE RELEASE. systemd must get to "running"; the boot entry that efibootmgr makes and
puts first must be what boots next, also after QEMU was killed; and GRUB's own tools install it
again, as an upgrade does. Root or sudo makes the disk, the first time; no KVM is used. Exit code 77
where programs are missing.
"""

import sys
import tempfile

import qemu
import system
from system import need

DISKS = {"12": "efidisk", "13": "efidisk13"}
ENTRY = r"efibootmgr -q -c -d /dev/vda -p 15 -L ours -l '\EFI\debian\shimx64.efi'"


def boot_what_is_set(machine):
    """A new entry, first in the order, is what boots next; returns its number."""
    machine.log_in()
    machine.settle()
    machine.run(ENTRY)
    entry = machine.boot_manager(r"Boot(....)\* ours")
    need(machine.boot_manager("BootOrder: (....)"), entry, "the first of the order")
    machine.talk.type("reboot; sleep 1000")
    machine.log_in()
    need(machine.boot_manager("BootCurrent: (....)"), entry, "what was booted")
    return entry


def install_again(machine, entry):
    """Debian's own tools, after a start that still obeys what was set; then power-off."""
    machine.log_in()
    need(machine.boot_manager("BootCurrent: (....)"), entry, "what was booted after the kill")
    need(machine.boot_manager(r"Timeout: (\d+)"), "2", "the timeout, set just before the kill")
    machine.run("grub-install --target=x86_64-efi && update-grub")
    debian = machine.boot_manager(r"Boot(....)\* debian")
    need(machine.boot_manager("BootOrder: (....)"), debian, "the first after grub-install")
    machine.power_off()


def main():
    """The program."""
    missing = system.missing()
    if missing:
        print(f"not installed: {', '.join(missing)}")
        return qemu.SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        system.prepare(DISKS[sys.argv[2]], folder)
        with system.Machine(sys.argv[1], folder) as machine:
            entry = boot_what_is_set(machine)
            machine.run("sync && efibootmgr -q -t 2")
        with system.Machine(sys.argv[1], folder) as machine:
            install_again(machine, entry)
    return 0


if __name__ == "__main__":
    qemu.program(main)
