# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
An initramfs in memory, written as the kernel's "newc" cpio format. The same entries give the same
bytes: no times, no owners, no inode numbers of this machine.
"""

import stat

DIRECTORY, FILE, LINK = stat.S_IFDIR | 0o755, stat.S_IFREG, stat.S_IFLNK | 0o777


class Archive:
    """Files to be; parents of what is added are added by themselves."""

    def __init__(self):
        self._entries = {}

    def _parents(self, path):
        parts = path.split("/")[:-1]
        for end in range(1, len(parts) + 1):
            self._entries.setdefault("/".join(parts[:end]), (DIRECTORY, b""))

    def directory(self, path):
        """Adds a folder."""
        self._parents(path)
        self._entries.setdefault(path, (DIRECTORY, b""))

    def file(self, path, data, mode=0o644):
        """Adds a file with these bytes."""
        self._parents(path)
        self._entries[path] = (FILE | mode, data)

    def link(self, path, target):
        """Adds a symbolic link."""
        self._parents(path)
        self._entries[path] = (LINK, target.encode())

    def bytes(self):
        """The archive."""
        pieces = []
        for number, (path, (mode, data)) in enumerate(self._entries.items(), start=1):
            pieces.append(_member(number, path, mode, data))
        pieces.append(_member(0, "TRAILER!!!", 0, b""))
        return b"".join(pieces)


def _member(number, path, mode, data):
    name = path.encode() + b"\0"
    links = 2 if stat.S_ISDIR(mode) else 1
    fields = (number, mode, 0, 0, links, 0, len(data), 0, 0, 0, 0, len(name), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
    return _padded(head) + _padded(data)


def _padded(data):
    return data + b"\0" * (-len(data) % 4)
