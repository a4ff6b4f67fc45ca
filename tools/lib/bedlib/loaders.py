# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""Boot loaders for EFI out of Debian's and Ubuntu's packages, kept in the cache."""

import pathlib
import struct

from . import apt
from .cache import Failure, digest, made

SHORT = {"x86_64": "x64", "aarch64": "aa64"}    # how EFI's files name an architecture
_BOOT = "usr/lib/systemd/boot/efi"
_GRUB = "usr/lib/grub/{grub}-efi-signed/grub{short}.efi.signed"
# name: (Debian's release, package, file); grub and debian are an architecture's other names
FILES = {
    "shim": (apt.CODENAME, "shim-signed", "usr/lib/shim/shim{short}.efi.signed"),
    "fallback": (apt.CODENAME, "shim-helpers-{debian}-signed",
                 "usr/lib/shim/fb{short}.efi.signed"),
    "grub-2.06": (apt.CODENAME, "grub-efi-{debian}-signed", _GRUB),
    "grub-2.12": (apt.TRIXIE, "grub-efi-{debian}-signed", _GRUB),
    "systemd-boot-252": (apt.CODENAME, "systemd-boot-efi", _BOOT + "/systemd-boot{short}.efi"),
    "systemd-boot-257": (apt.TRIXIE, "systemd-boot-efi", _BOOT + "/systemd-boot{short}.efi"),
    "stub-252": (apt.CODENAME, "systemd-boot-efi", _BOOT + "/linux{short}.efi.stub"),
}
for release in apt.UBUNTU:
    FILES |= {f"{release}-{name}": (release, "shim-signed", f"usr/lib/shim/{file}")
              for name, file in (
                  ("shim", "shim{short}.efi.signed.latest"), ("fallback", "fb{short}.efi"),
                  ("mokmanager", "mm{short}.efi"), ("csv", "BOOT{upper}.CSV"))}
    FILES[f"{release}-grub"] = (release, "grub-efi-{debian}-signed", _GRUB)


def _filled(text, arch):
    grub = "x86_64" if arch.name == "x86_64" else arch.debian
    short = SHORT[arch.name]
    return text.format(short=short, upper=short.upper(), debian=arch.debian, grub=grub)


def _unpack(arch, codename, package, folder):
    folder.mkdir()
    with apt.Private(arch.debian, codename=codename) as private:
        private.unpack(package, folder)


def path(arch, name):
    """The path of one of FILES for an Arch."""
    codename, package, file = FILES[name]
    package = _filled(package, arch)
    found = made(f"loader-{codename}-{package}-{arch.name}-{digest(package)}",
                 lambda folder: _unpack(arch, codename, package, folder)) / _filled(file, arch)
    if not found.exists():
        raise Failure(f"{package} of {codename} has no {file}")
    return pathlib.Path(found)


def read(arch, name):
    """The bytes of one of FILES for an Arch."""
    return path(arch, name).read_bytes()


def default_program(arch):
    """The path of the program that a disk is booted by when nothing else is said."""
    return f"EFI/BOOT/BOOT{SHORT[arch.name].upper()}.EFI"


def _up(value, unit):
    return -(-value // unit) * unit


def unified(stub, sections):
    """
    A unified kernel image: systemd's stub with further sections, [(name, bytes)], behind its own
    (PE/COFF: the header of the file, the optional header, the table of sections).
    """
    image = bytearray(stub)
    head, = struct.unpack_from("<I", image, 0x3C)
    count, = struct.unpack_from("<H", image, head + 6)
    options = head + 24
    unit, file_unit = struct.unpack_from("<II", image, options + 32)
    header_end, = struct.unpack_from("<I", image, options + 60)
    table = options + struct.unpack_from("<H", image, head + 20)[0]
    end = 0
    for at in range(table, table + 40 * count, 40):
        size, first = struct.unpack_from("<II", image, at + 8)
        end = max(end, first + size)
    at = table + 40 * count
    if at + 40 * len(sections) > header_end:
        raise Failure("the stub's table of sections has no room")
    # Kernels want to lie at a multiple of a page, whatever the stub asks for itself.
    unit = max(unit, 0x1000)
    for name, data in sections:
        image += bytes(_up(len(image), file_unit) - len(image))
        end = _up(end, unit)
        struct.pack_into("<8sIIII12xI", image, at, name.encode(), len(data), end,
                         _up(len(data), file_unit), len(image), 0x40000040)
        image += data + bytes(_up(len(data), file_unit) - len(data))
        end, at = end + len(data), at + 40
    struct.pack_into("<H", image, head + 6, count + len(sections))
    struct.pack_into("<I", image, options + 56, _up(end, unit))
    return bytes(image)
