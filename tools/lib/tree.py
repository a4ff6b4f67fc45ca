# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""What the checks know of the source tree: components, their lists, who owns which header.

As a program it prints the components that those named depend on, and those themselves."""

import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Lower floors first: a component depends on its own floor or on lower ones.
FLOORS = ['core', 'host', 'virtio']
# Above them, the programs: they may use every component, and nothing may use them.
PROGRAMS = ['vmm', 'device', 'firmware', 'examples', 'tests']
# Folders of a component that its users never see.
PRIVATE_USE = ['test', 'fuzz', 'bench', 'proof']


def _without_comments(text):
    return re.sub(r'#.*', '', text)


def _string_list(text, name):
    """The strings of every `name = [...]` and `name += [...]` in a meson.build."""
    found = []
    for body in re.findall(rf'^\s*{name}\s*\+?=\s*\[(.*?)\]', text, re.S | re.M):
        found += re.findall(r"'([^']*)'", body)
    return found


class Component:
    def __init__(self, root, name, path):
        self.name = name
        self.dir = root / 'lib' / path
        self.path = path
        self.floor = path.split('/')[0]
        build = self.dir / 'meson.build'
        text = _without_comments(build.read_text()) if build.is_file() else ''
        self.depends = _string_list(text, 'depends')
        self.test_depends = _string_list(text, 'test_depends')
        self.ext_headers = _string_list(text, 'ext_headers')
        self.ext_symbols = _string_list(text, 'ext_symbols')
        self.prefixes = [f"cairn_{name.replace('-', '_')}_"] + _string_list(text, 'prefixes')

    def files(self):
        return sorted(p for p in self.dir.rglob('*') if p.suffix in ('.c', '.h', '.S'))

    def headers(self):
        """{ 'cairn/mem.h': path }"""
        inc = self.dir / 'include'
        return {str(p.relative_to(inc)): p for p in sorted(inc.rglob('*.h'))}

    def is_private_use(self, file):
        return file.relative_to(self.dir).parts[0] in PRIVATE_USE


def components(root=ROOT):
    """{ name: Component } in the order of lib/meson.build."""
    text = _without_comments((root / 'lib' / 'meson.build').read_text())
    table = re.search(r'^components\s*=\s*\{(.*?)\}', text, re.S | re.M)
    pairs = re.findall(r"'([^']+)'\s*:\s*'([^']+)'", table.group(1)) if table else []
    return {name: Component(root, name, path) for name, path in pairs}


def closure(names, private_use=False, root=ROOT):
    """The names and all that they depend on; with private_use also what only the tests use."""
    known, found, todo = components(root), set(), list(names)
    while todo:
        name = todo.pop()
        if name not in known:
            raise KeyError(f"there is no component '{name}'; there are: {', '.join(known)}")
        if name not in found:
            found.add(name)
            todo += known[name].depends + (known[name].test_depends if private_use else [])
    return [name for name in known if name in found]


def includes(file):
    """(line number, header, 'system' or 'local') of each #include in a file."""
    for n, line in enumerate(file.read_text(errors='replace').splitlines(), 1):
        m = re.match(r'\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)")', line)
        if m:
            yield n, m.group(1) or m.group(2), 'system' if m.group(1) else 'local'


def plant(root, files):
    """Writes { path: text } under root: the trees that the checks' own tests work on."""
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--private-use', action='store_true', help='count what tests use as well')
    parser.add_argument('component', nargs='+')
    args = parser.parse_args()
    try:
        print('\n'.join(closure(args.component, args.private_use)))
    except KeyError as unknown:
        sys.exit(unknown.args[0])


if __name__ == '__main__':
    main()
