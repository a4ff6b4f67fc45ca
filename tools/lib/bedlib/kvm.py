# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""What this machine's KVM is worth."""

import os
import pathlib
import platform
import re


def usable():
    """Whether /dev/kvm is there and permitted."""
    return os.access("/dev/kvm", os.R_OK | os.W_OK)


def hardware():
    """
    Whether /dev/kvm is usable and the CPU has virtualization. Without it a KVM can be software
    that emulates kernels one instruction at a time, and stock kernels do not boot. An aarch64 CPU
    does not say whether it has it, and such a KVM is known for x86_64 only.
    """
    if platform.machine() != "x86_64":
        return usable()
    flags = pathlib.Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    return usable() and bool(re.search(r"\b(svm|vmx)\b", flags))
