#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The installed program: what `cmake --install` puts into a folder works from there, and still works when it is moved."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(sys.argv.pop())  # the build folder, everything in it built


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        installed = pathlib.Path(cls.folder.name, "installed")
        cls.log = subprocess.run(["cmake", "--install", BUILD, "--prefix", installed], capture_output=True, text=True,
                                 check=False)
        cls.moved = pathlib.Path(cls.folder.name, "moved elsewhere")
        if cls.log.returncode == 0:
            installed.rename(cls.moved)

    def setUp(self):
        self.assertEqual(self.log.returncode, 0, self.log.stdout + self.log.stderr)

    def test_the_program_runs_from_a_folder_it_was_moved_to(self):
        done = subprocess.run([self.moved / "bin/muster", "--version"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"\d+\.\d+\.\d+")

    def test_the_names_of_nccl_tests_come_along(self):
        done = subprocess.run([self.moved / "bin/all_reduce_perf", "-g", "2", "-b", "1K", "-e", "1K", "-n", "1"],
                              capture_output=True, text=True, check=False,
                              env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("# Out of bounds values : 0 OK", done.stdout)
        names = ("all_gather", "reduce_scatter", "alltoall", "alltoallv", "broadcast", "reduce", "gather", "scatter",
                 "sendrecv")
        for name in names:
            self.assertTrue((self.moved / f"bin/{name}_perf").exists(), name)

    def test_schemas_licence_and_texts_come_along(self):
        self.assertTrue(list(self.moved.glob("share/muster/schema/*.json")))
        for name in ("LICENSE", "README.md", "architecture.md"):
            self.assertTrue((self.moved / "share/doc/muster" / name).is_file(), name)


if __name__ == "__main__":
    unittest.main()
