# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""Files of this machine packed for another: as a tar, dynamic programs with their libraries."""

import io
import os
import pathlib
import re
import struct
import subprocess
import tarfile

from . import arch as archs, programs
from .cache import Failure

MACHINES = {62: "x86_64", 183: "aarch64"}    # e_machine


def machine_of(path):
    """The name of the architecture that a program is for; None for what is no program."""
    with open(path, "rb") as program:
        head = program.read(20)
    if len(head) < 20 or head[:4] != b"\x7fELF":
        return None
    return MACHINES.get(struct.unpack_from("<H", head, 18)[0])


def libraries(path):
    """[(path on this machine, path where it is to be)] of a program's libraries and loader."""
    name = machine_of(path)
    if not name:
        return []
    arch = archs.get(name)
    return [(at, at) for at in _listed(path)] if arch.is_here() else _searched(path, arch)


def _searched(path, arch):
    """The same for another architecture, whose programs cannot be asked."""
    top, found, todo = programs.root_of(arch, path), {}, [str(path)]
    while todo:
        said = subprocess.run(["readelf", "-ld", todo.pop()], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, check=False).stdout
        names = re.findall(r"interpreter: (/\S+?)]", said)
        names += [f"/lib/{arch.name}-linux-gnu/{name}"
                  for name in re.findall(r"\(NEEDED\).*\[(\S+)]", said)]
        for name in names:
            places = [top / name.lstrip("/"), top / "usr" / name.lstrip("/")]
            if name not in found:
                found[name] = next((str(p) for p in places if p.exists()), None)
                if not found[name]:
                    raise Failure(f"{path} needs {name}, which is not among Debian's programs "
                                  f"for {arch.debian} that the bed knows")
                todo.append(found[name])
    return [(host, guest) for guest, host in found.items()]


def _listed(path):
    """What ldd says about a program of this machine."""
    done = subprocess.run(["ldd", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True, check=False)
    absent = re.search(r"(\S+) => not found", done.stdout)
    if absent:
        raise Failure(f"{path} needs {absent.group(1)}, which is not installed")
    return re.findall(r"(/\S+) \(0x", done.stdout)


class Pack:
    """A tar being made; paths in it are relative to the root of the machine it is for."""

    def __init__(self, out):
        self._tar = tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT)
        self._seen = set()

    def text(self, path, text, mode=0o644):
        """Adds a file with this text."""
        data = text.encode()
        info = tarfile.TarInfo(path.lstrip("/"))
        info.size, info.mode = len(data), mode
        self._tar.addfile(info, io.BytesIO(data))

    def add(self, host, guest):
        """Adds a file or a folder of this machine, with the libraries that its programs need."""
        source = pathlib.Path(host)
        if not source.exists():
            raise Failure(f"{host}: no such file")
        if source.is_dir():
            self._directory(source, guest)
            for child in sorted(source.iterdir()):
                self.add(child, f"{guest.rstrip('/')}/{child.name}")
        elif guest not in self._seen:
            self._file(source, guest)
            for library, place in libraries(source):
                if place not in self._seen:
                    self._file(pathlib.Path(library), place)

    def _directory(self, source, guest):
        info = tarfile.TarInfo(guest.lstrip("/"))
        info.type, info.mode = tarfile.DIRTYPE, source.stat().st_mode & 0o7777
        self._tar.addfile(info)

    def _file(self, source, guest):
        self._seen.add(guest)
        info = tarfile.TarInfo(guest.lstrip("/"))
        with open(source, "rb") as data:
            status = os.fstat(data.fileno())
            info.size, info.mode = status.st_size, status.st_mode & 0o7777
            self._tar.addfile(info, data)

    def close(self):
        """Ends the archive."""
        self._tar.close()
