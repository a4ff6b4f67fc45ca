# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""The builds that the tools make: how each is configured, compiled, and its tests run."""

import json
import os
import pathlib
import platform
import shutil
import subprocess
import time

import tree
from bedlib import cache, sysroot

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / 'build'
LOGS = BUILD / 'logs'


def portable_components():
    """What needs nothing of this machine's kernel, and what the firmware's tests make images with;
    but for fdt: Debian 12 has no libfdt to link for riscv64."""
    return [c.name for c in tree.components().values()
            if (c.floor in ('core', 'virtio') and c.name != 'fdt') or c.name == 'image-rig']


# name: (what it is, folder, compiler, Meson options)
BUILDS = {
    'release': ('release', BUILD, 'gcc',
                ['-Dbuildtype=release', '-Dstatic_programs=true', '-Dprefer_static=true']),
    'asan': ('AddressSanitizer and UBSan', BUILD / 'asan', 'gcc',
             ['-Dbuildtype=debugoptimized', '-Db_sanitize=address,undefined']),
    'tsan': ('ThreadSanitizer', BUILD / 'tsan', 'gcc',
             ['-Dbuildtype=debugoptimized', '-Db_sanitize=thread']),
    'fuzz': ('clang, with sanitizers and fuzzers', BUILD / 'fuzz', 'clang',
             ['-Dbuildtype=debugoptimized', '-Db_sanitize=address,undefined', '-Dfuzz=true']),
    'coverage': ('line coverage', BUILD / 'coverage', 'gcc',
                 ['-Dbuildtype=debug', '-Db_coverage=true']),
    'bench': ('micro-benchmarks', BUILD / 'bench', 'gcc',
              ['-Dbuildtype=release', '-Dbench=true', '-Dtests=false']),
    'aarch64': ('aarch64', BUILD / 'aarch64', 'aarch64-linux-gnu-gcc',
                ['-Dbuildtype=release', '-Dbench=true']),
    'riscv64': ('core and virtio components and the firmware for riscv64', BUILD / 'riscv64',
                'riscv64-linux-gnu-gcc', ['-Dbuildtype=release', '-During=disabled',
                                          '-Dfirmware=enabled',
                                          f'-Dcomponents={",".join(portable_components())}']),
}
# what this machine is, the release build is for
ARCHITECTURES = ('aarch64', 'riscv64')
CROSS = [name for name in ARCHITECTURES if name != platform.machine()]
# under qemu-user, tests take that much longer than the limits that they state
EMULATED_PATIENCE = 5
STEP_SECONDS = 1200  # the longest that setting up or compiling one build may take
GOOD = ('OK', 'EXPECTEDFAIL')
SKIPPED = ('SKIP',)


class Failed(Exception):
    """A step that failed; the text says which, and where its log is."""


def environment(compiler):
    """ccache is used where it is, and never needed. An explicit CC wins for gcc builds."""
    env = dict(os.environ)
    if compiler != 'gcc' or 'CC' not in env:
        env['CC'] = f'ccache {compiler}' if shutil.which('ccache') else compiler
    return env


