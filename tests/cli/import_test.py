# SPDX-License-Identifier: Apache-2.0
"""`muster import` of what our own stand-ins for nccl-tests write: their text and their JSON tell one story.

Runs on threads, in an empty folder; program.py says how.
"""

import json
import pathlib
import subprocess
import unittest

from program import LONGEST_CALL, PROGRAM, ProgramTest

PERF = PROGRAM.parent / "all_reduce_perf"


@unittest.skipUnless(PERF.exists(), "this Muster was built without the programs that stand in for nccl-tests")
class ImportOfOurOwnPerfPrograms(ProgramTest):
    def import_perf(self, name, *words):
        """(plan, records) of the text and of the JSON of one call of the program `name`."""
        program = pathlib.Path(PERF.parent, name)
        done = subprocess.run([program, "-g", "2", "-b", "1K", "-e", "64K", "-f", "8", "-n", "3", "-J", "run.json",
                               *words],
                              cwd=self.folder, capture_output=True, text=True, check=True, timeout=LONGEST_CALL)
        self.file("run.log", done.stdout)
        found = []
        for file in ("run.log", "run.json"):
            done = self.muster("import", file, "--out", file + ".out", *self.only_correct())
            self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
            lines = (self.folder / f"{file}.out/run.jsonl").read_text(encoding="utf-8").splitlines()
            records = [record for record in map(json.loads, lines) if record["kind"] == "case"]
            found.append((self.json(f"{file}.out/plan.json"), records))
        return found

    def test_text_and_json_give_the_same_plan_and_the_same_times_as_far_as_the_text_prints_them(self):
        for name in ("all_reduce_perf", "alltoall_perf", "alltoallv_perf", "reduce_perf"):
            with self.subTest(name):
                (text_plan, text_records), (json_plan, json_records) = self.import_perf(name)
                self.assertEqual(text_plan, json_plan)
                self.assertEqual(len(text_records), len(json_records))
                for of_text, of_json in zip(text_records, json_records):
                    self.assertEqual({**of_text, "seconds": 0, "origin": ""}, {**of_json, "seconds": 0, "origin": ""})
                    self.assertAlmostEqual(of_text["seconds"][0], of_json["seconds"][0], delta=0.0051e-6)

    def test_json_of_every_iteration_gives_a_sample_for_each(self):
        _, (_, records) = self.import_perf("all_reduce_perf", "-I", "1")
        self.assertEqual({len(record["seconds"]) for record in records}, {3})
        self.assertEqual({len(record["rank_seconds"]) for record in records}, {2})


if __name__ == "__main__":
    unittest.main()
