# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""The micro-benchmarks, and programs of their own in tools/bench.d."""

import json
import os
import pathlib
import subprocess
import tempfile

from bedlib.cache import Failure

from .report import Row

TOOLS = pathlib.Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 1800


def _run(command):
    """Runs a tool; returns the last line that it said, or raises with it."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=LIMIT_SECONDS,
                              check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure(f"{command[0]}: {error}") from error
    if done.returncode:
        said = done.stdout.strip().splitlines()
        raise Failure(said[-1] if said else f"exit code {done.returncode}")
    return done.stdout


def micro(bench):
    """Guest memory and virtqueues, beside rust-vmm's crates where these can be had."""
    with tempfile.NamedTemporaryFile(prefix="cairn-bench-", mode="r") as out:
        said = _run([str(TOOLS / "bench-peers"), "--json", out.name, "--jobs", str(bench.jobs)])
        lines = [json.loads(entry) for entry in out]
    for entry in said.splitlines():
        if entry.startswith("skipped: "):
            bench.skip("micro: rust-vmm", entry.removeprefix("skipped: "))
    ours, theirs = {}, {}
    for entry in lines:
        (theirs if entry["bench"] in ours else ours)[entry["bench"]] = entry
    rows = []
    for name, mine in ours.items():
        row = Row("micro", f"micro: {name}", mine["least_ns"], "ns")
        if name in theirs:
            row.peer, row.peer_value, row.limit = "rust-vmm", theirs[name]["least_ns"], 1
        rows.append(row)
    return rows


def others():
    """The names of the programs in tools/bench.d."""
    found = (TOOLS / "bench.d").iterdir()
    return sorted(p.name for p in found if p.is_file() and os.access(p, os.X_OK))


def other(name):
    """
    A measure that runs the program of that name. It prints one JSON object per figure, with the
    fields of Row, and exits with 77 when it cannot run here, its last line saying why. It is given
    --quick when that was asked for.
    """
    def measure(bench):
        said = _run([str(TOOLS / "bench.d" / name), *(["--quick"] if bench.quick else [])])
        return [Row(**{"measure": name, **json.loads(entry)})
                for entry in said.splitlines() if entry.startswith("{")]
    return measure
