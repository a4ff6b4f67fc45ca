#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
"""
Holds the firmware's runtime sections to what fw/runtime.h says: check_runtime.py READELF PROGRAM
[NAME …], with a PROGRAM that was linked with --emit-relocs.

Code in fw_rt_text may only refer to fw_rt_text and fw_rt_data, and only by distance, but for the
functions NAME: those are called while the boot services are there, and only then. A library's code
may read its stack protector's word by the table of addresses (.got), which is in fw_rt_data then, and
is converted. Nothing else in fw_rt_data that the linker fills in may be anything but a pointer into
one of both, which the firmware converts. --self-test shows it refusing."""

import re
import subprocess
import sys

TEXT, DATA = "fw_rt_text", "fw_rt_data"
# Distances between the place and what it refers to, or the low bits of such an address.
BY_DISTANCE = re.compile(
    r"R_X86_64_(PC32|PLT32|PC64|(REX_)?GOTPCRELX)$"
    r"|R_AARCH64_(CALL26|JUMP26|CONDBR19|TSTBR14|LD_PREL_LO19|ADR_PREL_LO21|PREL32|PREL64"
    r"|ADR_PREL_PG_HI21(_NC)?|ADD_ABS_LO12_NC|LDST(8|16|32|64|128)_ABS_LO12_NC)$"
    r"|R_RISCV_(CALL|CALL_PLT|JAL|BRANCH|RVC_BRANCH|RVC_JUMP|PCREL_HI20|PCREL_LO12_[IS]|RELAX"
    r"|ADD\d+|SUB\d+|SET\d+|32_PCREL|ALIGN)$")
# Distances to a table of addresses, and the only symbol that may be in it (aarch64/library.c).
BY_TABLE = re.compile(r"R_AARCH64_(ADR_GOT_PAGE|LD64_GOT_LO12_NC)$")
IN_TABLE = "__stack_chk_guard"
# A distance within what the assembler laid out: its value means nothing by itself.
LAYOUT = re.compile(r"R_RISCV_(RELAX|ALIGN|ADD\d+|SUB\d+|SET\d+|PCREL_LO12_[IS])$")
POINTER = {"R_X86_64_64", "R_AARCH64_ABS64", "R_RISCV_64"}
RELOCATION = re.compile(r"^([0-9a-f]{8,16})\s+[0-9a-f]+\s+(R_\w+)\s+([0-9a-f]+)\s+(\S+)"
                        r"(?: ([+-]) ([0-9a-f]+))?")
FUNCTION = re.compile(r"^\s*\d+: ([0-9a-f]+)\s+\d+ FUNC\s.*\s(\S+)$", re.M)
SECTION = re.compile(r"\[\s*\d+\]\s+(\S+)\s+\S+\s+([0-9a-f]+)\s+[0-9a-f]+\s+([0-9a-f]+)\s+[0-9a-f]+\s+\w*A")


def sections(text):
    """{ name: (start, end) } of those that are in memory."""
    found = {}
    for name, start, size in SECTION.findall(text):
        found[name] = (int(start, 16), int(start, 16) + int(size, 16))
    return found


def functions(text):
    """{ address: name }"""
    return {int(at, 16): name for at, name in FUNCTION.findall(text)}


def relocations(text, names):
    """(section, offset, type, address, symbol) of each one."""
    section = None
    for line in text.splitlines():
        head = re.match(r"Relocation section '\.rela(\S+)'", line)
        if head:
            section = head.group(1)
        got = RELOCATION.match(line)
        if got and section:
            target, symbol = int(got[3], 16), got[4]
            if symbol.startswith(".") or symbol in (TEXT, DATA):  # a section's: what lies there?
                target += int((got[5] or "+") + (got[6] or "0"), 16)
                target += 4 if got[2] in ("R_X86_64_PC32", "R_X86_64_PLT32") else 0  # from the instruction's end
                symbol = names.get(target, symbol)
            yield section, int(got[1], 16), got[2], target, symbol


