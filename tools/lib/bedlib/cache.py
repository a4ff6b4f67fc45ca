# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Things that cost time to make and are kept: each is a folder or a file under the cache folder,
made once under a lock in a scratch folder beside it and moved into place whole, so that a reader
never sees half of one and two processes never make the same one.
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[3]


class Failure(Exception):
    """Something a person has to put right; its text is one line and says what to do."""


def build_dir():
    """The build folder; created with an ignore file when the build itself has not yet."""
    path = TOP / "build"
    if not path.exists():
        path.mkdir(parents=True, exist_ok=True)
        (path / ".gitignore").write_text("*\n")
    return path


def cache_dir():
    """CAIRN_CACHE, or cache/ in the build folder."""
    path = pathlib.Path(os.environ.get("CAIRN_CACHE") or build_dir() / "cache").absolute()
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def locked(name):
    """Holds the lock `name` of the cache folder; waits for whoever else makes the same thing."""
    folder = cache_dir() / "locks"
    folder.mkdir(exist_ok=True)
    with open(folder / name, "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def made(name, make):
    """
    Returns the path of the cached thing `name`. When it is not there, make(path) is called to
    create a file or folder at `path`, which is then moved into place.
    """
    final = cache_dir() / name
    if final.exists():
        return final
    with locked(name.replace("/", "-")):
        if final.exists():
            return final
        final.parent.mkdir(parents=True, exist_ok=True)
        scratch = pathlib.Path(tempfile.mkdtemp(prefix=".new-", dir=cache_dir()))
        try:
            make(scratch / "it")
            os.rename(scratch / "it", final)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return final


def digest(*parts):
    """A short name for content: hex digits over strings and bytes, each with its length."""
    total = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        total.update(b"%d:" % len(data))
        total.update(data)
    return total.hexdigest()[:16]
