#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
What the x86_64 firmware's code must not use, whichever library's objects are linked in: vector
registers, which EFI's callers expect to be kept (to save them is fine), and of the segment FS anything
but the stack protector's word. registers.py FIRMWARE. Exit code 77 without objdump.
"""

import re
import shutil
import subprocess
import sys

SKIPPED = 77
WRONG = re.compile(r"%[xyz]?mm\d|%gs:|%fs:(?!0x28\b)")
SAVED = re.compile(r"movaps (%xmm\d+,\w*\(%rsp\)|\w*\(%rsp\),%xmm\d+)$")  # by who calls a program


def main():
    """The program."""
    if not shutil.which("objdump"):
        print("no objdump")
        return SKIPPED
    code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", sys.argv[1]], check=True,
                          capture_output=True, text=True).stdout.splitlines()
    wrong = [line for line in code if WRONG.search(line) and not SAVED.search(line)]
    print(*wrong, sep="\n")
    return 1 if wrong or len(code) < 1000 else 0


if __name__ == "__main__":
    sys.exit(main())
