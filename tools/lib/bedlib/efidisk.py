# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
A raw disk image with Debian as its installer leaves it on a machine with EFI: the system of
rootdisk.py with Debian's own kernel (the one for clouds), and an EFI system partition with shim
and GRUB, which find that kernel. What the packages' files are is the packages' doing; GRUB's
configuration is written here, and update-grub may write it anew. Made without loop devices.
"""

import pathlib

from . import apt, bootdisk, gpt, loaders, rootdisk
from .cache import digest, made
from .rootdisk import as_root

ESP_MIB, ROOT_MIB = 64, 1536
GRUB_TARGET = {"x86_64": "x86_64-efi", "aarch64": "arm64-efi"}
# On a busy machine an emulator's timer comes too late for the kernel's look at it.
WORDS = "console=ttyS0 no_timer_check"
GRUB_CFG = f"""set timeout=0
linux /vmlinuz root=LABEL=root ro {WORDS} quiet
initrd /initrd.img
boot
"""
STUB_CFG = """search.fs_label root root
set prefix=($root)/boot/grub
configfile $prefix/grub.cfg
"""
GRUB_DEFAULT = f"""GRUB_TIMEOUT=0
GRUB_DISTRIBUTOR=Debian
GRUB_TERMINAL=console
GRUB_CMDLINE_LINUX_DEFAULT=quiet
GRUB_CMDLINE_LINUX="{WORDS}"
"""
FSTAB = """LABEL=root / ext4 rw,errors=remount-ro 0 1
LABEL=UEFI /boot/efi vfat umask=0077 0 2
"""
# As on a removable disk, and as grub-install leaves it: folder of the tree, EFI's name, GRUB's.
INSTALL = """set -e
cd "$1"
mkdir -p boot/efi/EFI/BOOT boot/efi/EFI/debian
for to in "BOOT/BOOT$(echo "$2" | tr a-z A-Z).EFI" "debian/shim$2.efi"; do
	cp "usr/lib/shim/shim$2.efi.signed" "boot/efi/EFI/$to"
	cp "usr/lib/grub/$3-signed/grub$2.efi.signed" "boot/efi/EFI/${to%%/*}/grub$2.efi"
done
cp "usr/lib/shim/mm$2.efi.signed" "boot/efi/EFI/debian/mm$2.efi"
mv boot/grub/stub.cfg boot/efi/EFI/debian/grub.cfg
"""


def _packages(arch):
    return (*rootdisk.PACKAGES, f"linux-image-cloud-{arch.debian}", "shim-signed",
            f"grub-efi-{arch.debian}-signed", "efibootmgr")


def _make(arch, codename, path):
    path.mkdir()
    files = {**rootdisk.FILES, "etc/fstab": FSTAB, "etc/default/grub": GRUB_DEFAULT,
             "boot/grub/grub.cfg": GRUB_CFG, "boot/grub/stub.cfg": STUB_CFG}
    with rootdisk.tree(arch, path, _packages(arch), files, codename) as top:
        as_root(["sh", "-c", INSTALL, "sh", str(top), loaders.SHORT[arch.name],
                 GRUB_TARGET[arch.name]])
        bootdisk.fat(path / "esp", ESP_MIB, top / "boot/efi")
        as_root(["rm", "-r", str(top / "boot/efi/EFI")])
        rootdisk.file_system(top, path / "root", "root", f"{ROOT_MIB}M")
    bootdisk.join(path / "disk.img", [(15, gpt.ESP, 1, ESP_MIB, path / "esp"),
                                      (1, gpt.LINUX, 1 + ESP_MIB, ROOT_MIB, path / "root")])


def get(arch, codename=apt.CODENAME):
    """
    The path of an Arch's image of a release of Debian; made the first time. Copy it or write to it
    through a snapshot.
    """
    rootdisk.need_root()
    here = pathlib.Path(__file__).parent
    names = ("bootdisk", "efidisk", "gpt", "rootdisk")
    name = digest(*((here / f"{f}.py").read_bytes() for f in names))
    return made(f"efidisk-{arch.name}-{codename}-{name}",
                lambda path: _make(arch, codename, path)) / "disk.img"
