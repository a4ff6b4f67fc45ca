# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Packages of Debian and of Ubuntu fetched without installing them and without touching the machine's
own apt sources: apt runs with lists, sources and archives in a private folder, and verifies what it
gets by the archive's key. Debian's mirrors are those that the machine's apt already uses.
"""

import os
import subprocess
import tempfile

from .cache import Failure, made

KEYRING = "usr/share/keyrings/{}-archive-keyring.gpg"
CODENAME = "bookworm"
TRIXIE = "trixie"
UBUNTU = ("noble", "jammy")    # 24.04, 22.04
UBUNTU_URI = "http://archive.ubuntu.com/ubuntu"
APT_HELPER = "/usr/lib/apt/apt-helper"


class Unreachable(Failure):
    """An archive that is needed does not answer from here."""


def run(command, **options):
    """Runs a command whose output matters only when it fails."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, text=True, check=False, **options)
    except FileNotFoundError as missing:
        raise Failure(f"{command[0]} is not installed: run tools/setup") from missing
    if done.returncode != 0:
        reason = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
        raise Failure(f"{os.path.basename(command[0])} failed: {reason[0]}")
    return done.stdout


def mirrors():
    """The addresses of Debian's main and security archives, as {suite: uri}."""
    form = "$(RELEASE) $(REPO_URI)"
    lines = run(["apt-get", "indextargets", "--format", form, "Created-By: Packages",
                 "Component: main"]).splitlines()
    found = {}
    for line in lines:
        suite, _, uri = line.partition(" ")
        if suite in (CODENAME, f"{CODENAME}-security"):
            found.setdefault(suite, uri)
    if CODENAME not in found:
        raise Failure(f"apt on this machine has no source for Debian {CODENAME} (12), "
                      "which the test kernels and disks come from")
    return found


def sources(backports=False, codename=CODENAME):
    """Lines for an apt sources file; of another release than this machine's, its main archive."""
    if codename in UBUNTU:
        key = f"{ubuntu_keyring()}/{KEYRING.format('ubuntu')}"
        return _lines([(UBUNTU_URI, codename), (UBUNTU_URI, f"{codename}-updates")], key)
    known = mirrors()
    suites = [(known[CODENAME], codename)]
    if codename != CODENAME:
        return _lines(suites)
    if f"{CODENAME}-security" in known:
        suites.append((known[f"{CODENAME}-security"], f"{CODENAME}-security"))
    if backports:
        suites.append((known[CODENAME], f"{CODENAME}-backports"))
    return _lines(suites)


def _lines(suites, key="/" + KEYRING.format("debian")):
    return "".join(f"deb [signed-by={key}] {uri} {suite} main\n" for uri, suite in suites)


def _unpack_keyring(folder):
    folder.mkdir()
    with Private(codename=TRIXIE) as private:
        private.unpack("ubuntu-keyring", folder)


def ubuntu_keyring():
    """The folder with the unpacked package of Ubuntu's key, which Debian vouches for."""
    return made("ubuntu-keyring", _unpack_keyring)


def need_archive(codename):
    """Raises Unreachable when a release is Ubuntu's, whose archive does not answer."""
    if codename in UBUNTU:
        try:
            with tempfile.TemporaryDirectory(prefix="cairn-apt-") as scratch:
                run([APT_HELPER, "-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=20",
                     "download-file", f"{UBUNTU_URI}/dists/{codename}/InRelease",
                     f"{scratch}/InRelease"])
        except Failure as failure:
            raise Unreachable(f"Ubuntu's archive {UBUNTU_URI} cannot be reached, and nothing of it "
                              f"is cached: {failure}") from failure


class Private:
    """An apt of our own in a scratch folder, in which nothing is installed; a context manager."""

    def __init__(self, arch="amd64", backports=False, codename=CODENAME):
        self.arch, self.backports, self.codename = arch, backports, codename
        self._scratch = None

    def __enter__(self):
        need_archive(self.codename)
        self._scratch = tempfile.TemporaryDirectory(prefix="cairn-apt-")
        top = self._scratch.name
        # apt drops to its own user to download and warns when that cannot enter the folder.
        os.chmod(top, 0o755)
        for folder in ("lists/partial", "archives/partial", "sources.list.d"):
            os.makedirs(os.path.join(top, folder))
        with open(os.path.join(top, "sources.list"), "w", encoding="utf-8") as out:
            out.write(sources(self.backports, self.codename))
        with open(os.path.join(top, "status"), "w", encoding="ascii"):
            pass
        self.options = []
        for key, value in (
                ("Dir::State::lists", "lists"), ("Dir::State::status", "status"),
                ("Dir::Cache", "."), ("Dir::Cache::archives", "archives"),
                ("Dir::Etc::sourcelist", "sources.list"),
                ("Dir::Etc::sourceparts", "sources.list.d"),
                ("Dir::Etc::preferencesparts", "sources.list.d")):
            self.options += ["-o", f"{key}={os.path.join(top, value)}"]
        self.options += ["-o", f"APT::Architecture={self.arch}", "-o",
                         f"APT::Architectures={self.arch}", "-o",
                         "Acquire::Languages=none", "-o",
                         f"Dir::Etc::preferences={top}/none", "-o", "APT::Sandbox::User=root",
                         # Backports are second choice unless asked for; here they are the first.
                         "-o", f"APT::Default-Release={self._default()}",
                         "-o", "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
                         "-o", "Acquire::IndexTargets::deb::CNF::DefaultEnabled=false"]
        # Without the mode, a mirror that does not answer is only a warning.
        run(["apt-get", *self.options, "-q", "-o", "APT::Update::Error-Mode=any", "update"])
        return self

    def _default(self):
        return f"{CODENAME}-backports" if self.backports else ""

    def __exit__(self, *_):
        self._scratch.cleanup()

    def depends(self, package, prefix):
        """The first package that `package` depends on and that starts with `prefix`."""
        shown = run(["apt-cache", *self.options, "--no-all-versions", "show", package])
        for line in shown.splitlines():
            if line.startswith("Depends:"):
                for word in line[len("Depends:"):].replace(",", " ").split():
                    if word.startswith(prefix):
                        return word
        raise Failure(f"{package} depends on no {prefix}* package")

    def unpack_all(self, packages, folder):
        """Downloads packages and all that they depend on, and unpacks their files into `folder`."""
        archives = os.path.join(self._scratch.name, "archives")
        run(["apt-get", *self.options, "-q", "-y", "--no-install-recommends", "--download-only",
             "install", *packages])
        for deb in sorted(os.listdir(archives)):
            if deb.endswith(".deb"):
                run(["dpkg", "-x", os.path.join(archives, deb), str(folder)])

    def unpack(self, package, folder):
        """Downloads `package` and unpacks its files into `folder`."""
        with tempfile.TemporaryDirectory(dir=self._scratch.name) as scratch:
            run(["apt-get", *self.options, "-q", "download", package], cwd=scratch)
            (deb,) = os.listdir(scratch)
            run(["dpkg", "-x", os.path.join(scratch, deb), str(folder)])
