# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
The figures of the aarch64 program on a machine of another architecture: what they count is counted
in the bed, where time is a count of instructions.
"""

import builds
from bedlib import arch
from bedlib.cache import Failure

from . import boot, here, monitors
from .report import Row

MACHINE = arch.get("aarch64")
PREFIX = "aarch64-linux-gnu-"
STRACE = "cairn syscalls"
TINY = ("cairn tiny", "virt tiny")


def _cairn(bench):
    try:
        return builds.make("aarch64", bench.jobs) / "vmm/cairn"
    except builds.Failed as failed:
        raise Failure(str(failed).splitlines()[-1]) from failed


def _start(figures):
    """What the measures start, memory and syscalls say, of the tiny guest."""
    rows = []
    for name in (name for name in TINY if name in figures.runs):
        run = figures.runs[name]
        who = "" if name.startswith("cairn") else f"  {name.split()[0]}: "
        rows.append(Row("aarch64", f"{who}exec to first guest instruction", run["total"],
                        "M instr."))
        rows.append(Row("aarch64", f"{who}private memory beside the guest's", run["private"],
                        "KiB", limit=0 if who else 1536))
    if figures.calls:
        rows.append(Row("aarch64", "system calls before the first KVM_RUN", figures.calls,
                        "calls"))
    return rows


def aarch64(bench):
    """Start, memory, system calls, size and boots, beside QEMU's virt machine with KVM."""
    if MACHINE.is_here():
        raise Failure("this machine is one: the other measures have it")
    cairn = _cairn(bench)
    runs = monitors.runs(MACHINE, bench.quick, {}) | monitors.traced(STRACE)
    figures = boot.measured(bench, MACHINE, cairn, runs)
    figures.runs.pop(STRACE, None)
    boots = {name: run for name, run in figures.runs.items() if name not in TINY}
    return here.sized("aarch64", cairn, PREFIX) + _start(figures) + boot.rows("aarch64", boots)
