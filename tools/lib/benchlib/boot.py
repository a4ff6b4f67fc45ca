# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Boots Debian's kernel to its first process under several monitors, one after the other in one outer
machine whose time is a count of instructions, so that other load does not matter. Every guest has
one processor, 256 MiB, a serial console and one virtio disk that it finds and does not use.
"""

import pathlib
import shlex
import tempfile

from bedlib import arch, cpio, kernel, l1, programs
from bedlib.cache import Failure, build_dir

from . import tiny
from .report import Row

HERE = pathlib.Path(__file__).parent
MACHINE = arch.get("x86_64")
MEMORY_MIB = 256
CMDLINE = "console=ttyS0 reboot=k panic=-1 quiet"
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
BZIMAGE, VMLINUX, TINY = "/bench/bzimage", "/bench/vmlinux", "/bench/tiny"


def _initrd():
    archive = cpio.Archive()
    for folder in ("dev", "proc"):
        archive.directory(folder)
    archive.file("bin/busybox", programs.busybox(MACHINE).read_bytes(), 0o755)
    archive.file("init", INIT, 0o755)
    return archive.bytes()


def _cairn(image, *more):
    return ["/bench/cairn", "run", "--no-reboot", "--kernel", image, "--initrd", "/bench/initrd",
            "--memory", f"{MEMORY_MIB}M", "--disk", "path=/bench/disk", "--cmdline", CMDLINE,
            *more]


def _qemu(machine, image, disk):
    return [*_bare_qemu(machine, MEMORY_MIB, image), "-initrd", "/bench/initrd", "-append",
            CMDLINE, "-drive", "file=/bench/disk,format=raw,if=none,id=disk", "-device",
            f"{disk},drive=disk"]


def _bare_qemu(machine, memory, image):
    return [l1.qemu(MACHINE)[0], "-M", machine, "-accel", "kvm", "-cpu", "host", "-m",
            str(memory), "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
            "-serial", "stdio", "-kernel", image]


def _runs(bench):
    """{name: command}; what a name begins with says whose run it is."""
    runs = {
        "cairn tiny": ["/bench/cairn", "run", "--memory", "128M", "--kernel", TINY],
        "microvm tiny": _bare_qemu("microvm", 128, TINY),
        "cairn vmlinux pci": _cairn(VMLINUX),
        "microvm vmlinux": _qemu("microvm", VMLINUX, "virtio-blk-device"),
        "cairn bzimage pci": _cairn(BZIMAGE),
        "microvm bzimage": _qemu("microvm", BZIMAGE, "virtio-blk-device"),
    }
    if not bench.quick:
        runs |= {
            "cairn bzimage pci unpack=off": _cairn(BZIMAGE, "--unpack", "off"),
            "cairn bzimage mmio": _cairn(BZIMAGE, "--transport", "mmio"),
            "cairn bzimage mmio unpack=off": _cairn(BZIMAGE, "--transport", "mmio", "--unpack",
                                                    "off"),
            "q35 bzimage": _qemu("q35", BZIMAGE, "virtio-blk-pci"),
            "q35 vmlinux": _qemu("q35", VMLINUX, "virtio-blk-pci"),
        }
    for name, command in bench.peers.items():
        for image in (BZIMAGE, VMLINUX):
            values = {"kernel": image, "memory": MEMORY_MIB, "cmdline": CMDLINE,
                      "initrd": "/bench/initrd", "disk": "/bench/disk"}
            words = [programs.find(MACHINE, command[0]), *command[1:]]
            runs[f"{name} {pathlib.Path(image).name}"] = [w.format(**values) for w in words]
    return runs


def _list(runs):
    lines = []
    for name, command in runs.items():
        memory = 128 if name.endswith("tiny") else MEMORY_MIB
        lines.append(shlex.join([name.replace(" ", ","), str(memory << 10), *command]))
    return "\n".join(lines) + "\n"


def _programs(bench, runs):
    """Where the programs that are run come from, and QEMU's firmware."""
    files = [(str(bench.cairn), "/bench/cairn"), (programs.find(MACHINE, "bash"), "/usr/bin/bash")]
    for command in runs.values():
        if command[0] != "/bench/cairn":
            files.append((command[0], command[0]))
    for folder, names in FIRMWARE.items():
        files += [(f"{folder}/{name}", f"/usr/share/qemu/{name}") for name in names
                  if pathlib.Path(folder, name).exists()]
    return list(dict.fromkeys(files))


def _order(bench, runs, folder, out):
    debian = kernel.get(MACHINE)
    made = {"tiny": tiny.elf(), "initrd": _initrd(), "list": _list(runs).encode(),
            "disk": bytes(1 << 20)}
    for name, data in made.items():
        (folder / name).write_bytes(data)
    files = [(str(debian.image), BZIMAGE), (str(debian.vmlinux), VMLINUX),
             (str(HERE / "boot-l1.sh"), "/bench/boot-l1.sh")]
    files += [(str(folder / name), f"/bench/{name}") for name in made]
    return l1.Order(command=["bash", "/bench/boot-l1.sh"], memory="1536M", icount=True,
                    timeout=SECONDS_EACH * len(runs), files=files + _programs(bench, runs),
                    stdout=out, stderr=out, log=str(build_dir() / "logs/bench/outer-machine"))


class Figures:
    """The lines about runs, as they come: {name: figures in millions of instructions}."""

    def __init__(self, say):
        self.runs, self.failed = {}, {}
        self._buffer, self._say = b"", say

    def write(self, data):
        """Takes a piece of the outer machine's output."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for entry in lines:
            self._line(entry.decode(errors="replace").split())

    def flush(self):
        """Nothing is held back but the start of a line."""

    def _line(self, words):
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


def _rows(runs):
    rows = []
    for name, figures in runs.items():
        who, image = name.split()[:2]
        row = Row("boot", f"boot: {name}", figures["total"], "M instr.",
                  note=f"first thread {figures['setup']:.0f}, others and guest "
                       f"{figures['other']:.0f}; private {figures['private']:.0f} KiB")
        if who == "cairn":
            row.peer, row.peer_value = _best(runs, image)
            row.limit = 0.9 if row.peer and image != "tiny" else 0
        rows.append(row)
    return rows


def boot(bench):
    """Instructions from the monitor's start to the guest's first process."""
    runs = _runs(bench)
    figures = Figures(bench.say)
    with tempfile.TemporaryDirectory(prefix="cairn-bench-") as folder:
        code = l1.Machine(_order(bench, runs, pathlib.Path(folder), figures)).run()
    for name, why in figures.failed.items():
        bench.skip(f"boot: {name}", why)
    for name in runs.keys() - figures.runs.keys() - figures.failed.keys():
        bench.skip(f"boot: {name}", f"no figures (the outer machine ended with {code})")
    if not figures.runs:
        raise Failure("no guest booted; the console: build/logs/bench/outer-machine")
    return _rows(figures.runs)
