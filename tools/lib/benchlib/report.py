# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""Figures, the table that is printed and the JSON that is kept."""

import dataclasses
import datetime
import json
import os
import pathlib
import platform
import re


@dataclasses.dataclass
class Row:
    """
    One figure. `limit` is the goal: the value, or where there is a peer the value divided by the
    peer's, is to be at most (or with `at_least` at least) that.
    """

    measure: str
    name: str
    value: float
    unit: str
    spread: tuple = ()        # least and most of the repetitions
    peer: str = ""
    peer_value: float = 0
    limit: float = 0
    at_least: bool = False
    note: str = ""

    @property
    def ratio(self):
        """The value by the peer's; None without a peer."""
        return self.value / self.peer_value if self.peer and self.peer_value else None

    @property
    def held(self):
        """Whether the goal is met; None without a goal."""
        if not self.limit:
            return None
        figure = self.value if self.ratio is None else self.ratio
        return figure >= self.limit if self.at_least else figure <= self.limit


def _number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def _cells(row):
    value = f"{_number(row.value)} {row.unit}"
    if row.spread:
        value += f" ({_number(row.spread[0])} to {_number(row.spread[1])})"
    peer = f"{row.peer} {_number(row.peer_value)} (x {row.ratio:.2f})" if row.peer else ""
    goal = ""
    if row.limit:
        sign = ">=" if row.at_least else "<="
        goal = f"{sign} {_number(row.limit)}{'' if row.ratio is None else ' x peer'}: " \
               f"{'held' if row.held else 'MISSED'}"
    return row.name, value, peer, goal, row.note


def table(rows):
    """The lines of the table."""
    cells = [("what", "cairn", "best peer", "goal", ""), *map(_cells, rows)]
    widths = [max(len(cell[n]) for cell in cells) for n in range(4)] + [0]
    return ["  ".join(text.ljust(width) for text, width in zip(cell, widths)).rstrip()
            for cell in cells]


def machine():
    """What the figures were measured on."""
    info = pathlib.Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    model = re.search(r"^model name\s*: (.*)$", info, re.M)
    return {"date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
            "cpu": model.group(1) if model else platform.machine(), "cpus": os.cpu_count(),
            "kernel": platform.release(), "load": os.getloadavg()[0]}


def save(path, about, rows, skipped):
    """Writes everything as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = [{**dataclasses.asdict(row), "ratio": row.ratio, "held": row.held} for row in rows]
    path.write_text(json.dumps({"machine": about, "rows": listed, "skipped": skipped}, indent=1)
                    + "\n")