def logged(name, command, env=None):
    """Runs a command with its output in build/logs/NAME.log. Raises Failed with the log's end."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f'{name}.log'
    with log.open('wb') as out:
        try:
            done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out,
                                  stderr=subprocess.STDOUT, env=env, timeout=STEP_SECONDS)
        except subprocess.TimeoutExpired:
            raise Failed(f'{name} is not done after {STEP_SECONDS} s; its log: {log}') from None
        except OSError as error:
            raise Failed(f'{name}: {error}') from None
    if done.returncode:
        lines = log.read_text(errors='replace').splitlines()
        told = [line for line in lines if 'error' in line.lower() or 'FAILED' in line]
        raise Failed('\n'.join((told or lines)[-20:] + [f'{name} failed; the whole log: {log}']))


def cross_files(name):
    """The options by which `meson setup` builds for another architecture."""
    try:
        constants = sysroot.constants(name)
    except cache.Failure as failed:
        raise Failed(str(failed)) from None
    return [f'--cross-file={constants}', f'--cross-file={ROOT}/tools/cross/{name}.ini']


def again(folder, cross):
    """What `meson setup` is told about a folder that is there: it looks at cross files once only, so
    with others all is set up anew."""
    if not (folder / 'build.ninja').exists():
        return []
    known = (folder / 'meson-private/cmd_line.txt').read_text()
    return ['--reconfigure' if all(c.partition('=')[2] in known for c in cross) else '--wipe']


def make(name, jobs, warnings_fatal=False):
    """Configures and compiles a build; returns its folder."""
    _, folder, compiler, options = BUILDS[name]
    if not shutil.which('meson') or not shutil.which(compiler):
        raise Failed(f'meson or {compiler} is missing: run tools/setup')
    cross = cross_files(name) if name in CROSS else []
    # never turned off again: every file would be compiled anew
    options = options + cross + (['-Dwerror_all=true'] if warnings_fatal else [])
    logged(f'{name}-setup', ['meson', 'setup'] + again(folder, cross) + options + [folder, ROOT],
           environment(compiler))
    logged(f'{name}-build', ['ninja', '-C', folder, '-j', str(jobs)])
    return folder


def introspect(folder, what):
    out = subprocess.run(['meson', 'introspect', f'--{what}', folder], check=True,
                         capture_output=True, text=True).stdout
    return json.loads(out)


def link_programs(folder):
    """build/bin/: the programs that are installed, whatever folder Meson builds them in."""
    shutil.rmtree(folder / 'bin', ignore_errors=True)
    (folder / 'bin').mkdir()
    names = []
    for target in introspect(folder, 'targets'):
        program = pathlib.Path(target['filename'][0])
        is_program = target['type'] == 'executable' or program.name.startswith('cairn-fw-')
        if is_program and target['installed']:
            link = folder / 'bin' / program.name
            link.symlink_to(os.path.relpath(program, link.parent))
            names.append(program.name)
    return names


def sanitizer_wrapper():
    """The sanitizers' shadow memory may not fit where a kernel randomizes addresses widely."""
    wrapper = ['setarch', '-R']
    try:
        works = subprocess.run(wrapper + ['true'], capture_output=True).returncode == 0
    except OSError:
        works = False
    return wrapper if works else []


def run_tests(name, suites, jobs):
    """Runs a build's tests. Returns [(test, result, seconds)]; the log is build/logs/NAME-test.log."""
    folder = BUILDS[name][1]
    wanted = [arg for suite in suites for arg in ('--suite', suite)]
    sanitized = any('b_sanitize' in option for option in BUILDS[name][3])
    wrapper = sanitizer_wrapper() if sanitized else []
    patience = EMULATED_PATIENCE if name in CROSS else 1
    for old in folder.glob('meson-logs/testlog*.json'):  # the name has the wrapper in it
        old.unlink()
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / f'{name}-test.log').open('wb') as out:
        subprocess.run(['meson', 'test', '-C', folder, '--no-rebuild', '--print-errorlogs',
                        '--num-processes', str(jobs), '--timeout-multiplier', str(patience)]
                       + wanted
                       + (['--wrapper', ' '.join(wrapper)] if wrapper else []),
                       stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
    result = next(folder.glob('meson-logs/testlog*.json'), None)
    if result is None:
        raise Failed(f'no tests were run; the log: {LOGS / f"{name}-test.log"}')
    rows = [json.loads(line) for line in result.read_text().splitlines()]
    return [(r['name'].split(' / ')[-1], r['result'], r['duration']) for r in rows]


class Progress:
    """One line a step, with the seconds since the start."""

    def __init__(self):
        self.start = time.monotonic()

    def say(self, text):
        print(f'[{time.monotonic() - self.start:5.0f} s] {text}', flush=True)
