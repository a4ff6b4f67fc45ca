#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""cairn on a terminal: raw while it runs, as before afterwards, whatever ends it, with the system
call filter on. Usage: pty_test.py CAIRN [OPTION]... (of cairn run; sanitizers cannot do with the
filter). Needs /dev/kvm: without it exit code 77."""

import fcntl
import os
import pathlib
import pty
import select
import signal
import socket
import struct
import sys
import tempfile
import termios
import time

LIMIT_SECONDS = 20


HALT = b"\xf4\xeb\xfd"  # hlt; jmp to it
CRASH = b"\x0f\x0b"  # ud2, and there is no descriptor for any exception
# Each byte that comes to the serial port goes back, with 0x40 added.
ECHO = (b"\x66\xba\xfd\x03\xec\xa8\x01\x74\xf7"  # until port 0x3fd has bit 0
        b"\x66\xba\xf8\x03\xec\x04\x40\xee\xeb\xed")


def kernel(code):
    """An ELF kernel with a PVH note that runs this, with interrupts off."""
    base, offset = 0x100000, 0x1000
    note = struct.pack("<III4sI", 4, 4, 18, b"Xen\0", base)
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 2, 62, 1, base, 64, 0, 0, 64, 56, 2,
                         0, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 5, offset, base, base, len(code), len(code), 0x1000)
    notes = struct.pack("<IIQQQQQQ", 4, 4, 0x200, 0, 0, len(note), len(note), 4)
    image = bytearray(offset + len(code))
    image[:len(header)] = header
    image[64:64 + 112] = load + notes
    image[0x200:0x200 + len(note)] = note
    image[offset:] = code
    return bytes(image)


def wait_for(what, condition):
    end = time.monotonic() + LIMIT_SECONDS
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"not {what} within {LIMIT_SECONDS} s")
        time.sleep(0.02)


def check(name, cairn, image, act, wanted, more=(), controls=False):
    """Starts cairn on a new terminal, acts, and looks at how it ended and what it left. A terminal
    that controls cairn sends it signals; it is hung up, and so is as new, when cairn ends."""
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    pid = os.fork()
    if pid == 0:
        os.setsid()
        for fd in range(3):
            os.dup2(slave, fd)
        if controls:
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        os.execv(cairn, [cairn, "run", "--kernel", image, "--memory", "64M", *more,
                         *sys.argv[2:]])
    if act:
        wait_for("raw", lambda: termios.tcgetattr(slave) != before)
    if act:
        time.sleep(0.3)  # the guest halts
        act(master, pid)
    ended = []
    wait_for(f"{name}: ended", lambda: ended.append(os.waitpid(pid, os.WNOHANG)) or ended[-1][0])
    got = os.waitstatus_to_exitcode(ended[-1][1])
    restored = controls or termios.tcgetattr(slave) == before
    os.close(slave)
    os.close(master)
    if got != wanted or not restored:
        sys.exit(f"{name}: ended with {got}, not {wanted}; terminal restored: {restored}")
    print(f"{name}: ok")


def two_terms(_, pid):
    os.kill(pid, signal.SIGTERM)
    time.sleep(0.3)
    os.kill(pid, signal.SIGTERM)


def ctrl_c(master, pid):
    """Is a byte for the guest and no signal to cairn."""
    said = b""
    os.write(master, b"\x03\x1a\x1c")
    while b"CZ\\" not in said:
        if not select.select([master], [], [], LIMIT_SECONDS)[0]:
            sys.exit(f"the guest said {said}")
        said += os.read(master, 100)
    if os.waitpid(pid, os.WNOHANG)[0]:
        sys.exit("Ctrl-C ended cairn")
    os.write(master, b"\x01x")


def resize(master, pid):
    """The kernel signals cairn only where the terminal controls it."""
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 132, 0, 0))
    os.kill(pid, signal.SIGWINCH)


def use_ports(link, path):
    def act(master, pid):
        """Opens and closes the pty and the socket of a port, twice: cairn goes on, and both go at
        the end."""
        resize(master, pid)
        for _ in range(2):
            fd = os.open(link, os.O_RDWR | os.O_NOCTTY)
            os.write(fd, b"nobody in the guest reads this")
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(path)
                client.send(b"nor this")
                time.sleep(0.1)
            os.close(fd)
        time.sleep(0.3)
        if not os.path.islink(link):
            sys.exit("no link to the pty")
        two_terms(master, pid)
    return act


def main():
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        print("skipped: no /dev/kvm")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        image = pathlib.Path(folder) / "kernel"
        image.write_bytes(kernel(CRASH))
        check("crash of the guest", sys.argv[1], str(image), None, 6)
        image.write_bytes(kernel(HALT))
        for name, act, wanted in (
                ("Ctrl-A x", lambda master, _: os.write(master, b"\x01x"), 7),
                ("SIGTERM twice", two_terms, 7),
                ("SIGHUP", lambda _, pid: os.kill(pid, signal.SIGHUP), 7),
                ("SIGSEGV", lambda _, pid: os.kill(pid, signal.SIGSEGV), -signal.SIGSEGV),
                ("SIGABRT", lambda _, pid: os.kill(pid, signal.SIGABRT), -signal.SIGABRT)):
            check(name, sys.argv[1], str(image), act, wanted)
        image.write_bytes(kernel(ECHO))
        check("Ctrl-C", sys.argv[1], str(image), ctrl_c, 7, controls=True)
        image.write_bytes(kernel(HALT))
        link, path, file = f"{folder}/link", f"{folder}/socket", f"{folder}/file"
        check("ports", sys.argv[1], str(image), use_ports(link, path), 7,
              ("--console", "virtio", "--port", f"name=a,pty,link={link}",
               "--port", f"name=b,file={file}", "--port", f"name=c,socket={path}"))
        if os.path.lexists(link) or os.path.lexists(path) or not os.path.exists(file):
            sys.exit("ports: the link or the socket is still there, or the file is not")


main()
