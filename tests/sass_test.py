#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the machine code of the wgmma kernels (an object file, the only argument) and holds it to what makes them fast.

Machines without a GPU can check this much. scripts/setup installs the disassembler; without it the test ends with 77,
which ctest takes as skipped, or fails where CI=true.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

SKIPPED = 77
ROOT = pathlib.Path(__file__).resolve().parent.parent
KERNEL = re.compile(r"^\s*Function : (\S*multiply_wgmma\S*)$|^\s*Function : \S+$", re.MULTILINE)
INSTRUCTION = re.compile(r"^\s+/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\w+\s+)?(\S.*?)\s*;", re.MULTILINE)
RESOURCES = re.compile(r"Function (\S*multiply_wgmma\S*):\s+(.*)")
PRODUCT = re.compile(r"^[HQ]GMMA\.")
PRODUCTS_PER_GROUP = 4  # kInstructionsPerStage in kernels/cuda/wgmma_maps.hpp


def tool_folders():
    yield from sorted(ROOT.glob("build/tools/lib/python3*/site-packages/nvidia/*/bin"))
    yield from (pathlib.Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder)
    yield pathlib.Path(os.environ.get("CUDA_HOME", "/usr/local/cuda")) / "bin"


def disassembler_folder():
    """Of cuobjdump, which calls nvdisasm."""
    for folder in tool_folders():
        if all(os.access(folder / tool, os.X_OK) for tool in ("cuobjdump", "nvdisasm")):
            return folder
    return None


def dump(option, path):
    folder = disassembler_folder()
    environment = dict(os.environ, PATH=f"{folder}{os.pathsep}{os.environ.get('PATH', '')}")
    return subprocess.run([folder / "cuobjdump", option, path], env=environment, check=True, capture_output=True,
                          text=True).stdout


def instructions_by_kernel(text):
    """Instructions without predicates, by mangled name, of the wgmma kernels in a disassembly."""
    heads = list(KERNEL.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return {head[1]: INSTRUCTION.findall(text, head.end(), end) for head, end in zip(heads, ends) if head[1]}


def breaches(name, code):
    """What is wrong with the instructions of one kernel."""
    names = [instruction.split()[0] for instruction in code]
    products = [i for i, instruction in enumerate(names) if PRODUCT.match(instruction)]
    wanted, unwanted = ("QGMMA", "HGMMA") if "E4m3" in name else ("HGMMA", "QGMMA")
    needed = [wanted + ".64", "UTMALDG.2D", "UTMASTG.2D", "SYNCS.PHASECHK", "SYNCS.ARRIVE", "STSM.16",
              "USETMAXREG.DEALLOC", "USETMAXREG.TRY_ALLOC", "UCGABAR_WAIT"]
    if "WideTile" in name:
        needed.append("UTMALDG.2D.MULTICAST")
    found = [f"lacks {start}" for start in needed if not any(each.startswith(start) for each in names)]
    found += [f"has {each}" for each in sorted(set(names))
              if each.startswith((unwanted, "HMMA", "LDL", "STL"))]
    # ptxas closes a group after each product when it cannot let them run together (its remarks C7510 and C7511).
    groups = sum("gsb0" in code[i] for i in products)
    if groups * PRODUCTS_PER_GROUP != len(products):
        found.append(f"has {groups} groups for {len(products)} products")
    main_loop = names[products[0]:products[-1]] if products else []
    found += [f"has {each} between its products" for each in sorted(set(main_loop))
              if each.startswith(("MEMBAR", "CCTL", "ERRBAR", "BAR.SYNC"))]
    return found


class Checks(unittest.TestCase):
    """The checks themselves, on code that breaks each once."""

    GOOD = (["SYNCS.PHASECHK.TRANS64.TRYWAIT P0, [R1], R2"] + ["HGMMA.64x256x16.F32.BF16 R24, gdesc[UR12], R24"] * 3 +
            ["HGMMA.64x256x16.F32.BF16 R24, gdesc[UR12], R24, gsb0", "SYNCS.ARRIVE.TRANS64 RZ", "UTMALDG.2D [UR4]",
             "UTMALDG.2D.MULTICAST [UR4]", "UTMASTG.2D [UR4]", "STSM.16.M88.4 [R1], R4", "USETMAXREG.DEALLOC 0x28",
             "USETMAXREG.TRY_ALLOC 0xe8", "UCGABAR_WAIT"])

    def test_good_code_passes(self):
        self.assertEqual(breaches("Bf16WideTile", self.GOOD), [])

    def test_each_missing_instruction_is_named(self):
        for start in ("UTMALDG.2D.MULTICAST", "UTMASTG", "STSM", "USETMAXREG.DEALLOC", "UCGABAR_WAIT", "SYNCS.ARRIVE"):
            code = [each for each in self.GOOD if not each.startswith(start)]
            self.assertEqual(len(breaches("Bf16WideTile", code)), 1, start)

    def test_what_must_not_be_there_is_named(self):
        self.assertEqual(breaches("Bf16WideTile", self.GOOD + ["LDL.64 R2, [R1]"]), ["has LDL.64"])
        self.assertIn("lacks QGMMA.64", breaches("E4m3WideTile", self.GOOD))
        self.assertEqual(breaches("Bf16WideTile", self.GOOD[:2] + ["MEMBAR.ALL.GPU"] + self.GOOD[2:]),
                         ["has MEMBAR.ALL.GPU between its products"])

    def test_products_that_wait_for_each_other_are_found(self):
        code = [each + ", gsb0" if PRODUCT.match(each) and "gsb0" not in each else each for each in self.GOOD]
        self.assertEqual(breaches("Bf16WideTile", code), ["has 4 groups for 4 products"])

    def test_a_disassembly_is_read_by_kernel(self):
        text = ("\t\tFunction : other\n        /*0000*/   NOP ;  /* 0x0 */\n"
                "\t\tFunction : _Zmultiply_wgmmaE\n        /*0000*/   @!P0 BRA 0x10 ;  /* 0x0 */\n"
                "        /*0010*/   EXIT ;\n")
        self.assertEqual(instructions_by_kernel(text), {"_Zmultiply_wgmmaE": ["BRA 0x10", "EXIT"]})


class MachineCode(unittest.TestCase):
    """The kernels of the object file."""

    path = ""

    def test_every_kernel_runs_the_matrix_units_and_the_copy_engine_as_intended(self):
        kernels = instructions_by_kernel(dump("-sass", self.path))
        self.assertEqual(len(kernels), 6, "three types in two shapes")
        for name, code in kernels.items():
            with self.subTest(name):
                self.assertEqual(breaches(name, code), [])

    def test_no_kernel_keeps_anything_in_local_memory(self):
        resources = RESOURCES.findall(re.sub(r":\n\s+REG", ": REG", dump("--dump-resource-usage", self.path)))
        self.assertEqual(len(resources), 6)
        for name, used in resources:
            with self.subTest(name):
                self.assertRegex(used, r"\bSTACK:0\b")
                self.assertRegex(used, r"\bLOCAL:0\b")
                self.assertRegex(used, r"\bREG:168\b", "what 384 threads share before they trade registers")

    def test_there_is_code_for_sm_90a_and_no_other(self):
        self.assertEqual(set(re.findall(r"\.(sm_\w+)\.cubin", dump("-lelf", self.path))), {"sm_90a"})


if __name__ == "__main__":
    MachineCode.path = sys.argv.pop(1)
    if disassembler_folder() is None:
        print("cuobjdump and nvdisasm are neither in build/tools nor on PATH: run scripts/setup")
        sys.exit(1 if os.environ.get("CI") == "true" else SKIPPED)
    unittest.main()
