# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
A raw disk image with Debian on it: a minimal system with systemd as its maintainers ship it, root
without a password, logged in by itself on serial consoles. Made without loop devices.
"""

import contextlib
import os
import pathlib
import shlex
import subprocess

from . import apt, programs
from .cache import Failure, digest, made

PACKAGES = ("systemd-sysv", "udev", "dbus", "iproute2", "iputils-ping", "kmod", "util-linux",
            "e2fsprogs", "procps", "netcat-openbsd", "login")
SIZE = "1G"
AUTOLOGIN = """[Service]
ExecStart=
ExecStart=-/sbin/agetty --autologin root --keep-baud 115200 %I vt220
"""
NETWORK = """[Match]
Name=e*
[Network]
DHCP=no
"""
# An emulated machine beside others on a busy one is slow.
PATIENCE = """[Manager]
DefaultDeviceTimeoutSec=20min
DefaultTimeoutStartSec=20min
"""
FILES = {
    "etc/hostname": "cairn\n",
    "etc/fstab": "LABEL=root / ext4 rw,errors=remount-ro 0 1\n",
    "etc/systemd/system/serial-getty@.service.d/autologin.conf": AUTOLOGIN,
    "etc/systemd/network/10-e.network": NETWORK,
    "etc/systemd/system.conf.d/patience.conf": PATIENCE,
}


def as_root(command):
    """Runs a command as root: owners in the image have to be right."""
    prefix = [] if os.geteuid() == 0 else ["sudo"]
    return apt.run(prefix + command)


def _proxy():
    """What makes apt in the new system use the proxy that apt here uses."""
    said = apt.run(["apt-config", "shell", "proxy", "Acquire::http::Proxy"]).strip()
    value = shlex.split(said)[0].partition("=")[2] if said else ""
    return [f'--aptopt=Acquire::http::Proxy "{value}"'] if value else []


def _hooks(files):
    hooks = ["chroot \"$1\" passwd -d root", "rm -f \"$1/etc/resolv.conf\""]
    for path, text in files.items():
        target = f'"$1"/{path}'
        hooks.append(f"mkdir -p \"$1\"/{os.path.dirname(path)} && "
                     f"printf %s {shlex.quote(text)} >{target}")
    hooks.append("chroot \"$1\" systemctl enable systemd-networkd")
    return [f"--customize-hook={hook}" for hook in hooks]


def _runs(arch):
    """Whether this machine runs an architecture's programs."""
    try:
        return subprocess.run([programs.busybox(arch), "true"], check=False).returncode == 0
    except OSError:
        return False


def _make_run(arch):
    """
    Has an architecture's programs run here, by QEMU's user mode emulation: packages configure
    themselves. It is there once qemu-user-static is installed, but for containers.
    """
    if _runs(arch):
        return
    with contextlib.suppress(Failure):
        if not os.path.exists("/proc/sys/fs/binfmt_misc/register"):
            as_root(["mount", "-t", "binfmt_misc", "binfmt_misc", "/proc/sys/fs/binfmt_misc"])
        as_root(["sh", "-c", f"cat /usr/lib/binfmt.d/qemu-{arch.name}.conf "
                 ">/proc/sys/fs/binfmt_misc/register"])
    if not _runs(arch):
        raise Failure(f"this machine does not run programs for {arch.name}, which making its disk "
                      "needs: run tools/setup, and allow the mount of binfmt_misc")


@contextlib.contextmanager
def tree(arch, scratch, packages=PACKAGES, files=None, codename=apt.CODENAME):
    """A folder below `scratch` with a system of these packages and files; root's, and it goes."""
    apt.need_archive(codename)
    _make_run(arch)
    top, tar = scratch / "tree", scratch / "root.tar"
    top.mkdir()
    excluded = ("man", "doc", "locale")
    as_root(["mmdebstrap", "--variant=minbase", f"--architectures={arch.debian}",
             f"--include={','.join(packages)}",
             '--aptopt=Acquire::Languages "none"', *_proxy(),
             *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in excluded),
             *_hooks(files or FILES), codename, str(tar),
             *apt.sources(codename=codename).splitlines()])
    try:
        as_root(["tar", "-xf", str(tar), "-C", str(top), "--numeric-owner"])
        yield top
    finally:
        as_root(["rm", "-rf", str(top), str(tar)])


def file_system(top, image, label, size, *more):
    """An ext4 image of ours with the files of a folder of root's; more words for mke2fs."""
    as_root(["/sbin/mke2fs", "-q", "-F", "-t", "ext4", *more, "-d", str(top), "-L", label,
             str(image), size])
    as_root(["chown", f"{os.getuid()}:{os.getgid()}", str(image)])


def need_root():
    """Fails where owners in an image cannot be right."""
    if os.geteuid() != 0 and subprocess.run(["sh", "-c", "command -v sudo"], check=False,
                                            stdout=subprocess.DEVNULL).returncode != 0:
        raise Failure("making a Debian disk needs root or sudo")


def _make(arch, path):
    path.mkdir()
    with tree(arch, path) as top:
        file_system(top, path / "disk.img", "root", SIZE)


def get(arch):
    """
    The path of an Arch's image; made the first time. Copy it or write to it through a snapshot.
    """
    name = digest(pathlib.Path(__file__).read_bytes())
    need_root()
    return made(f"disk-{arch.name}-{name}", lambda path: _make(arch, path)) / "disk.img"
