#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Boots disks laid out as Ubuntu's images for clouds, of Ubuntu's own packages, by cairn-fw in QEMU's
software emulation; see --help.
"""

import argparse
import pathlib
import sys
import tempfile

import qemu
import secure
import system
from bedlib import apt, arch, images

PLAIN = [f"{how}-{release}" for how in ("q35", "microvm", "secure") for release in apt.UBUNTU]
SYSTEMS = [f"system-{release}" for release in apt.UBUNTU]
HELP = """\
Boots disks laid out as Ubuntu's images for clouds, of Ubuntu's own packages, by cairn-fw in QEMU's
software emulation; without names those that are no systems. RELEASE is noble or jammy:

  q35-RELEASE, microvm-RELEASE  shim, its fallback program, GRUB and the kernel reach a small
                                initrd, which finds EFI and the root's mark, and powers off
  secure-RELEASE                the same on q35 with Microsoft's keys: the kernel must find Secure
                                Boot enabled
  system-RELEASE                a whole system with the initramfs of its packages: systemd gets to
                                "running", the same again from what grub-install and update-grub
                                made there, and it powers off. Root or sudo makes its disk

Without KVM. Ends with "N passed, N failed, N skipped"; exit code 77 where programs are missing, or
Ubuntu's archive cannot be reached and nothing of it is cached.
"""
INSTALL = ("grub-install --target=x86_64-efi --uefi-secure-boot --bootloader-id=ubuntu"
           " && update-grub")


def missing(case):
    """What a case needs that is not installed."""
    if case in SYSTEMS:
        return system.missing()
    has_keys = secure.OVMF.exists() or not case.startswith("secure-")
    return qemu.missing("x86_64") + ([] if has_keys else ["ovmf"])


def boot(firmware, case, folder):
    """A small disk; "" or what is wrong."""
    machine, release = case.split("-")
    log, wanted, words = folder / "serial", list(qemu.WANTED), []
    disk = images.path(arch.get("x86_64"), f"{release}disk")
    if machine == "secure":
        (folder / "keys").write_bytes(secure.archive(secure.microsoft()))
        machine, words = "q35", ["-initrd", str(folder / "keys")]
        wanted.append(secure.ENABLED)
    return qemu.judge(log, *qemu.run(firmware, machine, [(disk, "snapshot=on")], log, words=words),
                      wanted)


def first(machine, who):
    """The boot entry that somebody made, which is the first of the order."""
    number = machine.boot_manager(r"Boot(....)\* [uU]buntu")
    system.need(machine.boot_manager("BootOrder: (....)"), number, f"the first, made by {who}")
    return number


def boot_system(firmware, case, folder):
    """A whole system."""
    system.prepare(f"{case.partition('-')[2]}system", folder)
    with system.Machine(firmware, folder) as machine:
        machine.log_in()
        machine.settle()
        first(machine, "the fallback program")
        machine.run(INSTALL)
        number = first(machine, "grub-install")
        machine.talk.type("reboot; sleep 1000")
        machine.log_in()
        machine.settle()
        system.need(machine.boot_manager("BootCurrent: (....)"), number, "what was booted")
        machine.run("grep -E 'BOOT_IMAGE=.* root=(PART)?UUID=' /proc/cmdline")
        machine.run("uname -r; stat -Lc 'initrd: %s bytes' /boot/initrd.img")
        machine.power_off()
    return ""


def run(firmware, case):
    """"ok", "FAIL" or "skip", and why."""
    absent = missing(case)
    if absent:
        return "skip", f"not installed: {', '.join(absent)}"
    try:
        with tempfile.TemporaryDirectory() as name:
            how = boot_system if case in SYSTEMS else boot
            wrong = how(firmware, case, pathlib.Path(name))
    except apt.Unreachable as reason:
        return "skip", str(reason)
    except qemu.Failure as failure:
        wrong = str(failure)
    return ("FAIL", wrong) if wrong else ("ok", "")


def main():
    """The program."""
    parser = argparse.ArgumentParser(prog="tests/firmware/ubuntu.py", description=HELP,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--firmware", type=pathlib.Path, help="the firmware (the build folder's)",
                        default=arch.get("x86_64").build_dir() / "firmware/arch"
                        / qemu.FIRMWARE["x86_64"])
    parser.add_argument("case", nargs="*", choices=[[], *PLAIN, *SYSTEMS], default=PLAIN,
                        metavar="CASE")
    options = parser.parse_args()
    words = []
    for case in options.case:
        word, why = run(options.firmware, case)
        words.append(word)
        print(f"{word:4} {case}{': ' if why else ''}{why}", flush=True)
    print(f"{words.count('ok')} passed, {words.count('FAIL')} failed, "
          f"{words.count('skip')} skipped")
    return 1 if "FAIL" in words else qemu.SKIPPED if "ok" not in words else 0


if __name__ == "__main__":
    sys.exit(main())
