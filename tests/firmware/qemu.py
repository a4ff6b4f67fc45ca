# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""Cases of the boot matrix on QEMU in software emulation: no privilege and no KVM."""

import mmap
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools/lib"))

from bedlib import apt, arch, bootdisk, images  # noqa: E402
from bedlib.cache import Failure  # noqa: E402

SKIPPED = 77
SECONDS = 280
BIOS = pathlib.Path("/usr/share/seabios/bios-256k.bin")
FLASH_BYTES = {"x86_64": 256 << 10, "aarch64": 64 << 20}    # of the chip for variables
NEEDED = ("mkfs.vfat", "mcopy", "mke2fs")
FIRMWARE = {"x86_64": "cairn-fw-x86_64.elf", "aarch64": "cairn-fw-aarch64"}
# Not cmpxchg16b: QEMU 7.2 was seen with the low half of RAX in the flags after it, and an interrupt
# that came then was a double fault.
CPU = {"x86_64": "max,-cx16", "aarch64": "max"}
# A kernel on a microvm has only the PIT to learn how fast its time stamp counter is, and gives up
# when a busy host lets the two drift; counted instructions as time keep them together.
COUNTED = ("-icount", "shift=2")
PCI, MMIO = "virtio-blk-pci,disable-legacy=on", "virtio-blk-device"
MODERN = ("-global", "virtio-mmio.force-legacy=false")
# machine: (architecture, -machine, memory, device of a disk, more, the firmware's option)
MACHINES = {
    "q35": ("x86_64", "q35", "1G", PCI, (), "-kernel"),
    "q35-6g": ("x86_64", "q35", "6G", PCI, (), "-kernel"),
    "microvm": ("x86_64", "microvm,acpi=on", "1G", MMIO, (*MODERN, *COUNTED), "-kernel"),
    "microvm-bare": ("x86_64", "microvm,acpi=off", "1G", MMIO, COUNTED, "-kernel"),
    "microvm-pcie": ("x86_64", "microvm,acpi=on,pcie=on", "1G", PCI, COUNTED, "-kernel"),
    "virt": ("aarch64", "virt", "1G", PCI, (), "-kernel"),
    "virt-mmio": ("aarch64", "virt", "1G", MMIO, MODERN, "-kernel"),
    "virt-bios": ("aarch64", "virt,gic-version=3", "1G", PCI, (), "-bios"),
    "virt-el2": ("aarch64", "virt,gic-version=3,virtualization=on", "6G", PCI, (), "-kernel"),
}
USUAL = {"x86_64": "q35", "aarch64": "virt"}
KINDS = dict(zip(("shim", "fallback", "grub212", "sdboot", "sdboot257", "uki", "entry"),
                 bootdisk.LOADERS))
WANTED = ("EFI: /sys/firmware/efi", bootdisk.MARK, "guest: exit 0")
TAIL = 12    # lines of a log that are shown when a case failed


def missing(name):
    """Programs that are not installed, for an architecture's machines."""
    return [p for p in (arch.get(name).qemu, *NEEDED) if not shutil.which(p) and not shutil.which(p, path="/sbin")]


def missing_with_flash(name):
    """The same for machines with flash."""
    return missing(name) + ([] if name != "x86_64" or BIOS.exists() else ["seabios"])


def flash(path, name="x86_64"):
    """QEMU's options for an architecture's flash: the second chip; a PC has the BIOS in the first."""
    bios = ["-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={BIOS}"]
    return [*(bios if name == "x86_64" else []), "-drive",
            f"if=pflash,unit=1,format=raw,file={path}"]


def program(main):
    """Ends with what a test's main() returns, or says why it failed."""
    try:
        status = main()
        sys.stdout.flush()
        sys.exit(status)
    except BrokenPipeError:  # who read has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except apt.Unreachable as reason:
        print(reason)
        sys.exit(SKIPPED)
    except Failure as failure:
        sys.exit(f"{sys.argv[0]}: {failure}")


def image(machine, loader, version, disk):
    """The path of the disk that a case boots from."""
    large = bootdisk.LARGE if disk == "4k" else ""
    return images.path(arch.get(MACHINES[machine][0]), KINDS[loader] + large, version)


def loud_copy(machine, loader, version, target):
    """The same disk as a file of one's own, whose kernel says on the console what it finds."""
    subprocess.run(["cp", "--sparse=always", image(machine, loader, version, ""), target],
                   check=True)
    words = bootdisk.WORDS[MACHINES[machine][0]].encode()
    loud = words.replace(b" quiet", b" " * 6)
    with open(target, "r+b") as disk, mmap.mmap(disk.fileno(), 0) as data:
        while loud != words and (at := data.find(words)) >= 0:
            data[at:at + len(words)] = loud


def drives(device, paths, options=""):
    """QEMU's options for disks that are put away after."""
    words = []
    for number, (path, how) in enumerate(paths):
        words += ["-drive", f"if=none,id=d{number},format=raw,file={path},{how}",
                  "-device", f"{device},drive=d{number}{options}"]
    return words


def run(firmware, machine, disks, log, seconds=SECONDS, options="", words=(), resets=False):
    """
    Boots disks, [(path, how)], with more words for QEMU; no firmware: they name another. A reset is
    the end, or not. Returns QEMU's exit code, None if it did not end, and what it said.
    """
    name, kind, memory, device, more, start = MACHINES[machine]
    command = [arch.get(name).qemu, "-machine", f"{kind},accel=tcg", "-cpu", CPU[name], "-m", memory,
               "-display", "none", "-nodefaults", "-no-user-config",
               *(() if resets else ("-no-reboot",)), *((start, str(firmware)) if firmware else ()), "-serial", f"file:{log}", *more,
               *words, *drives(device, disks, options)]
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
    path, log = image(*case), pathlib.Path(folder) / "serial"
    disks = [(path, "readonly=on" if disk == "readonly" else "snapshot=on")]
    if disk == "second":
        empty = pathlib.Path(folder) / "empty"
        empty.write_bytes(bytes(4 << 20))
        disks.insert(0, (empty, "snapshot=on"))
    options = ",logical_block_size=4096,physical_block_size=4096" if disk == "4k" else ""
    return judge(log, *run(firmware, machine, disks, log, options=options))


def judge(log, code, errors, wanted=WANTED):
    """"" when a log has these ends of lines and QEMU ended well, or what is wrong."""
    said = log.read_text(errors="replace").splitlines() if log.exists() else []
    # a loader's escape sequences may come before the first
    absent = [line for line in wanted if not any(s.endswith(line) for s in said)]
    if code == 0 and not absent:
        return ""
    return "\n".join([*said[-TAIL:], errors.strip(), f"exit code {code}, missing: {absent}"])


def boot_here(firmware, case):
    """boot() in a folder that is put away."""
    with tempfile.TemporaryDirectory() as folder:
        return boot(firmware, case, folder)
