# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Disks that a firmware boots from, as a distribution lays them out: an EFI system partition (15) and
an ext4 root (1), with a boot loader of Debian's packages, with a unified kernel image or with a
boot entry alone. The kernel's initramfs mounts the root, prints the mark that is in it, and powers
off. Made without privilege and without loop devices.
"""

import pathlib

from . import apt, gpt, initramfs, loaders
from .cache import digest, made
from .cpio import Archive

# What is on the disk: a function below makes the files. With "4k" behind its name, for a disk of
# blocks of 4096 bytes; with "tpm", the guest also prints its TPM's registers and log.
LOADERS = ("shimdisk", "fallbackdisk", "grub212disk", "sdbootdisk", "sdboot257disk", "ukidisk",
           "entrydisk")
LARGE = "4k"
TPM = "tpm"
KINDS = (*LOADERS, *(name + more for more in (LARGE, TPM) for name in LOADERS))

# On a busy machine an emulator's timer comes too late for the kernel's look at it. On aarch64 the
# console is that which the machine names, and slow in a machine in a machine.
WORDS = {"x86_64": "console=ttyS0 panic=-1 no_timer_check", "aarch64": "panic=-1 quiet"}
MARK = "this is the root"
TEST = """echo "EFI: $(ls -d /sys/firmware/efi)"
modprobe -q ext4
for root in /dev/vd*1 /dev/nvme*p1 /dev/sd*1; do
	[ ! -b "$root" ] || mount -t ext4 -o ro "$root" /mnt && break
