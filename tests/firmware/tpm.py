#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
A measured boot on QEMU's q35 with swtpm: tpm.py FIRMWARE CASE. The guest's kernel shows the event
log and the PCRs; the log, replayed here and by tpm2_eventlog, must be what the PCRs hold, in every
bank. Cases:

  shim, sdboot, entry  what boots; SeaBIOS leaves the TPM alone, so that the log is all cairn-fw's
  after-seabios        shim, behind a SeaBIOS that has measured before: one log has both
  beside-ovmf          the same disk by cairn-fw and by OVMF: which events are in which PCR
  secure               shim with Secure Boot and Microsoft's keys, by both: PCR 7, with what of db
                       allowed shim, is the same

Exit code 77 where a program is missing.
"""

import base64
import hashlib
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import uuid

import qemu
import secure
from bedlib import arch, bootdisk, images
from bedlib.cache import Failure

NEEDED = ("swtpm", "tpm2_eventlog")
# SeaBIOS's smaller build has no driver for TPMs.
BIOS_WITHOUT = pathlib.Path("/usr/share/seabios/bios.bin")
OVMF = pathlib.Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
OVMF_SECURE = pathlib.Path("/usr/share/OVMF/OVMF_CODE_4M.secboot.fd")
OVMF_SMM = ("-machine", "smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on")
OVMF_VARS = pathlib.Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
SECURITY = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")
CASES = {"shim": "shimdisk", "sdboot": "sdbootdisk", "entry": "entrydisk",
         "after-seabios": "shimdisk", "beside-ovmf": "sdbootdisk", "secure": "shimdisk"}

BANKS = {4: "sha1", 0xB: "sha256", 0xC: "sha384", 0xD: "sha512"}
SPEC_ID_AT, PCRS, IMA_PCR = 32, range(16), 10
NO_ACTION, SEPARATOR, VERSION, IPL = 3, 4, 8, 0xD
CONFIG, VARIABLE, PROGRAM, GPT, ACTION = (0x80000000 + n for n in (1, 2, 3, 6, 7))
PLATFORM_BLOB, AUTHORITY = 0x80000008, 0x800000E0
# What OVMF has and cairn-fw has not: it is several programs, the first of which measures the others,
# and it makes boot options of its own.
OVMF_ALONE = {(0, PLATFORM_BLOB), (1, VARIABLE)}


class Tpm:
    """swtpm in a folder, and the words that give it to QEMU."""

    def __init__(self, folder):
        self.socket = folder / "tpm"
        self.process = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={folder}", "--ctrl",
             f"type=unixio,path={self.socket}"], stdin=subprocess.DEVNULL)
        while self.process.poll() is None and not self.socket.exists():
            time.sleep(0.05)
        self.words = ("-chardev", f"socket,id=tpm,path={self.socket}", "-tpmdev",
                      "emulator,id=tpm,chardev=tpm", "-device", "tpm-crb,tpmdev=tpm")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def boot(firmware, kind, words, folder):
    """The console of a guest of a disk of KIND that has printed its TPM and is off."""
    disk, log = images.path(arch.get("x86_64"), kind + bootdisk.TPM), folder / "serial"
    with Tpm(folder) as tpm:
        code, errors = qemu.run(firmware, "q35", [(disk, "snapshot=on")], log,
                                words=(*tpm.words, *words))
    said = log.read_text(errors="replace").replace("\r", "") if log.exists() else ""
    if code or "log ends\n" not in said:
        raise Failure("\n".join([said[-2000:], errors, f"exit code {code}"]))
    return said


def registers(said):
    """{(bank, PCR): value} of those that are the firmware's and the loaders' alone."""
    found = re.findall(r"^pcr-(sha\d+)/(\d+) ([0-9A-F]+)$", said, re.MULTILINE)
    return {(bank, int(pcr)): bytes.fromhex(value) for bank, pcr, value in found
            if int(pcr) in PCRS and int(pcr) != IMA_PCR}


def log_of(said):
    """The bytes of the event log."""
    return base64.b64decode(said.split("\nlog:\n")[1].split("log ends\n")[0])


def events(log):
    """[(PCR, type, {bank: digest}, data)] of the crypto-agile log, without the first."""
    at = SPEC_ID_AT + struct.unpack_from("<I", log, SPEC_ID_AT - 4)[0]
    found = []
    while at + 12 <= len(log):
        pcr, kind, count = struct.unpack_from("<III", log, at)
        at += 12
        if count == 0:
            break
        digests = {}
        for _ in range(count):
            bank = BANKS[struct.unpack_from("<H", log, at)[0]]
            size = hashlib.new(bank).digest_size
            digests[bank] = log[at + 2:at + 2 + size]
            at += 2 + size
        size = struct.unpack_from("<I", log, at)[0]
        found.append((pcr, kind, digests, log[at + 4:at + 4 + size]))
        at += 4 + size
    return found


def replayed(found):
    """{(bank, PCR): value} after these events."""
    values = {}
    for pcr, kind, digests, _ in found:
        for bank, digest in digests.items() if kind != NO_ACTION else ():
            before = values.get((bank, pcr), bytes(len(digest)))
            values[bank, pcr] = hashlib.new(bank, before + digest).digest()
    return values


def by_tpm2_eventlog(log, folder):
    """The same by Debian's program."""
    (folder / "log").write_bytes(log)
    done = subprocess.run(["tpm2_eventlog", folder / "log"], capture_output=True, text=True,
                          check=True)
    values, bank = {}, ""
    for line in done.stdout.split("\npcrs:\n")[1].splitlines():
        if name := re.fullmatch(r"  (sha\d+):", line):
            bank = name[1]
        elif value := re.fullmatch(r"    (\d+) *: 0x([0-9a-f]+)", line):
            values[bank, int(value[1])] = bytes.fromhex(value[2])
    return values


