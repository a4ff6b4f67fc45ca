#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Runs the hostile guest: check.py CAIRN GUEST TRANSPORT SECCOMP MACHINE, where MACHINE says which
devices there are beside a disk: plain, console or net. cairn must stay up, say nothing, and end
with the exit code that the guest's end has; the guest must have nothing to complain about. Exit
code 77 where there is no /dev/kvm, or no tap for net.
"""

import contextlib
import ctypes
import fcntl
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import threading

SKIPPED = 77
SECONDS = 250
HERE = pathlib.Path(__file__).resolve().parent
DEVICES = "rings,registers,pci,races"
# test: (more options, exit code, last line of the guest, what cairn says)
PLAIN = {
    "all": (["--rng"], 0, "done", ""),
    "machine-reset": (["--rng", "--no-reboot"], 5, "", ""),
    "triple-fault": (["--rng"], 6, "", "the guest crashed"),
    "off-in-flight": (["--rng"], 0, "", ""),
}
MACHINES = {
    "plain": PLAIN,
    "console": {DEVICES: (["--console", "virtio"], 0, "done", "")},
    "net": {DEVICES: (["--net", "tap=tap0"], 0, "done", "")},
}
# Of the guest's frames and of ours: types for experiments (IEEE 802, 9.2.4).
FROM_GUEST, TO_GUEST = 0x88B5, 0x88B6


class Network:
    """A tap in a network namespace of our own, with frames that come without end."""

    def __init__(self):
        """Raises OSError where this user may not."""
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(0x40000000):    # CLONE_NEWNET
            raise OSError(ctypes.get_errno(), "no network namespace")
        with open("/dev/net/tun", "r+b", buffering=0) as tun:
            # TUNSETIFF with IFF_TAP, IFF_NO_PI and IFF_VNET_HDR; TUNSETPERSIST
            fcntl.ioctl(tun, 0x400454CA, struct.pack("16sH22x", b"tap0", 0x5002))
            fcntl.ioctl(tun, 0x400454CB, 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
            # SIOCSIFFLAGS with IFF_UP
            fcntl.ioctl(link, 0x8914, struct.pack("16sH22x", b"tap0", 1))
        self.received = 0
        self._end = threading.Event()
        self._wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(FROM_GUEST))
        self._wire.bind(("tap0", FROM_GUEST))
        self._wire.setblocking(False)
        self._thread = threading.Thread(target=self._talk, daemon=True)
        self._thread.start()

    def _talk(self):
        frame = b"\xff" * 6 + b"\x02" + bytes(5) + struct.pack(">H", TO_GUEST) + b"hello" * 10
        while not self._end.wait(0.002):
            with contextlib.suppress(OSError):
                self._wire.send(frame)
            with contextlib.suppress(BlockingIOError):
                while self._wire.recv(2048):
                    self.received += 1

    def close(self):
        """No frames any more."""
        self._end.set()
        self._thread.join()
        self._wire.close()


def start(command, environment):
    """Runs cairn, with a console at which somebody types without end."""
    with subprocess.Popen(["yes"], stdout=subprocess.PIPE) as keys:
        try:
            return subprocess.run(command, stdin=keys.stdout, capture_output=True, text=True,
                                  errors="replace", timeout=SECONDS, env=environment)
        finally:
            keys.kill()


def run(command, run_of, test):
    """Runs one machine; returns what is wrong, or an empty string."""
    more, code, last, said = run_of
    known = f"{os.environ.get('TSAN_OPTIONS', '')} suppressions={HERE / 'tsan.supp'}"
    try:
        done = start([*command, "--cmdline", f"test={test}", *more],
                     {**os.environ, "TSAN_OPTIONS": known})
    except subprocess.TimeoutExpired as late:
        return f"not done after {SECONDS} s: {(late.stdout or b'')[-2000:]}"
    lines = [line for line in done.stdout.splitlines()
             if line.startswith(("ok ", "done ", "FAIL ", "exception "))]
    print(*lines, sep="\n")
    if done.returncode != code:
        return f"exit code {done.returncode}, not {code}: {done.stderr}"
    if any(line.startswith("FAIL") for line in lines):
        return lines[-1]
    if last and not (lines and lines[-1].startswith(last)):
        return f"the guest did not get to its end: {lines[-1:]} {done.stdout[-200:]!r}"
    if said not in done.stderr or len(done.stderr.splitlines()) != bool(said):
        return f"cairn said: {done.stderr}"
    return ""


def main():
    """The program."""
    cairn, guest, transport, seccomp, machine = sys.argv[1:]
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        print("no /dev/kvm")
        return SKIPPED
    network = None
    if machine == "net":
        try:
            network = Network()
        except OSError as error:
            print(f"no tap: {error}")
            return SKIPPED
    command = [cairn, "run", "--kernel", guest, "--memory", "16M", "--cpus", "2",
               "--transport", transport, "--seccomp", seccomp]
    bad = 0
    with tempfile.TemporaryDirectory(prefix="cairn-hostile-") as folder:
        for name, engine in (("a", "uring"), ("b", "threads"))[:2 if machine == "plain" else 1]:
            with open(f"{folder}/{name}.img", "wb") as file:
                file.truncate(1 << 20)
            command += ["--disk", f"path={folder}/{name}.img,engine={engine}"]
        if machine == "plain":
            command += ["--firmware-vars", f"{folder}/vars"]
        for test, run_of in MACHINES[machine].items():
            wrong = run(command, run_of, test)
            print(f"{'FAIL' if wrong else 'pass'} {test} {wrong}")
            bad += bool(wrong)
    if network:
        network.close()
        print(f"{network.received} frames from the guest")
        bad += not network.received
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
