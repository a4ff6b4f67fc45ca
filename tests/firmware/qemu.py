#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Boots a disk by cairn-fw on QEMU's q35, in software emulation: qemu.py FIRMWARE DISK KERNEL, with a
DISK and a KERNEL of tools/image. The kernel's initramfs must find EFI and the mark in the root file
system, and the machine must be off after that. Needs no privilege and no KVM. Exit code 77 where
programs are missing.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools/lib"))

from bedlib import arch, bootdisk, images  # noqa: E402
from bedlib.cache import Failure  # noqa: E402

SKIPPED = 77
SECONDS = 280
NEEDED = ("qemu-system-x86_64", "mkfs.vfat", "mcopy", "sgdisk", "mke2fs")
# Not cmpxchg16b: QEMU 7.2 was seen with the low half of RAX in the flags after it, and an interrupt
# that came then was a double fault.
CPU = "max,-cx16"


def boot(firmware, disk, log):
    """QEMU's exit code, and what it said."""
    done = subprocess.run(
        ["qemu-system-x86_64", "-machine", "q35,accel=tcg", "-cpu", CPU, "-m", "1G", "-display",
         "none", "-nodefaults", "-no-user-config", "-no-reboot", "-kernel", firmware, "-serial",
         f"file:{log}", "-drive", f"if=none,id=d,format=raw,snapshot=on,file={disk}", "-device",
         "virtio-blk-pci,drive=d,disable-legacy=on"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=SECONDS, check=False)
    return done.returncode, done.stdout


def main():
    """The program."""
    firmware, kind, version = sys.argv[1:]
    missing = [p for p in NEEDED if not shutil.which(p) and not shutil.which(p, path="/sbin")]
    if missing:
        print(f"not installed: {', '.join(missing)}")
        return SKIPPED
    disk = images.path(arch.get("x86_64"), kind, version)
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "serial"
        try:
            code, errors = boot(firmware, disk, log)
        except subprocess.TimeoutExpired:
            code, errors = -1, "QEMU did not end"
        said = log.read_text(errors="replace").splitlines() if log.exists() else []
    print("\n".join(said), errors, sep="\n")
    wanted = ["EFI: /sys/firmware/efi", bootdisk.MARK, "guest: exit 0"]
    absent = [line for line in wanted if line not in said]
    if code or absent:
        print(f"exit code {code}, missing: {absent}")
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"{sys.argv[0]}: {failure}")
