# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
The firmware beside OVMF on QEMU's q35, each from the first instruction of the firmware to the first
of Debian's kernel. QEMU counts instructions and calls the count time (icount, shift 0), and the
kernel is changed to say, as its first act at each of its entries, what time it is.
"""

import contextlib
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile
import time

from bedlib import apt, arch, kernel, loaders
from bedlib.cache import Failure

from . import tiny
from .report import Row

OVMF = pathlib.Path("/usr/share/OVMF")
CODE, VARS = "OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd"
NEEDED = ("qemu-system-x86_64", "mkfs.vfat", "mcopy", "sgdisk", "readelf")
PORT, EXIT_PORT = 0x404, 0xF4
EXIT_CODE = 0x55 << 1 | 1
SECONDS = 300
MIB = 1 << 20
ESP_MIB, INITRD_MIB = 112, 60
LIMIT_INSTRUCTIONS, LIMIT_KIB, LIMIT_NOTIFICATIONS = 1 / 20, 192, 1000

# Of 32 and of 64 bits alike: rdtsc; its eight bytes, the lowest first, to PORT; the end.
_BYTE = bytes.fromhex("ee c1e808")                     # out %al,%dx; shr $8,%eax
CODE_SAYS_TIME = b"".join((
    bytes.fromhex("0f31 89d1"),                        # rdtsc; mov %edx,%ecx
    b"\x66\xba" + struct.pack("<H", PORT), 4 * _BYTE,  # mov $PORT,%dx
    bytes.fromhex("89c8"), 4 * _BYTE,                  # mov %ecx,%eax
    b"\x66\xba" + struct.pack("<H", EXIT_PORT),        # mov $EXIT_PORT,%dx
    bytes.fromhex("b055 ee fa f4 ebfd")))              # mov $0x55,%al; out; cli; hlt; jump back

STUB_CFG = """search.file /initrd root
linux ($root)/vmlinuz quiet
initrd ($root)/initrd
boot
"""


def _file_offset(image, rva):
    """Where what a PE file has at an address is in the file."""
    pe, = struct.unpack_from("<I", image, 0x3C)
    count, options = struct.unpack_from("<H12xH", image, pe + 6)
    for at in range(pe + 24 + options, pe + 24 + options + 40 * count, 40):
        size, first, raw_size, raw = struct.unpack_from("<IIII", image, at + 8)
        if first <= rva < first + min(size, raw_size):
            return raw + rva - first
    raise Failure("the kernel's entry is in none of its sections")


def timed_kernel(image):
    """A bzImage whose EFI, 32-bit and 64-bit entries say what time it is."""
    image = bytearray(image)
    pe, = struct.unpack_from("<I", image, 0x3C)
    entry, = struct.unpack_from("<I", image, pe + 24 + 16)
    body = (image[0x1F1] + 1) * 512
    for at in (_file_offset(image, entry), body, body + 0x200):
        image[at:at + len(CODE_SAYS_TIME)] = CODE_SAYS_TIME
    return bytes(image)


def _files(kind):
    """{path in the EFI system partition: bytes}"""
    here = arch.get("x86_64")
    timed = timed_kernel(kernel.get(here).image.read_bytes())
    if kind == "alone":
        return {"EFI/BOOT/BOOTX64.EFI": timed}
    return {"EFI/BOOT/BOOTX64.EFI": loaders.read(here, "shim"),
            "EFI/BOOT/grubx64.efi": loaders.read(here, "grub-2.06"),
            "EFI/debian/grub.cfg": STUB_CFG.encode(), "vmlinuz": timed,
            "initrd": b"\x5a" * (INITRD_MIB * MIB)}


def _disk(folder, kind):
    """A disk with one EFI system partition."""
    tree, esp, disk = folder / f"{kind}-tree", folder / f"{kind}-esp", folder / f"{kind}.img"
    for name, data in _files(kind).items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(data)
    for path, mib in ((esp, ESP_MIB), (disk, ESP_MIB + 2)):
        with open(path, "wb") as out:
            out.truncate(mib * MIB)
    apt.run(["/sbin/mkfs.vfat", "-F", "32", str(esp)])
    apt.run(["mcopy", "-s", "-i", str(esp), *sorted(str(p) for p in tree.iterdir()), "::/"])
    apt.run(["/sbin/sgdisk", "-n", f"1:2048:+{ESP_MIB}M", "-t", "1:ef00", str(disk)])
    with open(disk, "r+b") as out:
        out.seek(MIB)
        out.write(esp.read_bytes())
    shutil.rmtree(tree)
    return disk


class _Run:
    """One start of QEMU, until the kernel's first instruction."""

    def __init__(self, folder, firmware, disk):
        said, log = folder / "said", folder / "trace"
        log.write_text("")
        said.write_bytes(b"")
        command = ["qemu-system-x86_64", "-machine", "q35,accel=tcg", "-cpu", "max,-cx16", "-m",
                   "1G", "-display", "none", "-nodefaults", "-no-user-config", "-no-reboot",
                   "-icount", "shift=0,sleep=off", "-serial", "null",
                   "-device", f"isa-debug-exit,iobase={EXIT_PORT},iosize=1",
                   "-chardev", f"file,id=said,path={said}",
                   "-device", f"isa-debugcon,iobase={PORT},chardev=said", *firmware,
                   "-d", "trace:virtio_queue_notify,trace:virtio_blk_handle_read", "-D", str(log),
                   "-drive", f"if=none,id=d,format=raw,snapshot=on,file={disk}",
                   "-device", "virtio-blk-pci,drive=d,disable-legacy=on"]
        started = time.monotonic()
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=SECONDS, check=False)
        self.seconds = time.monotonic() - started
        time_said = said.read_bytes()[-8:]
        if done.returncode != EXIT_CODE or len(time_said) != 8:
            raise Failure(f"the kernel was not reached: QEMU's exit code {done.returncode}: "
                          f"{done.stdout.strip()[-200:]}")
        self.instructions, = struct.unpack("<Q", time_said)
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


