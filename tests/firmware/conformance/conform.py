#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Runs the conformance program under cairn-fw and under Debian's build of EDK II, on the same machine
of QEMU, and prints every case in which they differ: conform.py ARCH FIRMWARE PROGRAM CHILD DRIVER.
Only what differences.txt has is accepted, and all that it has must be seen. --show prints what
both said; --unsigned is for a firmware without authenticated variables. Exit code 77 where programs
are missing. Needs no privilege and no KVM.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import qemu  # noqa: E402

SECONDS = 100
MIB = 1 << 20
ESP_MIB, SECOND_MIB = 24, 5
# EDK II has its code in the first flash chip and variables in the second; cairn-fw looks for the
# second, too.
MACHINES = {
    "x86_64": {"qemu": "qemu-system-x86_64", "machine": "q35", "boot": "BOOTX64.EFI",
               "code": "/usr/share/OVMF/OVMF_CODE_4M.fd",
               "variables": "/usr/share/OVMF/OVMF_VARS_4M.fd", "package": "ovmf"},
    "aarch64": {"qemu": "qemu-system-aarch64", "machine": "virt", "boot": "BOOTAA64.EFI",
                "code": "/usr/share/AAVMF/AAVMF_CODE.fd",
                "variables": "/usr/share/AAVMF/AAVMF_VARS.fd", "package": "qemu-efi-aarch64"},
}
TOOLS = ("mkfs.vfat", "mcopy", "mmd", "mren", "sgdisk")
SIGNING = ("openssl", "cert-to-efi-sig-list", "sign-efi-sig-list")
GUID = "2b0f3c6e-5a41-4c7e-910d-010203040506"    # the program's own: guid_a
# Authenticated variables: (file, signer, variable, what is in it, year, more)
SIGNED = (
    ("DB", "OTHER", "db", "PK.esl", 2020), ("KEK", "OTHER", "KEK", "KEK.esl", 2020),
    ("NOLIST", "OTHER", "dbx", "text", 2020), ("PKOTHER", "OTHER", "PK", "PK.esl", 2020),
    ("PK", "PK", "PK", "PK.esl", 2020), ("KEKKEK", "KEK", "KEK", "OTHER.esl", 2021),
    ("DBOTHER", "OTHER", "db", "KEK.esl", 2021), ("DBOLD", "KEK", "db", "KEK.esl", 2019),
    ("DBNEW", "KEK", "db", "KEK.esl", 2021), ("DBADD", "KEK", "db", "OTHER.esl", 2018, "-a"),
    ("PKKEK", "KEK", "PK", "KEK.esl", 2021), ("MINE", "OTHER", "Mine", "text", 2020),
    ("MINEKEK", "KEK", "Mine", "text", 2022), ("MINE2", "OTHER", "Mine", "PK.esl", 2021),
    ("MINEDEL", "OTHER", "Mine", "none", 2023), ("PKDEL", "PK", "PK", "none", 2021),
    ("DBDEL", "OTHER", "db", "none", 2021), ("MOVED", "OTHER", "Mine", "text", 2024),
    ("MOVEDKEK", "KEK", "Mine", "text", 2025))
SIGNED_CASES = ("moved set-signed", "moved set-of-other")
OURS_ALONE = "::/KEYS/MOVED.AUT"    # differences.txt says why; what was deleted would lie about
ESCAPES = re.compile(r"\x1b\[[0-9;?=]*[A-Za-z]")


