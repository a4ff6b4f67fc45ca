#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Somebody at a console of QEMU's machine, in software emulation: flow.py FIRMWARE MACHINE CONSOLE, with
MACHINE x86_64 or aarch64 and CONSOLE serial or virtio. The disk has boot entries, a unified kernel,
and an extended boot partition with ext4; what they start is a program of this folder that says how it
was started, and comes back. Keys are typed, and the menu must do what they say; the program sets boot
options and resets the machine, and they must be started; the machine must be off in the end. Exit code 77 where programs are missing.
"""

import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[2]
SKIPPED = 77
SECONDS = 120
NEEDED = ("clang", "lld-link", "mkfs.vfat", "mcopy", "sgdisk", "mke2fs")
UP, DOWN, ENTER = "\x1b[A", "\x1b[B", "\r"
MACHINES = {
    # Not cmpxchg16b: see qemu.py.
    "x86_64": ["qemu-system-x86_64", "-machine", "q35,accel=tcg", "-cpu", "max,-cx16"],
    "aarch64": ["qemu-system-aarch64", "-machine", "virt", "-cpu", "max"],
}
FLAGS = {"x86_64": ["-mno-red-zone", "-mno-stack-arg-probe"], "aarch64": []}
LD_MACHINE = {"x86_64": "x64", "aarch64": "arm64"}
ENTRIES = {"a": "title Same\nversion 1\nefi /say.efi\noptions from-a\n",
           "b": "title Same\nversion 2\nefi /say.efi\noptions from-b\n",
           "c+3": "title Counted\nefi /say.efi\noptions from-c\n"}
# What the list shows, in its order.
LISTED = ["Counted", "Unified", "Same (2)", "Same (1)", "on ext4"]


def run(*command, **more):
    """A command that must do."""
    subprocess.run([str(c) for c in command], check=True, stdout=subprocess.DEVNULL, **more)


def program(folder, machine):
    """say.efi, and the same as a unified kernel image."""
    (folder / "errno.h").write_text("")
    run("clang", f"--target={machine}-unknown-windows", "-ffreestanding", "-fno-stack-protector",
        "-O2", *FLAGS[machine], "-I", folder, "-I", TOP / "firmware/efi",
        "-I", TOP / "lib/core/base/include", "-c", HERE / "say.c", "-o", folder / "say.o")
    run("lld-link", "/subsystem:efi_application", "/entry:efi_main", "/nodefaultlib",
        f"/machine:{LD_MACHINE[machine]}", f"/out:{folder}/say.efi", folder / "say.o")
    unify(folder / "say.efi", folder / "uki.efi")


def unify(source, target):
    """Sections behind the program's own (UAPI.5): PE/COFF by hand, for no architecture's tools."""
    sections = [(b".osrel", b"ID=zz\nPRETTY_NAME=\"Unified\"\nVERSION_ID=1\n"),
                (b".cmdline", b"inside"), (b".linux", b"none")]
    data = bytearray(source.read_bytes())

    def get(at, size):
        return int.from_bytes(data[at:at + size], "little")

    def put(at, size, value):
        data[at:at + size] = value.to_bytes(size, "little")

    head = get(0x3C, 4)
    optional = head + 24
    number, table = get(head + 6, 2), optional + get(head + 20, 2)
    at, rva = table + 40 * number, get(optional + 56, 4)
    assert at + 40 * len(sections) <= get(optional + 60, 4), "no room for more sections"
    for name, text in sections:
        data += bytes(-len(data) % 512)
        data[at:at + 40] = bytes(40)
        data[at:at + len(name)] = name
        for off, value in ((8, len(text)), (12, rva), (16, 512), (20, len(data)),
                           (36, 0x40000040)):
            put(at + off, 4, value)
        data += text.ljust(512, b"\0")
        at, rva = at + 40, rva + 0x1000
    put(head + 6, 2, number + len(sections))
    put(optional + 56, 4, rva)
    target.write_bytes(data)


def make_disk(folder):
    """An EFI system partition and an extended boot partition."""
    esp, ext, disk = folder / "esp", folder / "ext", folder / "disk"
    with open(esp, "wb") as file:
        file.truncate(16 << 20)
    run("mkfs.vfat", esp)
    run("mmd", "-i", esp, "::/loader", "::/loader/entries", "::/EFI", "::/EFI/Linux")
    for name, text in ENTRIES.items():
        (folder / "entry").write_text(text)
        run("mcopy", "-i", esp, folder / "entry", f"::/loader/entries/{name}.conf")
    (folder / "entry").write_text("timeout 60\ndefault c\n")
    run("mcopy", "-i", esp, folder / "entry", "::/loader/loader.conf")
    run("mcopy", "-i", esp, folder / "say.efi", "::/say.efi")
    run("mcopy", "-i", esp, folder / "uki.efi", "::/EFI/Linux/uki.efi")
    tree = folder / "tree/loader/entries"
    tree.mkdir(parents=True)
    (tree / "0.conf").write_text("title on ext4\nefi /say.efi\noptions from-ext4\n")
    shutil.copy(folder / "say.efi", folder / "tree/say.efi")
    run("mke2fs", "-q", "-F", "-t", "ext4", "-d", folder / "tree", ext, "8M")
    with open(disk, "wb") as file:
        file.truncate(32 << 20)
    run("sgdisk", "-n", "1:2048:+16M", "-t", "1:ef00", "-n", "2:0:+8M", "-t", "2:ea00", disk)
    with open(disk, "r+b") as file:
        file.seek(1 << 20)
        file.write(esp.read_bytes() + ext.read_bytes())
    return disk


class Console:
    """The other end of the machine's console."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(SECONDS)
        self.said, self.seen = "", 0
        for _ in range(SECONDS * 10):
            try:
                self.socket.connect(path)
                return
            except (FileNotFoundError, ConnectionRefusedError):
                time.sleep(0.1)
        raise TimeoutError("QEMU offers no console")

    def wait(self, text):
        """Until the machine says it, behind what was waited for before."""
        while text not in self.said[self.seen:]:
            more = self.socket.recv(4096)
            if not more:
                raise EOFError(f"the console ended, and did not say {text!r}")
            self.said += more.decode(errors="replace").replace("\r", "")
        self.seen = self.said.index(text, self.seen) + len(text)

    def type(self, *keys):
        """
        A key's bytes come together, as from a terminal. What begins with Escape is typed by itself: a
        busy host may hold up what follows in the same moment, and the key would be Escape alone.
        """
        for key in keys:
            self.socket.sendall(key.encode())

    def end(self):
        """All that is said until the machine is off."""
        while more := self.socket.recv(4096):
            self.said += more.decode(errors="replace").replace("\r", "")