def verify(said, folder):
    """The events, which tell all that the PCRs hold."""
    log, real = log_of(said), registers(said)
    found = events(log)
    if len(real) != len(BANKS) * (len(PCRS) - 1):
        raise Failure(f"{len(real)} registers instead of all")
    for name, values in (("replay", replayed(found)),
                         ("tpm2_eventlog", by_tpm2_eventlog(log, folder))):
        wrong = [key for key, value in real.items()
                 if values.get(key, bytes(len(value))) != value]
        if wrong:
            raise Failure(f"{name}: the log does not tell what is in {wrong}")
    print(f"{len(found)} events, {len(real)} registers agree")
    return found


def check_order(found, *allowed):
    """What the firmware itself measures, in its order."""
    own = [(pcr, kind) for pcr, kind, _, _ in found if pcr <= 7]
    at = own.index((0, VERSION))
    wanted = [(0, VERSION), *[(7, CONFIG)] * 5, (7, SEPARATOR), (4, ACTION),
              *((pcr, SEPARATOR) for pcr in range(7)), (5, GPT), *allowed, (4, PROGRAM)]
    if own[at:at + len(wanted)] != wanted:
        raise Failure(f"the order is {own[at:]}")
    actions = [data.decode() for pcr, kind, _, data in found if (pcr, kind) == (5, ACTION)]
    if actions != ["Exit Boot Services Invocation", "Exit Boot Services Returned with Success"]:
        raise Failure(f"actions at the end: {actions}")
    return at


def measured(firmware, case, folder):
    """One machine."""
    before = case == "after-seabios"
    words = () if before else ("-bios", str(BIOS_WITHOUT))
    found = verify(boot(firmware, CASES[case], words, folder), folder)
    at = check_order(found)
    if bool(at) != before:
        raise Failure(f"{at} events before the firmware's own")
    if case == "entry" and [pcr for pcr, kind, _, _ in found if kind == IPL] != [12, 9]:
        raise Failure("the entry's options and RAM disk are not there")


