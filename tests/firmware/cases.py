# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
The boot matrix: every machine with every loader, kernel and disk, but for what cannot be; and the
few of them in which any two values still meet.
"""

import collections
import itertools

# What the machine is, by architecture; the monitor is what is before the first dash.
MACHINES = {"x86_64": {
    "q35": "QEMU's q35, disks on PCI",
    "q35-6g": "the same with 6 GiB of memory, so that BARs and memory lie above 4 GiB",
    "microvm": "QEMU's microvm, disks on virtio-mmio, described by ACPI",
    "microvm-bare": "the same without ACPI: the firmware describes the disks",
    "microvm-pcie": "QEMU's microvm with PCI Express, without CF8 and without MCFG",
    "cairn-pci": "cairn, disks on PCI",
    "cairn-mmio": "cairn, disks on virtio-mmio",
}, "aarch64": {
    "virt": "QEMU's virt, started as a kernel, disks on PCI",
    "virt-mmio": "the same with disks on virtio-mmio",
    "virt-bios": "QEMU's virt with a GICv3, started from flash",
    "virt-el2": "QEMU's virt with a GICv3, started as a kernel at EL2",
}}
LOADERS = {
    "shim": "shim 16.1 where EFI looks, GRUB 2.06 beside it",
    "fallback": "the same, found by shim's fallback program and its CSV file",
    "grub212": "shim 16.1 and GRUB 2.12",
    "sdboot": "systemd-boot 252",
    "sdboot257": "systemd-boot 257",
    "uki": "a unified kernel image with systemd's stub 252",
    "entry": "a boot entry alone, started by the firmware",
}
KERNELS = {"6.1": "Debian 12's 6.1", "6.12": "Debian 12's 6.12, from backports"}
DISKS = {
    "plain": "may be written",
    "readonly": "may not be written",
    "second": "an empty disk comes first",
    "4k": "blocks of 4096 bytes",
}


def dimensions(arch):
    """The tables of an architecture."""
    return MACHINES[arch], LOADERS, KERNELS, DISKS


def why_not(case):
    """Why there is no such case; "" when there is."""
    machine, _, _, disk = case
    if machine.startswith("cairn") and disk == "4k":
        return "cairn's disks have blocks of 512 bytes"
    return ""


def name(case):
    """A case in one word."""
    return "+".join(case)


def excluded(arch):
    """[(case, reason)]"""
    return [(case, why_not(case)) for case in itertools.product(*dimensions(arch))
            if why_not(case)]


def product(arch):
    """All cases, in the order of the tables above."""
    return [case for case in itertools.product(*dimensions(arch)) if not why_not(case)]


def _pairs(case):
    return set(itertools.combinations(enumerate(case), 2))


def pairwise(arch):
    """
    A subset in which each two values of different tables meet that meet in any case. Greedy: the
    next is the first of those that bring the most pairs that are new, and of these the values that
    were used least.
    """
    cases = product(arch)
    left = set().union(*map(_pairs, cases))
    chosen, used = [], collections.Counter()
    while left:
        best = max(cases, key=lambda case: (len(_pairs(case) & left), -sum(used[v] for v in case)))
        chosen.append(best)
        used.update(best)
        left -= _pairs(best)
    return sorted(chosen, key=cases.index)