def faults(parts, relocs, allowed):
    """What is wrong, a line each; and how many places were looked at."""
    wrong, seen = [], 0
    has_table = any(name.startswith(".got") for name in parts)  # of its own

    def is_inside(at, name):
        start, end = parts[name]
        return start <= at < end

    def is_kept(at):
        """An immediate operand of up to 4 bytes makes a distance seem shorter: then the place is in
        front of the section, where nothing is."""
        if any(start <= at < end for name, (start, end) in parts.items() if name not in (TEXT, DATA)):
            return False
        return any(is_inside(at, name) or is_inside(at + 4, name) for name in (TEXT, DATA))

    for section, at, kind, target, symbol in relocs:
        if section == DATA:
            seen += 1
            if kind not in POINTER:
                wrong.append(f"{DATA}+{at - parts[DATA][0]:#x}: {kind} to {symbol}")
            elif not (is_inside(target, TEXT) or is_inside(target, DATA)):
                wrong.append(f"{DATA}+{at - parts[DATA][0]:#x}: {symbol} at {target:#x} is outside")
        if section != TEXT:
            continue
        seen += 1
        if BY_TABLE.match(kind):
            if has_table or symbol != IN_TABLE or not is_inside(target, DATA):
                wrong.append(f"{TEXT}+{at - parts[TEXT][0]:#x}: {symbol} by a table of addresses")
        elif not BY_DISTANCE.match(kind):
            wrong.append(f"{TEXT}+{at - parts[TEXT][0]:#x}: {kind} to {symbol} is no distance")
        elif not (LAYOUT.match(kind) or is_kept(target) or symbol in allowed):
            wrong.append(f"{TEXT}+{at - parts[TEXT][0]:#x}: {symbol} at {target:#x} is outside")
    if not seen:
        wrong.append(f"no relocations of {TEXT} and {DATA}: linked without --emit-relocs?")
    return wrong, seen


def self_test():
    """A table of relocations with each fault, and one without any."""
    parts = {TEXT: (0x1000, 0x2000), DATA: (0x3000, 0x4000), ".rodata": (0x5000, 0x5fff),
             ".bss": (0x2000, 0x2fff)}
    good = [(TEXT, 0x1000, "R_X86_64_PC32", 0x3008, "d"), (TEXT, 0x1004, "R_X86_64_PLT32", 0x1100, "f"),
            (DATA, 0x3000, "R_X86_64_64", 0x1100, "f"), (TEXT, 0x1010, "R_X86_64_PLT32", 0x9000, "boot"),
            (TEXT, 0x1020, "R_X86_64_PC32", 0x2fff, "d"),
            (TEXT, 0x1030, "R_AARCH64_ADR_GOT_PAGE", 0x3010, "__stack_chk_guard")]
    bad = [(TEXT, 0x1000, "R_X86_64_32S", 0x3008, "absolute"), (DATA, 0x3000, "R_X86_64_32", 0x1100, "half"),
           (DATA, 0x3000, "R_X86_64_64", 0x5008, "rodata"), (DATA, 0x3000, "R_AARCH64_ABS64", 0x2ffc, "bss"),
           (TEXT, 0x1000, "R_X86_64_PC32", 0x9000, "rodata"), (TEXT, 0x1000, "R_X86_64_PC32", 0x2ffe, "bss"), (TEXT, 0x1000, "R_AARCH64_MOVW_UABS_G0", 0x1100, "mov"),
           (TEXT, 0x1000, "R_AARCH64_LD64_GOT_LO12_NC", 0x3008, "other"),
           (TEXT, 0x1000, "R_AARCH64_ADR_GOT_PAGE", 0x5000, "__stack_chk_guard")]
    assert faults(parts, good, {"boot"}) == ([], 6)
    assert len(faults(parts | {".got": (0x4000, 0x4010)}, good, {"boot"})[0]) == 1
    for one in bad:
        assert len(faults(parts, good + [one], {"boot"})[0]) == 1, one
    assert faults(parts, [], set())[0]
    table = "Relocation section '.relafw_rt_text' at offset 0x1 contains 1 entry:\n" \
            "0000000000001000  0000000100000002 R_X86_64_PC32  0000000000003008 name + 4\n" \
            "0000000000001004  0000000100000002 R_X86_64_PC32  0000000000009000 .text + 6c\n"
    assert sections("  [ 1] fw_rt_text  PROGBITS  0000000000001000 021000 001000 00  AX  0   0  2\n"
                    "  [ 2] .relafw_rt_text  RELA  0000000000000000 064a8 065e80 18   I 14   1  8\n") == {
                        TEXT: (0x1000, 0x2000)}
    names = functions("    12: 0000000000009070    35 FUNC    LOCAL  DEFAULT    1 boot\n")
    assert list(relocations(table, names)) == [
        (TEXT, 0x1000, "R_X86_64_PC32", 0x3008, "name"), (TEXT, 0x1004, "R_X86_64_PC32", 0x9070, "boot")]


def main():
    """The program."""
    self_test()
    if sys.argv[1:] == ["--self-test"]:
        return 0
    readelf, program, *allowed = sys.argv[1:]

    def run(option):
        return subprocess.run([readelf, option, program], check=True, capture_output=True,
                              text=True).stdout

    parts = sections(run("-SW"))
    if TEXT not in parts or DATA not in parts:
        print(f"{program} has no {TEXT} or no {DATA}")
        return 1
    wrong, seen = faults(parts, relocations(run("-rW"), functions(run("-sW"))), set(allowed))
    print("\n".join(wrong + [f"{seen} places, {len(wrong)} faults"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
