#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""Boots the firmware's matrix of machines, loaders, kernels and disks; see --help."""

import argparse
import concurrent.futures
import pathlib
import time

import cases
import qemu
from bedlib import arch
from bedlib.cache import Failure

HERE = pathlib.Path(__file__).resolve().parent
HELP = """\
Boots cases of the firmware's matrix, MACHINE+LOADER+KERNEL+DISK, in QEMU's software emulation: those
that are named, or the pairwise subset, in which each two values meet, or all. Those on cairn's own
machines are run by tests/run (firmware/boot*). Ends with "N passed, N failed".
"""


def parser():
    """The command line."""
    top = argparse.ArgumentParser(prog="tests/firmware/matrix.py", description=HELP,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("--all", action="store_true", help="the whole product, not the subset")
    top.add_argument("--list", action="store_true",
                     help="print the cases and, after them, what cannot be and why; run nothing")
    top.add_argument("--names", action="store_true",
                     help="print the names of the subset's cases in QEMU, run nothing")
    top.add_argument("--check-scenarios", action="store_true",
                     help="compare the cases of boot*.scn with the matrix, run nothing")
    top.add_argument("--arch", choices=list(cases.MACHINES), default=arch.HERE,
                     help="of the machines (%(default)s)")
    top.add_argument("--firmware", type=pathlib.Path, help="the firmware (the build folder's)")
    top.add_argument("--jobs", type=int, default=2, metavar="N", help="machines at a time (2)")
    top.add_argument("case", nargs="*", help="cases, or parts of their names")
    return top


# Scenarios with the subset's cases on cairn, and those with all of them.
SUBSET = {"boot.scn": "6.12", "boot-6.1.scn": "6.1"}
ALL = ("boot-all.scn", "boot-all-6.1.scn")


def boots(chosen, version):
    """{loader: what its disk with a kernel is booted from on cairn, TRANSPORT.DISK}"""
    found = {}
    for machine, loader, kernel, disk in chosen:
        if machine.startswith("cairn-") and kernel == version:
            found.setdefault(loader, []).append(f"{machine.removeprefix('cairn-')}.{disk}")
    return found


def scenario_lines():
    """[(file, a line that must be in it)]"""
    lines = []
    for name, version in SUBSET.items():
        words = ["-".join([qemu.KINDS[loader], *places])
                 for loader, places in boots(cases.pairwise("x86_64"), version).items()]
        lines.append((name, f"# cases: {' '.join(words)}"))
    for name in ALL:
        words = [f"{qemu.KINDS[loader]}-all" for loader in cases.LOADERS]
        lines.append((name, f"# cases: {' '.join(words)}"))
    for places in boots(cases.product("x86_64"), "6.12").values():
        lines.append(("boot.sh", f'all="{" ".join(places)}"'))
    return lines


def check_scenarios():
    """How many lines of scenarios are not as the matrix has it."""
    wrong = [(name, line) for name, line in scenario_lines()
             if line not in (HERE / name).read_text().splitlines()]
    for name, line in wrong:
        print(f"{name} should have the line\n{line}")
    return len(wrong)


def is_qemu(case):
    """Whether a case runs here."""
    return case[0] in qemu.MACHINES


def print_list(name, chosen):
    """What there is for an architecture, in columns, and what there is not."""
    for table in cases.dimensions(name):
        for value, title in table.items():
            print(f"{value:14} {title}")
        print()
    for case in chosen:
        print(f"{cases.name(case):34} {'qemu' if is_qemu(case) else 'tests/run'}")
    for case, reason in cases.excluded(name):
        print(f"{cases.name(case):34} no: {reason}")
    print(f"{len(chosen)} cases of {len(cases.product(name))}; "
          f"{len(cases.excluded(name))} cannot be")


def timed(firmware, case):
    """(seconds, what is wrong)"""
    started = time.monotonic()
    wrong = qemu.boot_here(firmware, case)
    return time.monotonic() - started, wrong


def run(firmware, chosen, jobs):
    """How many failed. Disks are made first: what cannot be made is no failed boot."""
    for case in chosen:
        qemu.image(*case)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for case, (seconds, wrong) in zip(chosen, pool.map(lambda c: timed(firmware, c), chosen)):
            failed += bool(wrong)
            print(f"{'FAIL' if wrong else 'ok':4} {cases.name(case)} ({seconds:.1f} s)", flush=True)
            if wrong:
                print(wrong)
    return failed


def selected(options):
    """The cases that the command line names: each a whole name, or else a part of some."""
    known = cases.product(options.arch)
    if not options.case:
        return known if options.all else cases.pairwise(options.arch)
    chosen = []
    for word in options.case:
        found = ([c for c in known if cases.name(c) == word]
                 or [c for c in known if word in cases.name(c)])
        if not found:
            raise Failure(f"{word}: no such case of {options.arch}; --all --list shows them")
        chosen += [c for c in found if c not in chosen]
    return chosen


def main():
    """The program."""
    options = parser().parse_args()
    if options.names:
        print("\n".join(cases.name(case) for case in cases.pairwise(options.arch)
                        if is_qemu(case)))
        return 0
    if options.check_scenarios:
        return check_scenarios()
    chosen = selected(options)
    if options.list:
        print_list(options.arch, chosen)
        return 0
    chosen = [case for case in chosen if is_qemu(case)]
    absent = qemu.missing(options.arch)
    if absent or not chosen:
        print(f"not installed: {', '.join(absent)}" if absent else "no such case in QEMU")
        return qemu.SKIPPED if absent else 1
    started = time.monotonic()
    firmware = options.firmware or (arch.get(options.arch).build_dir() / "firmware/arch"
                                    / qemu.FIRMWARE[options.arch])
    failed = run(firmware, chosen, options.jobs)
    print(f"{time.monotonic() - started:.0f} s")
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    qemu.program(main)
