# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
The outer machine: QEMU in software emulation with a CPU that has virtualization, Debian's kernel
and a small initramfs. It runs one command and hands back its output, its code and files.

Everything between the two machines goes over virtio: files in by a disk that holds a tar, streams
and files out by virtio-serial ports whose far ends are socket pairs made here. Nothing has a name,
so nothing stays behind whatever happens to this process; only the log of the machine's own
console is a file, kept when something went wrong.
"""

import contextlib
import ctypes
import dataclasses
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import time

from . import arch as archs, initramfs, kernel as kernels
from .cache import Failure, build_dir
from .pack import Pack

LOADED = ("virtio_pci", "virtio_blk", "virtio_console", "tun")
CARRIED = ("vhost_net", "vhost_vsock", "veth", "bridge", "loop", "virtio_net", "ext4")
NETWORK = ("veth", "bridge", "vhost_net")
PR_SET_PDEATHSIG = 1

# Codes of the bed itself, beside those of the command.
TIMED_OUT, BED_FAILED = 124, 125
# A machine that runs commands is never idle for so long; see Order.busy.
STILL_SECONDS = 40


@dataclasses.dataclass
class Order:
    """What to run in the outer machine, and with what."""

    command: list
    arch: archs.Arch = archs.get(archs.HERE)
    cpus: int = 1
    cpu: str = ""             # the model that QEMU emulates; "": the architecture's usual one
    gic: int = 3              # the version of aarch64's interrupt controller
    memory: str = "1G"
    icount: bool = False
    kernel: str = kernels.DEFAULT
    timeout: float = 300
    busy: bool = False        # end it when its processor stands still: QEMU's nested
                              # virtualization now and then loses a machine
    files: list = dataclasses.field(default_factory=list)    # (host path, guest path)
    fetch: list = dataclasses.field(default_factory=list)    # (guest path, host path)
    disks: list = dataclasses.field(default_factory=list)    # (host path, writable)
    environment: dict = dataclasses.field(default_factory=dict)
    network: bool = False
    stdin: bool = False
    terminal: str = ""        # arguments for stty: the command gets a terminal on stdin and stdout
    log: str = ""             # "" keeps it only when the machine died
    stdout: object = None     # binary files; None: those of this process
    stderr: object = None


def qemu(arch):
    """The QEMU program that emulates an Arch, and its version as a tuple."""
    path = shutil.which(arch.qemu)
    if not path:
        raise Failure(f"{arch.qemu} is not installed: run tools/setup")
    shown = subprocess.run([path, "--version"], stdout=subprocess.PIPE, text=True, check=True)
    found = re.search(r"version (\d+)\.(\d+)", shown.stdout)
    return path, tuple(int(n) for n in found.groups())


class Machine:
    """One run of the outer machine."""

    def __init__(self, order):
        self.order = order
        self.code = None          # of the command, once the machine has said it
        self.lost = ""            # how the emulator lost it: not the command's doing
        self.log = None
        self._stack = contextlib.ExitStack()
        self._descriptors = []    # that QEMU inherits
        self._theirs = []         # its ends of the socket pairs
        self._listeners = []
        self._process = None
        self._fetched = self._temporary()

    def run(self):
        """Runs the order; returns the command's exit code or one of the bed's own."""
        died = False
        try:
            with self._stack:
                self._start(self._machine() + self._disks() + self._ports())
                self._wait()
                timed_out = self._process.poll() is None
                self._stop()
                for listener in self._listeners:
                    listener.join()
                died = self.code is None
                if died:
                    self.lost = self.lost or ("" if timed_out else "died")
                    return self._explain(timed_out)
                self._hand_back()
                return self.code
        finally:
            if self.log and not self.order.log and not died:
                self.log.unlink(missing_ok=True)

    def _wait(self):
        """Until QEMU ends, its time is over, or a busy machine stands still."""
        end = time.monotonic() + self.order.timeout
        spent, since = -1, time.monotonic()
        while self._process.poll() is None and time.monotonic() < end:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(min(1, self.order.timeout))
            now = self._ticks()
            if now > spent:
                spent, since = now, time.monotonic()
            elif self.order.busy and time.monotonic() - since > STILL_SECONDS:
                self.lost = "stood still"
                return

    def _ticks(self):
        """CPU time of QEMU so far, in ticks; 0 when it has ended."""
        try:
            text = pathlib.Path(f"/proc/{self._process.pid}/stat").read_text(errors="replace")
        except OSError:
            return 0
        fields = text.rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    # What QEMU is started with.

    def _machine(self):
        order = self.order
        arch, debian = order.arch, kernels.get(order.arch, order.kernel)
        program, version = qemu(arch)
        initrd = initramfs.l1(debian, LOADED + arch.kvm, CARRIED)
        self.log = pathlib.Path(order.log or build_dir() / f"logs/bed/{os.getpid()}.console")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        # Before version 10, QEMU's emulation of cmpxchg16b corrupts the flags.
        broken = ",-cx16" if arch.name == "x86_64" and version < (10, 0) else ""
        threads = "single" if order.icount else "multi"
        arguments = [
            program, "-nodefaults", "-no-user-config", "-M", arch.machine(order.gic), "-accel",
            f"tcg,thread={threads}", "-smp", str(order.cpus), "-m", order.memory,
            "-cpu", (order.cpu or arch.cpu) + broken, "-display", "none", "-monitor", "none",
            "-serial", f"file:{self.log}", "-no-reboot", "-kernel", str(debian.image),
            "-initrd", str(initrd), "-append",
            f"console={arch.console} panic=-1 quiet {arch.quirks}".rstrip()]
        return arguments + (["-icount", "shift=1,sleep=off"] if order.icount else [])

    def _disks(self):
        files = self._files()
        arguments = self._disk("files", f"/proc/self/fd/{files.fileno()}", False)
        for number, (path, writable) in enumerate(self.order.disks):
            arguments += self._disk(f"disk{number}", path, writable)
        return arguments

    def _disk(self, name, path, writable):
        """
        A disk, which QEMU knows as a set of descriptors; from it, QEMU takes one that is open for
        exactly what it is about to do.
        """
        arguments, number = [], len(self._descriptors)
        for mode in ("rb", "r+b") if writable else ("rb",):
            try:
                handle = self._stack.enter_context(open(path, mode))
            except OSError as error:
                raise Failure(f"disk {path}: {error.strerror}") from error
            self._descriptors.append(handle.fileno())
            arguments += ["-add-fd", f"fd={handle.fileno()},set={number}"]
        change = "cache=unsafe" if writable else "snapshot=on"
        return arguments + [
            "-drive", f"file=/dev/fdset/{number},format=raw,if=none,id={name},{change}",
            "-device", f"virtio-blk-pci,drive={name},serial={name}"]

    def _files(self):
        """The tar that the outer machine unpacks over its root."""
        order = self.order
        settings = {
            "bed_modules": " ".join(NETWORK) if order.network else "",
            "bed_stdin": "yes" if order.stdin else "",
            "bed_terminal": order.terminal,
            "bed_fetch": shlex.join(guest.strip("/") for guest, _ in order.fetch),
        }
        handle = self._temporary()
        pack = Pack(handle)
        for host, guest in order.files:
            pack.add(host, guest)
        pack.text("bed/command", _script(order), 0o755)
        pack.text("bed/settings", _assignments(settings))
        pack.close()
        handle.flush()
        return handle

    def _temporary(self):
        return self._stack.enter_context(tempfile.TemporaryFile(prefix="cairn-bed-"))

    def _ports(self):
        """The ports, and what becomes of the bytes that come out of each."""
        order = self.order
        stdout = _writer(order.stdout or sys.stdout.buffer)
        arguments = ["-device", "virtio-serial-pci"] + self._port(3, self._take_control)
        if order.terminal:
            return arguments + self._port(0, stdout, sys.stdin.fileno())
        arguments += self._port(1, stdout)
        arguments += self._port(2, _writer(order.stderr or sys.stderr.buffer))
        arguments += self._port(4, self._fetched.write)
        if order.stdin:
            arguments += self._port(5, lambda data: None, sys.stdin.fileno())
        return arguments

    def _port(self, number, take, source=None):
        ours, theirs = (self._stack.enter_context(end) for end in socket.socketpair())
        self._descriptors.append(theirs.fileno())
        self._theirs.append(theirs)
        listener = threading.Thread(target=_listen, args=(ours, take), daemon=True)
        listener.start()
        self._listeners.append(listener)
        if source is not None:
            threading.Thread(target=_feed, args=(ours, source), daemon=True).start()
        kind = "virtconsole" if number == 0 else "virtserialport"
        return ["-chardev", f"socket,id=port{number},fd={theirs.fileno()}",
                "-device", f"{kind},chardev=port{number},nr={number}"]

    # Its life.

    def _start(self, arguments):
        parent = os.getpid()
        prctl = ctypes.CDLL(None).prctl

        def die_with_parent():
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(BED_FAILED)

        self._errors = self._temporary()
        self._process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=self._errors, stderr=self._errors,
            pass_fds=self._descriptors, start_new_session=True, preexec_fn=die_with_parent)
        self._stack.callback(self._stop)
        for end in self._theirs:
            end.close()

    def _stop(self):
        """Ends QEMU when it has not ended by itself: first with time to write back disks."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _take_control(self, data):
        # Written in one piece after everything else has been taken from the ports.
        self.code = int(data.split()[1])
        self._process.terminate()

    def _hand_back(self):
        """Puts fetched files where they were asked to go."""
        self._fetched.seek(0, os.SEEK_END)
        if self._fetched.tell() == 0:
            for guest, _ in self.order.fetch:
                print(f"bed: nothing to fetch at {guest}", file=sys.stderr)
            return
        self._fetched.seek(0)
        with tarfile.open(fileobj=self._fetched, mode="r:") as tar:
            for guest, host in self.order.fetch:
                _extract(tar, guest.strip("/"), pathlib.Path(host))

    def _explain(self, timed_out):
        """Says why the machine ended without the command's code."""
        if self.lost == "stood still":
            print(f"bed: the outer machine stood still; console: {self.log}", file=sys.stderr)
            return BED_FAILED
        if timed_out:
            limit = f"{self.order.timeout:g}"
            print(f"bed: time limit of {limit} s reached; console: {self.log}", file=sys.stderr)
            return TIMED_OUT
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip().splitlines()
        console = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        telling = re.compile(r"^[^\[]|panic|BUG|Oops|error|RIP: 0010|pc : ")
        for line in [line for line in console if telling.search(line)][-8:]:
            print(f"bed: | {line}", file=sys.stderr)
        reason = said[-1] if said else f"QEMU ended with {self._process.returncode}"
        print(f"bed: the outer machine died: {reason}; console: {self.log}", file=sys.stderr)
        return BED_FAILED


