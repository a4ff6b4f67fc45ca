# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
The firmware beside EDK2 (OVMF, AAVMF), each from the first instruction of the firmware to the first
of Debian's kernel. QEMU counts instructions and calls the count time (icount, shift 0); the kernel
is timed.py's.
"""

import dataclasses
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile
import time
import typing

import builds
from bedlib import arch, bootdisk, gpt, kernel, loaders
from bedlib.cache import Failure

from . import timed, tiny
from .report import Row

NEEDED = ("mkfs.vfat", "mcopy", "readelf")
SECONDS = 400
MIB = 1 << 20
ESP_MIB, INITRD_MIB = 112, 60
LIMIT_INSTRUCTIONS, LIMIT_KIB, LIMIT_NOTIFICATIONS = 1 / 20, 192, 1000
KINDS = {"alone": "the kernel as the default program",
         "shim": f"shim, GRUB, kernel and initrd of {INITRD_MIB} MiB"}
STUB_CFG = """search.file /initrd root
linux ($root)/vmlinuz quiet
initrd ($root)/initrd
boot
"""


@dataclasses.dataclass
class Machine:
    """A board of QEMU's, and what runs on it."""

    arch: arch.Arch
    program: str              # in build/
    options: list             # QEMU's
    said: list                # options that put what the timed kernel says into {said}
    ends_with: int            # QEMU's exit code after the timed kernel
    per_tick: int             # instructions per tick of the kernel's clock
    timed: typing.Callable    # of the kernel
    first: bytes              # a program in the firmware's place, or nothing comes before that
    code: str                 # EDK2's files
    vars: str


X86 = Machine(arch.get("x86_64"), "bin/cairn-fw-x86_64.elf",
              ["-machine", "q35,accel=tcg", "-cpu", "max,-cx16",
               "-device", f"isa-debug-exit,iobase={timed.EXIT_PORT},iosize=1", "-serial", "null"],
              ["-chardev", "file,id=said,path={said}",
               "-device", f"isa-debugcon,iobase={timed.PORT},chardev=said"],
              timed.EXIT_CODE, 1, timed.bzimage, tiny.elf(timed.X86_CODE),
              "/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd")
ARM = Machine(arch.get("aarch64"), "aarch64/bin/cairn-fw-aarch64",
              ["-machine", "virt,accel=tcg", "-cpu", "cortex-a57"],
              ["-serial", "file:{said}"],
              0, 16, timed.arm_image, b"",
              "/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF_VARS.fd")


def _files(machine, kind):
    """{path in the EFI system partition: bytes}"""
    image = machine.timed(kernel.get(machine.arch).image.read_bytes())
    if kind == "alone":
        return {loaders.default_program(machine.arch): image}
    short = loaders.SHORT[machine.arch.name]
    return {loaders.default_program(machine.arch): loaders.read(machine.arch, "shim"),
            f"EFI/BOOT/grub{short}.efi": loaders.read(machine.arch, "grub-2.06"),
            "EFI/debian/grub.cfg": STUB_CFG.encode(), "vmlinuz": image,
            "initrd": b"\x5a" * (INITRD_MIB * MIB)}


