# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""This process's terminal."""

import contextlib
import os
import sys
import termios
import tty


def window():
    """The size of this terminal as arguments for stty."""
    try:
        size = os.get_terminal_size(sys.stdin.fileno())
    except OSError:
        size = os.terminal_size((80, 24))
    return f"rows {size.lines or 24} cols {size.columns or 80}"


@contextlib.contextmanager
def raw():
    """Standard input in raw mode when it is a terminal; as it was afterwards."""
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setraw(sys.stdin)
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