def tool(name):
    """The path of a program, that may be root's."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


def run(*command):
    """A program that must work."""
    subprocess.run([tool(command[0]), *map(str, command[1:])], check=True,
                   stdout=subprocess.DEVNULL)


def volume(path, mib, label, fat, files):
    """A FAT volume with {path: bytes}; folders come first, as None."""
    with open(path, "wb") as out:
        out.truncate(mib * MIB)
    run("mkfs.vfat", "-F", fat, "-n", label, "-i", "12345678", path)
    source = path.with_suffix(".file")
    for name, data in files.items():
        if data is None:
            run("mmd", "-i", path, f"::{name}")
            continue
        source.write_bytes(data)
        run("mcopy", "-i", path, source, f"::{name}")


def signed(folder):
    """{path: bytes} of authenticated variables, by programs that are nobody's of ours."""
    files = {"KEYS": None}

    def make(*words):
        subprocess.run(list(map(str, words)), check=True, capture_output=True, cwd=folder)

    (folder / "text").write_bytes(b"text")
    (folder / "none").write_bytes(b"")
    for name in ("PK", "KEK", "OTHER"):
        make("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key",
             "-out", f"{name}.crt", "-subj", f"/CN={name}", "-days", "2")
        make("cert-to-efi-sig-list", "-g", GUID, f"{name}.crt", f"{name}.esl")
    for name, by, variable, source, year, *more in SIGNED:
        guid = ["-g", GUID] if variable == "Mine" else []
        make("sign-efi-sig-list", *more, *guid, "-t", f"{year}-01-02 03:04:05", "-k", f"{by}.key",
             "-c", f"{by}.crt", variable, source, f"{name}.auth")
        files[f"KEYS/{name}.AUT"] = (folder / f"{name}.auth").read_bytes()
    return files


