#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Starts cairn-fw on cairn's machine: check.py CAIRN FIRMWARE ENTRY TRANSPORT SECCOMP. Two disks hold
nothing to boot: it must say how it was entered, what the disks are and what partitions they have,
and power off. Exit code 77 where there is no /dev/kvm.
"""

import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import uuid
import zlib

SKIPPED = 77
SECONDS = 250
ENTERED = {"pvh": "PVH", "linux": "Linux 64-bit"}
BLOCK = 512
ESP = uuid.UUID("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")
LINUX = uuid.UUID("0fc63daf-8483-4772-8e79-3d69d8477de4")


def gpt(path, mib, parts):
    """A disk with partitions (number, type, first block, blocks, name); UEFI 2.10, 5.3."""
    blocks = mib * (1 << 20) // BLOCK
    entries = bytearray(128 * 128)
    for number, kind, first, count, name in parts:
        struct.pack_into("<16s16sQQQ72s", entries, (number - 1) * 128, kind.bytes_le,
                         uuid.uuid4().bytes_le, first, first + count - 1, 0,
                         name.encode("utf-16-le"))

    def header(here, other, entries_at):
        fields = [b"EFI PART", 0x10000, 92, 0, 0, here, other, 34, blocks - 34,
                  uuid.uuid4().bytes_le, entries_at, 128, 128, zlib.crc32(entries)]
        raw = struct.pack("<8sIIIIQQQQ16sQIII", *fields)
        fields[3] = zlib.crc32(raw)
        return struct.pack("<8sIIIIQQQQ16sQIII", *fields)

    mbr = bytearray(BLOCK)
    struct.pack_into("<8BII", mbr, 446, 0, 0, 2, 0, 0xEE, 255, 255, 255, 1, blocks - 1)
    mbr[510:] = b"\x55\xaa"
    with open(path, "wb") as disk:
        disk.truncate(blocks * BLOCK)
        disk.write(mbr + header(1, blocks - 1, 2).ljust(BLOCK, b"\0") + entries)
        disk.seek((blocks - 33) * BLOCK)
        disk.write(entries + header(blocks - 1, 1, blocks - 33))


def main():
    cairn, firmware, entry, transport, seccomp = sys.argv[1:]
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        print("no /dev/kvm")
        return SKIPPED
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        gpt(folder / "a", 8, [(15, ESP, 2048, 4096, "boot"), (1, LINUX, 6144, 8192, "a\x1b[31m")])
        (folder / "b").write_bytes(bytes(1 << 20))
        log = folder / "console"
        done = subprocess.run(
            [cairn, "run", "--firmware", firmware, "--entry", entry, "--transport", transport,
             "--disk", f"path={folder}/a", "--disk", f"path={folder}/b,readonly", "--rng",
             "--memory", "64M", "--console", f"file={log}", "--seccomp", seccomp],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS)
        said = log.read_text(errors="replace")
    print(said, done.stderr)
    wanted = [f"entered by {ENTERED[entry]}, 63 MiB of memory", ": 8 MiB\n",
              "  1: 4 MiB, \"a?[31m\"\n", "  15: 2 MiB, EFI system partition, \"boot\"\n",
              ": 1 MiB, read only\n  no partitions\n",
              ", partition at block 2048: no file system that is known\n", "nothing to boot\n"]
    missing = [text for text in wanted if text not in said]
    if done.returncode or missing:
        print(f"exit code {done.returncode}, missing: {missing}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
