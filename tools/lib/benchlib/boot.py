# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Boots Debian's kernel to its first process under several monitors, one after the other in one outer
machine whose time is a count of instructions, so that other load does not matter. Every guest has
one processor, 256 MiB, a serial console and one virtio disk that it finds and does not use.
"""

import gzip
import pathlib
import shlex
import tempfile

from bedlib import arch, cpio, kernel, l1, programs
from bedlib.cache import Failure

from . import monitors, tiny
from .report import Row

HERE = pathlib.Path(__file__).parent
SECONDS_EACH = 150        # on a busy machine; two seconds each are usual on an idle one
FIRMWARE = {
    "/usr/share/seabios": ("bios-256k.bin", "bios-microvm.bin"),
    "/usr/share/qemu": ("qboot.rom", "pvh.bin", "linuxboot_dma.bin", "kvmvapic.bin"),
}
INIT = b"""#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
read -r up rest </proc/uptime
echo "bench-init $up"
exec /bin/busybox sleep 1000000
"""


def _initrd(machine):
    archive = cpio.Archive()
    for folder in ("dev", "proc"):
        archive.directory(folder)
    archive.file("bin/busybox", programs.busybox(machine).read_bytes(), 0o755)
    archive.file("init", INIT, 0o755)
    return archive.bytes()


def _list(runs):
    lines = []
    for name, command in runs.items():
        memory = monitors.TINY_MIB if name.endswith("tiny") else monitors.MEMORY_MIB
        lines.append(shlex.join([name.replace(" ", ","), str(memory << 10), *command]))
    return "\n".join(lines) + "\n"


def _kernels(machine, folder):
    """[(path on this machine, path there)] of the kernels; `folder` takes what is made of them."""
    debian = kernel.get(machine)
    if machine.name == "x86_64":
        return [(str(debian.image), monitors.IMAGE), (str(debian.vmlinux), monitors.VMLINUX)]
    packed = folder / "packed"
    packed.write_bytes(gzip.compress(debian.image.read_bytes(), 6, mtime=0))
    return [(str(debian.image), monitors.IMAGE), (str(packed), monitors.PACKED)]


def _files(machine, cairn, runs, folder):
    """Everything that the outer machine is given."""
    made = {"tiny": tiny.image(machine), "initrd": _initrd(machine), "list": _list(runs).encode(),
            "disk": bytes(1 << 20)}
    files = [(str(cairn), monitors.PROGRAM), (programs.find(machine, "bash"), "/usr/bin/bash"),
             (str(HERE / "boot-l1.sh"), "/bench/boot-l1.sh"), *_kernels(machine, folder),
             *monitors.files(machine, runs.values())]
    for name, data in made.items():
        (folder / name).write_bytes(data)
        files.append((str(folder / name), f"/bench/{name}"))
    for place, names in FIRMWARE.items() if machine.name == "x86_64" else ():
        files += [(f"{place}/{name}", f"/usr/share/qemu/{name}") for name in names
                  if pathlib.Path(place, name).exists()]
    return list(dict.fromkeys(files))


def _log(machine):
    return machine.logs() / "bench/outer-machine"


def _order(machine, cairn, runs, folder, out):
    return l1.Order(command=["bash", "/bench/boot-l1.sh"], arch=machine, memory="1536M",
                    icount=True, busy=True, timeout=SECONDS_EACH * len(runs),
                    files=_files(machine, cairn, runs, folder), stdout=out, stderr=out,
                    log=str(_log(machine)))


# How often it is begun when the emulator loses the outer machine.
ATTEMPTS = 3


class Figures:
    """The lines about runs, as they come: {name: figures in millions of instructions}."""

    def __init__(self, say):
        self.runs, self.failed, self.calls = {}, {}, 0
        self._buffer, self._say = b"", say

    def has(self, name):
        """Whether a run has ended, in whatever way."""
        return name in self.runs or name in self.failed

    def write(self, data):
        """Takes a piece of the outer machine's output."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for entry in lines:
            self._line(entry.decode(errors="replace").split())

    def flush(self):
        """Nothing is held back but the start of a line."""

    def _line(self, words):
        if words[:1] == ["@calls"]:
            self.calls = int(words[1])
        if words[:1] != ["@"]:
            return
        name = words[1].replace(",", " ")
        if words[2] == "failed":
            self.failed[name] = " ".join(words[3:])[:200] or "the guest said nothing"
            return
        total, setup, other, _, private = (float(word) for word in words[2:7])
        # A nanosecond of the outer machine is half an instruction: icount's shift is 1.
        self.runs[name] = {"total": total / 2e6, "setup": setup / 2e6, "other": other / 2e6,
                           "private": private}
        self._say(f"boot: {name}: {total / 2e6:.0f} M instructions")


def _best(runs, image):
    """The peer that needs the fewest instructions for an image, and how many."""
    peers = {name: figures["total"] for name, figures in runs.items()
             if not name.startswith("cairn") and name.split()[1] == image}
    name = min(peers, key=peers.get, default="")
    return name.split()[0] if name else "", peers.get(name, 0)


def rows(measure, runs):
    """A row for each run, beside the best peer of its image."""
    found = []
    for name, figures in runs.items():
        who, image = name.split()[:2]
        row = Row(measure, f"boot: {name}", figures["total"], "M instr.",
                  note=f"first thread {figures['setup']:.0f}, others and guest "
                       f"{figures['other']:.0f}; private {figures['private']:.0f} KiB")
        if who == "cairn":
            row.peer, row.peer_value = _best(runs, image)
            row.limit = 0.9 if row.peer and image != "tiny" else 0
        found.append(row)
    return found


def measured(bench, machine, cairn, runs):
    """The Figures of runs of an architecture's monitors."""
    figures = Figures(bench.say)
    for _ in range(ATTEMPTS):
        left = {name: command for name, command in runs.items() if not figures.has(name)}
        with tempfile.TemporaryDirectory(prefix="cairn-bench-") as folder:
            outer = l1.Machine(_order(machine, cairn, left, pathlib.Path(folder), figures))
            code = outer.run()
        if not outer.lost:
            break
    for name, why in figures.failed.items():
        bench.skip(f"boot: {name}", why)
    for name in runs.keys() - figures.runs.keys() - figures.failed.keys():
        bench.skip(f"boot: {name}", f"no figures (the outer machine ended with {code})")
    if not figures.runs:
        raise Failure(f"no guest booted; the console: {_log(machine)}")
    return figures


def boot(bench):
    """Instructions from the monitor's start to the guest's first process."""
    here = arch.get(arch.HERE)
    runs = monitors.runs(here, bench.quick, bench.peers)
    return rows("boot", measured(bench, here, bench.cairn, runs).runs)