def _ovmf(folder):
    shutil.copyfile(OVMF / VARS, folder / VARS)
    return ["-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={OVMF / CODE}",
            "-drive", f"if=pflash,unit=1,format=raw,file={folder / VARS}"]


def _rows(kind, ours, theirs, before):
    name = {"alone": "the kernel as BOOTX64.EFI",
            "shim": f"shim, GRUB, kernel and initrd of {INITRD_MIB} MiB"}[kind]
    rows = [Row("firmware", f"{name}: entry to the kernel", ours.instructions / 1e6, "M instr.",
                note=f"{ours.seconds:.1f} s of QEMU, without SeaBIOS's {before / 1e6:.0f} M"),
            Row("firmware", f"{name}: virtio notifications", ours.notifications, "",
                limit=LIMIT_NOTIFICATIONS),
            Row("firmware", f"{name}: read", ours.bytes / MIB, "MiB")]
    if theirs:
        figures = (theirs.instructions / 1e6, theirs.notifications, theirs.bytes / MIB)
        for row, figure in zip(rows, figures):
            row.peer, row.peer_value = "OVMF", figure
        rows[0].limit = LIMIT_INSTRUCTIONS
        rows[0].note += f"; OVMF's {theirs.seconds:.1f} s"
        rows[1].limit = 0
    return rows


def _sizes(program):
    """Of the file, and where what it loads ends."""
    text = subprocess.run(["readelf", "-lW", program], capture_output=True, text=True,
                          check=True).stdout
    loads = [[int(word, 16) for word in line.split()[1:6]] for line in text.splitlines()
             if line.split()[:1] == ["LOAD"]]
    loaded = sum(load[3] for load in loads)
    end = max(load[2] + load[4] for load in loads)
    return [Row("firmware", "code and data in the file", loaded / 1024, "KiB", limit=LIMIT_KIB),
            Row("firmware", "image, data and stack end at", end / MIB, "MiB", limit=2)]


def firmware(bench):
    """Size; instructions, notifications and bytes to the kernel, beside OVMF."""
    missing = [p for p in NEEDED if not shutil.which(p) and not shutil.which(p, path="/sbin")]
    if missing:
        raise Failure(f"not installed: {', '.join(missing)}")
    program = bench.firmware
    if not program.exists():
        raise Failure(f"{program} is not built")
    peer = (OVMF / CODE).exists()
    if not peer:
        bench.skip("firmware: OVMF", "not installed (package ovmf)")
    rows = _sizes(program)
    with tempfile.TemporaryDirectory(prefix="cairn-bench-") as name:
        folder = pathlib.Path(name)
        (folder / "first").write_bytes(tiny.elf(CODE_SAYS_TIME))
        for kind in ("alone",) if bench.quick else ("alone", "shim"):
            disk = _disk(folder, kind)
            # SeaBIOS comes before what -kernel names, and looks at the disk, too.
            before = _Run(folder, _ours(folder / "first"), disk)
            ours = _Run(folder, _ours(program), disk).without(before)
            bench.say(f"firmware: {kind}: {ours.instructions / 1e6:.0f} M instructions")
            theirs = None
            with contextlib.suppress(subprocess.TimeoutExpired):
                theirs = _Run(folder, _ovmf(folder), disk) if peer else None
            rows += _rows(kind, ours, theirs, before.instructions)
    return rows
