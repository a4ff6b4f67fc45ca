# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
What the scenarios are and what they need. A scenario is a script tests/FOLDER/NAME.scn that begins
with lines "# key: value"; tests/README.md lists the keys.
"""

import dataclasses
import re

from bedlib import arch as archs
from bedlib.cache import Failure

KEYS = {"shows", "programs", "images", "host", "group", "limit", "cpus", "memory", "long",
        "kernel", "files", "cases", "arch", "gic", "cpu", "sanitized", "peer"}
# What outer machines differ in: scenarios that differ in it share none.
MACHINE_KEYS = ("cpus", "memory", "kernel", "gic", "cpu")


@dataclasses.dataclass
class Scenario:
    """One scenario; see tests/README.md for what the fields mean."""

    name: str
    path: object
    values: dict
    case: str = ""

    @property
    def title(self):
        """One line for people."""
        return self.values["shows"]

    @property
    def limit(self):
        """Seconds after which it has failed."""
        return int(self.values.get("limit", "60"))

    def words(self, key):
        """The words of a value."""
        return self.values.get(key, "").split()

    def is_for(self, arch):
        """Whether it can run on an architecture."""
        return arch in (self.words("arch") or archs.ARCHS)

    def wanted(self, filters, everything, arch, sanitizer):
        """Whether the command line asks for it."""
        if not self.is_for(arch):
            return False
        if filters:
            return any(part in self.name for part in filters)
        if sanitizer:
            kind = self.values.get("sanitized")
            return kind == "short" or (kind == "long" and everything)
        return everything or not {arch, "everywhere"} & set(self.words("long"))


def read(path):
    """The scenarios of a script: one, or one for each of its cases."""
    values = {}
    for line in path.read_text().splitlines():
        found = re.match(r"# (\w+): (.*)", line)
        if found:
            values[found.group(1)] = found.group(2).strip()
        elif not line.startswith("#"):
            break
    unknown = set(values) - KEYS
    if unknown or "shows" not in values:
        raise Failure(f"{path}: no 'shows' line, or unknown keys: {sorted(unknown)}")
    for key, more in (("arch", ()), ("long", ("everywhere",))):
        strange = set(values.get(key, "").split()) - set(archs.ARCHS) - set(more)
        if strange:
            raise Failure(f"{path}: '{key}' names what is no architecture: {sorted(strange)}")
    name = f"{path.parent.name}/{path.stem}"
    cases = values.pop("cases", "").split()
    if not cases:
        return [Scenario(name, path, values)]
    # A CASE in a value stands for the case's first word, up to its first dash.
    return [Scenario(f"{name}@{case}", path,
                     {key: value.replace("CASE", case.split("-")[0])
                      for key, value in values.items()}, case) for case in cases]


def find(top):
    """All scenarios under a folder, in the order of their names."""
    return [scenario for path in sorted(top.glob("*/*.scn")) for scenario in read(path)]


def batches(scenarios):
    """Lists of scenarios that run one after the other in one machine; longest first."""
    groups = {}
    for scenario in scenarios:
        key = tuple(scenario.values.get(k, "") for k in ("group", *MACHINE_KEYS))
        groups.setdefault(key if "group" in scenario.values else scenario.name,
                          []).append(scenario)
    return sorted(groups.values(), key=lambda batch: -sum(s.limit for s in batch))
