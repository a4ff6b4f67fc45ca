# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""What zsh offers where a line has been typed and the Tab key is pressed."""

import os
import pathlib
import pty
import select
import time

LIMIT_SECONDS = 60
# An interactive zsh completes each of the lines at its first prompt. What would be offered is
# written down; the calls of compadd that only fill arrays are those of the completion's own.
SETUP = r'''
fpath=("$1" $fpath) out=$2.out lines=$2.lines
autoload -Uz compinit
compinit -u -D
compdef _cairn "$3"
compadd() {
	local -a hits
	case " ${(j: :)@[1,(i)--]} " in
	*" -"[OAD]" "*) builtin compadd "$@"; return ;;
	esac
	builtin compadd -O hits "$@"
	((${#hits})) && print -rl -- "${(@)hits}" >>"$out"
}
zle-line-init() {
	local line
	while IFS= read -r line; do
		print -r -- "@$line" >>"$out"
		BUFFER=$line CURSOR=${#line}
		zle complete-word
		BUFFER=
	done <"$lines"
	print @@ >>"$out"
}
zle -N zle-line-init
'''


def complete(completion, program, lines, folder):
    """{ line: words } of the completion function in the file named _cairn, for a program's name; run
    in an empty folder within a scratch folder. None: zsh did not answer."""
    stem = pathlib.Path(folder) / 'zsh'
    stem.mkdir()
    setup, out = stem.with_suffix('.setup'), stem.with_suffix('.out')
    setup.write_text(SETUP)
    stem.with_suffix('.lines').write_text(''.join(line + '\n' for line in lines))
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(stem)
        os.environ['TERM'] = 'dumb'
        os.execvp('zsh', ['zsh', '-f', '-i'])
    words = ' '.join(f"'{w}'" for w in (setup, completion.parent, stem, program))
    os.write(terminal, f'source {words}\n'.encode())
    said = _wait(terminal, out)
    os.close(terminal)
    os.waitpid(pid, 0)
    if not said.endswith('\n@@\n'):
        return None
    pieces = [piece.split('\n') for piece in said[1:-4].split('\n@')]
    return {line: [word for word in found if word] for line, *found in pieces}


def _wait(terminal, out):
    end, said = time.monotonic() + LIMIT_SECONDS, ''
    while time.monotonic() < end and not said.endswith('\n@@\n'):
        try:
            if select.select([terminal], [], [], 0.1)[0] and not os.read(terminal, 4096):
                break
        except OSError:  # it ended
            break
        said = out.read_text() if out.exists() else ''
    return said