def dialogue(console):
    """What somebody types, and what must come of it."""
    for number, title in enumerate(LISTED, 1):
        console.wait(f"{number:3}  {title}\n")
    console.wait("any key for a menu")
    console.type(" ")
    console.wait(">  1  Counted")
    console.type(DOWN)
    console.wait(">  2  Unified")
    console.type(DOWN)
    console.wait(">  3  Same (2)")
    console.type(ENTER)
    console.wait("say: [from-b] LoaderEntrySelected=b.conf\n")
    console.wait("came back")  # and the menu is there again
    console.type("5", ENTER)
    console.wait("say: [from-ext4] LoaderEntrySelected=0.conf\n")
    console.wait("Enter starts")
    for key, row in ((DOWN, 2), (UP, 1), (UP, 5), ("2", 2)):
        console.type(key)
        console.wait(f">  {row}")
    console.type(ENTER)
    console.wait("say: [] LoaderEntrySelected=uki.efi\n")
    console.wait("Enter starts")
    console.type("4", "e")
    console.wait("> from-a")
    console.type("\b", *"z more", ENTER)
    console.wait("say: [from-z more] LoaderEntrySelected=a.conf\n")
    console.wait("Enter starts")
    console.type("4", "e", "\x15", *"reset", ENTER)  # variables are set, and the machine is reset
    console.wait("  1  Boot0007 again\n  2  Boot0008 wrong\n  3  Counted\n")
    console.wait("say: [from-0007] BootCurrent=00007\n")
    console.wait("Boot0008 wrong\n  cannot be started: no such file\n")
    console.wait("say: [from-c] LoaderEntrySelected=c.conf "
                 "LoaderBootCountPath=\\loader\\entries\\c+2-1.conf\n")
    console.wait("nothing could be booted:\n")


def arguments(firmware, machine, console, disk, path):
    """QEMU's command line."""
    command = MACHINES[machine] + [
        "-m", "256M", "-display", "none", "-nodefaults", "-no-user-config",
        "-kernel", firmware, "-drive", f"if=none,id=d,format=raw,file={disk}",
        "-device", "virtio-blk-pci,drive=d,disable-legacy=on",
        "-chardev", f"socket,id=c,path={path},server=on,wait=on"]
    if console == "serial":
        return command + ["-serial", "chardev:c"]
    return command + ["-serial", "null", "-device", "virtio-serial-pci,disable-legacy=on",
                      "-device", "virtconsole,chardev=c"]


def main():
    """The program."""
    firmware, machine, kind = sys.argv[1:]
    missing = [p for p in (*NEEDED, MACHINES[machine][0])
               if not shutil.which(p) and not shutil.which(p, path="/sbin")]
    if missing:
        print(f"not installed: {', '.join(missing)}")
        return SKIPPED
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        program(folder, machine)
        disk = make_disk(folder)
        path = f"{name}/console"
        console = None
        with subprocess.Popen(arguments(firmware, machine, kind, disk, path),
                              stdin=subprocess.DEVNULL) as qemu:
            try:
                console = Console(path)
                dialogue(console)
                console.end()
                code = qemu.wait(SECONDS)
            except (EOFError, OSError, subprocess.TimeoutExpired) as why:
                print(f"{type(why).__name__}: {why}")
                code = -1
            finally:
                qemu.kill()
                print(console.said if console else "no console")
        with open(folder / "esp", "wb") as file, open(disk, "rb") as whole:
            whole.seek(1 << 20)
            file.write(whole.read(16 << 20))
        listing = subprocess.run(["mdir", "-b", "-i", folder / "esp", "::/loader/entries"],
                                 capture_output=True, text=True, check=True).stdout
    print(listing)
    return 0 if code == 0 and "c+2-1.conf" in listing and "c+3.conf" not in listing else 1


if __name__ == "__main__":
    sys.exit(main())
