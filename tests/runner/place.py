# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""Where scenarios run: on this machine, or in the bed; and what becomes of their output."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from bedlib import apt, images, kernel, kvm, l1, programs
from bedlib.cache import Failure

TESTS = pathlib.Path(__file__).resolve().parent.parent
SKIPPED = 77
ROOT = "/cairn"
SANITIZED = {"address": "asan", "thread": "tsan"}    # folders in the build folder


def peer(name, machine):
    """
    The path of a program that others wrote and that need not be there: what the environment names
    as CAIRN_NAME, or as CAIRN_NAME_ARCH for another architecture than this machine's, or of this
    machine; None.
    """
    words = [name] if machine.is_here() else [name, machine.name]
    named = os.environ.get("_".join(["CAIRN", *words]).upper().replace("-", "_"))
    if named and not pathlib.Path(named).is_file():
        raise Failure(f"{named}: no such file")
    if named:
        return os.path.abspath(named)
    return shutil.which(name) if machine.is_here() else None


def choose(bed, machine):
    """The class of the place that --bed asks for."""
    if bed == "always" or (bed == "auto" and not (machine.is_here() and kvm.hardware())):
        return Bed
    if not machine.is_here():
        raise Failure(f"--bed=never, but this machine is not {machine.name}")
    if not kvm.usable():
        raise Failure("--bed=never, but /dev/kvm is not there or not permitted")
    return Here


# What a scenario's "images" may have as its DISK.
DISKS = ("disk", "efidisk", "efidisk13")
# How often a batch is begun when the emulator loses its outer machine: QEMU's nested virtualization
# now and then leaves it without a timer, or runs a breakpoint that its kernel has patched away.
ATTEMPTS = 3


class Place:
    """Runs one batch of scenarios and sorts its output by scenario."""

    title, parallel = "", False

    def __init__(self, batch, options, report):
        self.batch, self.report, self.machine = batch, report, options.machine
        self.build, self.patience = pathlib.Path(options.build), options.patience
        self.sanitizer = options.sanitizer
        self._current = None
        self._left = list(batch)
        self._started = 0.0

    def logs(self, scenario):
        """The folder of a scenario's logs."""
        return self.machine.logs() / self.sanitizer / scenario.name

    def program(self, name):
        """The path of a program in the build folder; a path there is taken as such."""
        choices = [name] if "/" in name else [f"bin/{name}", f"vmm/{name}", f"device/{name}",
                                              f"tests/{name}"]
        for choice in choices:
            if (self.build / choice).is_file():
                return self.build / choice
        raise Failure(f"{name} is not in {self.build}: run tools/build")

    def needs(self):
        """[(path on this machine, path under the root of the batch)]"""
        files = [(TESTS / "lib.sh", "lib.sh"), (TESTS / "driver.sh", "driver.sh")]
        for scenario in self.batch:
            files.append((scenario.path, f"scenarios/{scenario.name.partition('@')[0]}"))
            for name in scenario.words("programs"):
                files += self.as_program(name)
            files += [(self.image(i), f"images/{i}") for i in scenario.words("images")
                      if i not in DISKS]
            files += [(scenario.path.parent / f, f"files/{f}") for f in scenario.words("files")]
            files += [(peer(p, self.machine), f"bin/{p}") for p in scenario.words("peer")]
        return list(dict.fromkeys(files))

    def as_program(self, name):
        """The same of a program; one with a sanitizer is started by a script."""
        if not self.sanitizer or "/" in name:
            return [(self.program(name), f"bin/{pathlib.Path(name).name}")]
        return [(TESTS / "sanitized", f"bin/{name}"), (self.program(name), f"sanitized/{name}"),
                (TESTS / "hostile/tsan.supp", "tsan.supp")]

    def image(self, name):
        """The path of KIND-VERSION, or of the disk."""
        kind, _, version = name.partition("-")
        return images.path(self.machine, kind, version or kernel.DEFAULT)

    def disk(self):
        """Which of DISKS the scenarios of the batch use, or ""."""
        wanted = [i for s in self.batch for i in s.words("images") if i in DISKS]
        return wanted[0] if wanted else ""

    def environment(self):
        """What scenarios are told, wherever they run."""
        return {"PATIENCE": str(self.patience), "ARCH": self.machine.name,
                "SERIAL": self.machine.serial, "SANITIZER": self.sanitizer}

    def names(self):
        """NAME:LIMIT of each scenario, as the driver takes them."""
        return [f"{s.name}:{s.limit * self.patience}" for s in self.batch]

    def prepare(self):
        """Empties the log folders."""
        for scenario in self.batch:
            shutil.rmtree(self.logs(scenario), ignore_errors=True)
            self.logs(scenario).mkdir(parents=True)

    # The driver's output: lines "@@ start NAME", "@@ end NAME CODE", and the scenario's between.

    def write(self, data):
        """Takes a piece of the driver's output; whole lines are sorted."""
        self._buffer = getattr(self, "_buffer", b"") + data
        *lines, self._buffer = self._buffer.split(b"\n")
        for line in lines:
            self._line(line)

    def flush(self):
        """Nothing is held back but the start of a line."""

    def _line(self, line):
        word = line.split()
        if line.startswith(b"@@ start ") and self._left:
            self._current = open(self.logs(self._left[0]) / "output", "wb")
            self._started = time.monotonic()
        elif line.startswith(b"@@ end ") and self._current:
            self._end(int(word[3]))
        elif self._current:
            self._current.write(line + b"\n")
            self._current.flush()

    def _end(self, code):
        scenario = self._left.pop(0)
        self._current.close()
        self._current = None
        last = (self.logs(scenario) / "output").read_text(errors="replace").strip().splitlines()
        detail = last[-1] if last else f"exit code {code}"
        if code == 124 or code == 137:
            detail = f"time limit of {scenario.limit * self.patience} s reached"
        seconds = time.monotonic() - self._started
        if code == 0:
            self.report.result(scenario, "ok", seconds, "")
        elif code == SKIPPED:
            self.report.result(scenario, "skip", seconds, detail)
        else:
            self.report.result(scenario, "FAIL", seconds,
                               f"{detail} (logs: {self.logs(scenario)})")

    def skip_without_peers(self):
        """Leaves out the scenarios whose peer is not on this machine."""
        for scenario in self.batch:
            absent = [p for p in scenario.words("peer") if not peer(p, self.machine)]
            if absent:
                self.report.result(scenario, "skip", 0, f"{absent[0]} is not there")
                self._left.remove(scenario)
        self.batch = list(self._left)

    def end_rest(self, word, reason):
        """Whatever has not ended has this result."""
        if self._current:
            self._current.close()
        for scenario in self._left:
            self.report.result(scenario, word, 0, reason if word == "skip" else
                               f"{reason} (logs: {self.logs(scenario)})")
        self._left = []

    def run(self):
        """Runs the batch; every scenario of it is reported once."""
        self.prepare()
        word = "FAIL"
        try:
            self.skip_without_peers()
            reason = self.execute() if self.batch else ""
        except apt.Unreachable as failure:
            word, reason = "skip", str(failure)
        except Failure as failure:
            reason = str(failure)
        self.end_rest(word, reason)


