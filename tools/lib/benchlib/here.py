# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Measures on this machine's own KVM, of whatever kind: what a program spends until a guest of one
processor and 128 MiB runs, and what it holds while the guest stands still. The guest is tiny.py's.
"""

import contextlib
import ctypes
import fcntl
import os
import platform
import re
import select
import statistics
import struct
import subprocess
import tempfile
import time

from bedlib import arch, kvm
from bedlib.cache import Failure

from . import tiny
from .report import Row

MEMORY_MIB = 128
LIMIT_SECONDS = 20      # for a guest to start
KVM_CREATE_VM, KVM_CREATE_VCPU, KVM_CREATE_IRQCHIP = 0xAE01, 0xAE41, 0xAE60
KVM_SET_TSS_ADDR, KVM_SET_IDENTITY_MAP_ADDR = 0xAE47, 0x4008AE48
KVM_GET_SUPPORTED_CPUID, KVM_SET_CPUID2 = 0xC008AE05, 0x4008AE90
KVM_X86 = {"irqchip": "KVM_CREATE_IRQCHIP",
           "cpuid": "KVM_GET_SUPPORTED_CPUID + KVM_SET_CPUID2"}
CPUID_ENTRIES, CPUID_ENTRY_BYTES = 256, 40
TSS_AT, IDENTITY_AT = 0x7FFFD000, 0x7FFFC000    # an address above 2 GiB is no int


class Guest:
    """A monitor with the tiny guest in it; a context manager that ends it."""

    def __init__(self, command, prefix=()):
        self._file = tempfile.NamedTemporaryFile(prefix="cairn-bench-")
        self._file.write(tiny.image(arch.get(arch.HERE)))
        self._file.flush()
        values = {"kernel": self._file.name, "memory": MEMORY_MIB, "cmdline": "quiet"}
        self.words = [*prefix, *(word.format(**values) for word in command)]

    def __enter__(self):
        # A pipe that stays open: some monitors spin on a standard input that has ended.
        started = time.monotonic_ns()
        self.process = subprocess.Popen(self.words, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        ready, _, _ = select.select([self.process.stdout], [], [], LIMIT_SECONDS)
        said = os.read(self.process.stdout.fileno(), 1) if ready else b""
        self.cpu_ns = self._cpu() if said else 0
        self.wall_ns = time.monotonic_ns() - started
        if said != b"!":
            self.__exit__()
            raise Failure(f"{self.words[0]}: the guest said nothing")
        return self

    def _cpu(self):
        # The process's CPU clock, as clock_getcpuclockid(3) makes it.
        return time.clock_gettime_ns(~self.process.pid << 3 | 2)

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()
        self._file.close()


def cairn(program, *more):
    """The command line of cairn as a template."""
    return [str(program), "run", "--kernel", "{kernel}", "--memory", "{memory}M", "--cmdline",
            "{cmdline}", *more]


def _median(values):
    return statistics.median(values), (min(values), max(values))


def _run_and_cost(command):
    """CPU time of a whole program, in microseconds."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
    return (used.ru_utime + used.ru_stime) * 1e6


def _cost(what):
    """CPU time of one system call, in microseconds, and its result."""
    before = time.thread_time_ns()
    result = what()
    return (time.thread_time_ns() - before) / 1e3, result


