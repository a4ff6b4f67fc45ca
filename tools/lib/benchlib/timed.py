# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Kernels that say, as the first thing at each of their entries, what time it is, and end the machine:
of x86_64 by ports of QEMU's own, of aarch64 by the serial port of its virt machine and PSCI.
"""

import struct

from bedlib.cache import Failure

PORT, EXIT_PORT = 0x404, 0xF4
EXIT_CODE = 0x55 << 1 | 1

# Of 32 and of 64 bits alike: rdtsc; its eight bytes, the lowest first, to PORT; the end.
_BYTE = bytes.fromhex("ee c1e808")                     # out %al,%dx; shr $8,%eax
X86_CODE = b"".join((
    bytes.fromhex("0f31 89d1"),                        # rdtsc; mov %edx,%ecx
    b"\x66\xba" + struct.pack("<H", PORT), 4 * _BYTE,  # mov $PORT,%dx
    bytes.fromhex("89c8"), 4 * _BYTE,                  # mov %ecx,%eax
    b"\x66\xba" + struct.pack("<H", EXIT_PORT),        # mov $EXIT_PORT,%dx
    bytes.fromhex("b055 ee fa f4 ebfd")))              # mov $0x55,%al; out; cli; hlt; jump back

ARM_CODE = struct.pack(
    "<9I",
    0xD53BE040,               # mrs x0, cntvct_el0
    0xD2A12001,               # movz x1, #0x0900, lsl #16: the serial port
    0x52800102,               # mov w2, #8
    0x39000020,               # strb w0, [x1]
    0xD348FC00,               # lsr x0, x0, #8
    0x71000442, 0x54FFFFA1,   # subs w2, w2, #1; b.ne to strb
    0x52800100, 0x72B08000)   # mov w0, #8; movk w0, #0x8400, lsl #16: PSCI SYSTEM_OFF
ARM_CODE += struct.pack("<2I", 0xD4000002, 0x14000000)    # hvc #0; jump here


def _file_offset(image, rva):
    """Where what a PE file has at an address is in the file."""
    pe, = struct.unpack_from("<I", image, 0x3C)
    count, options = struct.unpack_from("<H12xH", image, pe + 6)
    for at in range(pe + 24 + options, pe + 24 + options + 40 * count, 40):
        size, first, raw_size, raw = struct.unpack_from("<IIII", image, at + 8)
        if first <= rva < first + min(size, raw_size):
            return raw + rva - first
    raise Failure("the kernel's entry is in none of its sections")


def _efi_entry(image):
    pe, = struct.unpack_from("<I", image, 0x3C)
    entry, = struct.unpack_from("<I", image, pe + 24 + 16)
    return _file_offset(image, entry)


def bzimage(image):
    """A bzImage changed at its EFI, 32-bit and 64-bit entries."""
    image = bytearray(image)
    body = (image[0x1F1] + 1) * 512
    for at in (_efi_entry(image), body, body + 0x200):
        image[at:at + len(X86_CODE)] = X86_CODE
    return bytes(image)


def arm_image(image):
    """An arm64 Image changed at its EFI entry."""
    image, at = bytearray(image), _efi_entry(image)
    image[at:at + len(ARM_CODE)] = ARM_CODE
    return bytes(image)
