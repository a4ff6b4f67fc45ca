# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""Cases of the boot matrix on QEMU in software emulation: no privilege and no KVM."""

import pathlib
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools/lib"))

from bedlib import arch, bootdisk, images  # noqa: E402

SECONDS = 280
NEEDED = ("qemu-system-x86_64", "mkfs.vfat", "mcopy", "mke2fs")
# Not cmpxchg16b: QEMU 7.2 was seen with the low half of RAX in the flags after it, and an interrupt
# that came then was a double fault.
CPU = "max,-cx16"
# A kernel on a microvm has only the PIT to learn how fast its time stamp counter is, and gives up
# when a busy host lets the two drift; counted instructions as time keep them together.
COUNTED = ("-icount", "shift=2")
PCI, MMIO = "virtio-blk-pci,disable-legacy=on", "virtio-blk-device"
MODERN = ("-global", "virtio-mmio.force-legacy=false")
# machine: (-machine, memory, device of a disk, more)
MACHINES = {
    "q35": ("q35", "1G", PCI, ()),
    "q35-6g": ("q35", "6G", PCI, ()),
    "microvm": ("microvm,acpi=on", "1G", MMIO, (*MODERN, *COUNTED)),
    "microvm-bare": ("microvm,acpi=off", "1G", MMIO, COUNTED),
    "microvm-pcie": ("microvm,acpi=on,pcie=on", "1G", PCI, COUNTED),
}
KINDS = dict(zip(("shim", "fallback", "grub212", "sdboot", "sdboot257", "uki", "entry"),
                 bootdisk.LOADERS))
WANTED = ("EFI: /sys/firmware/efi", bootdisk.MARK, "guest: exit 0")
TAIL = 12    # lines of a log that are shown when a case failed


def missing():
    """Programs that are not installed."""
    return [p for p in NEEDED if not shutil.which(p) and not shutil.which(p, path="/sbin")]


def image(loader, version, disk):
    """The path of the disk that a case boots from."""
    large = bootdisk.LARGE if disk == "4k" else ""
    return images.path(arch.get("x86_64"), KINDS[loader] + large, version)


def drives(device, paths, options=""):
    """QEMU's options for disks that are put away after."""
    words = []
    for number, (path, how) in enumerate(paths):
        words += ["-drive", f"if=none,id=d{number},format=raw,file={path},{how}",
                  "-device", f"{device},drive=d{number}{options}"]
    return words


def run(firmware, machine, disks, log, seconds=SECONDS, options=""):
    """
    Boots disks, [(path, how)]. Returns QEMU's exit code, None if it did not end, and what it said.
    """
    kind, memory, device, more = MACHINES[machine]
    command = ["qemu-system-x86_64", "-machine", f"{kind},accel=tcg", "-cpu", CPU, "-m", memory,
               "-display", "none", "-nodefaults", "-no-user-config", "-no-reboot", "-kernel",
               str(firmware), "-serial", f"file:{log}", *more, *drives(device, disks, options)]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return None, f"QEMU did not end within {seconds} s"
    return done.returncode, done.stdout


def boot(firmware, case, folder):
    """
    Boots one case; "" when the kernel's initramfs found EFI and the mark in the root file system,
    and the machine was off after that; else what is wrong. Its log is FOLDER/serial.
    """
    machine, loader, version, disk = case
    path, log = image(loader, version, disk), pathlib.Path(folder) / "serial"
    disks = [(path, "readonly=on" if disk == "readonly" else "snapshot=on")]
    if disk == "second":
        empty = pathlib.Path(folder) / "empty"
        empty.write_bytes(bytes(4 << 20))
        disks.insert(0, (empty, "snapshot=on"))
    options = ",logical_block_size=4096,physical_block_size=4096" if disk == "4k" else ""
    code, errors = run(firmware, machine, disks, log, options=options)
    said = log.read_text(errors="replace").splitlines() if log.exists() else []
    absent = [line for line in WANTED if line not in said]
    if code == 0 and not absent:
        return ""
    return "\n".join([*said[-TAIL:], errors.strip(), f"exit code {code}, missing: {absent}"])


def boot_here(firmware, case):
    """boot() in a folder that is put away."""
    with tempfile.TemporaryDirectory() as folder:
        return boot(firmware, case, folder)
