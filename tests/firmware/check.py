#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Starts cairn-fw on cairn's machine: check.py CAIRN FIRMWARE ENTRY TRANSPORT SECCOMP. With no disk
there is nothing to boot: it must say how it was entered and what it found, and power off. Exit code
77 where there is no /dev/kvm.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

SKIPPED = 77
SECONDS = 60
ENTERED = {"pvh": "PVH", "linux": "Linux 64-bit"}


def main():
    cairn, firmware, entry, transport, seccomp = sys.argv[1:]
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        print("no /dev/kvm")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "console"
        done = subprocess.run(
            [cairn, "run", "--firmware", firmware, "--entry", entry, "--transport", transport,
             "--memory", "64M", "--console", f"file={log}", "--seccomp", seccomp],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS)
        said = log.read_text(errors="replace")
    print(said, done.stderr)
    wanted = [f"entered by {ENTERED[entry]}, 63 MiB of memory", "nothing to boot"]
    missing = [text for text in wanted if text not in said]
    if done.returncode or missing:
        print(f"exit code {done.returncode}, missing: {missing}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
