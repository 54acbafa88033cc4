# SPDX-License-Identifier: Apache-2.0
"""A build without one of CUDA, NCCL and MPI is a full build: each configures, and the one without all three builds its
program, which measures and says of what is missing that it is.

Arguments: the source folder and a folder to build in. The other tests of such a build are run by its workflow preset
(cmake --workflow --preset bare).
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
WORK = pathlib.Path(sys.argv.pop(1)).resolve()


def run(*words, cwd):
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)


class AbsentPartsTest(unittest.TestCase):
    def configure(self, preset):
        folder = WORK / preset
        done = run("cmake", "--preset", preset, "-B", folder, "-DBUILD_TESTING=OFF", cwd=SOURCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        return folder, done.stdout

    def test_each_part_can_be_left_out(self):
        for preset, said in (("host", "CUDA    off"), ("no-nccl", "NCCL    off"), ("no-mpi", "MPI     off")):
            with self.subTest(preset):
                self.assertIn(said, self.configure(preset)[1])

    def test_without_all_of_them_the_program_still_measures(self):
        folder, said = self.configure("bare")
        for part in ("CUDA", "NCCL", "MPI "):
            self.assertIn(f"{part}    off", said)
        built = run("cmake", "--build", folder, "--target", "muster", "--parallel", str(os.cpu_count()), cwd=SOURCE)
        self.assertEqual(built.returncode, 0, built.stdout[-3000:])
        with tempfile.TemporaryDirectory() as temporary:
            program = str(folder / "muster")
            done = run(program, "bench", "--ranks", "2", "--cases", "all_reduce/ring/threads/float/64K/isolated",
                       "--samples", "6", cwd=temporary)
            report = pathlib.Path(temporary, "muster-out/latest/report.json")
            self.assertTrue(report.exists(), done.stderr)
            rows = json.loads(report.read_text(encoding="utf-8"))["rows"]
            self.assertEqual({row["status"] for row in rows}, {"measured"})
            refused = run(program, "bench", "--device", "gpu", cwd=temporary)
            self.assertEqual(refused.returncode, 2)
            self.assertIn("built without CUDA", refused.stderr)


if __name__ == "__main__":
    unittest.main()
