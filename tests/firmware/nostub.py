#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Boots a kernel that is no EFI program, by a boot entry: nostub.py FIRMWARE MACHINE, of the matrix's
machines. It is Debian's, without the two letters that make it one. Its initramfs must find the mark
in the root file system, and no EFI. Exit code 77 where programs are missing.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import qemu
from bedlib import bootdisk

ESP_AT = "1M"    # where tools/image puts it
# In place of "MZ": an Image begins there, with an instruction that does nothing.
HEAD = {"x86_64": bytes(2), "aarch64": bytes.fromhex("1f2003d5")}


def spoil(disk, folder, head):
    """The kernel of the disk's entry loses its head."""
    esp, kernel = f"{disk}@@{ESP_AT}", pathlib.Path(folder) / "kernel"
    entry = subprocess.run(["mtype", "-i", esp, "::/loader/entries/debian.conf"],
                           capture_output=True, text=True, check=True).stdout
    name = dict(line.split(None, 1) for line in entry.splitlines() if line.strip())["linux"].strip()
    subprocess.run(["mcopy", "-i", esp, f"::{name}", kernel], check=True)
    data = bytearray(kernel.read_bytes())
    assert data[:2] == b"MZ", "no EFI program to begin with"
    data[:len(head)] = head
    kernel.write_bytes(data)
    subprocess.run(["mcopy", "-o", "-i", esp, kernel, f"::{name}"], check=True)


def main():
    """The program."""
    firmware, machine = sys.argv[1:]
    arch = qemu.MACHINES[machine][0]
    missing = qemu.missing(arch)
    if missing:
        print(f"not installed: {', '.join(missing)}")
        return qemu.SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        disk, log = pathlib.Path(folder) / "disk", pathlib.Path(folder) / "serial"
        shutil.copy(qemu.image(machine, "entry", "6.12", "plain"), disk)
        spoil(disk, folder, HEAD[arch])
        code, errors = qemu.run(firmware, machine, [(disk, "snapshot=on")], log)
        said = log.read_text(errors="replace") if log.exists() else ""
    print(said, errors)
    lines = said.splitlines()
    wanted = ["  cannot be started: not an EFI program, or a broken one", bootdisk.MARK,
              "guest: exit 0"]
    absent = [line for line in wanted if line not in lines]
    if code or absent or "EFI: /sys/firmware/efi" in lines:
        print(f"exit code {code}, missing: {absent}")
        return 1
    return 0


if __name__ == "__main__":
    qemu.program(main)