def check_authority(found, db):
    """What allowed shim is the entry of db with Microsoft's CA for others' programs."""
    event = next(data for pcr, kind, _, data in found if (pcr, kind) == (7, AUTHORITY))
    head = SECURITY.bytes_le + struct.pack("<QQ", 2, len(event) - 36) + "db".encode("utf-16-le")
    entry = event[len(head):]
    if not event.startswith(head) or b"Microsoft Corporation UEFI CA 2011" not in entry or \
            struct.pack("<II", 0, len(entry)) + entry not in db:
        raise Failure(f"authority: {event[:80].hex()}")


def ovmf(code, variables, folder):
    """The words that give OVMF to QEMU, with a copy of its variables."""
    shutil.copy(variables, folder / "vars")
    flash = [f"if=pflash,format=raw,readonly=on,file={code}",
             f"if=pflash,format=raw,file={folder}/vars"]
    return [word for drive in flash for word in ("-drive", drive)]


def secured(firmware, folder):
    """Secure Boot, with the keys that Debian's OVMF has, by both."""
    keys, pcr7 = secure.microsoft(), []
    (folder / "keys").write_bytes(secure.archive(keys))
    for name, program, words in (
            ("cairn-fw", firmware, ("-bios", str(BIOS_WITHOUT), "-initrd", str(folder / "keys"))),
            ("OVMF", None, (*OVMF_SMM, *ovmf(OVMF_SECURE, secure.OVMF, folder)))):
        (folder / name).mkdir()
        found = verify(boot(program, CASES["secure"], words, folder / name), folder)
        if program:
            check_order(found, (7, AUTHORITY))
        check_authority(found, keys["db"])
        pcr7.append(replayed(found)["sha256", 7])
    if pcr7[0] != pcr7[1]:
        raise Failure(f"PCR 7: {pcr7[0].hex()}, OVMF's is {pcr7[1].hex()}")


def beside_ovmf(firmware, folder):
    """Which events are in which PCR, by both."""
    kinds = {}
    for name, program, words in (
            ("cairn-fw", firmware, ("-bios", str(BIOS_WITHOUT))),
            ("OVMF", None, ovmf(OVMF, OVMF_VARS, folder))):
        (folder / name).mkdir()
        found = verify(boot(program, CASES["beside-ovmf"], words, folder / name), folder)
        kinds[name] = {(pcr, kind) for pcr, kind, _, _ in found if kind != NO_ACTION}
        programs = [d for pcr, kind, d, _ in found if (pcr, kind) == (4, PROGRAM)]
        kinds[name, "programs"] = programs[-2:]
    alone = kinds["OVMF"] ^ kinds["cairn-fw"]
    for pcr, kind in sorted(kinds["OVMF"] | kinds["cairn-fw"]):
        print(f"PCR {pcr:2} type {kind:08x}", *(n for n in ("cairn-fw", "OVMF")
                                                 if (pcr, kind) in kinds[n]))
    if alone != OVMF_ALONE or not OVMF_ALONE <= kinds["OVMF"]:
        raise Failure(f"different: {sorted(alone)}")
    if kinds["OVMF", "programs"] != kinds["cairn-fw", "programs"]:
        raise Failure("the loader's and the kernel's digests differ")


def main():
    """The program."""
    firmware, case = sys.argv[1:]
    missing = qemu.missing("x86_64") + [p for p in NEEDED if not shutil.which(p)]
    missing += [str(f) for f in (BIOS_WITHOUT, OVMF, OVMF_VARS, OVMF_SECURE, secure.OVMF)
                if not f.exists()]
    if missing:
        print(f"not installed: {', '.join(missing)}")
        return qemu.SKIPPED
    with tempfile.TemporaryDirectory() as name:
        if case == "beside-ovmf":
            beside_ovmf(firmware, pathlib.Path(name))
        elif case == "secure":
            secured(firmware, pathlib.Path(name))
        else:
            measured(firmware, case, pathlib.Path(name))
    return 0


if __name__ == "__main__":
    qemu.program(main)
