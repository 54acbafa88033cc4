# SPDX-License-Identifier: Apache-2.0
"""scripts/pack: the archive is small, needs nothing of this system but the C library, and measures over its own MPI.

Arguments: the build folder, "ON" where MPI was built in. Where this may hide files of the system (root, with mount
namespaces), Open MPI and the libraries that were packed are hidden while the archive runs.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
HAS_MPI = sys.argv.pop(1) == "ON" and shutil.which("mpirun") is not None
ROOT = pathlib.Path(__file__).resolve().parents[1]
MOST_BYTES = 60 * 2**20
SYSTEM = re.compile(r"(linux-vdso|/ld-linux|/lib(c|m|dl|rt|pthread|resolv|util)\.so)")


def is_elf(path):
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def may_hide_files():
    return subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0


class PackTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        packed = subprocess.run([ROOT / "scripts/pack", BUILD], capture_output=True, text=True, check=False)
        assert packed.returncode == 0, packed.stderr
        cls.archive = pathlib.Path(packed.stdout.split(": ")[0])
        cls.folder = pathlib.Path(temporary.name) / "a folder with blanks"
        with tarfile.open(cls.archive) as file:
            file.extractall(cls.folder)
        cls.top = next(cls.folder.iterdir())

    def test_it_is_small_and_leaves_no_partial_file(self):
        self.assertLess(self.archive.stat().st_size, MOST_BYTES)
        self.assertEqual(list(BUILD.glob("*.partial")), [])

    def test_no_program_or_plugin_takes_a_library_of_this_system(self):
        looked_at = 0
        for path in self.top.rglob("*"):
            if not is_elf(path):
                continue
            looked_at += 1
            told = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
            foreign = [line.strip() for line in told.splitlines()
                       if str(self.folder) not in line and not SYSTEM.search(line) and "statically" not in line]
            self.assertEqual(foreign, [], path)
        self.assertGreater(looked_at, 5)

    def test_what_is_shipped_brings_its_licences(self):
        self.assertTrue(list((self.top / "share/doc/muster/licences").glob("libdnnl*.txt")))

    def bench(self, *words):
        """Its report, measured in an empty folder with this system's own copies hidden where that is possible."""
        out = self.folder / "out"
        command = [str(self.top / "bin/muster"), "bench", "--device", "host", "--ranks", "2", "--samples", "6",
                   "--budget", "20s", "--out", str(out), *words]
        root = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
        if may_hide_files():
            empty = self.folder / "empty"
            empty.mkdir(exist_ok=True)
            hidden = [path for path in ("/usr/lib/x86_64-linux-gnu/openmpi", "/usr/share/openmpi", "/etc/openmpi")
                      if os.path.isdir(path)]
            mounts = "".join(f"mount --bind '{empty}' {path} && " for path in hidden)
            command = ["unshare", "--mount", "sh", "-c", mounts + 'exec "$@"', "sh", *command]
        done = subprocess.run(command, cwd=self.folder, env=os.environ | root, capture_output=True, text=True, check=False,
                              timeout=90)
        report = out / "latest/report.json"
        self.assertTrue(report.exists(), done.stderr)
        return json.loads(report.read_text(encoding="utf-8"))

    @unittest.skipUnless(HAS_MPI, "this Muster was built without MPI, or mpirun is not on PATH")
    def test_it_measures_over_its_own_MPI_from_a_folder_with_blanks(self):
        report = self.bench("--launcher", "mpirun", "--cases", "all_reduce/*/mpi/float/64K/isolated")
        self.assertEqual({row["status"] for row in report["rows"]}, {"measured"})
        self.assertEqual(report["incidents"], [])

    def test_it_measures_without_any_MPI(self):
        report = self.bench("--launcher", "threads", "--cases", "all_reduce/ring/threads/float/64K/isolated")
        self.assertEqual({row["status"] for row in report["rows"]}, {"measured"})

    def test_a_system_with_an_older_C_library_is_told_so(self):
        launcher = self.folder / "bin" / "muster"
        launcher.parent.mkdir()
        text = (self.top / "bin/muster").read_text(encoding="utf-8")
        launcher.write_text(re.sub(r"needed=\S+", "needed=99.1", text), encoding="utf-8")
        done = subprocess.run(["sh", launcher, "--version"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, len(done.stderr.splitlines())), (2, 1), done.stderr)
        self.assertIn("needs glibc 99.1", done.stderr)


if __name__ == "__main__":
    unittest.main()
