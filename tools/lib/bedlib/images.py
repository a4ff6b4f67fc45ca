# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""What guests are made of, by name."""

from . import apt, bootdisk, efidisk, initramfs, kernel, rootdisk, ubuntudisk
from .cache import Failure

KINDS = ("kernel", "bzimage", "vmlinux", "initrd", "disk", "efidisk", "efidisk13",
         *ubuntudisk.KINDS, *bootdisk.KINDS)
ONLY_X86 = ("bzimage", "vmlinux")


def path(arch, kind, version=kernel.DEFAULT):
    """The path of one of KINDS for an Arch, with Debian's kernel of that version."""
    if kind not in KINDS:
        raise Failure(f"there is no image '{kind}': known are {', '.join(KINDS)}")
    if kind in ONLY_X86 and arch.name != "x86_64":
        raise Failure(f"{arch.name} has no {kind}")
    if kind == "disk":
        return rootdisk.get(arch)
    if kind in ("efidisk", "efidisk13"):
        return efidisk.get(arch, apt.CODENAME if kind == "efidisk" else apt.TRIXIE)
    if kind in ubuntudisk.KINDS:
        return ubuntudisk.get(kind, arch)
    debian = kernel.get(arch, version)
    if kind in bootdisk.KINDS:
        return bootdisk.get(kind, debian)
    if kind == "initrd":
        return initramfs.guest(debian)
    return debian.vmlinux if kind == "vmlinux" else debian.image
