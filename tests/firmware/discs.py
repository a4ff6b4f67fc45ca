#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Boots discs as distributions' installers are, on QEMU's q35: discs.py [--firmware FILE] [CASE…].
A case is a disc and what it lies in: a SCSI drive (blocks of 2048 bytes), behind a drive
without a disc, or a virtio disk (blocks of 512). The kernel's initramfs must find EFI and the mark in
the disc's file system, and power off. Ends with "N passed, N failed"; 77 where programs are missing.
"""

import argparse
import pathlib
import shutil
import sys
import tempfile

import qemu
from bedlib import arch, disc, kernel
from bedlib.cache import build_dir

BLK = "virtio-blk-pci,disable-legacy=on"
SCSI = ("-device", "virtio-scsi-pci,disable-legacy=on,id=host", "-device",
        "scsi-cd,bus=host.0,scsi-id=0", "-device", "scsi-cd,bus=host.0,scsi-id=3,drive=disc")
DRIVES = {"cd": SCSI, "blk": ("-device", f"{BLK},drive=disc")}
# What the firmware must say of the disc: a table counts on blocks of its size, or is not there.
SAYS = {"cd": "scsi-cd 0:1.0#30000: ", "blk": "virtio-blk 0:1.0: "}
CASES = [f"{kind}+{drive}" for kind in disc.KINDS for drive in DRIVES]


def check(firmware, case, folder):
    """"" when a case passed, else what is wrong."""
    kind, drive = case.split("+")
    path = disc.get(kind, kernel.get(arch.get("x86_64")))
    words = ("-drive", f"if=none,id=disc,format=raw,readonly=on,file={path}", *DRIVES[drive])
    log = pathlib.Path(folder) / "serial"
    code, errors = qemu.run(firmware, "q35", [], log, words=words)
    said = log.read_text(errors="replace").splitlines() if log.exists() else []
    absent = [line for line in qemu.WANTED if not any(s.endswith(line) for s in said)]
    if not any(s.startswith(SAYS[drive]) and "read only" in s for s in said):
        absent.append(SAYS[drive])
    if code == 0 and not absent:
        return ""
    return "\n".join([*said[-40:], errors.strip(), f"exit code {code}, missing: {absent}"])


def main():
    """The program."""
    top = argparse.ArgumentParser(prog="tests/firmware/discs.py", description=__doc__)
    top.add_argument("--firmware", type=pathlib.Path,
                     default=build_dir() / "firmware/arch/cairn-fw-x86_64.elf")
    top.add_argument("case", nargs="*", metavar="CASE", help=", ".join(CASES))
    options = top.parse_args()
    absent = qemu.missing("x86_64") + [p for p in ("xorriso",) if not shutil.which(p)]
    if absent:
        print(f"not installed: {', '.join(absent)}")
        return qemu.SKIPPED
    failed = 0
    for case in options.case or CASES:
        with tempfile.TemporaryDirectory() as folder:
            wrong = check(options.firmware, case, folder)
        failed += bool(wrong)
        print(f"{'FAIL' if wrong else 'ok':4} {case}", flush=True)
        if wrong:
            print(wrong)
    print(f"{len(options.case or CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    qemu.program(main)
