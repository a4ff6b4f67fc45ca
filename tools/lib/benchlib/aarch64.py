# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
The figures of the aarch64 program on a machine of another architecture: what they count is counted
in the bed, where time is a count of instructions.
"""

import json
import pathlib

import builds
from bedlib import arch, l1, programs
from bedlib.cache import Failure

from . import boot, here, monitors
from .report import Row

MACHINE = arch.get("aarch64")
PREFIX = "aarch64-linux-gnu-"
STRACE = "cairn syscalls"
TINY = ("cairn tiny", "virt tiny")
SCRIPT = pathlib.Path(__file__).parent / "data-l1.sh"
DATA_SECONDS = 900        # on a busy machine
PEER = "qemu-storage-daemon"
NS_PER_INSTRUCTION = 2    # icount's shift is 1


def _build(bench):
    try:
        return builds.make("aarch64", bench.jobs)
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


class _Data:
    """The lines of data-l1.sh: micro-benchmarks, and {(back end, depth): figures}."""

    def __init__(self, bench):
        self.micro, self.reads = [], {}
        self._bench, self._buffer = bench, b""

    def write(self, data):
        """Takes a piece of the outer machine's output."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for entry in lines:
            kind, _, rest = entry.decode(errors="replace").partition(" ")
            if kind == "@micro":
                self.micro.append(json.loads(rest))
            elif kind == "@reads":
                who, depth, figures = rest.split(" ", 2)
                self.reads[who, int(depth)] = json.loads(figures)
            elif kind == "@failed":
                self._bench.skip("aarch64: " + rest.partition(" ")[0], rest.partition(" ")[2])

    def flush(self):
        """Nothing is held back but the start of a line."""

    def rows(self):
        """What an operation costs in instructions: for people, no goal is set for an emulation."""
        rows = [Row("aarch64", f"micro: {entry['bench']}",
                    entry["least_ns"] / NS_PER_INSTRUCTION, "instr.") for entry in self.micro]
        for (who, depth), figures in self.reads.items():
            if who == PEER:
                continue
            row = Row("aarch64", f"vhost-user random read 4 KiB, depth {depth}: back end",
                      _instructions(figures), "instr.")
            if (PEER, depth) in self.reads:
                row.peer, row.peer_value = PEER, _instructions(self.reads[PEER, depth])
            rows.append(row)
        return rows


def _instructions(figures):
    """Of the back end's process for a read, from its reads in a second of its CPU time."""
    return 1e9 / NS_PER_INSTRUCTION / figures["iops_per_cpu_s"]


def _data(bench, build):
    """Guest memory, virtqueues, and reads through cairn-device beside qemu-storage-daemon."""
    ours = {"mem_bench": "lib", "virtq_bench": "lib", "vhost_user_bench": "lib",
            "cairn-device": "device"}
    files = [(str(build / folder / name), f"/bench/{name}") for name, folder in ours.items()]
    files += [(str(SCRIPT), "/bench/data-l1.sh"),
              (programs.find(MACHINE, "bash"), "/usr/bin/bash"),
              (programs.find(MACHINE, PEER, monitors.PACKAGES), f"/usr/bin/{PEER}")]
    log = MACHINE.logs() / "bench/outer-machine-data"
    figures = _Data(bench)
    code = l1.Machine(l1.Order(command=["bash", "/bench/data-l1.sh"], arch=MACHINE,
                               memory="1536M", icount=True, busy=True, timeout=DATA_SECONDS,
                               files=files, stdout=figures, stderr=figures,
                               log=str(log))).run()
    if code:
        bench.skip("aarch64: data", f"the outer machine ended with {code}; its console: {log}")
    bench.skip("aarch64: rust-vmm", "its crates are not built for another architecture")
    return figures.rows()


def aarch64(bench):
    """All that the other measures have, in instructions, beside QEMU's virt machine with KVM."""
    if MACHINE.is_here():
        raise Failure("this machine is one: the other measures have it")
    build = _build(bench)
    cairn = build / "vmm/cairn"
    runs = monitors.runs(MACHINE, bench.quick, {}) | monitors.traced(STRACE)
    figures = boot.measured(bench, MACHINE, cairn, runs)
    figures.runs.pop(STRACE, None)
    boots = {name: run for name, run in figures.runs.items() if name not in TINY}
    return (here.sized("aarch64", cairn, PREFIX) + _start(figures) + boot.rows("aarch64", boots)
            + _data(bench, build))
