#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""Checks order.pml with Spin: as the source is, nothing ever goes wrong; and with each one of the
barriers taken away something does, and it is what that barrier is there for. Also that the source
still has each barrier where the model has it.

  order.py [C compiler and its options]"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
MODEL = HERE / 'order.pml'
RACE = 'assertion violated (cells['
SLEEP = 'invalid end state'
FENCE = r'cairn_fence_full\(\);.*?'

# barrier: (what happens without it, file, function, where it stands in it)
BARRIERS = {
    'RELEASE_AVAIL': (RACE, 'driver.c', 'cairn_virtq_driver_publish',
                      r'cairn_store_release16\(&avail_of\(d\)->idx'),
    'ACQUIRE_AVAIL': (RACE, 'virtq.c', 'load_avail', r'cairn_load_acquire16\(&avail_of\(q\)->idx'),
    'RELEASE_USED': (RACE, 'virtq.c', 'cairn_virtq_publish',
                     r'cairn_store_release16\(&used->idx'),
    'ACQUIRE_USED': (RACE, 'driver.c', 'load_used', r'cairn_load_acquire16\(&used_of\(d\)->idx'),
    'FENCE_BEFORE_KICK': (SLEEP, 'driver.c', 'cairn_virtq_driver_must_kick',
                          FENCE + 'used->flags.*ring_avail_event'),
    'FENCE_BEFORE_SIGNAL': (SLEEP, 'virtq.c', 'cairn_virtq_must_signal',
                            FENCE + 'avail->flags.*ring_used_event'),
    'FENCE_BEFORE_DRIVER_SLEEPS': (SLEEP, 'driver.c', 'cairn_virtq_driver_enable_interrupts',
                                   r'cairn_store_relaxed16.*' + FENCE + 'load_used'),
    'FENCE_BEFORE_DEVICE_SLEEPS': (SLEEP, 'virtq.c', 'cairn_virtq_enable_kicks',
                                   r'cairn_store_relaxed16.*' + FENCE + 'load_avail'),
}


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f'{command[0]} failed:\n{done.stdout}{done.stderr}')
    return done.stdout


def verdict(cc, defines):
    """What Spin finds wrong, in its words, or ''; and how many states there are."""
    with tempfile.TemporaryDirectory(prefix='cairn-proof-') as folder:
        run(['spin', *defines, '-a', str(MODEL)], folder)
        run([*cc, '-O1', '-w', '-DSAFETY', '-DCOLLAPSE', '-o', 'pan', 'pan.c'], folder)
        said = run([f'{folder}/pan', '-m20000'], folder)
    wrong = re.search(r'^pan:1: (.*)$', said, re.M)
    if wrong:
        return wrong.group(1), None
    # of the machine, some is not for every word; of the protocol, all has to be tried
    untried = re.findall(r'^\t\S+, state \d+, "(?!words\[)(.*)"$', said, re.M)
    if 'errors: 0' not in said or 'Search not completed' in said or untried:
        sys.exit(f'{defines}: not everything was tried: {untried}\n{said}')
    return '', re.search(r'(\S+) states, stored', said).group(1)


def model_faults(cc):
    for event_idx in (0, 1):
        mode = f'-DEVENT_IDX={event_idx}'
        wrong, states = verdict(cc, [mode])
        print(f'{mode}: {wrong or "never wrong"}, {states} states', flush=True)
        if wrong:
            yield f'{mode}: {wrong}'
        for barrier, (wanted, *_) in BARRIERS.items():
            wrong, _ = verdict(cc, [mode, f'-DWITHOUT_{barrier}'])
            print(f'{mode} without {barrier}: {wrong or "never wrong"}', flush=True)
            if not wrong.startswith(wanted):
                yield f'{mode} without {barrier}: not "{wanted}" but "{wrong}"'


def source_faults():
    for barrier, (_, file, function, where) in BARRIERS.items():
        text = (HERE.parent / 'src' / file).read_text()
        body = re.search(rf'^[^\n]*\b{function}\([^;]*?\n\{{\n(.*?)^\}}', text, re.S | re.M)
        if not body or not re.search(where, body.group(1), re.S):
            yield f'src/{file}: {function} does not have {barrier} as the model has it'


def main():
    if not shutil.which('spin'):
        print('skipped: spin is not installed (tools/setup installs it)')
        return 77
    faults = list(source_faults()) + list(model_faults(sys.argv[1:] or ['cc']))
    print('\n'.join(faults))
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
