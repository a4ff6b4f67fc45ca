# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
The libraries that programs for another architecture are linked with: Debian's own packages,
unpacked in a folder of the cache. The machine's packages stay as they are: not all of these can be
installed beside those of its own architecture (libfdt-dev), and none has to be.
"""

import shutil

from . import apt
from .cache import digest, made

# architecture: (Debian's name of it, packages); riscv64 is not in Debian 12
LIBRARIES = {
    "aarch64": ("arm64", ("libcmocka0", "libcmocka-dev", "liburing-dev", "zlib1g-dev",
                          "libzstd-dev", "liblzma-dev", "liblz4-dev", "libfdt-dev",
                          "libbearssl-dev")),
    "riscv64": (None, ()),
}




def constants(arch):
    """A file of constants for the Meson cross file of `arch`, beside the libraries it names; they
    are fetched when they are not there yet."""
    debian, packages = LIBRARIES[arch]

    def make(path):
        path.mkdir()
        if packages:
            with apt.Private(arch=debian) as fetch:
                for package in packages:
                    fetch.unpack(package, path)

    folder = made(f"sysroot-{arch}-{digest(*packages)}", make)
    lines = f"[constants]\nsysroot = '{folder}'\nlauncher = {[*filter(shutil.which, ['ccache'])]}\n"
    return made(f"cross-{arch}-{digest(lines)}.ini", lambda path: path.write_text(lines))
