#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Starts cairn-fw on cairn's machine: check.py CAIRN FIRMWARE ENTRY TRANSPORT SECCOMP. Two disks hold
nothing to boot: it must say how it was entered, what the disks are and what partitions they have,
and power off. Handed keys for Secure Boot that are none, it must say so and start nothing. Exit code
77 where there is no /dev/kvm.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools/lib"))

from bedlib import gpt  # noqa: E402

SKIPPED = 77
SECONDS = 250
ENTERED = {"pvh": "PVH", "linux": "Linux 64-bit"}


def run(cairn, words, log):
    """What came to the console, and cairn's end."""
    done = subprocess.run([cairn, "run", *words, "--console", f"file={log}"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS)
    said = log.read_text(errors="replace")
    print(said, done.stderr)
    return said, done.returncode


def main():
    cairn, firmware, entry, transport, seccomp = sys.argv[1:]
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        print("no /dev/kvm")
        return SKIPPED
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        gpt.write(folder / "a", 8, [(15, gpt.ESP, 2048, 4096, "boot"),
                                    (1, gpt.LINUX, 6144, 8192, "a\x1b[31m")])
        (folder / "b").write_bytes(bytes(1 << 20))
        log = folder / "console"
        words = ["--firmware", firmware, "--entry", entry, "--transport", transport, "--disk",
                 f"path={folder}/a", "--disk", f"path={folder}/b,readonly", "--rng", "--memory",
                 "64M", "--seccomp", seccomp]
        said, code = run(cairn, words, log)
        refusal, other_code = run(cairn, [*words, "--initrd", f"{folder}/b"], folder / "refusal")
    wanted = [f"entered by {ENTERED[entry]}, 63 MiB of memory", ": 8 MiB\n",
              "  1: 4 MiB, \"a?[31m\"\n", "  15: 2 MiB, EFI system partition, \"boot\"\n",
              ": 1 MiB, read only\n  no partitions\n",
              ", partition at block 2048: no file system that is known\n", "nothing to boot\n"]
    missing = [text for text in wanted if text not in said]
    if "keys for Secure Boot" not in refusal or "nothing to boot" in refusal:
        missing.append("a refusal of keys that are none")
    if code or other_code or missing:
        print(f"exit codes {code} and {other_code}, missing: {missing}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