def kvm_alone(times):
    """CPU time of KVM's own calls, without a monitor: lists of microseconds."""
    if platform.machine() != "x86_64":
        return _kvm_plain(times)
    costs = {"vm": [], "irqchip": [], "vcpu": [], "cpuid": []}
    ioctl = ctypes.CDLL(None).ioctl      # fcntl.ioctl() takes no buffer as large as this one
    with open("/dev/kvm", "rb+", buffering=0) as node:
        for _ in range(times):
            cpuid = ctypes.create_string_buffer(8 + CPUID_ENTRIES * CPUID_ENTRY_BYTES)
            struct.pack_into("<I", cpuid, 0, CPUID_ENTRIES)
            asked = _cost(lambda: ioctl(node.fileno(), ctypes.c_ulong(KVM_GET_SUPPORTED_CPUID),
                                        cpuid))[0]
            cost, vm = _cost(lambda: fcntl.ioctl(node, KVM_CREATE_VM, 0))
            costs["vm"].append(cost)
            with contextlib.suppress(OSError):
                fcntl.ioctl(vm, KVM_SET_IDENTITY_MAP_ADDR, struct.pack("<Q", IDENTITY_AT))
                fcntl.ioctl(vm, KVM_SET_TSS_ADDR, TSS_AT)
            costs["irqchip"].append(_cost(lambda: fcntl.ioctl(vm, KVM_CREATE_IRQCHIP, 0))[0])
            cost, vcpu = _cost(lambda: fcntl.ioctl(vm, KVM_CREATE_VCPU, 0))
            costs["vcpu"].append(cost)
            given = _cost(lambda: ioctl(vcpu, ctypes.c_ulong(KVM_SET_CPUID2), cpuid))[0]
            costs["cpuid"].append(asked + given)
            os.close(vcpu)
            os.close(vm)
    return costs


def _kvm_plain(times):
    """The same where KVM has neither CPUID nor an interrupt controller of one call."""
    costs = {"vm": [], "vcpu": []}
    with open("/dev/kvm", "rb+", buffering=0) as node:
        for _ in range(times):
            cost, vm = _cost(lambda: fcntl.ioctl(node, KVM_CREATE_VM, 0))
            costs["vm"].append(cost)
            cost, vcpu = _cost(lambda: fcntl.ioctl(vm, KVM_CREATE_VCPU, 0))
            costs["vcpu"].append(cost)
            os.close(vcpu)
            os.close(vm)
    return costs


def _need_kvm():
    if not kvm.usable():
        raise Failure("/dev/kvm is not there or not permitted")


def start(bench):
    """From exec to the guest's first instructions."""
    _need_kvm()
    times = 10 if bench.quick else 50
    cpu, wall = [], []
    for _ in range(times):
        with Guest(cairn(bench.cairn)) as guest:
            cpu.append(guest.cpu_ns / 1e3)
            wall.append(guest.wall_ns / 1e3)
    bare = _median([_run_and_cost([str(bench.cairn), "--version"]) for _ in range(times)])
    floor = _median([_run_and_cost(["/bin/true"]) for _ in range(times)])
    kernel = {name: _median(values) for name, values in kvm_alone(times).items()}
    create = kernel["vm"][0] + kernel["vcpu"][0]
    median, spread = _median(cpu)
    rows = [
        Row("start", "exec to first guest instruction, CPU", median, "us", spread),
        Row("start", "  of it exec, dynamic linking if any, exit (--version)", bare[0], "us", bare[1]),
        Row("start", "  for comparison: /bin/true", floor[0], "us", floor[1]),
        Row("start", "  of it KVM_CREATE_VM + KVM_CREATE_VCPU", create, "us"),
        *(Row("start", f"  of it {name}", kernel[key][0], "us", kernel[key][1])
          for key, name in KVM_X86.items() if key in kernel),
        Row("start", "  beyond creating VM and vCPU", median - create, "us", limit=1500),
        Row("start", "exec to first guest instruction, wall", *_unpair(_median(wall), "us")),
    ]
    return rows + _peers(bench, "start", "us", lambda command: _median(
        [_started(command) for _ in range(times)])[0])


def _started(command):
    """CPU time until the guest runs, in microseconds."""
    with Guest(command) as guest:
        return guest.cpu_ns / 1e3


def _unpair(pair, unit):
    return pair[0], unit, pair[1]


def _peers(bench, measure, unit, figure):
    """The same of the peers; one that does not run here is noted."""
    rows = []
    for name, command in bench.here_peers():
        try:
            rows.append(Row(measure, f"  {name}", figure(command), unit))
        except (Failure, OSError) as error:
            bench.skip(f"{measure}: {name}", str(error))
    return rows


