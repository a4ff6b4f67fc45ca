#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
A variable outlives cairn: keeps.py CAIRN FIRMWARE SECCOMP PROGRAM. PROGRAM counts its starts in a
variable of the firmware's; cairn is killed with SIGKILL as soon as it says a number, and the next
one must say one more. The disk is read only: the firmware could keep variables there as well. Exit
code 77 where there is no /dev/kvm, or no clang that makes PROGRAM.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools/lib"))

from bedlib import bootdisk  # noqa: E402

SKIPPED = 77
SECONDS = 250
STARTS = 3


def wait_for(process, log, text):
    """Whether the console says it before the process ends."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        over = process.poll() is not None
        if log.exists() and text in log.read_text(errors="replace"):
            return True
        if over:
            return False
        time.sleep(0.05)
    return False


def start(folder, number):
    """One start, which is killed unless it is the last; what is wrong, or an empty string."""
    cairn, firmware, seccomp, _ = sys.argv[1:]
    log = folder / f"console{number}"
    with subprocess.Popen(
            [cairn, "run", "--firmware", firmware, "--firmware-vars", folder / "flash", "--disk",
             f"path={folder}/disk,readonly", "--memory", "64M", "--console", f"file={log}", "--seccomp",
             seccomp], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        found = wait_for(process, log, f"kept {number}")
        if number < STARTS or not found:
            process.kill()
        said = process.communicate(timeout=SECONDS)[1]
    if not found or number == STARTS and process.returncode != 0:
        return f"start {number}: {process.returncode} {said} {log.read_text(errors='replace')}"
    return ""


def main():
    """The program."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        print("no /dev/kvm")
        return SKIPPED
    if len(sys.argv) < 5:
        print("no clang and lld-link to make an EFI program with")
        return SKIPPED
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        boot = folder / "tree/EFI/BOOT"
        boot.mkdir(parents=True)
        (boot / "BOOTX64.EFI").write_bytes(pathlib.Path(sys.argv[4]).read_bytes())
        bootdisk.fat(folder / "disk", 36, folder / "tree")
        (folder / "flash").write_bytes(b"\xff" * (64 << 10))    # a new one would be larger
        for number in range(1, STARTS + 1):
            wrong = start(folder, number)
            print(wrong or f"start {number}: kept")
            if wrong:
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
