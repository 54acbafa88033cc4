# SPDX-License-Identifier: Apache-2.0
"""What the tests of the whole program share: the program, the launches they ask for, and a folder for each test.

MUSTER_PROGRAM and MUSTER_SCHEMAS name the program and the folder of schemas; MUSTER_HAVE_MPI=1 adds launches by mpirun.
Nothing asserts how fast this machine is: benches that must pass measure no ceilings, so no limit can be missed.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import jsonschema

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "reports"))
from validate_schema import documents  # noqa: E402

PROGRAM = pathlib.Path(os.environ["MUSTER_PROGRAM"]).resolve()
SCHEMAS = pathlib.Path(os.environ["MUSTER_SCHEMAS"]).resolve()
HAVE_MPI = os.environ.get("MUSTER_HAVE_MPI") == "1" and shutil.which("mpirun") is not None
NEEDS_MPI = unittest.skipUnless(HAVE_MPI, "this Muster was built without MPI, or mpirun is not on PATH")

THREADS = ("--launcher", "threads", "--ranks", "2")
MPIRUN = ("--launcher", "mpirun", "--ranks", "2")
SIX_CASES = ("--cases", "all_reduce/*/threads/float/64K/isolated", "--samples", "10")  # one per algorithm
SEVEN_MPI_CASES = ("--cases", "all_reduce/*/mpi/float/64K/isolated", "--samples", "10")  # and the library's own
EXIT_CODES = {"pass": 0, "fail": 1, "ambiguous": 3, "no_data": 3}
LONGEST_CALL = 60  # seconds; a call that hangs fails its test instead of the whole file


class ProgramTest(unittest.TestCase):
    """Runs `muster` in an empty folder, which ends with the test."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def muster(self, *words, **more):
        more.setdefault("env", {**os.environ, "CUDA_VISIBLE_DEVICES": ""})  # the same tests with GPUs and without
        return subprocess.run([PROGRAM, *words], cwd=self.folder, capture_output=True, text=True, check=False,
                              timeout=LONGEST_CALL, **more)

    def file(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def json(self, name):
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def plan(self, *words, out="plan.json"):
        done = self.muster("plan", *words, "--out", out)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def only_correct(self):
        """Options that demand right data and no speed: how fast this machine is must not decide a test."""
        rules = [{"name": "correct", "require": {"correct": True}}]
        path = self.folder / "only_correct.json"
        path.write_text(json.dumps({"schema": "muster/targets/1", "name": "correct", "rules": rules}), encoding="utf-8")
        return "--targets", path.name

    def bench(self, *words, **more):
        """The finished process and its report."""
        done = self.muster("bench", *words, *self.only_correct(), "--out", "out", **more)
        report = self.folder / "out/latest/report.json"
        self.assertTrue(report.exists(), done.stderr)
        return done, json.loads(report.read_text(encoding="utf-8"))

    def planned_cases(self):
        """Of the newest bench: what was selected, and the ceilings and transfers that it is judged by."""
        return json.loads((self.folder / "out/latest/plan.json").read_text(encoding="utf-8"))["cases"]

    def expect_error(self, done, *named, printed=False):
        """Exit code 2, no result (unless its tables were printed before), one line of stderr that names the problem."""
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual("verdict:" in done.stdout if printed else done.stdout, True if printed else "")
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for text in named:
            self.assertIn(text, done.stderr)

    def expect_valid(self, name, kind):
        schema = json.loads((SCHEMAS / f"{kind}.schema.json").read_text(encoding="utf-8"))
        for place, document in documents(self.folder / name, kind):
            with self.subTest(place):
                jsonschema.Draft202012Validator(schema).validate(document)

    def rows(self, report):
        return {row["id"]: row for row in report["rows"]}
