# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""The disks of hostile.py: good ones, in which a few numbers are changed. The same at each call."""

import dataclasses
import os
import pathlib
import random
import struct
import tempfile
import typing
import zlib

import qemu  # noqa: F401  (finds bedlib)
import tinyefi
from bedlib import bootdisk, gpt
from bedlib.cache import Failure

MIB = 1 << 20
DISK_MIB, PART_AT, PART_MIB = 8, 1, 6
PART = PART_AT * MIB
SECTOR = 512
PROGRAM = "EFI/BOOT/BOOTX64.EFI"
# Of the file system that fat() makes: one reserved sector, two tables of this many sectors, the
# root of 512 entries; the clusters of \EFI, \EFI\BOOT and the program are 2, 3 and 4.
TABLE_SECTORS, ROOT_SECTORS = 48, 32
TABLE_AT = PART + SECTOR
DATA_AT = TABLE_AT + (2 * TABLE_SECTORS + ROOT_SECTORS) * SECTOR
EFI, BOOT, FILE = 2, 3, 4
# Of the disc that _disc() makes.
DISC_SECTOR = 2048
CATALOGUE_AT, CATALOGUE = 17 * DISC_SECTOR + 0x47, 20 * DISC_SECTOR
EFI_AT, BOOT_AT = DATA_AT + (EFI - 2) * SECTOR, DATA_AT + (BOOT - 2) * SECTOR
FILE_BYTES_AT = BOOT_AT + 64 + 28    # the entry behind "." and ".."


@dataclasses.dataclass(frozen=True)
class Case:
    """A disk: make(path, text) writes it, its program if any prints the text."""

    name: str
    make: typing.Callable
    said: str = ""         # what the firmware must say of it
    boots: bool = False    # it is whole enough to be booted from


def _fat(files):
    """A file system with these files."""
    with tempfile.TemporaryDirectory() as name:
        tree, image = pathlib.Path(name) / "tree", pathlib.Path(name) / "fat"
        for file, data in files.items():
            (tree / file).parent.mkdir(parents=True, exist_ok=True)
            (tree / file).write_bytes(data)
        bootdisk.fat(image, PART_MIB, tree, bits=16)
        return image.read_bytes()


def _disk(path, files, parts=None):
    """A disk with one EFI system partition that has these files."""
    data = _fat(files)
    if struct.unpack_from("<H", data, 22)[0] != TABLE_SECTORS:
        raise Failure("mkfs.vfat makes another file system than these disks are changed for")
    gpt.write(path, DISK_MIB, parts or [(1, gpt.ESP, PART // SECTOR, PART_MIB * MIB // SECTOR,
                                         "boot")])
    with open(path, "r+b") as out:
        out.seek(PART)
        out.write(data)


def good(path, text):
    """A disk whose program prints a text and powers off."""
    _disk(path, {PROGRAM: tinyefi.program(text)})


def _patched(*changes, files=None):
    """A disk with bytes put at offsets, (offset, bytes); offsets below 0 are from its end."""
    def make(path, text):
        _disk(path, {PROGRAM: tinyefi.program(text)} if files is None else files)
        with open(path, "r+b") as out:
            for offset, data in changes:
                out.seek(offset, os.SEEK_SET if offset >= 0 else os.SEEK_END)
                out.write(data)
    return make


def _boot_sector(offset, form, value):
    return _patched((PART + offset, struct.pack(form, value)))


def _chain(*links):
    """Links of the allocation tables, (cluster, next)."""
    return [(TABLE_AT + table * TABLE_SECTORS * SECTOR + 2 * cluster, struct.pack("<H", following))
            for table in (0, 1) for cluster, following in links]


def _program(**values):
    return lambda path, text: _disk(path, {PROGRAM: tinyefi.lying(text, **values)})


def _files(files):
    return lambda path, text: _disk(path, files)


