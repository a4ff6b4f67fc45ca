# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Disks laid out as Ubuntu's images for clouds, of Ubuntu's own packages: a root (1), a BIOS boot
partition (14), an EFI system partition (15) whose shim starts its fallback program, which starts
what its CSV file names, and from 24.04 on a partition for /boot (16). NAMEdisk has a root of a few
files, as bootdisk.py's; NAMEsystem a whole system, whose initramfs and tools are the packages' own.
Made without loop devices, the first kind without privilege.
"""

import pathlib
import uuid

from . import apt, bootdisk, gpt, kernel as kernels, loaders, rootdisk
from .cache import Failure, digest, made
from .rootdisk import as_root

SMALL = {f"{release}disk": release for release in apt.UBUNTU}
SYSTEMS = {f"{release}system": release for release in apt.UBUNTU}
KINDS = (*SMALL, *SYSTEMS)

# number: (type, MiB of the small disks, of the systems); in the order of the disk
PARTS = {14: (gpt.BIOS_BOOT, 4, 4), 15: (gpt.ESP, 40, 106), 16: (gpt.XBOOTLDR, 32, 913),
         1: (gpt.LINUX, 32, 1536)}
ROOT, BOOT, OWN_BOOT = "cloudimg-rootfs", "BOOT", ("noble",)
STUB_CFG = """search.fs_uuid {uuid} root
set prefix=($root)'{top}/grub'
configfile $prefix/grub.cfg
"""
GRUB_CFG = """set timeout=0
linux {top}/vmlinuz root=LABEL={root} ro {words}
initrd {top}/{initrd}
boot
"""
# Images for clouds have such a file, which names the screen as well.
GRUB_DEFAULT = """GRUB_TIMEOUT=0
GRUB_TERMINAL=console
GRUB_CMDLINE_LINUX_DEFAULT="{words}"
"""
FSTAB = f"LABEL={ROOT} / ext4 discard,commit=30,errors=remount-ro 0 1\n"
FSTAB_BOOT = f"LABEL={BOOT} /boot ext4 defaults 0 2\n"
FSTAB_ESP = "LABEL=UEFI /boot/efi vfat umask=0077 0 1\n"
PACKAGES = (*rootdisk.PACKAGES, "linux-image-virtual", "initramfs-tools", "shim-signed",
            "grub-efi-amd64", "grub-efi-amd64-signed", "efibootmgr")


def _words(arch):
    return bootdisk.WORDS[arch.name]


def _top(release):
    """Where GRUB finds the files of /boot, in the file system that has them."""
    return "" if release in OWN_BOOT else "/boot"


def _uuid(release, label):
    return str(uuid.uuid5(gpt.ESP, f"{release} {label}"))


def _grub_cfg(arch, release, initrd):
    return GRUB_CFG.format(top=_top(release), root=ROOT, words=_words(arch), initrd=initrd)


def _esp(arch, release, path):
    """A folder with the files of the EFI system partition."""
    short, found = loaders.SHORT[arch.name], {}
    for file, name in ((loaders.default_program(arch), "shim"),
                       (f"EFI/BOOT/fb{short}.efi", "fallback"),
                       (f"EFI/BOOT/mm{short}.efi", "mokmanager"),
                       (f"EFI/ubuntu/shim{short}.efi", "shim"),
                       (f"EFI/ubuntu/grub{short}.efi", "grub"),
                       (f"EFI/ubuntu/mm{short}.efi", "mokmanager"),
                       (f"EFI/ubuntu/BOOT{short.upper()}.CSV", "csv")):
        found[file] = loaders.read(arch, f"{release}-{name}")
    label = BOOT if release in OWN_BOOT else ROOT
    found["EFI/ubuntu/grub.cfg"] = STUB_CFG.format(uuid=_uuid(release, label),
                                                   top=_top(release)).encode()
    return bootdisk.put(path, found)


def _join(path, release, column):
    """The disk of the images "esp", "root" and, where /boot is apart, "boot"."""
    images, parts, at = {15: "esp", 16: "boot", 1: "root"}, [], 1
    for number, sizes in PARTS.items():
        if number == 16 and release not in OWN_BOOT:
            continue
        image = path / images[number] if number in images else None
        parts.append((number, sizes[0], at, sizes[column], image))
        at += sizes[column]
    bootdisk.join(path / "disk.img", parts)


def _make_small(arch, release, path):
    path.mkdir()
    kernel = kernels.get(arch, release)
    files = {"vmlinuz": kernel.image.read_bytes(), "initrd": bootdisk.initrd(kernel, False),
             "grub/grub.cfg": _grub_cfg(arch, release, "initrd").encode()}
    top = bootdisk.put(path / "tree", {f"boot/{name}": data for name, data in files.items()})
    bootdisk.put(top, {"mark": f"{bootdisk.MARK}\n".encode()})
    if release in OWN_BOOT:
        (top / "boot").rename(path / "tree-boot")
        bootdisk.ext4(path / "boot", PARTS[16][1], path / "tree-boot", BOOT, "-U",
                      _uuid(release, BOOT))
    bootdisk.ext4(path / "root", PARTS[1][1], top, ROOT, "-U", _uuid(release, ROOT))
    bootdisk.fat(path / "esp", PARTS[15][1], _esp(arch, release, path / "tree-esp"))
    _join(path, release, 1)
    apt.run(["sh", "-c", f"rm -r '{path}'/tree*"])


def _files(arch, release):
    """What is changed in a system, by path."""
    own = release in OWN_BOOT
    return {**rootdisk.FILES, "etc/fstab": FSTAB + FSTAB_BOOT * own + FSTAB_ESP,
            "etc/default/grub.d/50-console.cfg": GRUB_DEFAULT.format(words=_words(arch)),
            "boot/grub/grub.cfg": _grub_cfg(arch, release, "initrd.img")}


def _make_system(arch, release, path):
    path.mkdir()
    with rootdisk.tree(arch, path, PACKAGES, _files(arch, release), release) as top:
        as_root(["mkdir", "-p", str(top / "boot/efi")])
        # An id that systemd had to keep at the first boot was seen to fail on a busy machine.
        machine_id = uuid.UUID(_uuid(release, "machine")).hex
        as_root(["sh", "-c", f"echo {machine_id} >'{top}/etc/machine-id'"])
        if release in OWN_BOOT:
            rootdisk.file_system(top / "boot", path / "boot", BOOT, f"{PARTS[16][2]}M", "-U",
                                 _uuid(release, BOOT))
            as_root(["sh", "-c", f"rm -r '{top}/boot/'*"])
        rootdisk.file_system(top, path / "root", ROOT, f"{PARTS[1][2]}M", "-U",
                             _uuid(release, ROOT))
    bootdisk.fat(path / "esp", PARTS[15][2], _esp(arch, release, path / "tree-esp"))
    _join(path, release, 2)
    apt.run(["rm", "-r", str(path / "tree-esp")])


def get(kind, arch):
    """The path of a disk of one of KINDS for an Arch. Copy it, or write to a snapshot."""
    if arch.name != "x86_64":
        raise Failure(f"there is no {kind} for {arch.name}")
    here = pathlib.Path(__file__).parent
    names = ["ubuntudisk", "bootdisk", "gpt", "loaders"]
    if kind in SYSTEMS:
        rootdisk.need_root()
        make, release = _make_system, SYSTEMS[kind]
        known = []
        names.append("rootdisk")
    else:
        make, release = _make_small, SMALL[kind]
        known = [bootdisk.initrd(kernels.get(arch, release), False)]
    name = digest(*((here / f"{f}.py").read_bytes() for f in names), *known)
    return made(f"{kind}-{name}", lambda path: make(arch, release, path)) / "disk.img"
