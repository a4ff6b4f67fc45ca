# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""What differs between the architectures of outer machines and guests."""

import dataclasses
import platform

from .cache import build_dir

GIC_VERSIONS = (2, 3)


@dataclasses.dataclass(frozen=True)
class Arch:
    """One architecture; `name` is what `uname -m` says."""

    name: str
    debian: str       # its name in Debian's archive
    qemu: str         # the emulator of the bed
    cpu: str          # what the emulator emulates
    console: str      # the serial console of the bed's outer machine
    serial: str       # that of cairn's guests
    kvm: tuple        # the modules of KVM
    quirks: str       # for the outer kernel's command line

    def is_here(self):
        """Whether it is this machine's own."""
        return self.name == platform.machine()

    def build_dir(self):
        """The folder of its programs: build/, or build/NAME for another than this machine's."""
        return build_dir() if self.is_here() else build_dir() / self.name

    def logs(self):
        """The folder of its logs."""
        return build_dir() / "logs" / ("" if self.is_here() else self.name)

    def machine(self, gic):
        """The emulator's -M; `gic` is the version of an aarch64 machine's interrupt controller."""
        return "q35" if self.name == "x86_64" else f"virt,virtualization=on,gic-version={gic}"


ARCHS = {arch.name: arch for arch in (
    # On a busy host the emulated timer is late, and a kernel that checks it gives up.
    Arch("x86_64", "amd64", "qemu-system-x86_64", "max", "ttyS0", "ttyS0", ("kvm_amd",),
         "no_timer_check"),
    Arch("aarch64", "arm64", "qemu-system-aarch64", "cortex-a76", "ttyAMA0", "ttyS0", (), ""),
)}
HERE = platform.machine() if platform.machine() in ARCHS else "x86_64"


def get(name):
    """The Arch of a name that is a key of ARCHS."""
    return ARCHS[name]
