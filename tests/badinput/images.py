# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""Kernel images made of bytes: an ELF with a PVH note, and a bzImage around one."""

import struct
import zlib

ELF_HEADER, PROGRAM_HEADER = 64, 56
LOAD, NOTE = 1, 4
# fields of an ELF header: (offset, struct format)
ELF_FIELDS = {"class": (4, "B"), "data": (5, "B"), "version": (6, "B"), "type": (16, "<H"),
              "machine": (18, "<H"), "phoff": (32, "<Q"), "ehsize": (52, "<H"),
              "phentsize": (54, "<H"), "phnum": (56, "<H")}
# fields of a program header
PH_FIELDS = {"offset": (8, "<Q"), "paddr": (24, "<Q"), "filesz": (32, "<Q"), "memsz": (40, "<Q"),
             "align": (48, "<Q")}
SETUP_SECTORS, ENTRY_BYTES = 4, 0x400


def put(image, place, value):
    """The image with a field (offset, format) set."""
    offset, form = place
    return image[:offset] + struct.pack(form, value) + image[offset + struct.calcsize(form):]


def header(image, **fields):
    """An ELF image with fields of its header changed."""
    for name, value in fields.items():
        image = put(image, ELF_FIELDS[name], value)
    return image


def segment(image, number, **fields):
    """An ELF image with fields of a program header changed."""
    for name, value in fields.items():
        offset, form = PH_FIELDS[name]
        image = put(image, (ELF_HEADER + PROGRAM_HEADER * number + offset, form), value)
    return image


def elf(code=b"\xb0\x34\x66\xba\x04\x06\xee\xf4", memsz=0x2000, at=0x100000):
    """A kernel of a few instructions; the default powers off through the sleep port."""
    note = struct.pack("<3I4sI", 4, 4, 18, b"Xen\0", at)
    body = code.ljust(64, b"\xf4") + note
    start = 0x1000
    image = struct.pack("<4s5B7xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 0, 2, 62, 1, at,
                        ELF_HEADER, 0, 0, ELF_HEADER, PROGRAM_HEADER, 2, 0, 0, 0)
    image += struct.pack("<IIQQQQQQ", LOAD, 7, start, at, at, len(body), memsz, 0x1000)
    image += struct.pack("<IIQQQQQQ", NOTE, 4, start + 64, at + 64, at + 64, len(note),
                         len(note), 4)
    return image.ljust(start, b"\0") + body


def bzimage(payload):
    """Linux's wrapping of a kernel, packed with gzip."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = packer.compress(payload) + packer.flush()
    protected = (b"\xf4" * ENTRY_BYTES + packed).ljust((len(packed) + 15) // 16 * 16 + ENTRY_BYTES)
    image = bytearray(0x200 * (1 + SETUP_SECTORS))
    struct.pack_into("<B", image, 0x1f1, SETUP_SECTORS)
    struct.pack_into("<I", image, 0x1f4, len(protected) // 16)
    struct.pack_into("<HBB4sH", image, 0x1fe, 0xaa55, 0xeb, 0x66, b"HdrS", 0x20f)
    struct.pack_into("<B", image, 0x211, 1)
    struct.pack_into("<IBBHI", image, 0x230, 0x1000, 1, 12, 1, 2047)
    struct.pack_into("<II", image, 0x248, ENTRY_BYTES, len(packed))
    struct.pack_into("<QI", image, 0x258, 0x100000, 0x400000)
    struct.pack_into("<I", image, 0x22c, 0x7fffffff)
    return bytes(image) + protected