def _header(change, sums=True):
    """A disk both of whose GPT headers are changed, with sums that fit."""
    def make(path, text):
        good(path, text)
        with open(path, "r+b") as out:
            for at in (SECTOR, DISK_MIB * MIB - SECTOR):
                out.seek(at)
                raw = bytearray(out.read(92))
                change(raw)
                raw[16:20] = bytes(4)
                if sums:
                    struct.pack_into("<I", raw, 16, zlib.crc32(raw))
                out.seek(at)
                out.write(raw)
    return make


def _put(form, offset, value):
    return lambda raw: struct.pack_into(form, raw, offset, value)


def _partitions(*parts):
    """A disk with such a table, first block and count of each; the program's is at 1 MiB."""
    listed = [(number, gpt.ESP, first, count, f"part {number}")
              for number, (first, count) in enumerate(parts, start=1)]
    return lambda path, text: _disk(path, {PROGRAM: tinyefi.program(text)}, listed)


def _disc(*changes):
    """A disc whose boot catalogue has one entry, for EFI; with bytes put at offsets."""
    def make(path, text):
        disc = bytearray(DISK_MIB * MIB)
        for sector, name in ((16, b"\1CD001\1"), (17, b"\0CD001\1EL TORITO SPECIFICATION"),
                             (18, b"\xffCD001\1")):
            disc[sector * DISC_SECTOR:sector * DISC_SECTOR + len(name)] = name
        struct.pack_into("<I", disc, CATALOGUE_AT, CATALOGUE // DISC_SECTOR)
        struct.pack_into("<BB26xHH", disc, CATALOGUE, 1, 0xEF, -(0xEF01 + 0xAA55) & 0xFFFF,
                         0xAA55)
        struct.pack_into("<BB4xHI", disc, CATALOGUE + 32, 0x88, 0, PART_MIB * MIB // SECTOR,
                         PART // DISC_SECTOR)
        data = _fat({PROGRAM: tinyefi.program(text)})
        disc[PART:PART + len(data)] = data
        for offset, data in changes:
            disc[offset:offset + len(data)] = data
        pathlib.Path(path).write_bytes(disc)
    return make


def _noise(size, seed):
    return random.Random(seed).randbytes(size)


def _extended(path, _):
    """A boot record whose extended partition's chain comes back to itself."""
    record = bytearray(SECTOR)
    struct.pack_into("<4xB3xII", record, 446, 0xEF, 64, 64)
    struct.pack_into("<4xB3xII", record, 462, 0x05, 2048, 4096)
    record[510:] = b"\x55\xaa"
    link = bytearray(record)
    struct.pack_into("<4xB3xII", link, 446, 0xEF, 64, 64)
    struct.pack_into("<4xB3xII", link, 462, 0x05, 0, 4096)
    with open(path, "wb") as out:
        out.truncate(DISK_MIB * MIB)
        out.write(record)
        out.seek(2048 * SECTOR)
        out.write(link)


def _xbootldr(path, text):
    """An extended boot partition that says it is ext4, and is noise but for the magic number."""
    listed = [(1, gpt.ESP, PART // SECTOR, 10240, "boot"), (2, gpt.XBOOTLDR, 14336, 2000, "more")]
    _disk(path, {"readme": b"no program"}, listed)
    noise = bytearray(_noise(64 * 1024, "ext4"))
    struct.pack_into("<H", noise, 1024 + 56, 0xEF53)
    with open(path, "r+b") as out:
        out.seek(14336 * SECTOR)
        out.write(noise)


def _entries(path, _):
    """More entries than anybody has, and none with a kernel that is there."""
    text = b"title none\nlinux /not-there\n"
    _disk(path, {f"loader/entries/e{n}.conf": text for n in range(200)})


def _cases(said, **disks):
    """Disks of which the firmware has to say the same; nothing when that is ""."""
    return [Case(name, make, said) for name, make in disks.items()]


def _whole(said, **disks):
    """The same of disks that are whole enough to be booted from."""
    return [Case(name, make, said, True) for name, make in disks.items()]


ENTRY = "loader/entries/a.conf"
ALL_ONES = b"\xff\xff\xff\xff"
CASES = (
    # UEFI 2.10, 5.3
    *_whole("the first GPT header is damaged",
            gpt_primary_damaged=_patched((SECTOR + 24, b"\xff"))),
    *_whole("", gpt_partitions_overlap=_partitions((2048, 12288), (2048, 12288), (2049, 100))),
    *_cases("GPT header with a wrong sum",
            gpt_both_damaged=_patched((SECTOR + 24, b"\xfe"), (-SECTOR + 24, b"\xfe"))),
    *_cases("GPT entries with a wrong sum",
            gpt_entries_damaged=_patched((2 * SECTOR + 56, b"x"), (-33 * SECTOR + 56, b"x"))),
    *_cases("GPT of too many entries", gpt_too_many_entries=_header(_put("<I", 80, 0xFFFFFFFF))),
    *_cases("GPT entries of a wrong size",
            gpt_entries_of_no_size=_header(_put("<I", 84, 0)),
            gpt_entries_of_2_gib=_header(_put("<I", 84, 0x80000000))),
    *_cases("GPT entries outside the disk",
            gpt_entries_outside=_header(_put("<Q", 72, (1 << 64) - 1))),
    *_cases("GPT partition outside the usable blocks",
            gpt_partition_outside=_partitions((2048, 1 << 40)),
            gpt_partition_backwards=_partitions((4096, -1024))),
    *_cases("logical partitions in a loop", mbr_chain_is_a_loop=_extended),
    # UEFI 2.10, 13.3.2.1
    *_whole("EFI system partition",
            disc_whole=_disc(),
            disc_to_its_end=_disc((CATALOGUE + 38, b"\1\0")),
            disc_image_larger_than_the_disc=_disc((CATALOGUE + 38, b"\xff\xff")),
            disc_of_65535_entries=_disc((CATALOGUE + 64, b"\x91\xef\xff\xff"))),
    *_cases("no partitions",
            disc_catalogue_nowhere=_disc((CATALOGUE_AT, b"\xff\xff\xff\xff")),
            disc_catalogue_behind_the_end=_disc((CATALOGUE_AT, struct.pack("<I", 4096))),
            disc_catalogue_with_a_wrong_sum=_disc((CATALOGUE + 28, b"\0\0")),
            disc_catalogue_without_end=_disc(
                (CATALOGUE + 32, b"\x90\xef\xff\xff".ljust(32, b"\0") * 30000)),
            disc_image_nowhere=_disc((CATALOGUE + 40, b"\xff\xff\xff\xff")),
            disc_descriptors_without_end=_disc(
                (16 * DISC_SECTOR, b"\1CD001\1".ljust(DISC_SECTOR, b"\0") * 480))),
    *_cases("no file system that is known",
            disc_image_is_its_catalogue=_disc((CATALOGUE + 40, struct.pack("<I", 20)))),
    # Microsoft's FAT specification, 3
    *_cases("no file system that is known",
            fat_sectors_of_0=_boot_sector(11, "<H", 0),
            fat_sectors_of_3=_boot_sector(11, "<H", 3),
            fat_sectors_of_32768=_boot_sector(11, "<H", 32768),
            fat_clusters_of_0=_boot_sector(13, "<B", 0),
            fat_no_tables=_boot_sector(16, "<B", 0),
            fat_255_tables=_boot_sector(16, "<B", 255),
            fat_root_of_65535=_boot_sector(17, "<H", 65535),
            fat_table_of_0=_boot_sector(22, "<H", 0),
            fat_table_of_65535=_boot_sector(22, "<H", 65535),
            fat_reserved_65535=_boot_sector(14, "<H", 65535),
            fat_larger_than_the_disk=_patched((PART + 19, bytes(2)), (PART + 32, ALL_ONES)),
            fat_noise=_patched((PART, _noise(PART_MIB * MIB, "fat")))),
    *_cases("cannot be started: cannot read the program",
            fat_file_is_a_loop=_patched(*_chain((FILE, FILE))),
            fat_file_is_a_loop_of_two=_patched(*_chain((FILE, FILE + 1), (FILE + 1, FILE)),
                                               (FILE_BYTES_AT, b"\xff\xff\x0f\x00")),
            fat_file_ends_early=_patched(*_chain((FILE, 0xFFFF))),
            fat_file_goes_outside=_patched(*_chain((FILE, 0xFFF0))),
            fat_file_starts_outside=_patched((FILE_BYTES_AT - 2, b"\xf0\xff"))),
    *_cases("cannot be started: no memory for the program",
            fat_file_of_4_gib=_patched((FILE_BYTES_AT, ALL_ONES)),
            pe_image_of_4_gib=_program(image_bytes=0xFFFFF000)),
    *_cases("",
            fat_folder_is_a_loop=_patched(*_chain((BOOT, BOOT)), (BOOT_AT, b"\xe5" * SECTOR)),
            fat_folder_in_itself=_patched((EFI_AT + 64 + 26, struct.pack("<H", EFI)))),
    # PE/COFF
    *_whole("", pe_relocations_of_no_size=_program(block_bytes=0)),    # the list ends there
    *_cases("cannot be started: a program for another machine",
            pe_other_machine=_program(machine=0xAA64 | 2 << 16),
            pe_65535_sections=_program(machine=0x8664 | 0xFFFF << 16),
            pe_alignment_of_2_gib=_program(alignment=0x80000000)),
    *_cases("cannot be started: not an EFI program, or a broken one",
            pe_empty=_files({PROGRAM: b""}),
            pe_header_behind_the_file=_program(header_at=0xFFFFFFFF),
            pe_entry_outside=_program(entry=0x00FFFF00),
            pe_entry_in_relocations=_program(entry=0x2000),
            pe_entry_in_the_headers=_program(entry=0x40),
            pe_alignment_of_0=_program(alignment=0),
            pe_image_of_0=_program(image_bytes=0),
            pe_headers_of_4_gib=_program(headers_bytes=0xFFFFFFFF),
            pe_65536_directories=_program(directories=65536),
            pe_section_outside_the_image=_program(text_address=0x7FFFF000),
            pe_section_outside_the_file=_program(text_raw_at=0x7FFFFE00),
            pe_section_of_4_gib=_program(text_bytes=0xFFFFFFFF, text_raw_bytes=0xFFFFFFFF),
            pe_sections_overlap=_program(reloc_address=0x1000),
            pe_relocations_outside=_program(relocations_at=0x7FFFF000),
            pe_relocation_outside=_program(block_page=0x7FFFF000, block_entries=0xA000),
            pe_relocations_of_4_gib=_program(block_bytes=0xFFFFFFFF),
            pe_noise=_files({PROGRAM: b"MZ" + _noise(65536, "pe")})),
    # Boot Loader Specification
    *_cases("boot entries cannot be used",
            entry_of_1_mib=_files({ENTRY: b"title " + b"x" * MIB}),
            entry_of_1_mib_of_lines=_files({ENTRY: b"title x\n" * (MIB // 8)}),
            entry_of_noise=_files({ENTRY: _noise(60000, "entry")}),
            entries_without_a_kernel=_entries),
    *_cases("",
            loader_conf_of_1_mib=_files({"loader/loader.conf": b"default " + b"*" * MIB,
                                         ENTRY: b"linux /not-there\n"}),
            loader_conf_of_stars=_files({"loader/loader.conf": b"default " + b"*a" * 20000,
                                         "loader/entries/" + "a" * 200 + ".conf":
                                         b"linux /not-there\n"}),
            entry_whose_kernel_is_noise=_files({ENTRY: b"linux /k\ninitrd /k\n",
                                                "k": _noise(100000, "kernel")}),
            xbootldr_of_noise=_xbootldr),
)
