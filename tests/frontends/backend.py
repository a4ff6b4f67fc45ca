# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""cairn-device as the tests with other people's front ends start and end it."""

import pathlib
import subprocess
import time


class Failed(Exception):
    """The test has failed; the text says how."""


def expect(condition, text):
    """Fails unless condition holds."""
    if not condition:
        raise Failed(text)


class BackEnd:
    """cairn-device on a socket and a disk."""

    def __init__(self, program, folder, extra):
        self.socket = folder / "disk.sock"
        self.log = open(folder / "device.log", "ab")
        self.process = subprocess.Popen(
            [program, "blk", "--socket", self.socket, "--disk",
             f"path={folder}/disk.img,serial=cairn-test"] + extra,
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        for _ in range(200):
            if self.process.poll() is not None or self.listens():
                break
            time.sleep(0.05)
        self.check()

    def listens(self):
        """True once front ends may come."""
        return f" {self.socket}\n" in pathlib.Path("/proc/net/unix").read_text()

    def check(self):
        """Fails when it is not there any more."""
        expect(self.process.poll() is None, f"cairn-device ended ({self.process.returncode})")

    def kill(self):
        """Ends it without a warning."""
        self.process.kill()
        self.process.wait()

    def end(self):
        """Asks it to end."""
        self.check()
        self.process.terminate()
        expect(self.process.wait(10) == 0, "SIGTERM: not exit code 0")
        expect(not self.socket.exists(), "SIGTERM: the socket is left behind")
