#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
What the firmware's code must not use, whichever library's objects are linked in: vector registers,
which EFI's callers on x86_64 expect to be kept, and which nobody has to give it on aarch64 (to save
them is fine); and of x86_64's segment FS anything but the stack protector's word. registers.py ARCH
FIRMWARE, an ELF file. Exit code 77 without objdump.
"""

import re
import shutil
import subprocess
import sys

SKIPPED = 77
WRONG = {"x86_64": re.compile(r"%[xyz]?mm\d|%gs:|%fs:(?!0x28\b)"),
         "aarch64": re.compile(r"[\s{](v\d+\.|[qdshb]\d+(?=[],}]|$))")}
# by who calls a program
SAVED = {"x86_64": re.compile(r"movaps (%xmm\d+,\w*\(%rsp\)|\w*\(%rsp\),%xmm\d+)$"),
         "aarch64": re.compile(r"(stp|ldp)\td\d+, d\d+, \[sp, #\d+\]$")}


def main():
    """The program."""
    arch, program = sys.argv[1:]
    objdump = shutil.which(f"{arch}-linux-gnu-objdump")
    if not objdump:
        print("no objdump")
        return SKIPPED
    code = subprocess.run([objdump, "-d", "--no-show-raw-insn", program], check=True,
                          capture_output=True, text=True).stdout.splitlines()
    wrong = [line for line in code if WRONG[arch].search(line) and not SAVED[arch].search(line)]
    print(*wrong, sep="\n")
    return 1 if wrong or len(code) < 1000 else 0


if __name__ == "__main__":
    sys.exit(main())
