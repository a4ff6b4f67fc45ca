#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Every bad file and value that a user can give: check.py CAIRN SECCOMP. Each must get one line that
names the option, the file or value, and the reason; the documented exit code; and leave nothing
behind. Exit code 77 where there is no /dev/kvm to start good machines with.
"""

import fcntl
import os
import platform
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile

import images

SKIPPED = 77
SECONDS = 60
NOBODY = 65534
USAGE, BAD_FILE, HOST = 2, 3, 4


class Bench:
    """A folder with files, the program, and the number of cases that went wrong."""

    def __init__(self, cairn, seccomp, folder):
        self.cairn, self.seccomp, self.folder = cairn, seccomp, folder
        self.count = self.bad = 0

    def file(self, name, data=b""):
        """Writes a file; returns its path."""
        path = os.path.join(self.folder, name)
        with open(path, "wb") as out:
            out.write(data)
        return path

    def sparse(self, name, size):
        """A file of zeroes."""
        path = self.file(name)
        os.truncate(path, size)
        return path

    def start(self, words, **more):
        """Runs cairn in the folder; returns what became of it, and the group it was in."""
        command = [self.cairn, "run", "--seccomp", self.seccomp, *words]
        with subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              errors="replace", start_new_session=True, **more) as run:
            try:
                out, err = run.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                run.kill()
                out, err = run.communicate()
        return run, out, err

    def good(self, name, words):
        """A machine that must run and power off, so that the bad ones fail for their fault."""
        run, _, err = self.start(words)
        self.judge(name, [f"exit code {run.returncode}"] * (run.returncode != 0) +
                   [f"said: {err}"] * bool(err))

    def refused(self, name, words, code, *says, **more):
        """Refused with this exit code and one line that has all of `says` (expressions)."""
        before = sorted(os.listdir(self.folder))
        run, out, err = self.start(words, **more)
        wrong = []
        if run.returncode != code:
            wrong.append(f"exit code {run.returncode}, not {code}")
        if len(err.splitlines()) != 1 or not err.startswith("cairn: "):
            wrong.append("not one line")
        wrong += [f"does not say '{say}'" for say in says if not re.search(say, err)]
        if re.search(r"\(0x|\(-?[0-9]+\)", err):
            wrong.append("ends in a bare number")
        wrong += [f"says '{name}' twice" for name in names_in(words) if err.count(name) > 1]
        if out:
            wrong.append(f"standard output: {out[:100]}")
        if sorted(os.listdir(self.folder)) != before:
            wrong.append("leaves files behind")
        if group_lives(run.pid):
            wrong.append("leaves a process behind")
        self.judge(name, [*wrong, err] if wrong else [])

    def judge(self, name, wrong):
        """Counts and prints."""
        self.count += 1
        self.bad += bool(wrong)
        if wrong:
            print(f"FAIL {name}: {'; '.join(wrong)}")


def names_in(words):
    """The names and paths among the words, but for short ones that occur in other words."""
    last = [re.sub(r"^[a-z]+=", "", word).split(",")[0] for word in words]
    return [name for name in last if len(name) > 3 and not name.startswith("-")]


def group_lives(group):
    """Whether a process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def memory(bench, kernel):
    """Sizes of memory."""
    for size, code, why in (("0", USAGE, "at least 4M"), ("4095K", USAGE, "at least"),
                            ("4097K1", USAGE, "size such as"), ("", USAGE, "empty|size"),
                            ("-1", USAGE, "size such as"), ("5000001", USAGE, "multiple"),
                            ("99999999999G", USAGE, "size such as"),
                            ("1000G", HOST, "host has|memory"),
                            ("8000000G", HOST, "host has|memory")):
        bench.refused(f"memory {size}", ["--kernel", kernel, "--memory", size], code, "--memory",
                      why)
    for pages, size, code, why in (("3M", "6M", USAGE, "must be transparent, off"),
                                   ("2M", "5M", USAGE, "multiple of 2M"),
                                   ("1G", "512M", USAGE, "multiple of 1G")):
        bench.refused(f"pages of {pages}", ["--kernel", kernel, "--hugepages", pages, "--memory",
                                            size], code, "--hugepages", why)
    host_2m = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 21
    bench.refused("more huge pages than there are",
                  ["--kernel", kernel, "--hugepages", "2M", "--memory", f"{2 * host_2m}M"], HOST,
                  "huge pages", "nr_hugepages")