done
cat /mnt/mark
"""
TPM_TEST = """dmesg -n 1
mount -t securityfs security /sys/kernel/security
cd /sys/class/tpm/tpm0
for pcr in pcr-*/*; do
	echo "$pcr $(cat "$pcr")"
done
echo "log:"
base64 /sys/kernel/security/tpm0/binary_bios_measurements
echo "log ends"
"""
STUB_CFG = """search.fs_label bootroot root
set prefix=($root)/boot/grub
configfile ($root)/boot/grub/grub.cfg
"""
GRUB_CFG = """set timeout=0
linux /boot/vmlinuz {words}
initrd /boot/initrd
boot
"""
ENTRY = "title Debian\nlinux /vmlinuz\ninitrd /initrd\noptions {words}\n"
LOADER = "timeout 0\ndefault debian\n"
OS_RELEASE = "ID=debian\nPRETTY_NAME=Debian\n"
MIB = 1 << 20
ESP_AT, ESP_MIB, ROOT_MIB = 1, 40, 40


def initrd(kernel, has_tpm):
    """The guests' initramfs with the script that it runs."""
    more = Archive()
    more.file("test", (TEST + TPM_TEST * has_tpm).encode())
    return initramfs.guest(kernel).read_bytes() + more.bytes()


def _grub_root(arch, boot):
    return {f"boot/{name}": data for name, data in boot.items()} | {
        "boot/grub/grub.cfg": GRUB_CFG.format(words=WORDS[arch.name]).encode()}


def _shim(arch, boot, grub="grub-2.06"):
    """As on a removable disk: shim where EFI looks, GRUB beside it."""
    short = loaders.SHORT[arch.name]
    return {loaders.default_program(arch): loaders.read(arch, "shim"),
            f"EFI/BOOT/grub{short}.efi": loaders.read(arch, grub),
            "EFI/debian/grub.cfg": STUB_CFG.encode()}, _grub_root(arch, boot)


def _grub212(arch, boot):
    return _shim(arch, boot, "grub-2.12")


def _fallback(arch, boot):
    """As in a cloud's image: shim finds the fallback beside it, and that what the CSV names."""
    short = loaders.SHORT[arch.name]
    line = f"shim{short}.efi,debian,,This is the boot entry for Debian\n"
    return {loaders.default_program(arch): loaders.read(arch, "shim"),
            f"EFI/BOOT/fb{short}.efi": loaders.read(arch, "fallback"),
            f"EFI/debian/shim{short}.efi": loaders.read(arch, "shim"),
            f"EFI/debian/grub{short}.efi": loaders.read(arch, "grub-2.06"),
            f"EFI/debian/BOOT{short.upper()}.CSV": b"\xff\xfe" + line.encode("utf-16-le"),
            "EFI/debian/grub.cfg": STUB_CFG.encode()}, _grub_root(arch, boot)


def _entry(arch, boot):
    text = ENTRY.format(words=WORDS[arch.name])
    return {**boot, "loader/entries/debian.conf": text.encode(),
            "loader/loader.conf": LOADER.encode()}, {}


def _sdboot(arch, boot, name="systemd-boot-252"):
    return _entry(arch, boot)[0] | {loaders.default_program(arch): loaders.read(arch, name)}, {}


def _sdboot257(arch, boot):
    return _sdboot(arch, boot, "systemd-boot-257")


def _uki(arch, boot):
    image = loaders.unified(loaders.read(arch, "stub-252"), [
        (".osrel", OS_RELEASE.encode()), (".cmdline", WORDS[arch.name].encode()),
        (".linux", boot["vmlinuz"]), (".initrd", boot["initrd"])])
    return {loaders.default_program(arch): image}, {}


MAKERS = dict(zip(LOADERS, (_shim, _fallback, _grub212, _sdboot, _sdboot257, _uki, _entry)))


def _files(kind, kernel):
    """({path in the EFI system partition: bytes}, the same for the root)"""
    boot = {"vmlinuz": kernel.image.read_bytes(), "initrd": initrd(kernel, kind.endswith(TPM))}
    esp, root = MAKERS[kind.removesuffix(TPM)](kernel.arch, boot)
    return esp, root | {"mark": f"{MARK}\n".encode()}


def put(folder, files):
    """A folder with these files, {path: bytes}, made where it is not there."""
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
            if piece != bytes(len(piece)):
                out.write(piece)
            else:
                out.seek(len(piece), 1)


def fat(path, mib, tree, block=512, bits=32):
    """A FAT file system with the files of a folder, clusters of one block."""
    image = _empty(path, mib)
    apt.run(["/sbin/mkfs.vfat", "-S", str(block), "-s", "1", "-F", str(bits), "-n", "UEFI", image])
    apt.run(["mcopy", "-s", "-i", image, *sorted(str(p) for p in tree.iterdir()), "::/"])


def ext4(path, mib, top, label, *more):
    """An ext4 file system with the files of a folder, whoever owns them; more words for mke2fs."""
    apt.run(["/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-L", label, *more, "-d",
             str(top), _empty(path, mib)])


def join(disk, parts, block=512):
    """
    A disk of partitions (number, type, first MiB, MiB, path of its image or None); the images go.
    """
    unit = MIB // block
    gpt.write(disk, max(at + mib for _, _, at, mib, _ in parts) + 1,
              [(number, kind, at * unit, mib * unit, "") for number, kind, at, mib, _ in parts],
              block)
    for _, _, at, _, image in parts:
        if image:
            _copy(image, disk, at)
            image.unlink()


def _make(kind, kernel, path):
    path.mkdir()
    block = 4096 if kind.endswith(LARGE) else 512
    esp, root = _files(kind.removesuffix(LARGE), kernel)
    # FAT32 of large blocks would be too large.
    fat(path / "esp", ESP_MIB, put(path / "tree-esp", esp), block, 32 if block == 512 else 16)
    ext4(path / "root", ROOT_MIB, put(path / "tree-root", root), "bootroot")
    join(path / "disk.img", [
        (15, gpt.ESP, ESP_AT, ESP_MIB, path / "esp"),
        (1, gpt.LINUX, ESP_AT + ESP_MIB, ROOT_MIB, path / "root")], block)
    apt.run(["rm", "-r", *(str(path / n) for n in ("tree-esp", "tree-root"))])


def get(kind, kernel):
    """The path of a disk of one of KINDS with a Kernel. Copy it, or write to a snapshot."""
    here = pathlib.Path(__file__).parent
    name = digest(*((here / f"{f}.py").read_bytes() for f in ("bootdisk", "gpt", "loaders")),
                  kernel.arch.name, kernel.release, initrd(kernel, kind.endswith(TPM)))
    return made(f"{kind}-{name}", lambda path: _make(kind, kernel, path)) / "disk.img"
