# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""Initial file systems made of busybox, some modules of a Debian kernel and one script."""

import pathlib
import subprocess

from . import kernel as kernels
from .cache import Failure, digest, made
from .cpio import Archive

BUSYBOX = pathlib.Path("/bin/busybox")


def busybox():
    """The bytes of the static busybox, and the names of its applets."""
    if not BUSYBOX.exists():
        raise Failure("busybox-static is not installed: run tools/setup")
    names = subprocess.run([BUSYBOX, "--list"], stdout=subprocess.PIPE, text=True, check=True)
    return BUSYBOX.read_bytes(), names.stdout.split()


def base(archive):
    """Adds the folders of a merged /usr, busybox and the links to its applets."""
    for folder in ("bin", "sbin", "lib", "lib64"):
        archive.directory(f"usr/{folder}")
        archive.link(folder, f"usr/{folder}")
    for folder in ("dev", "etc", "mnt", "proc", "root", "run", "sys", "tmp", "usr/libexec",
                   "var/tmp"):
        archive.directory(folder)
    program, applets = busybox()
    archive.file("usr/bin/busybox", program, 0o755)
    for name in applets:
        archive.link(f"usr/libexec/busybox/{name}", "/usr/bin/busybox")
    for name in ("usr/bin/sh", "usr/bin/env"):
        archive.link(name, "/usr/bin/busybox")


def add_modules(archive, kernel, paths):
    """Adds modules of a kernel, unpacked, with the table that modprobe reads."""
    table = []
    for path, needed in kernel.needs().values():
        if path in paths:
            archive.file(f"usr/lib/modules/{kernel.release}/{_plain(path)}", kernel.module(path))
            table.append(f"{_plain(path)}: {' '.join(_plain(p) for p in needed)}\n")
    archive.file(f"usr/lib/modules/{kernel.release}/modules.dep", "".join(table).encode())


def _plain(path):
    return path.removesuffix(".xz")


def l1(version, load, carry):
    """
    The path of the outer machine's initramfs for a kernel version: loads the modules `load` at
    start, carries `carry` for modprobe.
    """
    kernel = kernels.get(version)
    script = (pathlib.Path(__file__).parent / "l1-init.sh").read_bytes()
    order = kernel.modules(load)

    def make(path):
        archive = Archive()
        base(archive)
        archive.file("init", script, 0o755)
        archive.file("bed/modules", "".join(_plain(p) + "\n" for p in order).encode())
        add_modules(archive, kernel, set(order) | set(kernel.modules(carry)))
        path.write_bytes(archive.bytes())

    here = pathlib.Path(__file__).parent
    name = digest(script, kernel.release, kernel.vmlinux.stat().st_size, BUSYBOX.stat().st_size,
                  *order, *carry, *((here / f).read_bytes() for f in ("cpio.py", "initramfs.py")))
    return made(f"initramfs/l1-{name}", make)
