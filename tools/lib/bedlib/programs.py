# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Debian's programs for the outer machine and the guests: this machine's own where the architecture is
its own, and otherwise unpacked from Debian's packages into the cache.
"""

import os
import pathlib
import shutil

from . import apt
from .cache import Failure, digest, made

# What scenarios and the bed name; with what they depend on.
PACKAGES = ("busybox-static", "bash", "iproute2", "e2fsprogs", "util-linux", "strace", "coreutils",
            "bsdutils", "socat", "libcmocka0")
FOLDERS = ("usr/bin", "usr/sbin", "bin", "sbin")


def _unpack(arch, packages, folder):
    folder.mkdir()
    with apt.Private(arch.debian) as private:
        private.unpack_all(packages, folder)


def root(arch, packages=PACKAGES):
    """The folder with an architecture's programs and libraries at their paths."""
    if arch.is_here():
        return pathlib.Path("/")
    return made(f"programs-{arch.name}-{digest(*packages)}",
                lambda folder: _unpack(arch, packages, folder))


def root_of(arch, path):
    """The folder that a path is in, of those that root() gives; root()'s own for any other."""
    for folder in pathlib.Path(path).parents:
        if folder.name.startswith(f"programs-{arch.name}-"):
            return folder
    return root(arch)


def find(arch, name, packages=PACKAGES):
    """The path on this machine of an architecture's program, which may be outside PATH."""
    top = root(arch, packages)
    folders = [str(top / folder) for folder in FOLDERS]
    if arch.is_here():
        folders.insert(0, os.environ.get("PATH", ""))
    path = shutil.which(name, path=":".join(folders))
    if not path:
        raise Failure(f"{name} is not installed: run tools/setup" if arch.is_here()
                      else f"{name} is in none of Debian's {' '.join(packages)} for {arch.debian}")
    return path


def busybox(arch):
    """The path of the static busybox."""
    path = root(arch) / "bin/busybox"
    if not path.exists():
        raise Failure("busybox-static is not installed: run tools/setup")
    return path
