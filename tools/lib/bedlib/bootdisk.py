# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Disks that a firmware boots from, as a distribution lays them out: an EFI system partition (15) and
an ext4 root (1), with a boot loader of Debian's packages or with a boot entry alone. The kernel's
initramfs mounts the root, prints the mark that is in it, and powers off. Made without privilege
and without loop devices.
"""

import pathlib

from . import apt, initramfs
from .cache import Failure, digest, made
from .cpio import Archive

SHIM, GRUB = "usr/lib/shim/shimx64.efi.signed", "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed"
SDBOOT = "usr/lib/systemd/boot/efi/systemd-bootx64.efi"
PACKAGES = {"shim-signed": SHIM, "grub-efi-amd64-signed": GRUB, "systemd-boot-efi": SDBOOT}
KINDS = ("shimdisk", "sdbootdisk", "entrydisk")

# On a busy machine an emulator's timer comes too late for the kernel's look at it.
WORDS = "console=ttyS0 panic=-1 no_timer_check"
MARK = "this is the root"
TEST = """echo "EFI: $(ls -d /sys/firmware/efi)"
modprobe -q ext4
mount -t ext4 -o ro /dev/vda1 /mnt
cat /mnt/mark
"""
STUB_CFG = """search.fs_label bootroot root
set prefix=($root)/boot/grub
configfile ($root)/boot/grub/grub.cfg
"""
GRUB_CFG = f"""set timeout=0
linux /boot/vmlinuz {WORDS}
initrd /boot/initrd
boot
"""
ENTRY = f"title Debian\nlinux /vmlinuz\ninitrd /initrd\noptions {WORDS}\n"
LOADER = "timeout 0\ndefault debian\n"
MIB = 1 << 20
ESP_AT, ESP_MIB, ROOT_MIB = 1, 40, 40


def _unpack(folder):
    folder.mkdir()
    with apt.Private("amd64") as private:
        for package in PACKAGES:
            private.unpack(package, folder)
    for package, file in PACKAGES.items():
        if not (folder / file).exists():
            raise Failure(f"{package} has no {file}")


def loaders():
    """The folder with the files of the loaders' packages."""
    return made(f"loaders-{digest(*PACKAGES)}", _unpack)


def _initrd(kernel):
    """The guests' initramfs with the script that it runs."""
    more = Archive()
    more.file("test", TEST.encode())
    return initramfs.guest(kernel).read_bytes() + more.bytes()


def _files(kind, kernel):
    """({path in the EFI system partition: bytes}, the same for the root)"""
    boot = {"vmlinuz": kernel.image.read_bytes(), "initrd": _initrd(kernel)}
    root = {"mark": f"{MARK}\n".encode()}
    if kind == "shimdisk":
        root |= {f"boot/{name}": data for name, data in boot.items()}
        root["boot/grub/grub.cfg"] = GRUB_CFG.encode()
        return {"EFI/BOOT/BOOTX64.EFI": (loaders() / SHIM).read_bytes(),
                "EFI/BOOT/grubx64.efi": (loaders() / GRUB).read_bytes(),
                "EFI/debian/grub.cfg": STUB_CFG.encode()}, root
    esp = {**boot, "loader/entries/debian.conf": ENTRY.encode(),
           "loader/loader.conf": LOADER.encode()}
    if kind == "sdbootdisk":
        esp["EFI/BOOT/BOOTX64.EFI"] = (loaders() / SDBOOT).read_bytes()
    return esp, root


def _tree(folder, files):
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def _empty(path, mib):
    with open(path, "wb") as out:
        out.truncate(mib * MIB)
    return str(path)


def _copy(source, disk, mib):
    """Puts a partition's image into the disk, without its zeroes."""
    with open(disk, "r+b") as out, open(source, "rb") as data:
        out.seek(mib * MIB)
        while piece := data.read(MIB):
            if any(piece):
                out.write(piece)
            else:
                out.seek(len(piece), 1)


def _make(kind, kernel, path):
    path.mkdir()
    esp, root = _files(kind, kernel)
    image = _empty(path / "esp", ESP_MIB)
    apt.run(["/sbin/mkfs.vfat", "-F", "32", "-n", "UEFI", image])
    top = _tree(path / "tree-esp", esp)
    apt.run(["mcopy", "-s", "-i", image, *sorted(str(p) for p in top.iterdir()), "::/"])
    apt.run(["/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-L", "bootroot", "-d",
             str(_tree(path / "tree-root", root)), _empty(path / "root", ROOT_MIB)])
    disk = _empty(path / "disk.img", ESP_AT + ESP_MIB + ROOT_MIB + 1)
    first = ESP_AT * MIB // 512
    apt.run(["/sbin/sgdisk", "-n", f"15:{first}:+{ESP_MIB}M", "-t", "15:ef00",
             "-n", f"1:0:+{ROOT_MIB}M", "-t", "1:8300", disk])
    _copy(path / "esp", disk, ESP_AT)
    _copy(path / "root", disk, ESP_AT + ESP_MIB)
    apt.run(["rm", "-r", *(str(path / n) for n in ("esp", "root", "tree-esp", "tree-root"))])


def get(kind, kernel):
    """The path of a disk of one of KINDS with a Kernel of x86_64. Copy it, or write to a snapshot."""
    name = digest(pathlib.Path(__file__).read_bytes(), kernel.release, _initrd(kernel))
    return made(f"{kind}-{name}", lambda path: _make(kind, kernel, path)) / "disk.img"
