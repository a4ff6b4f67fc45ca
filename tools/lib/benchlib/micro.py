# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""The measures that are programs of their own: the micro-benchmarks, and vhost-user."""

import json
import pathlib
import subprocess
import tempfile

from bedlib.cache import Failure

from .report import Row

TOOLS = pathlib.Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 1800
PEER = "qemu-storage-daemon"


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


def vhost_user(bench):
    """Disk reads through cairn-device, beside qemu-storage-daemon where it is installed."""
    said = _run([str(TOOLS / "bench.d" / "vhost-user"),
                 *(["--seconds", "1", "--rounds", "1"] if bench.quick else [])])
    rows = []
    for entry in map(json.loads, (e for e in said.splitlines() if e.startswith("{"))):
        for key, unit in (("iops", "reads/s"), ("iops_per_cpu_s", "reads/CPU s")):
            row = Row("vhost-user", f"{entry['bench']}, depth {entry['depth']}",
                      entry["cairn-device"][key], unit)
            if PEER in entry:
                row.peer, row.peer_value = PEER, entry[PEER][key]
                row.limit = 1.2 if key == "iops_per_cpu_s" else 0
                row.at_least = True
            rows.append(row)
    if rows and not rows[0].peer:
        bench.skip(f"vhost-user: {PEER}", "not installed")
    return rows
