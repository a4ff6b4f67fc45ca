#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""Runs programs made of verdicts.c: each test gets the verdict that its name begins with, once, and
the exit code is the number of those that failed or could not be run."""

import pathlib
import re
import subprocess
import sys

NAME = r'((?:OK|FAILED|SKIPPED|ERROR)_\w+)'
WANTED = sorted(re.findall(rf'^TEST\({NAME},',
                           pathlib.Path(__file__).with_name('verdicts.c').read_text(), re.M))


def faults(program):
    done = subprocess.run([program], capture_output=True, text=True)
    # the same verdict again is a summary
    told = set(re.findall(rf'^\[ +(OK|FAILED|SKIPPED|ERROR) +\] {NAME}$',
                          done.stdout + done.stderr, re.M))
    yield from (f'{name} is {verdict}' for verdict, name in told
                if not name.startswith(verdict + '_'))
    if sorted(name for _, name in told) != WANTED:
        yield f'not one verdict on each: {set(WANTED) ^ {name for _, name in told}}'
    bad = sum(name.startswith(('FAILED', 'ERROR')) for name in WANTED)
    if done.returncode != bad:
        yield f'the exit code is {done.returncode}, and {bad} failed'


def main():
    found = [f'{program}: {fault}' for program in sys.argv[1:] for fault in faults(program)]
    print('\n'.join(found) or f'{len(WANTED)} verdicts of {len(sys.argv) - 1} programs')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
