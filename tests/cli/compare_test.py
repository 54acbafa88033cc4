# SPDX-License-Identifier: Apache-2.0
"""muster compare as a user calls it: runs of this machine, altered copies of them, names, files and exit codes."""

import copy
import json
import re
import unittest

from program import SIX_CASES, THREADS, ProgramTest

COUNTS = re.compile(r"^other against first: (.*)$", re.MULTILINE)


class CompareTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.bench(*THREADS, *SIX_CASES)
        self.report = self.json("out/latest/report.json")
        # Steady samples around the measured median: how noisy this machine is must not decide a test.
        for row in self.report["rows"]:
            median = row["time_seconds"]["median"]
            row["samples_seconds"] = [median * (1 + 0.001 * (7 * i % 10 - 4.5)) for i in range(10)]
        self.write("first.json", self.report)

    def write(self, name, report):
        self.file(name, json.dumps(report))

    def slower(self, factor):
        report = copy.deepcopy(self.report)
        for row in report["rows"]:
            row["samples_seconds"] = [factor * seconds for seconds in row["samples_seconds"]]
        return report

    def compare(self, other, *words):
        self.write("other.json", other)
        return self.muster("compare", "first.json", "other.json", "--other-machine", *words)

    def test_a_report_against_itself_is_the_same(self):
        done = self.compare(self.report)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertEqual(COUNTS.search(done.stdout)[1], f"{len(self.report['rows'])} same")

    def test_a_folder_of_a_run_is_a_report(self):
        done = self.muster("compare", "out/latest", "out/latest/report.json")
        self.assertNotEqual(done.returncode, 2, done.stderr)
        self.assertIn("latest' against latest", done.stdout)

    def test_slower_fails_and_faster_does_not(self):
        done = self.compare(self.slower(1.25))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"all_reduce +6 +0\.800 ")
        self.assertEqual(self.compare(self.slower(0.8)).returncode, 0)

    def test_every_file_is_written_and_valid(self):
        done = self.compare(self.slower(1.25), "--out", "c.json", "--out", "c.md", "--out", "c.html", "--out", "c.txt",
                            "--price", "first=2", "--price", "other=1", "--label", "first", "--label", "other")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.expect_valid("c.json", "comparison")
        family = self.json("c.json")["comparisons"][0]["families"][0]
        self.assertAlmostEqual(family["gain_per_price"], 1.6)
        for name in ("c.md", "c.html", "c.txt"):
            self.assertIn("slower", (self.folder / name).read_text(encoding="utf-8"))

    def test_the_same_files_give_the_same_bytes(self):
        self.compare(self.slower(1.1), "--out", "one.html")
        self.compare(self.slower(1.1), "--out", "two.html")
        self.assertEqual((self.folder / "one.html").read_bytes(), (self.folder / "two.html").read_bytes())

    def test_other_ranks_are_refused_with_the_reason(self):
        self.bench("--launcher", "threads", "--ranks", "3", *SIX_CASES)
        done = self.muster("compare", "first.json", "out/latest")
        self.assertEqual(done.returncode, 3)
        self.assertIn("2 ranks against 3 ranks", done.stdout)

    def test_mistakes_are_one_line(self):
        self.expect_error(self.muster("compare", "first.json"), "reports", "2 required")
        self.expect_error(self.muster("compare", "first.json", "missing.json"), "missing.json")
        self.expect_error(self.compare(self.report, "--price", "nobody=2"), "nobody", "first, other")
        self.expect_error(self.compare(self.report, "--price", "first=free"), "--price", "NAME=NUMBER")
        self.expect_error(self.compare(self.report, "--weight", "matmul*=2"), "matmul*")
        self.expect_error(self.compare(self.report, "--out", "c.docx"), "c.docx")
        self.expect_error(self.compare(self.report, "--label", "one"), "--label")
        cut = copy.deepcopy(self.report)
        del cut["rows"][0]
        self.expect_error(self.compare(cut), "other.json", "plan_hash")


if __name__ == "__main__":
    unittest.main()