def disks(folder, machine, program, child, driver, more):
    """The disks that the program expects: see the enumeration in conform.h."""
    esp, second = folder / "esp", folder / "second"
    volume(esp, ESP_MIB, "CONFORM", 16, {
        "EFI": None, "EFI/BOOT": None, f"EFI/BOOT/{machine['boot']}": program.read_bytes(),
        "DATA": None, "DATA/CHILD.EFI": child.read_bytes(),
        "DATA/DRIVER.EFI": driver.read_bytes(), "DATA/HELLO.TXT": b"Hello, world.\n",
        "DATA/A long name.text": bytes(range(256)) * 40, "DATA/EMPTY": b"", **more})
    volume(second, SECOND_MIB, "SECOND", 12, {"ONE.TXT": b"one"})
    volume(folder / "readonly", 4, "CLOSED", 12, {"KEPT.TXT": b"kept", "SUB": None})
    (folder / "plain").write_bytes(bytes((i // 512) % 251 for i in range(3 * MIB)))
    disk = folder / "disk"
    with open(disk, "wb") as out:
        out.truncate((1 + ESP_MIB + SECOND_MIB + 1) * MIB)
    run("sgdisk", "-n", f"1:2048:+{ESP_MIB}M", "-t", "1:ef00", "-n", f"2:0:+{SECOND_MIB}M",
        "-t", "2:0700", disk)
    with open(disk, "r+b") as out:
        out.seek(MIB)
        out.write(esp.read_bytes())
        out.write(second.read_bytes())


def start(arch, folder, name, firmware):
    """What one firmware's program said: {case: rest of the line}, in order."""
    machine, log = MACHINES[arch], folder / f"{name}.log"
    command = [tool(machine["qemu"]), "-machine", f"{machine['machine']},accel=tcg", "-cpu",
               qemu.CPU[arch], "-m", "256M", "-display", "none", "-nodefaults", "-no-user-config", "-no-reboot", "-serial", f"file:{log}"]
    for i, disk in enumerate(("disk", "plain", "readonly")):
        mode = "readonly=on" if disk == "readonly" else "snapshot=on"
        command += ["-drive", f"if=none,id=d{i},format=raw,{mode},file={folder / disk}", "-device",
                    f"virtio-blk-pci,drive=d{i},disable-legacy=on,bootindex={i + 1}"]
    command += ["-object", "rng-random,id=r,filename=/dev/urandom", "-device",
                "virtio-rng-pci,rng=r,disable-legacy=on"]
    problem = ""
    try:
        done = subprocess.run(command + firmware, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=SECONDS, check=False)
        problem = done.stderr
    except subprocess.TimeoutExpired:
        problem = f"QEMU did not end in {SECONDS} s"
    text = log.read_text(errors="replace") if log.exists() else ""
    lines = ESCAPES.sub("\n", text.replace("\r", "\n")).split("\n")
    said = [line.rstrip() for line in lines if line.strip()]
    begin = [i for i, line in enumerate(said) if line.startswith("conform begin")]
    if not begin or "conform end: SUCCESS" not in said or problem:
        print(f"{name}: the program did not come to its end: {problem}", *said[-20:], sep="\n  ")
    said = said[begin[0]:] if begin else []
    if "conform end: SUCCESS" in said:
        said = said[:said.index("conform end: SUCCESS") + 1]
    return dict(line.partition(": ")[::2] for line in said if ": " in line)


def accepted(arch, signs):
    """{case: (cairn's line, EDK II's)} of differences.txt; a reason is behind "why:" ("why ARCH:"
    is one for that machine alone), up to the lines with a bar."""
    found, why, ours = {}, None, True
    for line in (HERE / "differences.txt").read_text().splitlines():
        mark = re.match(r"why( \w+)?: (.+)", line)
        if mark:
            why, ours = mark[2], (mark[1] or arch).strip() == arch
        elif " | " in line and why:
            case, _, pair = line.partition(": ")
            if ours and (signs or case not in SIGNED_CASES):
                found[case] = tuple(pair.split(" | "))
        elif not line:
            why = None
        elif not line.startswith("#") and not why:
            sys.exit(f"differences.txt: no reason for: {line}")
    return found


def compare(arch, signs, ours, theirs):
    """The number of cases that differ and are not listed, or are listed and do not differ."""
    wrong, listed = 0, accepted(arch, signs)
    if "conform end" not in ours or "conform end" not in theirs:
        wrong = 1
    for case in {**ours, **theirs, **listed}:
        pair = ours.get(case, "-"), theirs.get(case, "-")
        if pair[0] == pair[1] and case not in listed or listed.get(case) == pair:
            continue
        wrong += 1
        kind = "listed otherwise" if case in listed else "not listed"
        print(f"{kind}: {case}: {' | '.join(pair)}")
    print(f"\n{len(ours)} cases, {len(listed)} accepted differences, {wrong} that are not")
    return wrong


def main():
    """The program."""
    arguments = [a for a in sys.argv[1:] if a not in ("--show", "--unsigned")]
    signs = "--unsigned" not in sys.argv
    arch, firmware, *programs = arguments
    if not programs:
        print("not installed when this was built: clang or lld-link")
        return qemu.SKIPPED
    machine = MACHINES[arch]
    missing = [t for t in (machine["qemu"], *TOOLS, *SIGNING) if not tool(t)]
    missing += [machine["package"]] * (not pathlib.Path(machine["code"]).exists())
    if missing:
        print(f"not installed: {', '.join(missing)}")
        return qemu.SKIPPED
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        disks(folder, machine, *map(pathlib.Path, programs), signed(folder) if signs else {})
        shutil.copy(machine["variables"], folder / "variables")
        with open(folder / "flash", "wb") as flash:
            flash.truncate(qemu.FLASH_BYTES[arch])
        chip = "if=pflash,unit={},format=raw,file={}"
        ours = start(arch, folder, "cairn",
                     ["-kernel", firmware, *qemu.flash(folder / "flash", arch)])
        if signs:
            run("mren", "-i", f"{folder / 'disk'}@@1M", OURS_ALONE, "NOT.AUT")
        pair = ["-drive", chip.format(0, machine["code"]) + ",readonly=on",
                "-drive", chip.format(1, folder / "variables")]
        # EDK II was seen to hang before its first line (QEMU 7.2, busy host): it may try again
        theirs = start(arch, folder, "edk2", pair) or start(arch, folder, "edk2", pair)
    if "--show" in sys.argv:
        for case in ours:
            print(f"{case}: {ours[case]}")
    return 1 if compare(arch, signs, ours, theirs) else 0


if __name__ == "__main__":
    sys.exit(main())
