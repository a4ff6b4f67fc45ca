# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""What differs between the architectures of outer machines and guests."""

import dataclasses
import platform

GIC_VERSIONS = (2, 3)


@dataclasses.dataclass(frozen=True)
class Arch:
    """One architecture; `name` is what `uname -m` says."""

    name: str
    debian: str       # its name in Debian's archive
    qemu: str         # the emulator of the bed
    cpu: str          # what the emulator emulates
    console: str      # the serial console of the bed's outer machine
    kvm: tuple        # the modules of KVM

    def is_here(self):
        """Whether it is this machine's own."""
        return self.name == platform.machine()

    def machine(self, gic):
        """The emulator's -M; `gic` is the version of an aarch64 machine's interrupt controller."""
        return "q35" if self.name == "x86_64" else f"virt,virtualization=on,gic-version={gic}"


ARCHS = {arch.name: arch for arch in (
    Arch("x86_64", "amd64", "qemu-system-x86_64", "max", "ttyS0", ("kvm_amd",)),
    Arch("aarch64", "arm64", "qemu-system-aarch64", "cortex-a76", "ttyAMA0", ()),
)}
HERE = platform.machine() if platform.machine() in ARCHS else "x86_64"


def get(name):
    """The Arch of a name that is a key of ARCHS."""
    return ARCHS[name]