class Here(Place):
    """On this machine's own KVM, as root."""

    title = "on this machine's KVM"

    def execute(self):
        """Runs the driver; returns why scenarios that did not end have failed."""
        with tempfile.TemporaryDirectory(prefix="cairn-tests-") as top:
            for source, target in self.needs():
                path = pathlib.Path(top) / target
                path.parent.mkdir(parents=True, exist_ok=True)
                path.symlink_to(source)
            disk = ""
            if self.disk():
                disk = f"{top}/disk.img"
                subprocess.run(["cp", "--sparse=always", self.image(self.disk()), disk], check=True)
            command = ["bash", f"{top}/driver.sh", *self.names()]
            environment = {**os.environ, "CAIRN_ROOT": top, "DISK": disk, **self.environment()}
            with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, env=environment) as driver:
                while data := driver.stdout.read1(1 << 16):
                    self.write(data)
            self._keep(pathlib.Path(top) / "logs")
        return f"the driver ended with {driver.returncode}"

    def _keep(self, logs):
        for scenario in self.batch:
            if (logs / scenario.name).is_dir():
                shutil.copytree(logs / scenario.name, self.logs(scenario), dirs_exist_ok=True)


class Bed(Place):
    """In an outer machine."""

    title, parallel = "in the bed (this machine has no hardware virtualization, or by --bed)", True

    def execute(self):
        """Runs the driver in the bed, again where the emulator lost the machine; returns why
        scenarios that did not end have failed."""
        reason = ""
        for _ in range(ATTEMPTS):
            reason, lost = self._once()
            if not lost or not self._left:
                break
            if self._current:
                self._current.close()
            self._current, self._buffer = None, b""
            self.batch = list(self._left)
            print(f"  (the outer machine {lost} in {self.batch[0].name}: again)", flush=True)
        return reason

    def _once(self):
        """(why scenarios have not ended, how the emulator lost the machine or "")"""
        first = self.batch[0]
        files = [(str(source), f"{ROOT}/{target}") for source, target in self.needs()]
        files += [(programs.find(self.machine, p), f"/usr/bin/{p}")
                  for p in dict.fromkeys(["bash", *(["setarch"] if self.sanitizer else []),
                                          *(p for s in self.batch for p in s.words("host"))])]
        log = self.logs(first) / "outer-machine"
        with open(self.logs(first) / "bed", "wb") as errors:
            order = l1.Order(
                command=["bash", f"{ROOT}/driver.sh", *self.names()], arch=self.machine,
                cpus=int(first.values.get("cpus", "1")),
                memory=first.values.get("memory", "1536M"),
                kernel=first.values.get("kernel", kernel.DEFAULT), cpu=first.values.get("cpu", ""),
                gic=int(first.values.get("gic", "3")), busy=True, files=files,
                timeout=self.patience * (60 + sum(s.limit for s in self.batch)),
                fetch=[(f"{ROOT}/logs/{s.name}", str(self.logs(s))) for s in self.batch],
                disks=[(str(self.image(self.disk())), False)] if self.disk() else [],
                environment={"CAIRN_ROOT": ROOT, "DISK": "/dev/bed/disk0", **self.environment()},
                network=True, log=str(log), stdout=self, stderr=errors)
            machine = l1.Machine(order)
            code = machine.run()
        if code == l1.TIMED_OUT:
            return "the outer machine reached its time limit", ""
        return f"the outer machine ended early; its console: {log}", machine.lost