def options(bench, kernel):
    """Words that are no options, values that are none, and options that contradict."""
    for words, *says in (
            (["--cpus", "0"], "--cpus", "1 to 1024"),
            (["--cpus", "10000"], "--cpus", "10000", "1 to 1024"),
            (["--cpus", "two"], "--cpus", "two"),
            (["--cpus"], "--cpus", "value"),
            (["--cpus", "1", "--cpus", "2"], "--cpus", "twice"),
            (["--frobnicate"], "--frobnicate", "unknown"),
            (["stray"], "stray"),
            (["--console", "tty"], "--console", "tty", "serial"),
            (["--console", "file="], "--console", "empty"),
            (["--transport", "isa"], "--transport", "isa"),
            (["--entry", "pvh", "--unpack", "off"], "--entry", "--unpack", "contradict"),
            (["--rng", "--rng"], "--rng", "twice"),
            (["--rng=yes"], "--rng", "no value"),
            (["--disk", "path="], "--disk", "empty"),
            (["--disk", "readonly"], "--disk", "path"),
            (["--disk", "path=d,engine=aio"], "--disk", "aio"),
            (["--disk", "path=d,queues=0"], "--disk", "queues"),
            (["--disk", "path=d,bogus=1"], "--disk", "bogus"),
            (["--disk", "path=d", "--disk", "path=d"], "--disk", "twice"),
            (["--net", "mtu=1500"], "--net", "tap"),
            (["--net", "tap=averyverylongname"], "--net", "averyverylongname"),
            (["--net", "tap=t,mac=01:00:00:00:00:00"], "--net", "mac"),
            (["--net", "tap=t,mtu=10"], "--net", "mtu"),
            (["--net", "tap=t,queues=0"], "--net", "queues"),
            (["--net", "tap=t,queues=17"], "--net", "queues"),
            (["--port", "name=a"], "--port", "name=a", "pty, socket=PATH and file=FILE"),
            (["--port", "name=a,socket=s,link=l"], "--port", "link"),
            (["--port", "name=a,pty", "--port", "name=a,pty"], "--port", "name=a", "twice"),
            (["--cmdline", "a" * 5000], "--cmdline", "too long", r"\b4095\b"),
            (["--cmdline", "a\nb"], "--cmdline", "printable")):
        bench.refused(f"options {words[0]} {words[-1][:30]}", ["--kernel", kernel, *words], USAGE,
                      *says)
    bench.refused("kernel and firmware", ["--kernel", kernel, "--firmware", kernel], USAGE,
                  "--firmware", "contradicts")
    bench.refused("initrd of nothing", ["--initrd", kernel], USAGE, "--initrd")


def no_such_file(bench, kernel):
    """Files that are not there, are folders, are empty, or may not be read."""
    inputs = {"--kernel": ["--kernel", "{}"], "--firmware": ["--firmware", "{}"],
              "--initrd": ["--kernel", kernel, "--initrd", "{}"],
              "--disk": ["--kernel", kernel, "--disk", "path={}"]}
    os.mkfifo(os.path.join(bench.folder, "fifo"))
    bench.file("nothing")
    secret = bench.file("secret", b"x" * 512)
    os.chmod(secret, 0)
    for option, words in inputs.items():
        def with_file(path, words=words):
            return [word.format(path) for word in words]
        bench.refused(f"{option} missing", with_file("absent"), BAD_FILE, option, "absent",
                      "No such file")
        bench.refused(f"{option} below a file", with_file("nothing/x"), BAD_FILE, option,
                      "nothing/x", "Not a directory")
        bench.refused(f"{option} folder", with_file("."), BAD_FILE, option, "regular|neither|dir")
        bench.refused(f"{option} FIFO", with_file("fifo"), BAD_FILE, option, "fifo",
                      "regular|neither")
        bench.refused(f"{option} empty", with_file("nothing"), BAD_FILE, option, "nothing",
                      "empty")
        bench.refused(f"{option} not permitted", with_file("secret"), BAD_FILE, option, "secret",
                      "[Pp]ermission denied", **as_nobody())
    long = "d" * 240
    bench.refused("long name", ["--kernel", kernel, "--disk", f"path={long}"], BAD_FILE, "--disk",
                  "No such file")
    for words, option, name in ((["--console", "file=absent/log"], "--console", "absent/log"),
                                (["--pidfile", "absent/pid"], "--pidfile", "absent/pid"),
                                (["--port", "name=a,file=absent/f"], "--port", "absent/f"),
                                (["--port", "name=a,socket=absent/s"], "--port", "absent/s")):
        bench.refused(f"{option} in a folder that is not there", ["--kernel", kernel, *words],
                      BAD_FILE, option, name, "No such file")


def sockets(bench, kernel):
    """A path that is too long, or that something else has, which stays."""
    long = "s" * 108
    bench.refused("socket with a long path", ["--kernel", kernel, "--port", f"name=a,socket={long}"],
                  BAD_FILE, "--port name=a", long, "too long")
    path = bench.file("nosocket", b"1")
    bench.refused("socket where a file is",
                  ["--kernel", kernel, "--port", "name=a,socket=nosocket"], BAD_FILE,
                  "--port name=a", "nosocket", "in use")
    bench.judge("the file is not touched", [] if os.path.getsize(path) == 1 else ["changed"])


