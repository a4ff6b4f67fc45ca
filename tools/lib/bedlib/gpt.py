# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""GUID partition tables (UEFI 2.10, 5.3), for disks of any size of block; the same at each call."""

import struct
import uuid
import zlib

ESP = uuid.UUID("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")
LINUX = uuid.UUID("0fc63daf-8483-4772-8e79-3d69d8477de4")
XBOOTLDR = uuid.UUID("bc13c2ff-59e6-4262-a352-b275fd6f7172")
BIOS_BOOT = uuid.UUID("21686148-6449-6e6f-744e-656564454649")
ENTRIES, ENTRY_BYTES = 128, 128


def _guid(text):
    return uuid.uuid5(ESP, text).bytes_le


def _header(here, other, entries_at, first, last, entries):
    fields = [b"EFI PART", 0x10000, 92, 0, 0, here, other, first, last, _guid("disk"), entries_at,
              ENTRIES, ENTRY_BYTES, zlib.crc32(entries)]
    fields[3] = zlib.crc32(struct.pack("<8sIIIIQQQQ16sQIII", *fields))
    return struct.pack("<8sIIIIQQQQ16sQIII", *fields)


def tables(blocks, parts, block=512):
    """
    The first and the last blocks of a disk of so many, with partitions (number, type, first block,
    blocks, name).
    """
    entries = bytearray(ENTRIES * ENTRY_BYTES)
    for number, kind, first, count, name in parts:
        struct.pack_into("<16s16sQQQ72s", entries, (number - 1) * ENTRY_BYTES, kind.bytes_le,
                         _guid(f"{number} {name}"), first, first + count - 1, 0,
                         name.encode("utf-16-le"))
    used = len(entries) // block
    usable = 2 + used, blocks - used - 2
    mbr = bytearray(512)
    struct.pack_into("<8BII", mbr, 446, 0, 0, 2, 0, 0xEE, 255, 255, 255, 1,
                     min(blocks - 1, 0xFFFFFFFF))
    mbr[510:] = b"\x55\xaa"
    head = _header(1, blocks - 1, 2, *usable, entries)
    tail = _header(blocks - 1, 1, blocks - used - 1, *usable, entries)
    return (bytes(mbr).ljust(block, b"\0") + head.ljust(block, b"\0") + entries,
            bytes(entries) + tail.ljust(block, b"\0"))


def write(path, mib, parts, block=512):
    """Makes a disk of so many MiB, empty but for its two tables."""
    blocks = (mib << 20) // block
    head, tail = tables(blocks, parts, block)
    with open(path, "wb") as disk:
        disk.truncate(blocks * block)
        disk.write(head)
        disk.seek(blocks * block - len(tail))
        disk.write(tail)
