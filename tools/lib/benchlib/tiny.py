# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
A guest that says one thing and stands still: its first instructions write "!" and a newline to the
serial port. When the "!" is out, the guest has begun. For x86_64 it is an ELF file with a PVH note,
for aarch64 an Image, which finds the serial port where both cairn and QEMU's virt machine have it.
"""

import struct

ENTRY = 0x100000
NOTE_AT, CODE_AT = 0x200, 0x1000
#   mov $0x3f8,%dx; mov $'!',%al; out %al,%dx; mov $'\n',%al; out %al,%dx; cli; hlt; jmp back
CODE = bytes.fromhex("66baf803 b021 ee b00a ee fa f4 ebfd")
PHYS32_ENTRY = 18


SERIAL_AT = 0x09000000
ARM_CODE = (
    0xD2A00001 | SERIAL_AT >> 16 << 5,    # movz x1, #SERIAL_AT >> 16, lsl #16
    0x52800420, 0x39000020,               # mov w0, #'!'; strb w0, [x1]
    0x52800140, 0x39000020,               # mov w0, #'\n'; strb w0, [x1]
    0xD503207F, 0x17FFFFFF)               # wfi; jump back
ARM_HEAD_BYTES, ARM_LITTLE_4K_ANYWHERE = 64, 0xA


def image(arch):
    """The file's bytes for an Arch."""
    return elf(CODE) if arch.name == "x86_64" else _image()


def _image():
    code = struct.pack(f"<{len(ARM_CODE)}I", *ARM_CODE)
    jump = 0x14000000 | ARM_HEAD_BYTES // 4
    return struct.pack("<IIQQQQQQ4sI", jump, 0, 0, ARM_HEAD_BYTES + len(code),
                       ARM_LITTLE_4K_ANYWHERE, 0, 0, 0, b"ARM\x64", 0) + code


def elf(code):
    """An ELF file that is entered at `code` by PVH."""
    note = struct.pack("<III4sI", 4, 4, PHYS32_ENTRY, b"Xen\0", ENTRY)
    head = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 62, 1, ENTRY, 64, 0, 0,
                       64, 56, 2, 0, 0, 0)
    head += struct.pack("<IIQQQQQQ", 1, 5, CODE_AT, ENTRY, ENTRY, len(code), 0x1000, 0x1000)
    head += struct.pack("<IIQQQQQQ", 4, 4, NOTE_AT, 0, 0, len(note), len(note), 4)
    return head.ljust(NOTE_AT, b"\0") + note.ljust(CODE_AT - NOTE_AT, b"\0") + code