def _writer(out):
    def write(data):
        out.write(data)
        out.flush()
    return write


def _listen(ours, take):
    """Takes what comes out of a port until its machine is gone."""
    with contextlib.suppress(ConnectionResetError):
        while data := ours.recv(1 << 16):
            # A reader of ours that went away must not leave the machine without one.
            with contextlib.suppress(BrokenPipeError):
                take(data)


def _feed(ours, source):
    """Gives a port what can be read from a descriptor, then the end of it."""
    with contextlib.suppress(OSError):
        while data := os.read(source, 1 << 12):
            ours.sendall(data)
        ours.shutdown(socket.SHUT_WR)


def _assignments(values):
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())


def _script(order):
    """The script that becomes the command; a bare name is looked up in PATH before the applets."""
    words = shlex.join(order.command)
    exports = "".join(f"export {name}={shlex.quote(value)}\n"
                      for name, value in order.environment.items())
    return ("#!/bin/sh\ncd /root\n" + exports + f"set -- {words}\n"
            'for folder in $(echo "$PATH" | tr : " "); do\n'
            '\tcase $1 in */*) exec "$@" ;; esac\n'
            '\t[ -x "$folder/$1" ] && program=$folder/$1 && shift && exec "$program" "$@"\n'
            'done\nexec "$@"\n')


def _extract(tar, guest, host):
    """Copies one file or the files under one folder of a tar to a path of this machine."""
    members = [m for m in tar.getmembers() if m.name == guest or m.name.startswith(guest + "/")]
    if not members:
        print(f"bed: nothing to fetch at /{guest}", file=sys.stderr)
    for member in members:
        target = host / member.name[len(guest):].lstrip("/") if member.name != guest else host
        if member.isdir():
            target.mkdir(parents=True, exist_ok=True)
        elif member.isfile():
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(target, "wb") as out:
                shutil.copyfileobj(tar.extractfile(member), out)
            target.chmod(member.mode & 0o777)
