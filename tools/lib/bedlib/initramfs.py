# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""Initial file systems made of busybox, some modules of a Debian kernel and one script."""

import pathlib

from . import programs
from .cache import digest, made
from .cpio import Archive

GUEST_MODULES = ("virtio_pci", "virtio_mmio", "virtio_blk", "virtio_net", "virtio_rng",
                 "virtio_console", "ext4", "autofs4", "evdev")
# Where a kernel has them: drivers of power buttons, and what ext4 asks for when it mounts.
OPTIONAL_MODULES = ("button", "gpio_keys", "crc32c_generic")


def base(archive, arch):
    """Adds the folders of a merged /usr, and busybox, which links its applets when it starts."""
    for folder in ("bin", "sbin", "lib", "lib64"):
        archive.directory(f"usr/{folder}")
        archive.link(folder, f"usr/{folder}")
    for folder in ("dev", "etc", "mnt", "proc", "root", "run", "sys", "tmp",
                   "usr/libexec/busybox", "var/tmp"):
        archive.directory(folder)
    archive.file("usr/bin/busybox", programs.busybox(arch).read_bytes(), 0o755)
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
    return path.removesuffix(".xz").removesuffix(".zst")


def _named(kind, kernel, script, order, carried, make):
    """The path of an initramfs made by `make`, named by what goes into it."""
    here = pathlib.Path(__file__).parent
    name = digest(script, kernel.arch.name, kernel.release, kernel.image.stat().st_size,
                  programs.busybox(kernel.arch).stat().st_size, *order, *carried,
                  *((here / f).read_bytes() for f in ("cpio.py", "initramfs.py")))
    return made(f"initramfs/{kind}-{name}.cpio", lambda path: path.write_bytes(make()))


def l1(kernel, load, carry):
    """
    The path of the outer machine's initramfs for a Kernel: loads the modules `load` at start,
    carries `carry` for modprobe.
    """
    script = (pathlib.Path(__file__).parent / "l1-init.sh").read_bytes()
    order, carried = kernel.modules(load), kernel.modules(carry)

    def make():
        archive = Archive()
        base(archive, kernel.arch)
        archive.file("init", script, 0o755)
        archive.file("bed/modules", "".join(_plain(p) + "\n" for p in order).encode())
        add_modules(archive, kernel, set(order) | set(carried))
        return archive.bytes()

    return _named("l1", kernel, script, order, carried, make)


def guest(kernel):
    """
    The path of the guests' initramfs for a Kernel; l2-init.sh says what it does. Another archive
    with a file "test" can be appended to it.
    """
    script = (pathlib.Path(__file__).parent / "l2-init.sh").read_bytes()
    order = kernel.modules(GUEST_MODULES + tuple(m for m in OPTIONAL_MODULES if kernel.has(m)))

    def make():
        archive = Archive()
        base(archive, kernel.arch)
        archive.file("init", script, 0o755)
        add_modules(archive, kernel, set(order))
        return archive.bytes()

    return _named("guest", kernel, script, order, [], make)
