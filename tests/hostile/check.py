#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Runs the hostile guest: check.py CAIRN GUEST TRANSPORT SECCOMP. cairn must stay up, say nothing, and
end with the exit code that the guest's end has; the guest must have nothing to complain about.
Exit code 77 where there is no /dev/kvm.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

SKIPPED = 77
SECONDS = 120
HERE = pathlib.Path(__file__).resolve().parent
# test: (more options, exit code, last line of the guest, what cairn says)
RUNS = {
    "all": ([], 0, "done", ""),
    "machine-reset": (["--no-reboot"], 5, "", ""),
    "triple-fault": ([], 6, "", "the guest crashed"),
    "off-in-flight": ([], 0, "", ""),
}


def run(cairn, guest, transport, seccomp, disks, test):
    """Runs one machine; returns what is wrong, or an empty string."""
    more, code, last, said = RUNS[test]
    command = [cairn, "run", "--kernel", guest, "--memory", "16M", "--transport", transport,
               "--seccomp", seccomp, "--cmdline", f"test={test}", "--rng", *more]
    for number, disk in enumerate(disks):
        command += ["--disk", f"path={disk},engine={('uring', 'threads')[number % 2]}"]
    known = f"{os.environ.get('TSAN_OPTIONS', '')} suppressions={HERE / 'tsan.supp'}"
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=SECONDS,
                              env={**os.environ, "TSAN_OPTIONS": known})
    except subprocess.TimeoutExpired as late:
        return f"not done after {SECONDS} s: {(late.stdout or b'').decode(errors='replace')}"
    lines = done.stdout.splitlines()
    print(done.stdout, end="")
    if done.returncode != code:
        return f"exit code {done.returncode}, not {code}: {done.stderr}"
    if any(line.startswith("FAIL") for line in lines):
        return lines[-1]
    if last and not (lines and lines[-1].startswith(last)):
        return f"the guest did not get to its end: {lines[-1:]}"
    if said not in done.stderr or len(done.stderr.splitlines()) != bool(said):
        return f"cairn said: {done.stderr}"
    return ""


def main():
    """The program."""
    cairn, guest, transport, seccomp = sys.argv[1:]
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        print("no /dev/kvm")
        return SKIPPED
    bad = 0
    with tempfile.TemporaryDirectory(prefix="cairn-hostile-") as folder:
        disks = [f"{folder}/{name}.img" for name in ("a", "b")]
        for disk in disks:
            with open(disk, "wb") as file:
                file.truncate(1 << 20)
        for test in RUNS:
            wrong = run(cairn, guest, transport, seccomp, disks, test)
            print(f"{'FAIL' if wrong else 'pass'} {test} {wrong}")
            bad += bool(wrong)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
