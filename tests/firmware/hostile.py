#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Disks that lie, each before a good one: hostile.py [--firmware FILE] [--jobs N] [--list] [CASE…]. On
QEMU's q35 the firmware must say what is wrong with the first, in a line that the case names, and
boot the second, whose program powers the machine off. Ends with "N passed, N failed"; 77 where
programs are missing.
"""

import argparse
import concurrent.futures
import pathlib
import tempfile
import time

import hostile_disks
import qemu
from bedlib.cache import build_dir

SECONDS = 200
FIRST, GOOD = "the first disk boots", "the good disk boots"


def check(firmware, case):
    """"" when a case passed, else what is wrong."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        case.make(folder / "bad", FIRST)
        hostile_disks.good(folder / "good", GOOD)
        log = folder / "serial"
        code, errors = qemu.run(firmware, "q35", [(folder / "bad", "snapshot=on"),
                                                  (folder / "good", "snapshot=on")], log, SECONDS)
        said = log.read_text(errors="replace") if log.exists() else ""
    wanted = [case.said, FIRST if case.boots else GOOD]
    absent = [text for text in wanted if text not in said]
    if code == 0 and not absent:
        return ""
    return f"{said[-3000:]}\n{errors.strip()}\nexit code {code}, missing: {absent}"


def timed(firmware, case):
    """(seconds, what is wrong)"""
    started = time.monotonic()
    wrong = check(firmware, case)
    return time.monotonic() - started, wrong


def main():
    """The program."""
    top = argparse.ArgumentParser(prog="tests/firmware/hostile.py", description=__doc__)
    top.add_argument("--firmware", type=pathlib.Path,
                     default=build_dir() / "firmware/arch/cairn-fw-x86_64.elf")
    top.add_argument("--jobs", type=int, default=2)
    top.add_argument("--list", action="store_true")
    top.add_argument("case", nargs="*")
    options = top.parse_args()
    cases = [c for c in hostile_disks.CASES if not options.case or c.name in options.case]
    if options.list:
        print("\n".join(f"{case.name:28} {case.said}" for case in cases))
        return 0
    absent = qemu.missing("x86_64")
    if absent:
        print(f"not installed: {', '.join(absent)}")
        return qemu.SKIPPED
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        runs = pool.map(lambda case: timed(options.firmware, case), cases)
        for case, (seconds, wrong) in zip(cases, runs):
            failed += bool(wrong)
            print(f"{'FAIL' if wrong else 'ok':4} {case.name} ({seconds:.1f} s)", flush=True)
            if wrong:
                print(wrong)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    qemu.program(main)
