# SPDX-License-Identifier: Apache-2.0
"""What is broken never passes: runs that were damaged after they passed, and disks without room.

Each test runs `muster` in a folder of its own and looks at what it leaves behind; program.py says how.
"""

import json
import resource
import signal
import subprocess
import unittest

from program import LONGEST_CALL, PROGRAM, SIX_CASES, THREADS, ProgramTest


class JudgeFailsClosed(ProgramTest):
    """A run that passes, broken in one way each time, passes no more."""

    CASE = "all_reduce/tree/threads/float/64K/isolated"

    def setUp(self):
        super().setUp()
        done, _ = self.bench(*THREADS, *SIX_CASES)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.run_file = self.folder / "out/latest/run.jsonl"
        self.lines = self.run_file.read_text(encoding="utf-8").splitlines()

    def judge(self, lines, *words):
        """Exit code and report of the run that consists of these lines."""
        self.run_file.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        done = self.muster("judge", "out/latest", *self.only_correct(), *words)
        self.assertEqual(done.returncode, 3, done.stderr)
        return self.json("out/latest/report.json")

    def changed(self, change):
        lines = []
        for line in self.lines:
            record = json.loads(line)
            if record.get("case") == self.CASE:
                change(record)
            lines.append(json.dumps(record))
        return lines

    def expect_no_data(self, report, reason):
        row = self.rows(report)[self.CASE]
        self.assertEqual((row["verdict"], report["verdict"]), ("no_data", "no_data"))
        self.assertIn(reason, row["reason"])

    def test_a_run_that_is_cut_in_its_last_line(self):
        text = self.run_file.read_text(encoding="utf-8")
        self.run_file.write_text(text[:-5], encoding="utf-8")
        done = self.muster("judge", "out/latest", *self.only_correct())
        self.assertEqual(done.returncode, 3, done.stderr)
        report = self.json("out/latest/report.json")
        self.assertEqual((report["verdict"], report["ended"]), ("no_data", False))

    def test_a_run_without_one_of_its_records(self):
        report = self.judge([line for line in self.lines if json.loads(line).get("case") != self.CASE])
        self.assertEqual((report["verdict"], report["missing"]), ("no_data", [self.CASE]))

    def test_a_run_without_anything(self):
        self.assertEqual(len(self.judge([])["missing"]), len(self.planned_cases()))

    def test_a_record_whose_data_were_not_checked(self):
        report = self.judge(self.changed(lambda record: record["check"].update(elements=0)))
        self.expect_no_data(report, "unchecked")

    def test_a_record_with_fewer_samples_than_were_agreed(self):
        def shorten(record):
            record["seconds"].pop()
            record["rank_seconds"], record["arrival_seconds"] = [], []

        self.expect_no_data(self.judge(self.changed(shorten)), "9 samples")

    def test_a_record_of_another_number_of_ranks(self):
        def reduce_ranks(record):
            record["ranks"], record["rank_seconds"], record["arrival_seconds"] = 1, [], []

        self.expect_no_data(self.judge(self.changed(reduce_ranks)), "1 ranks")

    def test_a_plan_of_another_number_of_ranks_or_of_fewer_cases(self):
        self.plan("--launcher", "threads", "--ranks", "3", *SIX_CASES, out="three.json")
        shorter = self.json("out/latest/plan.json")
        del shorter["hash"], shorter["cases"][-1]
        self.file("shorter.json", json.dumps(shorter))
        for plan in "three.json", "shorter.json":
            with self.subTest(plan):
                self.assertIn("another plan", self.judge(self.lines, "--plan", plan)["reason"])

    def test_a_sample_that_is_no_number_is_no_run(self):
        lines = self.changed(lambda record: record["seconds"].__setitem__(0, float("nan")))
        self.run_file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.expect_error(self.muster("judge", "out/latest"), "run.jsonl:")


class FullDisk(ProgramTest):
    def limited(self, size):
        """Arguments for a process none of whose files may grow beyond `size` bytes."""

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that write() fails as on a full disk
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        return {"preexec_fn": limit}

    def test_a_report_that_does_not_fit_leaves_no_part_of_itself(self):
        self.bench(*THREADS, *SIX_CASES)
        (self.folder / "out/latest/report.json").unlink()
        before = sorted((self.folder / "out/latest").iterdir())
        done = self.muster("judge", "out/latest", **self.limited(2000))
        self.expect_error(done, "report.json", "disk full?", printed=True)
        self.assertEqual(sorted((self.folder / "out/latest").iterdir()), before)

    def test_a_bench_without_room_for_its_plan_leaves_no_report(self):
        self.expect_error(self.muster("bench", *THREADS, *SIX_CASES, "--out", "out", **self.limited(100)), "disk full?")
        self.assertEqual(list(self.folder.rglob("*.json*")), [])

    def test_records_that_do_not_fit_are_missed(self):
        samples = ("--cases", SIX_CASES[1], "--samples", "1000")  # more than 80 KB per record
        done, report = self.bench(*THREADS, *samples, **self.limited(40_000))
        self.assertEqual((done.returncode, report["verdict"]), (3, "no_data"))
        self.assertIn("disk full?", report["incidents"][0]["what"])

    def test_each_stage_says_that_its_file_cannot_be_written(self):
        self.bench(*THREADS, *SIX_CASES)
        plan = "out/latest/plan.json"
        for words in (["discover"], ["plan", *THREADS], ["run", "--plan", plan, "--quiet"], ["judge", "out/latest"]):
            with self.subTest(words[0]):
                done = self.muster(*words, "--out", "/dev/full")
                self.expect_error(done, "/dev/full", "disk full?", printed=words[0] == "judge")

    def test_a_result_on_a_full_standard_output_is_an_error(self):
        for words in ["discover"], ["plan", *THREADS, *SIX_CASES]:
            with self.subTest(words[0]), open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([PROGRAM, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False,
                                      timeout=LONGEST_CALL)
                self.assertEqual((done.returncode, len(done.stderr.splitlines())), (2, 1), done.stderr)


if __name__ == "__main__":
    unittest.main()
