# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""A conversation with a guest's serial console: wait for text, type a line, take what it says."""

import re
import threading
import time

from .cache import Failure

ESCAPES = re.compile(rb"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>])")
PROGRESS_SECONDS = 20
PROMPT = rb"root@\w+:~# ?$"


class Talk:
    """
    Takes the console's output from a binary file and types into another; what is said goes to
    `show` as it comes. One thread reads; one, the caller's, waits and types. Nothing may take
    longer than `limit` seconds; every PROGRESS_SECONDS of waiting `say` is given a line.
    """

    def __init__(self, source, keyboard, show, say, limit):
        self._source, self._keyboard, self._show = source, keyboard, show
        self._say, self._limit = say, limit
        self._text = b""
        self._ended = False
        self._changed = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while data := self._source.read1(4096):
            self._show(data)
            with self._changed:
                self._text += data
                self._changed.notify()
        with self._changed:
            self._ended = True
            self._changed.notify()

    def wait(self, pattern, what):
        """
        Waits until a pattern is in what was said since the last wait; returns the text up to the
        match and the match, escape sequences and carriage returns left out.
        """
        began = told = time.monotonic()
        with self._changed:
            while True:
                plain = ESCAPES.sub(b"", self._text).replace(b"\r", b"")
                found = re.search(pattern, plain)
                if found:
                    self._text = plain[found.end():]
                    return plain[:found.start()].decode(errors="replace"), found
                now = time.monotonic()
                if self._ended:
                    raise Failure(f"the guest's console ended while waiting for {what}")
                if now - began >= self._limit:
                    raise Failure(f"no {what} within {self._limit} s")
                if now - told >= PROGRESS_SECONDS:
                    told = now
                    self._say(f"waiting for the {what}, {now - began:.0f} s so far")
                self._changed.wait(1)

    def type(self, line):
        """Types a line."""
        self._keyboard.write(line.encode() + b"\n")
        self._keyboard.flush()

    def command(self, line):
        """Runs a command in the guest's shell; returns its output and exit code."""
        # Typed in two pieces, so that the echo of the line is not taken for its result.
        self.type(f"{line}; echo talk'-'end $?")
        said, found = self.wait(rb"talk-end (\d+)\n", f"end of '{line}'")
        self.wait(PROMPT, "prompt")
        return said.partition("\n")[2], int(found.group(1))
