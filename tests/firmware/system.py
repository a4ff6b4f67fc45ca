# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""A whole system on QEMU's q35 with variables in flash, and a conversation with its console."""

import pathlib
import re
import signal
import shutil
import subprocess
import sys

import qemu
from bedlib import arch, images
from bedlib.cache import Failure
from bedlib.talk import PROMPT, Talk

SECONDS = 900    # for any one thing, on a busy machine
MEMORY = "1G"


def missing():
    """What is not installed here."""
    found = qemu.missing("x86_64") + ([] if shutil.which("mmdebstrap") else ["mmdebstrap"])
    return found + ([] if qemu.BIOS.exists() else [str(qemu.BIOS)])


def prepare(kind, folder):
    """A copy of a disk of tools/image, and flash without variables; a TERM signal removes them."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    disk = images.path(arch.get("x86_64"), kind)
    subprocess.run(["cp", "--sparse=always", disk, f"{folder}/disk.img"], check=True)
    pathlib.Path(folder, "flash").write_bytes(b"\xff" * qemu.FLASH_BYTES["x86_64"])


def show(data):
    """Passes the console on."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def say(text):
    """A line about the test itself."""
    print(f"\ntest: {text}", flush=True)


def need(found, wanted, what):
    """They are the same."""
    if found != wanted:
        raise Failure(f"{what}: {found!r}, not {wanted!r}")


class Machine:
    """A q35 whose disk and flash are files in a folder; ends with the context."""

    def __init__(self, firmware, folder):
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-machine", "q35,accel=tcg", "-cpu", qemu.CPU["x86_64"], "-m",
             MEMORY, "-display", "none", "-nodefaults", "-no-user-config", "-serial", "stdio",
             "-kernel", str(pathlib.Path(firmware).resolve()), *qemu.flash("flash"),
             *qemu.drives(qemu.PCI, [("disk.img", "cache=writeback")])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder)
        self.talk = Talk(self.process.stdout, self.process.stdin, show, say, SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def log_in(self):
        """Waits for the prompt of a boot."""
        self.talk.wait(PROMPT, "login on the console")
        self.talk.command("stty cols 200")

    def run(self, command):
        """What a command says, which has to succeed."""
        said, code = self.talk.command(command)
        if code != 0:
            raise Failure(f"'{command}': exit code {code}, output {said.strip()!r}")
        return said

    def boot_manager(self, pattern):
        """What efibootmgr says where a pattern's group is."""
        said = self.run("efibootmgr")
        found = re.search(f"^{pattern}", said, re.M)
        if not found:
            raise Failure(f"no '{pattern}' in {said!r}")
        return found.group(1)

    def settle(self):
        """Waits until systemd says that everything runs."""
        need(self.run("systemctl is-system-running --wait").split()[-1], "running", "systemd")

    def power_off(self):
        """From the inside."""
        self.talk.type("poweroff; sleep 1000")
        need(self.process.wait(SECONDS), 0, "QEMU's exit code")
