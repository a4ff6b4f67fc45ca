# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""Files of this machine packed for another: as a tar, dynamic programs with their libraries."""

import io
import os
import pathlib
import re
import subprocess
import tarfile

from .cache import Failure


def libraries(path):
    """The shared libraries and the loader that a program of this machine needs, by ldd."""
    with open(path, "rb") as program:
        if program.read(4) != b"\x7fELF":
            return []
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
            for library in libraries(source):
                if library not in self._seen:
                    self._file(pathlib.Path(library), library)

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
