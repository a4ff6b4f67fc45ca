#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Secure Boot with keys of the guest's own, on QEMU's q35 or virt with flash, in software emulation:
enrol.py FIRMWARE ARCH. Others' programs are the clients: efitools make and sign the keys,
systemd-boot enrols them and starts the machine again, a signed kernel finds Secure Boot enabled, and
by its efivarfs a key is added to db, which counts at the next start, and one that another key signed
is refused. Exit code 77 where programs are missing. Needs no privilege and no KVM.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import qemu
from bedlib import arch, bootdisk, kernel, loaders, pack, programs
from bedlib.cpio import Archive

KERNEL = "6.12"
ESP = f"@@{bootdisk.ESP_AT}M"
TOOLS = ("openssl", "sbsign", "cert-to-efi-sig-list", "sign-efi-sig-list", "readelf", "ldd")
CONF = b"timeout 0\ndefault debian\nsecure-boot-enroll force\n"
APPEND = bytes([0x67, 0, 0, 0])    # attributes, as efivarfs has them before the data
SECURE = "secureboot: Secure boot enabled"
ENDED = "QEMU's exit code 0"
REFUSED = "cannot be started: Secure Boot does not allow it"
SCRIPT = """for module in /efi/*.ko; do insmod $module; done
mount -t efivarfs none /sys/firmware/efi/efivars
cd /sys/firmware/efi/efivars
byte() { tail -c +5 $1-* | od -An -tu1; }
echo "modes:" $(byte SecureBoot) $(byte SetupMode)
db=$(echo db-*)
before=$(wc -c <$db)
/efi/chattr -i $db
put() {
	cat /efi/$1 >>$db && echo "$1: taken" || echo "$1: refused"
	echo "db grew: $(($(wc -c <$db) - before))"
}
put wrong 2>&1
put later 2>&1
"""


def run(folder, *words):
    """A program that must work, in a folder."""
    subprocess.run([str(w) for w in words], check=True, capture_output=True, cwd=folder)


def make_keys(folder):
    """NAME.key, .crt and .esl; PK, KEK and db signed as they must be, updates of db by two."""
    for name in ("PK", "KEK", "db", "later", "wrong"):
        run(folder, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
            f"{name}.key", "-out", f"{name}.crt", "-subj", f"/CN={name}", "-days", "2")
        run(folder, "cert-to-efi-sig-list", "-g", "11111111-2222-3333-4444-123456789abc",
            f"{name}.crt", f"{name}.esl")

    def sign(by, name, source, target, *more):
        run(folder, "sign-efi-sig-list", *more, "-k", f"{by}.key", "-c", f"{by}.crt", name, source,
            target)

    sign("PK", "PK", "PK.esl", "PK.auth")
    sign("PK", "KEK", "KEK.esl", "KEK.auth")
    sign("KEK", "db", "db.esl", "db.auth")
    sign("KEK", "db", "later.esl", "later.auth", "-a")
    sign("wrong", "db", "wrong.esl", "wrong.auth", "-a")


def guest(folder, debian):
    """The initramfs with the script, chattr with its libraries, and what is to be written."""
    more = Archive()
    more.directory("efi")
    for number, path in enumerate(debian.modules(("efivarfs",))):
        more.file(f"efi/{number}.ko", debian.module(path))
    program = programs.find(debian.arch, "chattr")
    for path, place in pack.libraries(program):
        place = pathlib.Path(place)
        more.file(f"usr/{'lib64' if '/lib64/' in str(place) else 'lib'}/{place.name}",
                  pathlib.Path(path).read_bytes(), 0o755)
    more.file("efi/chattr", pathlib.Path(program).read_bytes(), 0o755)
    for name in ("later", "wrong"):
        more.file(f"efi/{name}", APPEND + (folder / f"{name}.auth").read_bytes())
    more.file("test", SCRIPT.encode())
    return bootdisk.initrd(debian, False) + more.bytes()


