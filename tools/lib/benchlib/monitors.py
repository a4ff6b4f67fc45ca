# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
The monitors whose boots are compared, as commands in the outer machine. Every guest has one
processor, 256 MiB, a serial console and one virtio disk that it finds and does not use.
"""

import pathlib

from bedlib import programs

MEMORY_MIB, TINY_MIB = 256, 128
IMAGE, PACKED, VMLINUX = "/bench/image", "/bench/image.gz", "/bench/vmlinux"
TINY, INITRD, DISK = "/bench/tiny", "/bench/initrd", "/bench/disk"
PROGRAM = "/bench/cairn"
# Debian's packages of the peers, where they are for another architecture than this machine's.
PACKAGES = ("qemu-system-arm", "strace")
CMDLINES = {"x86_64": "reboot=k panic=-1 quiet", "aarch64": "panic=-1 quiet"}


def _cmdline(arch, serial):
    return f"console={serial} {CMDLINES[arch.name]}"


def _cairn(arch, image, *more):
    return [PROGRAM, "run", "--no-reboot", "--kernel", image, "--initrd", INITRD, "--memory",
            f"{MEMORY_MIB}M", "--disk", f"path={DISK}", "--cmdline", _cmdline(arch, arch.serial),
            *more]


def _bare_qemu(arch, machine, memory, image):
    return [arch.qemu, "-M", machine, "-accel", "kvm", "-cpu", "host", "-m", str(memory),
            "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
            "-serial", "stdio", "-kernel", image]


def _qemu(arch, machine, image, disk):
    return [*_bare_qemu(arch, machine, MEMORY_MIB, image), "-initrd", INITRD, "-append",
            _cmdline(arch, arch.console), "-drive", f"file={DISK},format=raw,if=none,id=disk",
            "-device", f"{disk},drive=disk"]


_TINY_RUN = [PROGRAM, "run", "--memory", f"{TINY_MIB}M", "--kernel", TINY]


def _tiny(arch, name, machine):
    return {"cairn tiny": _TINY_RUN, f"{name} tiny": _bare_qemu(arch, machine, TINY_MIB, TINY)}


def _x86_64(arch, quick):
    runs = _tiny(arch, "microvm", "microvm") | {
        "cairn vmlinux pci": _cairn(arch, VMLINUX),
        "microvm vmlinux": _qemu(arch, "microvm", VMLINUX, "virtio-blk-device"),
        "cairn bzimage pci": _cairn(arch, IMAGE),
        "microvm bzimage": _qemu(arch, "microvm", IMAGE, "virtio-blk-device"),
    }
    if not quick:
        runs |= {
            "cairn bzimage pci unpack=off": _cairn(arch, IMAGE, "--unpack", "off"),
            "cairn bzimage mmio": _cairn(arch, IMAGE, "--transport", "mmio"),
            "cairn bzimage mmio unpack=off": _cairn(arch, IMAGE, "--transport", "mmio",
                                                    "--unpack", "off"),
            "q35 bzimage": _qemu(arch, "q35", IMAGE, "virtio-blk-pci"),
            "q35 vmlinux": _qemu(arch, "q35", VMLINUX, "virtio-blk-pci"),
        }
    return runs


def _aarch64(arch, quick):
    machine = "virt,gic-version=host"
    runs = _tiny(arch, "virt", machine) | {
        "cairn image pci": _cairn(arch, IMAGE),
        "virt image pci": _qemu(arch, machine, IMAGE, "virtio-blk-pci"),
    }
    if not quick:
        runs |= {
            "cairn image mmio": _cairn(arch, IMAGE, "--transport", "mmio"),
            "virt image mmio": _qemu(arch, machine, IMAGE, "virtio-blk-device"),
            "cairn image.gz pci": _cairn(arch, PACKED),
            "virt image.gz pci": _qemu(arch, machine, PACKED, "virtio-blk-pci"),
        }
    return runs


def _others(arch, peers):
    """The peers of the command line, which are this machine's programs."""
    named = {}
    for name, command in peers.items() if arch.is_here() else ():
        for kind, image in _IMAGES[arch.name].items():
            values = {"kernel": image, "memory": MEMORY_MIB, "initrd": INITRD, "disk": DISK,
                      "cmdline": _cmdline(arch, arch.serial)}
            named[f"{name} {kind}"] = [word.format(**values) for word in command]
    return named


_IMAGES = {"x86_64": {"bzimage": IMAGE, "vmlinux": VMLINUX}, "aarch64": {"image": IMAGE}}
_RUNS = {"x86_64": _x86_64, "aarch64": _aarch64}


def runs(arch, quick, peers):
    """{name: command}; what a name begins with says whose run it is, its second word of what."""
    return _RUNS[arch.name](arch, quick) | _others(arch, peers)


def traced(name):
    """A run of the tiny guest whose system calls are written where boot-l1.sh counts them."""
    return {name: ["strace", "-f", "-D", "-q", "-o", "/bench/trace", *_TINY_RUN]}


def files(arch, commands):
    """[(path on this machine, path there)] of the monitors that commands name, but cairn."""
    found = []
    for name in dict.fromkeys(command[0] for command in commands if command[0] != PROGRAM):
        path = programs.find(arch, name, *([] if arch.is_here() else [PACKAGES]))
        found.append((path, name if name.startswith("/") else f"/usr/bin/{name}"))
    return found