def _disk(machine, folder, kind):
    """A disk with one EFI system partition."""
    tree, esp, disk = folder / f"{kind}-tree", folder / f"{kind}-esp", folder / f"{kind}.img"
    for name, data in _files(machine, kind).items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(data)
    bootdisk.fat(esp, ESP_MIB, tree)
    gpt.write(disk, ESP_MIB + 2, [(1, gpt.ESP, MIB // 512, ESP_MIB * MIB // 512, "")])
    with open(disk, "r+b") as out:
        out.seek(MIB)
        out.write(esp.read_bytes())
    shutil.rmtree(tree)
    return disk


class _Run:
    """One start of QEMU, until the kernel's first instruction."""

    def __init__(self, machine, folder, firmware, disk):
        said, log = folder / "said", folder / "trace"
        for file in (said, log):
            file.write_bytes(b"")
        command = [f"qemu-system-{machine.arch.name}", *machine.options, "-m", "1G", "-display",
                   "none", "-nodefaults", "-no-user-config", "-no-reboot",
                   "-icount", "shift=0,sleep=off",
                   *(word.format(said=said) for word in machine.said), *firmware,
                   "-d", "trace:virtio_queue_notify,trace:virtio_blk_handle_read", "-D", str(log),
                   "-drive", f"if=none,id=d,format=raw,snapshot=on,file={disk}",
                   "-device", "virtio-blk-pci,drive=d,disable-legacy=on"]
        started = time.monotonic()
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=SECONDS, check=False)
        self.seconds = time.monotonic() - started
        ticks = said.read_bytes()[-8:]
        if done.returncode != machine.ends_with or len(ticks) != 8:
            raise Failure(f"the kernel was not reached: QEMU's exit code {done.returncode}: "
                          f"{done.stdout.strip()[-200:]}")
        self.instructions = struct.unpack("<Q", ticks)[0] * machine.per_tick
        trace = log.read_text(errors="replace")
        self.notifications = trace.count("virtio_queue_notify ")
        self.bytes = 512 * sum(map(int, re.findall(r"handle_read .*nsectors (\d+)", trace)))

    def without(self, other):
        """Itself, less what another run did."""
        self.instructions -= other.instructions
        self.notifications -= other.notifications
        self.bytes -= other.bytes
        return self


def _ours(program):
    return ["-kernel", str(program)]


def _peers(machine, folder):
    copy = folder / "vars"
    shutil.copyfile(machine.vars, copy)
    return ["-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={machine.code}",
            "-drive", f"if=pflash,unit=1,format=raw,file={copy}"]


def _before(machine, folder, disk):
    """What comes before a program that -kernel names: on a PC SeaBIOS, which looks at the disk."""
    (folder / "first").write_bytes(machine.first)
    return _Run(machine, folder, _ours(folder / "first"), disk) if machine.first else None


def _rows(machine, what, ours, theirs, note):
    name = f"{machine.arch.name}: {what}"
    figures = [(f"{name}: entry to the kernel", "M instr.", lambda r: r.instructions / 1e6),
               (f"{name}: virtio notifications", "", lambda r: r.notifications),
               (f"{name}: read", "MiB", lambda r: r.bytes / MIB)]
    rows = [Row("firmware", text, get(ours), unit) for text, unit, get in figures]
    rows[0].note = f"{ours.seconds:.1f} s of QEMU{note}"
    rows[1].limit = LIMIT_NOTIFICATIONS
    if theirs:
        for row, (_, _, get) in zip(rows, figures):
            row.peer, row.peer_value = "EDK2", get(theirs)
        rows[0].limit, rows[1].limit = LIMIT_INSTRUCTIONS, 0
        rows[0].note += f"; EDK2's {theirs.seconds:.1f} s"
    return rows


def _boots(bench, machine, program, kinds):
    peer = pathlib.Path(machine.code).exists()
    if not peer:
        bench.skip(f"firmware: {machine.arch.name}: EDK2", "not installed (ovmf, qemu-efi-aarch64)")
    rows = []
    for kind in kinds:
        with tempfile.TemporaryDirectory(prefix="cairn-bench-") as name:
            folder = pathlib.Path(name)
            disk = _disk(machine, folder, kind)
            ours = _Run(machine, folder, _ours(program), disk)
            before = _before(machine, folder, disk)
            if before:
                ours.without(before)
            bench.say(f"firmware: {machine.arch.name}: {KINDS[kind]}: "
                      f"{ours.instructions / 1e6:.0f} M instructions")
            theirs = _Run(machine, folder, _peers(machine, folder), disk) if peer else None
        note = f", without SeaBIOS's {before.instructions / 1e6:.0f} M" if before else ""
        rows += _rows(machine, KINDS[kind], ours, theirs, note)
    return rows


def _sizes(machine, program):
    """Of the file, and where what it loads ends."""
    if machine is not X86:
        return [Row("firmware", f"{machine.arch.name}: the file", program.stat().st_size / 1024,
                    "KiB")]
    text = subprocess.run(["readelf", "-lW", program], capture_output=True, text=True,
                          check=True).stdout
    loads = [[int(word, 16) for word in line.split()[1:6]] for line in text.splitlines()
             if line.split()[:1] == ["LOAD"]]
    loaded = sum(load[3] for load in loads)
    end = max(load[2] + load[4] for load in loads)
    return [Row("firmware", "x86_64: code and data in the file", loaded / 1024, "KiB",
                limit=LIMIT_KIB, note="the goal is of a build without Secure Boot"),
            Row("firmware", "x86_64: image, data and stack end at", end / MIB, "MiB", limit=2)]


def firmware(bench):
    """Size; instructions, notifications and bytes to the kernel, beside EDK2."""
    rows = []
    for machine in (X86, ARM):
        program = builds.BUILD / machine.program
        missing = [p for p in (*NEEDED, f"qemu-system-{machine.arch.name}")
                   if not shutil.which(p) and not shutil.which(p, path="/sbin")]
        if missing:
            bench.skip(f"firmware: {machine.arch.name}", f"not installed: {', '.join(missing)}")
        elif not program.exists():
            bench.skip(f"firmware: {machine.arch.name}", f"{program} is not built")
        else:
            rows += _sizes(machine, program)
            rows += _boots(bench, machine, program, ("alone",) if bench.quick else KINDS)
    return rows
