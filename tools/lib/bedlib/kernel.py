# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Debian's own kernels and Ubuntu's, unpacked in the cache: the image as shipped, which is a bzImage
for x86_64 and an Image for aarch64, the vmlinux inside a bzImage, and the modules with the order in
which they load.
"""

import gzip
import lzma
import os
import pathlib
import shutil
import struct
import subprocess

from . import apt, arch as archs, programs
from .cache import Failure, made

# version: (whether it comes from Debian's backports, the flavour in its package's name). The cloud
# kernels have no driver for buttons at pins; the generic ones have.
VERSIONS = {"6.1": (False, "cloud-"), "6.12": (True, "cloud-"), "6.12-generic": (True, "")}
DEFAULT = "6.12"

# The Linux/x86 boot protocol's setup header: file offsets.
SETUP_SECTS, HEADER_MAGIC, VERSION, PAYLOAD = 0x1F1, 0x202, 0x206, 0x248


def _through(program):
    def unpack(data):
        # These formats are followed by four bytes of size, which the programs complain about.
        done = subprocess.run([program, "-dc"], input=data, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=False)
        return done.stdout
    return unpack


def _xz(data):
    return lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress(data)


PAYLOADS = (
    (b"\x1f\x8b", lambda data: gzip.decompress(data[:-4])),
    (b"\xfd7zXZ\0", _xz),
    (b"\x28\xb5\x2f\xfd", _through("zstd")),
    (b"\x02\x21\x4c\x18", _through("lz4")),
)

MODULES = {".xz": lzma.decompress, ".zst": _through("zstd")}


def vmlinux_of(image):
    """The ELF kernel packed in the bytes of a bzImage."""
    if len(image) < 0x260 or image[HEADER_MAGIC:HEADER_MAGIC + 4] != b"HdrS":
        raise Failure("not a bzImage: no HdrS at offset 0x202")
    if struct.unpack_from("<H", image, VERSION)[0] < 0x208:
        raise Failure("bzImage of a boot protocol before 2.08, which does not name its payload")
    start = (image[SETUP_SECTS] + 1) * 512
    offset, length = struct.unpack_from("<II", image, PAYLOAD)
    payload = image[start + offset:start + offset + length]
    for magic, unpack in PAYLOADS:
        if payload.startswith(magic):
            kernel = unpack(payload)
            if not kernel.startswith(b"\x7fELF"):
                raise Failure("the bzImage's payload unpacks to something that is not ELF")
            return kernel
    raise Failure("the bzImage's payload is packed in an unknown way")


class Kernel:
    """An unpacked kernel package: .release, .image, .vmlinux (paths) and its modules."""

    def __init__(self, folder, arch):
        self.folder, self.arch = pathlib.Path(folder), arch
        self.release = (self.folder / "release").read_text().strip()
        self.image = self.folder / "vmlinuz"
        self.vmlinux = self.folder / "vmlinux"
        self.tree = self.folder / "lib/modules" / self.release
        self._needs = None

    def needs(self):
        """{module name: (path in the tree, [paths it needs, nearest first])}."""
        if self._needs is None:
            self._needs = {}
            for line in (self.tree / "modules.dep").read_text().splitlines():
                path, _, rest = line.partition(":")
                self._needs[module_name(path)] = (path, rest.split())
        return self._needs

    def builtin(self):
        """The names of the modules that are part of the kernel itself."""
        lines = (self.tree / "modules.builtin").read_text().splitlines()
        return {module_name(line) for line in lines}

    def modules(self, names):
        """Paths in the tree of the named modules and all they need, in loading order."""
        order = []
        for name in names:
            name = name.replace("-", "_")
            if name in self.needs():
                path, needed = self.needs()[name]
                order += [p for p in reversed(needed) if p not in order]
                order += [path] if path not in order else []
            elif name not in self.builtin():
                raise Failure(f"kernel {self.release} has no module {name}")
        return order

    def has(self, name):
        """Whether there is a module of that name, or the kernel has it built in."""
        return name in self.needs() or name in self.builtin()

    def module(self, path):
        """The unpacked bytes of a module of the tree."""
        data = (self.tree / path).read_bytes()
        return MODULES.get(pathlib.Path(path).suffix, bytes)(data)


def module_name(path):
    """kernel/arch/x86/kvm/kvm-amd.ko.xz -> kvm_amd"""
    return os.path.basename(path).split(".ko")[0].replace("-", "_")


def _unpack(arch, version, folder):
    """The packages of a version; Ubuntu has modules in one of their own."""
    if version in apt.UBUNTU:
        with apt.Private(arch.debian, codename=version) as private:
            image = private.depends("linux-image-virtual", "linux-image-")
            private.unpack(image, folder)
            private.unpack(image.replace("image", "modules", 1), folder)
        return
    backports, flavour = VERSIONS[version]
    with apt.Private(arch.debian, backports=backports) as private:
        meta = f"linux-image-{flavour}{arch.debian}"
        prefix = f"linux-image-{version.partition('-')[0]}."
        private.unpack(private.depends(meta, prefix), folder)


def _fetch(arch, version, folder):
    folder.mkdir()
    unpacked = folder / "package"
    _unpack(arch, version, unpacked)
    (image,) = (unpacked / "boot").glob("vmlinuz-*")
    release = image.name[len("vmlinuz-"):]
    image.rename(folder / "vmlinuz")
    (unpacked / "boot" / f"config-{release}").rename(folder / "config")
    modules = unpacked / "usr/lib/modules"
    if not modules.exists():
        modules = unpacked / "lib/modules"
    (folder / "lib").mkdir()
    modules.rename(folder / "lib/modules")
    shutil.rmtree(unpacked)
    apt.run([programs.find(archs.get(archs.HERE), "depmod"), "-b", str(folder), release])
    if arch.name == "x86_64":
        (folder / "vmlinux").write_bytes(vmlinux_of((folder / "vmlinuz").read_bytes()))
    (folder / "release").write_text(release + "\n")


def get(arch, version=DEFAULT):
    """
    The Kernel of that version for an Arch, or of a release of Ubuntu; fetched the first time.
    """
    if version not in VERSIONS and version not in apt.UBUNTU:
        raise Failure(f"no kernel {version}: known are {', '.join((*VERSIONS, *apt.UBUNTU))}")
    return Kernel(made(f"kernel-{version}-{arch.name}",
                       lambda folder: _fetch(arch, version, folder)), arch)
