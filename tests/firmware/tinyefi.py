# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""The smallest EFI programs for x86_64, and fields of theirs that tests make lie."""

import struct

# Numbers of four bytes and where they are in the file (PE/COFF); machine has the count of sections
# in its upper half.
FIELDS = {
    "header_at": 0x3C, "machine": 0x44, "entry": 0x68, "alignment": 0x78, "image_bytes": 0x90,
    "headers_bytes": 0x94, "directories": 0xC4, "relocations_at": 0xF0, "relocations_bytes": 0xF4,
    "text_bytes": 0x150, "text_address": 0x154, "text_raw_bytes": 0x158, "text_raw_at": 0x15C,
    "reloc_address": 0x17C, "block_page": 0x400, "block_bytes": 0x404, "block_entries": 0x408,
}


def _code(text):
    """Prints a line and powers off: ConOut->OutputString(), RuntimeServices->ResetSystem()."""
    head = bytes.fromhex("53 4883ec20 4889d3 488b4a40")     # its tables in rbx, ConOut in rcx
    tail = bytes.fromhex("ff5108 488b4358 b902000000 31d2 4d31c0 4d31c9 ff5068 ebfe")
    return (head + b"\x48\x8d\x15" + struct.pack("<i", len(tail)) + tail
            + (text + "\r\n\0").encode("utf-16-le"))


def _section(name, size, address, raw, flags):
    return struct.pack("<8sIIII12xI", name, size, address, 0x200, raw, flags)


def program(text):
    """An EFI program that prints a line and powers the machine off."""
    code = _code(text).ljust(0x200, b"\0")
    blocks = struct.pack("<IIHH", 0x1000, 12, 0, 0).ljust(0x200, b"\0")    # one that does nothing
    head = bytearray(b"MZ".ljust(0x40, b"\0"))
    struct.pack_into("<I", head, FIELDS["header_at"], 0x40)
    head += b"PE\0\0" + struct.pack("<HH12xHH", 0x8664, 2, 240, 0x22)
    head += struct.pack("<HxxIIIIIQIIHHHHHHIIIIHHQQQQII", 0x20B, 0x200, 0x200, 0, 0x1000, 0x1000,
                        0, 0x1000, 0x200, 0, 0, 0, 0, 0, 0, 0, 0x3000, 0x200, 0, 10, 0, 0, 0, 0, 0,
                        0, 16)
    head += bytes(40) + struct.pack("<II", 0x2000, 12) + bytes(80)
    head += _section(b".text", 0x200, 0x1000, 0x200, 0x60000020)
    head += _section(b".reloc", 0x200, 0x2000, 0x400, 0x42000040)
    return bytes(head).ljust(0x200, b"\0") + code + blocks


def lying(text, **values):
    """The same with other values for some FIELDS."""
    image = bytearray(program(text))
    for name, value in values.items():
        struct.pack_into("<I", image, FIELDS[name], value)
    return bytes(image)