def as_nobody():
    """Arguments of Popen: a user who may do nothing, when we are root."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def pidfile(bench, kernel):
    """One that exists is not touched; ours is gone after a failure, too."""
    path = bench.file("taken", b"1\n")
    bench.refused("pidfile exists", ["--kernel", kernel, "--pidfile", "taken"], BAD_FILE,
                  "--pidfile taken", "exists")
    with open(path, "rb") as file:
        bench.judge("pidfile is not touched", [] if file.read() == b"1\n" else ["changed"])
    bench.refused("pidfile with a bad kernel", ["--kernel", "junk", "--pidfile", "fresh"],
                  BAD_FILE, "--kernel junk")
    bench.refused("pidfile with an initrd that does not fit",
                  ["--kernel", kernel, "--initrd", "huge", "--memory", "8M", "--pidfile", "fresh"],
                  BAD_FILE, "--initrd huge")


def disks(bench, kernel):
    """Sizes that no disk has, and a disk that is in use."""
    bench.sparse("odd", 1000)
    busy = bench.sparse("busy", 1 << 20)
    bench.refused("disk not a multiple", ["--kernel", kernel, "--disk", "path=odd"], BAD_FILE,
                  "--disk", "odd", "multiple")
    with open(busy, "r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        bench.refused("disk with a writer", ["--kernel", kernel, "--disk", "path=busy"], BAD_FILE,
                      "--disk", "busy", "in use")
        bench.refused("disk with a writer, read only",
                      ["--kernel", kernel, "--disk", "path=busy,readonly"], BAD_FILE, "--disk",
                      "busy", "by another process")
    bench.good("disk without a writer", ["--kernel", kernel, "--disk", "path=busy"])


def variables(bench, kernel):
    """A flash file that cannot be made, is no file, has no chip's size, or is in use."""
    os.mkfifo(os.path.join(bench.folder, "pipe"))
    bench.sparse("odd-vars", 96 << 10)
    closed = bench.sparse("closed-vars", 64 << 10)
    os.chmod(closed, 0)
    busy = bench.sparse("busy-vars", 256 << 10)
    for path, why, more in (("absent/vars", "No such file", {}), ("busy-vars/x", "Not a dir", {}),
                            (".", "directory", {}), ("pipe", "regular", {}),
                            ("odd-vars", "64K to 2M", {}),
                            ("closed-vars", "[Pp]ermission denied", as_nobody())):
        bench.refused(f"variables in {path}", ["--kernel", kernel, "--firmware-vars", path],
                      BAD_FILE, "--firmware-vars", path, why, **more)
    with open(busy, "r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        bench.refused("variables in use", ["--kernel", kernel, "--firmware-vars", "busy-vars"],
                      BAD_FILE, "--firmware-vars", "busy-vars", "in use")
    bench.good("variables not in use", ["--kernel", kernel, "--firmware-vars", "busy-vars"])


def net(bench, kernel):
    """Interfaces that are not there, or no taps."""
    for name in ("absent0", "lo"):
        bench.refused(f"tap {name}", ["--kernel", kernel, "--net", f"tap={name}"], BAD_FILE,
                      "--net", name, "tap")


def limits(bench, kernel):
    """A host that has too little."""
    def few_files():
        resource.setrlimit(resource.RLIMIT_NOFILE, (6, 6))
    bench.refused("no descriptors left", ["--kernel", kernel, "--cpus", "4"], HOST,
                  "Too many open files", preexec_fn=few_files)

    def some_files():
        resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
    # aarch64's interrupt controller wants all vCPUs at once, which is another refusal.
    bench.refused("no descriptors left for vCPUs", ["--kernel", kernel, "--cpus", "60"], HOST,
                  "Too many open files", "ulimit" if platform.machine() == "x86_64" else "",
                  preexec_fn=some_files)
    node = os.stat("/dev/kvm")
    if os.geteuid() == 0 and not node.st_mode & 0o006:
        bench.refused("/dev/kvm not permitted", ["--kernel", kernel], HOST, "/dev/kvm",
                      "[Pp]ermission denied", **as_nobody())


