#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
A whole Debian with shim and GRUB on QEMU's q35, by cairn-fw with its variables in flash: debian.py
FIRMWARE. systemd must get to "running"; the boot entry that efibootmgr makes and puts first must be
what boots next, also after QEMU was killed; and GRUB's own tools install it again, as an upgrade
does. Root or sudo makes the disk, the first time; no KVM is used. Exit code 77 where programs are
missing.
"""

import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import qemu
from bedlib import arch, images
from bedlib.cache import Failure
from bedlib.talk import PROMPT, Talk

SECONDS = 900    # for any one thing, on a busy machine
NEEDED = ("qemu-system-x86_64", *qemu.NEEDED, "mmdebstrap")
ENTRY = r"efibootmgr -q -c -d /dev/vda -p 15 -L ours -l '\EFI\debian\shimx64.efi'"


def show(data):
    """Passes the console on."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def say(text):
    """A line about the test itself."""
    print(f"\ntest: {text}", flush=True)


def need(found, wanted, what):
    """They are the same."""
    if found != wanted:
        raise Failure(f"{what}: {found!r}, not {wanted!r}")


class Machine:
    """A q35 whose disk and flash are files in a folder; ends with the context."""

    def __init__(self, firmware, folder):
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-machine", "q35,accel=tcg", "-cpu", qemu.CPU["x86_64"], "-m",
             "512M", "-display", "none", "-nodefaults", "-no-user-config", "-serial", "stdio",
             "-kernel", firmware, *qemu.flash("flash"),
             *qemu.drives(qemu.PCI, [("disk.img", "cache=writeback")])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder)
        self.talk = Talk(self.process.stdout, self.process.stdin, show, say, SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def log_in(self):
        """Waits for the prompt of a boot."""
        self.talk.wait(PROMPT, "login on the console")
        self.talk.command("stty cols 200")

    def run(self, command):
        """What a command says, which has to succeed."""
        said, code = self.talk.command(command)
        if code != 0:
            raise Failure(f"'{command}': exit code {code}, output {said.strip()!r}")
        return said

    def boot_manager(self, pattern):
        """What efibootmgr says where a pattern's group is."""
        said = self.run("efibootmgr")
        found = re.search(f"^{pattern}", said, re.M)
        if not found:
            raise Failure(f"no '{pattern}' in {said!r}")
        return found.group(1)


def boot_what_is_set(machine):
    """A new entry, first in the order, is what boots next; returns its number."""
    machine.log_in()
    need(machine.run("systemctl is-system-running --wait").split()[-1], "running", "systemd")
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
    machine.talk.type("poweroff; sleep 1000")
    need(machine.process.wait(SECONDS), 0, "QEMU's exit code")


def main():
    """The program."""
    missing = [p for p in NEEDED if not shutil.which(p) and not shutil.which(p, path="/sbin")]
    if missing or not qemu.BIOS.exists():
        print(f"not installed: {', '.join(missing) or qemu.BIOS}")
        return qemu.SKIPPED
    firmware = str(pathlib.Path(sys.argv[1]).resolve())
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    disk = images.path(arch.get("x86_64"), "efidisk")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["cp", "--sparse=always", disk, f"{folder}/disk.img"], check=True)
        pathlib.Path(folder, "flash").write_bytes(b"\xff" * (256 << 10))
        with Machine(firmware, folder) as machine:
            entry = boot_what_is_set(machine)
            machine.run("sync && efibootmgr -q -t 2")
        with Machine(firmware, folder) as machine:
            install_again(machine, entry)
    return 0


if __name__ == "__main__":
    qemu.program(main)
