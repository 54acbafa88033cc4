#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""muster report, and --write of bench and judge: which file gets which form, and what is said of a wrong one."""

import csv
import fcntl
import json
import os
import pathlib
import pty
import re
import struct
import subprocess
import termios
import unittest
import xml.etree.ElementTree

from program import PROGRAM, SIX_CASES, THREADS, ProgramTest

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden"
FORMATS = {"table": ".txt", "markdown": ".md", "junit": ".xml", "prometheus": ".prom", "csv": ".csv", "html": ".html",
           "json": ".json"}


class ReportTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.file("report.json", (GOLDEN / "report_fail.json").read_text(encoding="utf-8"))

    def read(self, name):
        return (self.folder / name).read_text(encoding="utf-8")

    def written(self, *words):
        done = self.muster("report", *words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_prints_the_table_of_a_file_or_a_folder(self):
        table = (GOLDEN / "report_fail.txt").read_text(encoding="utf-8")
        self.assertEqual(self.written("report.json"), table)
        self.assertEqual(self.written("."), table)

    def test_prints_every_format_by_name(self):
        for name in FORMATS:
            self.assertNotEqual(self.written("report.json", "--format", name), "", name)

    def test_writes_several_files_each_by_its_ending(self):
        words = [word for ending in FORMATS.values() for word in ("--out", "out" + ending)]
        self.assertEqual(self.written("report.json", *words), "")
        for name, ending in FORMATS.items():
            self.assertEqual(self.read("out" + ending), self.written("report.json", "--format", name), name)
        self.assertEqual(self.read("out.json"), self.read("report.json"))

    def test_a_named_format_needs_no_ending(self):
        self.written("report.json", "--format", "csv", "--out", "cases")
        rows = list(csv.DictReader((self.folder / "cases").open(encoding="utf-8", newline="")))
        self.assertEqual([row["case"] for row in rows], [row["id"] for row in self.json("report.json")["rows"]])

    def test_junit_is_xml_that_counts_its_tests(self):
        root = xml.etree.ElementTree.fromstring(self.written("report.json", "--format", "junit"))
        self.assertEqual(int(root.get("tests")), len(root.findall(".//testcase")))
        self.assertEqual(int(root.get("failures")), len(root.findall(".//failure")))

    def test_wrong_names_are_usage_errors_of_one_line(self):
        for words, said in {("report.json", "--out", "x.pdf"): "x.pdf: no format has this ending",
                            ("report.json", "--format", "pdf"): "unknown format",
                            ("absent.json",): "absent.json"}.items():
            done = self.muster("report", *words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(said, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_a_broken_report_is_named_and_nothing_is_written(self):
        report = self.json("report.json")
        report["surprise"] = 1
        self.file("report.json", json.dumps(report))
        done = self.muster("report", "report.json", "--out", "x.html")
        self.assertEqual(done.returncode, 2)
        self.assertIn("surprise", done.stderr)
        self.assertFalse((self.folder / "x.html").exists())

    def on_terminal(self, columns, **environment):
        """What `muster report` prints on a terminal of so many columns."""
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        process = subprocess.Popen([PROGRAM, "report", "report.json"], cwd=self.folder, stdout=follower,
                                   env={**os.environ, "TERM": "xterm", "NO_COLOR": "", **environment})
        os.close(follower)
        text = b""
        try:
            while chunk := os.read(leader, 65536):
                text += chunk
        except OSError:  # the other side has closed
            pass
        os.close(leader)
        self.assertEqual(process.wait(), 0)
        return text.decode().replace("\r\n", "\n")

    def test_fits_a_terminal_of_80_columns(self):
        text = self.on_terminal(80, NO_COLOR="1")
        too_long = [line for line in text.splitlines() if len(line) > 80]
        self.assertEqual(too_long, [])

    def test_colours_verdicts_on_a_terminal_only_and_not_where_colour_is_refused(self):
        coloured = self.on_terminal(200)
        self.assertIn("\x1b[1;31mfail\x1b[0m", coloured)
        self.assertNotIn("\x1b", self.on_terminal(200, NO_COLOR="1"))
        self.assertNotIn("\x1b", self.on_terminal(200, TERM="dumb"))
        self.assertNotIn("\x1b", self.written("report.json"))
        self.assertEqual(re.sub("\x1b\\[[0-9;]*m", "", coloured), self.on_terminal(200, NO_COLOR="1"))

    def test_bench_and_judge_write_more_forms(self):
        done = self.muster("bench", *THREADS, *SIX_CASES, "--out", "out", "--write", "a.md", "--write", "a.html")
        self.assertIn(done.returncode, (0, 1, 3), done.stderr)
        self.assertTrue(self.read("a.md").startswith("**Muster: "))
        self.assertIn("<svg", self.read("a.html"))
        judged = self.muster("judge", "out/latest", "--write", "b.md")
        self.assertEqual(judged.returncode, done.returncode)
        self.assertEqual(self.read("b.md"), self.read("a.md"))

    def test_bench_refuses_an_unknown_ending_before_it_measures(self):
        done = self.muster("bench", *THREADS, *SIX_CASES, "--out", "out", "--write", "a.pdf")
        self.assertEqual(done.returncode, 2)
        self.assertFalse((self.folder / "out").exists())


if __name__ == "__main__":
    unittest.main()