def private_kib(pid, guest_kib):
    """Private memory of a process, mappings as large as the guest's memory left out."""
    total, own = 0, True
    with open(f"/proc/{pid}/smaps", encoding="ascii", errors="replace") as maps:
        for entry in maps:
            word = entry.split()
            if word[0] == "Size:":
                own = int(word[1]) < guest_kib
            elif own and word[0] in ("Private_Clean:", "Private_Dirty:"):
                total += int(word[1])
    return total


def _held(command):
    with Guest(command) as guest:
        return private_kib(guest.process.pid, MEMORY_MIB << 10)


def memory(bench):
    """Private memory beside the guest's."""
    _need_kvm()
    row = Row("memory", "private memory beside the guest's", _held(cairn(bench.cairn)), "KiB",
              limit=1536, note="guest of 128 MiB, 1 vCPU")
    return [row] + _peers(bench, "memory", "KiB", _held)


def _calls(command):
    """System calls of all threads up to the first KVM_RUN, and how many are the loader's."""
    with tempfile.NamedTemporaryFile(prefix="cairn-strace-", mode="r") as trace:
        # With -D it is the monitor that is started here and can be killed; the tracer ends with
        # it, and has until then the other ends of the pipes that are waited for.
        with Guest(command, ("strace", "-f", "-D", "-q", "-o", trace.name)):
            pass
        lines = trace.read().splitlines()
    calls = [entry for entry in lines if re.match(r"\d+\s+\w+\(", entry)]
    run = next((n for n, entry in enumerate(calls) if "KVM_RUN" in entry), None)
    if run is None:
        raise Failure("strace saw no KVM_RUN")
    names = [re.match(r"\d+\s+(\w+)", entry).group(1) for entry in calls[:run]]
    # The dynamic loader, where there is one, ends with unmapping its cache.
    loads = any("ld.so.cache" in entry for entry in calls)
    loader = names.index("munmap") + 1 if loads else 0
    return len(names), loader


def syscalls(bench):
    """System calls before the guest runs."""
    _need_kvm()
    total, loader = _calls(cairn(bench.cairn))
    row = Row("syscalls", "system calls before the first KVM_RUN", total, "calls",
              note=f"{loader} of them the dynamic loader's")
    return [row] + _peers(bench, "syscalls", "calls", lambda command: _calls(command)[0])


def _stripped_bytes(program, folder, prefix):
    copy = f"{folder}/stripped"
    subprocess.run([f"{prefix}strip", "-o", copy, str(program)], check=True)
    return os.stat(copy).st_size


def size(bench):
    """The size of the program, and without the C library that any program like it carries."""
    return sized("size", bench.cairn, "")


def sized(measure, program, prefix):
    """The same of a program for which the compiler and binutils begin with `prefix`."""
    needed = subprocess.run([f"{prefix}objdump", "-p", str(program)], check=True,
                            stdout=subprocess.PIPE, text=True).stdout
    libraries = re.findall(r"NEEDED\s+(\S+?)\.so", needed)
    with tempfile.TemporaryDirectory(prefix="cairn-bench-") as folder:
        empty = f"{folder}/empty"
        subprocess.run([f"{prefix}gcc", "-x", "c", "-O2", *([] if libraries else ["-static-pie"]),
                        "-o", empty, "-"], check=True, input=b"int main(void) { return 0; }")
        stripped = _stripped_bytes(program, folder, prefix)
        without = stripped - _stripped_bytes(empty, folder, prefix)
        text = subprocess.run([f"{prefix}size", str(program)], check=True, stdout=subprocess.PIPE,
                              text=True)
    code, data, zeroed = text.stdout.splitlines()[1].split()[:3]
    linked = f"shared: {' '.join(libraries)}" if libraries else "its libraries inside"
    return [Row(measure, "the program, stripped", stripped / 1024, "KiB",
                note=f"text {code}, data {data}, bss {zeroed}; {linked}"),
            Row(measure, "  beyond an empty program linked alike", without / 1024, "KiB",
                limit=1024)]
