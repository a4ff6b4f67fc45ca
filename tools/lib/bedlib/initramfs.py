# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""Initial file systems made of busybox, some modules of a Debian kernel and one script."""

import pathlib
import subprocess

from . import kernel as kernels
from .cache import Failure, digest, made
from .cpio import Archive

GUEST_MODULES = ("virtio_pci", "virtio_mmio", "virtio_blk", "virtio_net", "virtio_rng",
                 "virtio_console", "ext4", "autofs4", "button", "evdev")
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
    archive.file(f"usr/lib/modules/{kernel.release}/modules.builtin",
                 (kernel.tree / "modules.builtin").read_bytes())


def _plain(path):
    return path.removesuffix(".xz")


def _named(kind, kernel, script, order, carried, make):
    """The path of an initramfs made by `make`, named by what goes into it."""
    here = pathlib.Path(__file__).parent
    name = digest(script, kernel.release, kernel.vmlinux.stat().st_size, BUSYBOX.stat().st_size,
                  *order, *carried,
                  *((here / f).read_bytes() for f in ("cpio.py", "initramfs.py")))
    return made(f"initramfs/{kind}-{name}.cpio", lambda path: path.write_bytes(make()))


def l1(version, load, carry):
    """
    The path of the outer machine's initramfs for a kernel version: loads the modules `load` at
    start, carries `carry` for modprobe.
    """
    kernel = kernels.get(version)
    script = (pathlib.Path(__file__).parent / "l1-init.sh").read_bytes()
    order, carried = kernel.modules(load), kernel.modules(carry)

    def make():
        archive = Archive()
        base(archive)
        archive.file("init", script, 0o755)
        archive.file("bed/modules", "".join(_plain(p) + "\n" for p in order).encode())
        add_modules(archive, kernel, set(order) | set(carried))
        return archive.bytes()

    return _named("l1", kernel, script, order, carried, make)


def guest(version):
    """
    The path of the guests' initramfs for a kernel version; l2-init.sh says what it does. Another
    archive with a file "test" can be appended to it.
    """
    kernel = kernels.get(version)
    script = (pathlib.Path(__file__).parent / "l2-init.sh").read_bytes()
    order = kernel.modules(GUEST_MODULES)

    def make():
        archive = Archive()
        base(archive)
        archive.file("init", script, 0o755)
        add_modules(archive, kernel, set(order))
        return archive.bytes()

    return _named("guest", kernel, script, order, [], make)