def kernels(bench, good):
    """Images of which one thing is wrong."""
    top = (1 << 64) - 1
    wrong = {
        "class": images.header(good, **{"class": 1}),
        "data": images.header(good, data=2),
        "version": images.header(good, version=7),
        "type": images.header(good, type=1),
        "machine": images.header(good, machine=183),
        "phoff-top": images.header(good, phoff=top),
        "phoff-end": images.header(good, phoff=len(good) - 8),
        "phoff-wraps": images.header(good, phoff=top - 55),
        "phnum-0": images.header(good, phnum=0),
        "phnum-top": images.header(good, phnum=0xffff),
        "phentsize": images.header(good, phentsize=1),
        "offset": images.segment(good, 0, offset=top),
        "offset-wraps": images.segment(good, 0, offset=top - 10),
        "filesz": images.segment(good, 0, filesz=top, memsz=top),
        "filesz-over-memsz": images.segment(good, 0, memsz=4),
        "memsz-top": images.segment(good, 0, memsz=top),
        "memsz-wraps": images.segment(good, 0, memsz=top - 0x100000 + 2),
        "paddr-top": images.segment(good, 0, paddr=top - 4096),
        "paddr-low": images.segment(good, 0, paddr=0),
        "paddr-beyond": images.segment(good, 0, paddr=1 << 40),
        "larger-than-memory": images.segment(good, 0, memsz=64 << 20),
        "zeroes": b"\0" * 4096,
        "text": b"not a kernel\n" * 100,
    }
    generator = random.Random(1)
    wrong.update({f"random-{n}": generator.randbytes(4096 * n + n) for n in range(4)
                  if n} | {"magic-only": b"\x7fELF" + generator.randbytes(5000)})
    for name, image in wrong.items():
        bench.file("wrong.elf", image)
        bench.refused(f"kernel {name}", ["--kernel", "wrong.elf", "--memory", "16M"], BAD_FILE,
                      "--kernel wrong.elf: [A-Za-z]", "; ")


def cut(bench, name, image, offsets):
    """A kernel cut off at each of these offsets."""
    for offset in sorted(set(offsets)):
        if offset < len(image):
            bench.file("cut", image[:offset])
            bench.refused(f"{name} cut at {offset}", ["--kernel", "cut", "--memory", "16M"],
                          BAD_FILE, "--kernel cut: [A-Za-z]")


def initrds(bench, kernel):
    """Initial RAM disks that do not fit, and one whose file ends before its size says."""
    bench.sparse("huge", 64 << 20)
    bench.refused("initrd larger than memory",
                  ["--kernel", kernel, "--initrd", "huge", "--memory", "16M"], BAD_FILE,
                  "--initrd huge", "fit")
    short = shorter_than_it_says()
    if short:
        bench.refused("initrd shorter than it says", ["--kernel", kernel, "--initrd", short],
                      BAD_FILE, f"--initrd {short}", "shorter|end of|truncated|cut")
        bench.refused("kernel shorter than it says", ["--kernel", short], BAD_FILE,
                      f"--kernel {short}")


def shorter_than_it_says():
    """A file like one that is truncated while it is read: sysfs says 4096 bytes and has fewer."""
    path = "/sys/kernel/mm/transparent_hugepage/enabled"
    try:
        with open(path, "rb") as file:
            return path if len(file.read()) < os.stat(path).st_size else None
    except OSError:
        return None


def run_all(bench):
    """Every case."""
    elf = images.elf()
    bzimage = images.bzimage(elf)
    kernel = bench.file("good", elf)
    bench.file("good-bzimage", bzimage)
    bench.file("junk", b"junk" * 100)
    bench.good("a good ELF", ["--kernel", kernel])
    bench.good("a good bzImage", ["--kernel", "good-bzimage"])
    memory(bench, kernel)
    options(bench, kernel)
    no_such_file(bench, kernel)
    initrds(bench, kernel)
    sockets(bench, kernel)
    pidfile(bench, kernel)
    disks(bench, kernel)
    variables(bench, kernel)
    net(bench, kernel)
    limits(bench, kernel)
    kernels(bench, elf)
    cut(bench, "ELF", elf, [1, 3, 4, 5, *range(16, 180, 9), 4095, 4096, 4097, len(elf) - 1])
    cut(bench, "bzImage", bzimage, [1, 0x1f0, 0x1f1, 0x1ff, *range(0x200, 0x270, 9),
                                    *range(0x270, len(bzimage), 97), len(bzimage) - 24])


def main():
    """The program."""
    cairn, seccomp = os.path.abspath(sys.argv[1]), sys.argv[2]
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        print("no /dev/kvm")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="cairn-badinput-") as folder:
        os.chmod(folder, 0o755)
        with tempfile.TemporaryDirectory(prefix="cairn-program-") as programs:
            os.chmod(programs, 0o755) # for another user, whom the build folder may not let in
            bench = Bench(shutil.copy2(cairn, programs), seccomp, folder)
            run_all(bench)
    print(f"{bench.count - bench.bad} of {bench.count} as they should be")
    return 1 if bench.bad else 0


if __name__ == "__main__":
    sys.exit(main())
