# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
A guest that says one thing and stands still: an ELF file with a PVH note whose first instructions
write "!" and a newline to the first serial port. When the "!" is out, the guest has begun.
"""

import struct

ENTRY = 0x100000
NOTE_AT, CODE_AT = 0x200, 0x1000
#   mov $0x3f8,%dx; mov $'!',%al; out %al,%dx; mov $'\n',%al; out %al,%dx; cli; hlt; jmp back
CODE = bytes.fromhex("66baf803 b021 ee b00a ee fa f4 ebfd")
PHYS32_ENTRY = 18


def elf():
    """The file's bytes."""
    note = struct.pack("<III4sI", 4, 4, PHYS32_ENTRY, b"Xen\0", ENTRY)
    head = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 62, 1, ENTRY, 64, 0, 0,
                       64, 56, 2, 0, 0, 0)
    head += struct.pack("<IIQQQQQQ", 1, 5, CODE_AT, ENTRY, ENTRY, len(CODE), 0x1000, 0x1000)
    head += struct.pack("<IIQQQQQQ", 4, 4, NOTE_AT, 0, 0, len(note), len(note), 4)
    return head.ljust(NOTE_AT, b"\0") + note.ljust(CODE_AT - NOTE_AT, b"\0") + CODE