def make_disk(folder, guests, name, signer, change=lambda loader: loader, more=()):
    """A disk with systemd-boot and a kernel that `signer` signed, and more files {path: bytes}."""
    path = folder / name
    loader = f"::/{loaders.default_program(guests)}"
    qemu.loud_copy(qemu.USUAL[guests.name], "sdboot", KERNEL, path)
    for program in (loader, "::/vmlinuz"):
        run(folder, "mcopy", "-n", "-o", "-i", f"{path}{ESP}", program, "program")
        run(folder, "sbsign", "--key", f"{signer}.key", "--cert", f"{signer}.crt", "--output",
            "signed", "program")
        if program == loader:
            (folder / "signed").write_bytes(change((folder / "signed").read_bytes()))
        run(folder, "mcopy", "-n", "-o", "-i", f"{path}{ESP}", "signed", program)
    run(folder, "mmd", "-i", f"{path}{ESP}", "::/loader/keys", "::/loader/keys/auto")
    for target, data in more:
        (folder / "file").write_bytes(data)
        run(folder, "mcopy", "-n", "-o", "-i", f"{path}{ESP}", "file", target)
    return path


def start(firmware, folder, name, disks):
    """What was said on the console until the machine was off, through resets."""
    log = folder / "serial"
    code, errors = qemu.run(firmware, qemu.USUAL[name], [(d, "snapshot=on") for d in disks], log,
                            seconds=2 * qemu.SECONDS, words=qemu.flash(folder / "flash", name),
                            resets=True)
    return f"{log.read_text(errors='replace')}\nQEMU's exit code {code} {errors}"


def expect(what, said, wanted, unwanted):
    """1 and what is wrong, or 0. What is wanted is there in this order."""
    rest, absent = said, []
    for text in wanted:
        if text in rest:
            rest = rest.split(text, 1)[1]
        else:
            absent.append(text)
    there = [text for text in unwanted if text in said]
    print(f"{what}: missing {absent}, unwanted {there}")
    if absent or there:
        print(said)
    return 1 if absent or there else 0


def main():
    """The program."""
    firmware, name = sys.argv[1:]
    guests = arch.get(name)
    missing = qemu.missing_with_flash(name) + [p for p in TOOLS if not shutil.which(p)]
    if missing:
        print(f"not installed: {', '.join(missing)}")
        return qemu.SKIPPED
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        make_keys(folder)
        initrd = ("::/initrd", guest(folder, kernel.get(guests, KERNEL)))
        (folder / "flash").write_bytes(b"\xff" * qemu.FLASH_BYTES[name])
        first = make_disk(folder, guests, "first", "db", more=[
            initrd, ("::/loader/loader.conf", CONF),
            *((f"::/loader/keys/auto/{n}.auth", (folder / f"{n}.auth").read_bytes())
              for n in ("PK", "KEK", "db"))])
        grown = (folder / "later.esl").stat().st_size
        wrong = expect("enrolment", start(firmware, folder, name, [first]), [
            "variables in flash at", "variables in flash at", SECURE, "modes: 1 0",
            "Permission denied", "wrong: refused", "db grew: 0", "later: taken",
            f"db grew: {grown}", "guest: exit 0", ENDED], [REFUSED])
        changed = make_disk(folder, guests, "changed", "db",
                            lambda b: b[:0x8000] + bytes([b[0x8000] ^ 1]) + b[0x8001:])
        others = make_disk(folder, guests, "others", "wrong")
        last = make_disk(folder, guests, "last", "later", more=[initrd])
        said = start(firmware, folder, name, [changed, others, last])
        wrong += expect("next start", said, [
            "it was changed after it was signed", "nobody who is trusted signed it", SECURE,
            "modes: 1 0", "guest: exit 0", ENDED], [])
    return min(1, wrong)


if __name__ == "__main__":
    qemu.program(main)
