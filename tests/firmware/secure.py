#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Secure Boot by cairn-fw on QEMU's q35 or virt, in software emulation: secure.py FIRMWARE ARCH CASE.

  microsoft  Microsoft's keys, as Debian's OVMF has them: shim with one byte changed is refused, and
             from the next disk shim, GRUB and the kernel start, which finds Secure Boot enabled
  own        a key made here: the kernel as Debian signed it is refused, and signed by the key starts
  revoked    Microsoft's keys, with its CA in dbx: nothing starts
  broken     an archive of keys that is cut: nothing starts

Needs no privilege and no KVM. Exit code 77 where programs are missing.
"""

import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import uuid

import qemu
from bedlib import arch, bootdisk, loaders
from bedlib.cpio import Archive

OVMF = pathlib.Path("/usr/share/OVMF/OVMF_VARS_4M.ms.fd")
KERNEL = "6.12"
ESP = f"@@{bootdisk.ESP_AT}M"
X509 = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072")
ENABLED = "secureboot: Secure boot enabled"
BOOTED = ("EFI: /sys/firmware/efi", bootdisk.MARK, "guest: exit 0", ENABLED)
REFUSED = "cannot be started: Secure Boot does not allow it"


def microsoft():
    """{name: lists} out of OVMF's variables: authenticated ones, each after its header."""
    raw, keys, at = OVMF.read_bytes(), {}, 0
    while (at := raw.find(b"\xaa\x55\x3f", at)) >= 0:
        name_bytes, data_bytes = struct.unpack_from("<II", raw, at + 36)
        if name_bytes < 64 and data_bytes < 1 << 16:
            name = raw[at + 60:at + 60 + name_bytes].decode("utf-16-le", "replace").rstrip("\0")
            if name in ("PK", "KEK", "db", "dbx"):
                keys[name] = raw[at + 60 + name_bytes:at + 60 + name_bytes + data_bytes]
        at += 2
    return keys


def signature_list(certificate):
    """One EFI_SIGNATURE_LIST of a certificate (UEFI 2.10, 32.4.1)."""
    entry = bytes(16) + certificate
    return X509.bytes_le + struct.pack("<III", 28 + len(entry), 0, len(entry)) + entry


def archive(keys):
    """What is handed over."""
    made = Archive()
    for name, lists in keys.items():
        made.file(name, lists)
    return made.bytes()


def run(*words):
    """A program that must work."""
    subprocess.run([str(w) for w in words], check=True, capture_output=True)


class Case:
    """The disks and keys of one case, made in a folder."""

    def __init__(self, name, folder):
        self.machine = qemu.USUAL[name]
        self.program = loaders.default_program(arch.get(name))
        self.folder = folder
        self.keys = b""
        self.disks = []
        self.wanted = ()
        self.forbidden = ()

    def disk(self, kind):
        """A copy of a disk, that may be changed."""
        path = self.folder / f"disk{len(self.disks)}"
        qemu.loud_copy(self.machine, kind, KERNEL, path)
        self.disks.append(path)
        return path

    def change(self, disk, name, how):
        """A file of the disk's EFI system partition."""
        file = self.folder / "file"
        run("mcopy", "-n", "-o", "-i", f"{disk}{ESP}", name, file)
        file.write_bytes(how(file.read_bytes()))
        run("mcopy", "-n", "-o", "-i", f"{disk}{ESP}", file, name)

    def microsoft(self):
        """See above."""
        self.keys = archive(microsoft())
        self.change(self.disk("shim"), f"::/{self.program}",
                    lambda b: b[:0x8000] + bytes([b[0x8000] ^ 1]) + b[0x8001:])
        self.disk("shim")
        self.wanted = (*BOOTED, "it was changed after it was signed", REFUSED)

    def own(self):
        """See above."""
        key, cert = self.folder / "key", self.folder / "cert"
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert,
            "-subj", "/CN=own", "-days", "2")
        run("openssl", "x509", "-in", cert, "-outform", "DER", "-out", self.folder / "der")
        lists = signature_list((self.folder / "der").read_bytes())
        self.keys = archive({"PK": lists, "KEK": lists, "db": lists})

        def sign(program):
            (self.folder / "program").write_bytes(program)
            run("sbsign", "--key", key, "--cert", cert, "--output", self.folder / "signed",
                self.folder / "program")
            return (self.folder / "signed").read_bytes()

        self.disk("entry")
        self.change(self.disk("entry"), "::/vmlinuz", sign)
        self.wanted = (*BOOTED, "nobody who is trusted signed it", REFUSED)

    def revoked(self):
        """See above."""
        keys = microsoft()
        self.keys = archive(keys | {"dbx": keys["db"]})
        self.disk("shim")
        self.wanted = ("its signature is revoked", REFUSED)
        self.forbidden = BOOTED

    def broken(self):
        """See above."""
        self.keys = archive(microsoft())[:-200]
        self.disk("shim")
        self.wanted = ("keys for Secure Boot that are no cpio archive",)
        self.forbidden = (*BOOTED, pathlib.Path(self.program).name)


def main():
    """The program."""
    firmware, name, what = sys.argv[1:]
    missing = qemu.missing(name) + [p for p in ("openssl", "sbsign") if not shutil.which(p)]
    missing += [] if OVMF.exists() else ["ovmf"]
    if missing:
        print(f"not installed: {', '.join(missing)}")
        return qemu.SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        case = Case(name, pathlib.Path(folder))
        getattr(case, what)()
        (case.folder / "keys").write_bytes(case.keys)
        log = case.folder / "serial"
        code, errors = qemu.run(firmware, case.machine, [(d, "snapshot=on") for d in case.disks], log,
                                words=("-initrd", str(case.folder / "keys")))
        said = log.read_text(errors="replace") if log.exists() else ""
    print(said, errors)
    absent = [text for text in case.wanted if text not in said]
    there = [text for text in case.forbidden if text in said]
    if code or absent or there:
        print(f"exit code {code}, missing: {absent}, must not be there: {there}")
        return 1
    return 0


if __name__ == "__main__":
    qemu.program(main)
