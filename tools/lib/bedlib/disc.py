# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Discs that a firmware boots from, as distributions' installers are: ISO 9660 with a boot catalogue
whose entry for EFI is a FAT image. The kernel's initramfs mounts the disc, prints the mark that is
in it, and powers off. Made by xorriso, without privilege.
"""

import pathlib
import shutil

from . import apt, bootdisk, initramfs, loaders
from .cache import digest, made
from .cpio import Archive

# Kind: (its loader, xorriso's options for the FAT image {efi})
ON_DISC = ("-e", "efi.img", "-no-emul-boot")
APPENDED = ("-e", "--interval:appended_partition_2:all::", "-no-emul-boot")
KINDS = {
    "shimdisc": ("shim", ON_DISC),
    # The same image is also a partition of a table for disks of 512 bytes.
    "gptdisc": ("shim", ("-append_partition", "2", "0xef", "{efi}", "-appended_part_as_gpt",
                         *APPENDED)),
    "mbrdisc": ("shim", ("-append_partition", "2", "0xef", "{efi}", "-partition_offset", "16",
                         *APPENDED)),
    # Kernel and initramfs are in the image: of more sectors than the catalogue has digits for.
    "sdbootdisc": ("sdboot", ON_DISC),
}
MODULES = ("virtio_scsi", "sr_mod", "isofs")
LABEL = "CAIRN_DISC"
TEST = f"""echo "EFI: $(ls -d /sys/firmware/efi)"
for module in {' '.join(MODULES)}; do
	modprobe -q "$module"
done
for disc in /dev/sr* /dev/vd*; do
	[ -b "$disc" ] && mount -t iso9660 -o ro "$disc" /mnt && break
done
cat /mnt/mark
"""
GRUB_CFG = """set timeout=0
linux /install/vmlinuz {words}
initrd /install/initrd
boot
"""
EFI_MIB = {"shim": 8, "sdboot": 40}


def _initrd(kernel):
    """The guests' initramfs with drivers of CDs, and the script that it runs."""
    more = Archive()
    names = initramfs.GUEST_MODULES + MODULES
    initramfs.add_modules(more, kernel, set(kernel.modules(names)))
    more.file("test", TEST.encode())
    return initramfs.guest(kernel).read_bytes() + more.bytes()


def _shim(kernel, boot):
    """As on Debian's discs: its GRUB for CDs looks for a file of the disc."""
    short = loaders.SHORT[kernel.arch.name]
    words = bootdisk.WORDS[kernel.arch.name]
    grub = loaders.path(kernel.arch, "grub-2.06").with_name(f"gcd{short}.efi.signed")
    return {loaders.default_program(kernel.arch): loaders.read(kernel.arch, "shim"),
            f"EFI/BOOT/grub{short}.efi": grub.read_bytes()}, {
                ".disk/info": b"a disc\n",
                "boot/grub/grub.cfg": GRUB_CFG.format(words=words).encode(),
                **{f"install/{name}": data for name, data in boot.items()}}


def _sdboot(kernel, boot):
    entry = bootdisk.ENTRY.format(words=bootdisk.WORDS[kernel.arch.name])
    return {loaders.default_program(kernel.arch): loaders.read(kernel.arch, "systemd-boot-252"),
            "loader/entries/debian.conf": entry.encode(),
            "loader/loader.conf": bootdisk.LOADER.encode(), **boot}, {}


MAKERS = {"shim": _shim, "sdboot": _sdboot}


def _make(kind, kernel, path):
    path.mkdir()
    loader, options = KINDS[kind]
    boot = {"vmlinuz": kernel.image.read_bytes(), "initrd": _initrd(kernel)}
    efi, disc = MAKERS[loader](kernel, boot)
    work, bits = path / "work", 16 if EFI_MIB[loader] < 32 else 32
    tree = bootdisk.put(work / "tree", disc | {"mark": f"{bootdisk.MARK}\n".encode()})
    image = (tree if options is ON_DISC else work) / "efi.img"
    bootdisk.fat(image, EFI_MIB[loader], bootdisk.put(work / "efi", efi), bits=bits)
    apt.run(["xorriso", "-as", "mkisofs", "-quiet", "-r", "-J", "-V", LABEL, "-o",
             str(path / "disc.iso"), *(word.format(efi=image) for word in options), str(tree)])
    shutil.rmtree(work)


def get(kind, kernel):
    """The path of a disc of one of KINDS with a Kernel."""
    name = digest(pathlib.Path(__file__).read_bytes(), kernel.arch.name, kernel.release,
                  _initrd(kernel))
    return made(f"{kind}-{name}", lambda path: _make(kind, kernel, path)) / "disc.iso"
