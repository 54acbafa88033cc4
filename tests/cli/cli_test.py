# SPDX-License-Identifier: Apache-2.0
"""The whole program from outside: its words and errors, its stages by hand and in one call, faults and interrupts.

Each test runs `muster` in a folder of its own and looks at what it leaves behind; program.py says how.
"""

import json
import os
import pathlib
import pty
import re
import signal
import subprocess
import time
import unittest

from program import (EXIT_CODES, HAVE_MPI, LONGEST_CALL, MPIRUN, NEEDS_MPI, PROGRAM, SEVEN_MPI_CASES, SIX_CASES,
                     THREADS, ProgramTest)


class HelpAndVersion(ProgramTest):
    def test_help_and_version_are_results(self):
        commands = ("discover", "plan", "run", "judge", "bench")
        for words in ["--help"], ["--version"], *([name, "--help"] for name in commands):
            with self.subTest(words):
                done = self.muster(*words)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertNotEqual(done.stdout, "")


class UsageErrors(ProgramTest):
    def test_an_unknown_word_is_named(self):
        for words, named in ((["measure"], "measure"),
                             (["plan", "--suite", "huge"], "huge"),
                             (["plan", "--launcher", "ssh"], "ssh"),
                             (["plan", "--surprise"], "--surprise"),
                             (["plan", "--cases", "nothing/like/this"], "nothing/like/this")):
            with self.subTest(words):
                self.expect_error(self.muster(*words), named)

    def test_a_time_without_a_unit_is_refused_before_anything_is_made(self):
        self.expect_error(self.muster("plan", "--budget", "90"), '"90"', "unit")
        self.expect_error(self.muster("bench", *THREADS, *SIX_CASES, "--budget", "90"), '"90"', "unit")
        self.expect_error(self.muster("bench", *THREADS, *SIX_CASES, "--timeout", "2"), '"2"', "unit")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_file_of_targets_that_is_absent_is_named(self):
        self.expect_error(self.muster("bench", *THREADS, *SIX_CASES, "--targets", "absent.json"), "absent.json")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_hostfile_that_is_absent_or_empty_is_named(self):
        self.file("empty", "# nobody\n")
        for name in "absent", "empty":
            for ranks in [], ["--ranks", "2"]:
                with self.subTest(name, ranks=ranks):
                    self.expect_error(self.muster("plan", "--launcher", "mpirun", *ranks, "--hostfile", name), name)

    def test_a_hostfile_for_a_launcher_that_takes_none_is_refused_before_anything_is_made(self):
        self.file("hosts", "localhost slots=2\n")
        self.expect_error(self.muster("bench", *THREADS, *SIX_CASES, "--hostfile", "hosts"), "hostfile", "threads")
        self.assertFalse((self.folder / "muster-out").exists())

    def test_a_bench_under_a_launcher_of_its_own_is_refused(self):
        done = self.muster("bench", *THREADS, *SIX_CASES, env=os.environ | {"OMPI_COMM_WORLD_RANK": "0"})
        self.expect_error(done, "mpirun", "muster run")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_an_unknown_fault_is_refused_before_anything_is_made(self):
        self.plan(*THREADS, *SIX_CASES)
        for words in ["run", "--plan", "plan.json", "--out", "run.jsonl"], ["bench", *THREADS, *SIX_CASES]:
            with self.subTest(words[0]):
                self.expect_error(self.muster(*words, "--inject", "nonsense"), "nonsense")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["plan.json"])


class UnusablePlans(ProgramTest):
    def expect_refused(self, name, *named):
        self.expect_error(self.muster("run", "--plan", name, "--out", "run.jsonl"), *named)
        self.assertFalse((self.folder / "run.jsonl").exists())

    def test_a_plan_that_cannot_be_read_is_named(self):
        self.expect_refused("absent.json", "absent.json")
        self.expect_refused(".", "directory")

    def test_a_plan_of_garbage_or_cut_short_is_refused(self):
        self.plan(*THREADS, *SIX_CASES)
        whole = (self.folder / "plan.json").read_text(encoding="utf-8")
        for text in ("", "garbage", "\0\1\2", "[]", "{}", whole[:len(whole) // 2]):
            with self.subTest(text[:10]):
                self.expect_refused(self.file("broken.json", text), "broken.json")

    def test_a_plan_that_was_edited_under_its_hash_is_refused(self):
        self.plan(*THREADS, *SIX_CASES)
        plan = self.json("plan.json")
        plan["check_iterations"] = 0
        self.expect_refused(self.file("edited.json", json.dumps(plan)), "edited.json", "hash")

    @NEEDS_MPI
    def test_a_plan_for_another_number_of_ranks_is_refused_in_one_voice(self):
        self.plan("--launcher", "mpirun", "--ranks", "3", *SEVEN_MPI_CASES)
        root = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
        words = ["mpirun", "-n", "2", "--oversubscribe", "--bind-to", "none", PROGRAM, "run", "--plan", "plan.json"]
        done = subprocess.run([*words, "--out", "run.jsonl"], cwd=self.folder, env=os.environ | root,
                              capture_output=True, text=True, check=False, timeout=LONGEST_CALL)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stderr.count("the plan is for 3 ranks, but 2 were started"), 1, done.stderr)


class ByHand(ProgramTest):
    def setUp(self):
        super().setUp()
        self.plan(*THREADS, "--cases", "peak/float*", "--cases", "memory/*/1M/*", "--cases",
                  "*/threads/float/64K/isolated*", "--samples", "10")
        for words in ["discover", "--out", "cluster.json"], ["run", "--plan", "plan.json", "--out", "run.jsonl"]:
            done = self.muster(*words)
            self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    def test_each_stage_writes_a_valid_file_and_judging_twice_gives_the_same_bytes(self):
        first = self.muster("judge", ".")
        report = self.json("report.json")
        self.assertEqual(first.returncode, EXIT_CODES[report["verdict"]], first.stderr)
        self.assertIn(f"verdict: {report['verdict']}", first.stdout)
        for name in "cluster.json", "plan.json", "run.jsonl", "report.json":
            self.expect_valid(name, pathlib.Path(name).stem)
        second = self.muster("judge", ".", "--out", "again.json")
        self.assertEqual((second.returncode, second.stdout), (first.returncode, first.stdout))
        self.assertEqual((self.folder / "again.json").read_bytes(), (self.folder / "report.json").read_bytes())


class Bench(ProgramTest):
    def expect_pass(self, done, report, cases):
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertEqual((report["verdict"], report["missing"], report["incidents"]), ("pass", [], []))
        planned = self.json("out/latest/plan.json")["cases"]
        self.assertEqual([row["id"] for row in report["rows"]], [case["id"] for case in planned])
        self.assertGreaterEqual(len(planned), cases)  # and what they are judged by

    def test_leaves_a_folder_a_link_and_a_report_that_passes(self):
        done, report = self.bench(*THREADS, *SIX_CASES)
        self.expect_pass(done, report, 6)
        latest = self.folder / "out/latest"
        self.assertTrue(latest.is_symlink())
        self.assertEqual(latest.resolve().parent, (self.folder / "out").resolve())
        for name in "cluster.json", "plan.json", "run.jsonl", "report.json":
            self.expect_valid(f"out/latest/{name}", pathlib.Path(name).stem)

    @NEEDS_MPI
    def test_passes_on_two_ranks_of_mpirun(self):
        done, report = self.bench(*MPIRUN, "--cases", "broadcast/*/mpi/float/64K/isolated", "--cases",
                                  "send_recv/ring/shm/float/64K/isolated", "--samples", "10")
        self.expect_pass(done, report, 5)
        self.assertEqual([launch["ranks"] for launch in report["launches"]], [2])

    def test_keeps_secrets_of_the_environment_out_of_every_file(self):
        secrets = {"MY_SECRET_TOKEN": "hunter2", "NCCL_AUTH_TOKEN": "hunter2", "OMP_NUM_THREADS": "1"}
        done, report = self.bench(*THREADS, *SIX_CASES, env=os.environ | secrets)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(report["launches"][0]["environment"].get("OMP_NUM_THREADS"), "1")
        files = [path for path in (self.folder / "out").rglob("*") if path.is_file()]
        self.assertGreaterEqual(len(files), 4)
        self.assertEqual([path.name for path in files if b"hunter2" in path.read_bytes()], [])


class Faults(ProgramTest):
    """A fault on purpose is noticed, named, and costs the case it hits and no other."""

    def expect_only_loss(self, report, lost, launches):
        self.assertEqual((report["verdict"], report["missing"]), ("no_data", []), report["incidents"])
        self.assertEqual(len(report["launches"]), launches)
        self.assertEqual([incident["case"] for incident in report["incidents"]], [lost])
        rows = self.rows(report)
        self.assertEqual([case for case, row in rows.items() if row["verdict"] != "pass"], [lost])
        after = list(rows)[list(rows).index(lost) + 1:]
        self.assertEqual({rows[case]["launch"] for case in after}, {1})

    def test_a_corrupted_word_fails_the_case_it_is_in(self):
        done, report = self.bench(*THREADS, *SIX_CASES, "--inject", "corrupt@1:all_reduce/tree/*")
        self.assertEqual((done.returncode, report["verdict"]), (1, "fail"))
        self.assertIn("#wrong", done.stdout)
        self.assertEqual({case for case, row in self.rows(report).items() if row["verdict"] == "fail"},
                         {"all_reduce/tree/threads/float/64K/isolated"})
        check = self.rows(report)["all_reduce/tree/threads/float/64K/isolated"]["check"]
        self.assertGreaterEqual(check["wrong"], 1)
        self.assertIn("rank 1", check["first_wrong"])

    def test_a_killed_process_of_threads_loses_one_case(self):
        for attempt in range(3):  # the ranks are threads: which of them enters the case first is chance
            with self.subTest(attempt):
                done, report = self.bench(*THREADS, *SIX_CASES, "--inject", "kill@1:all_reduce/tree/*")
                self.assertEqual(done.returncode, 3)
                self.expect_only_loss(report, "all_reduce/tree/threads/float/64K/isolated", launches=2)

    @NEEDS_MPI
    def test_a_rank_that_is_killed_or_exits_is_named_and_loses_one_case(self):
        for fault, rank in ("kill@1", 1), ("exit@0", 0):
            with self.subTest(fault):
                done, report = self.bench(*MPIRUN, *SEVEN_MPI_CASES, "--inject", f"{fault}:all_reduce/tree/*")
                self.assertEqual(done.returncode, 3)
                self.assertEqual([incident["rank"] for incident in report["incidents"]], [rank])
                self.assertIn(f"rank {rank} ", done.stderr)
                self.expect_only_loss(report, "all_reduce/tree/mpi/float/64K/isolated", launches=2)

    @NEEDS_MPI
    def test_a_stopped_rank_is_named_and_its_case_is_not_measured_after_all(self):
        done, report = self.bench(*MPIRUN, *SEVEN_MPI_CASES, "--inject", "stop@1:all_reduce/tree/*")
        self.assertEqual(done.returncode, 3)
        self.assertEqual([incident["rank"] for incident in report["incidents"]], [1])
        self.expect_only_loss(report, "all_reduce/tree/mpi/float/64K/isolated", launches=2)

    def test_another_plan_on_one_rank_is_named_and_nothing_is_measured(self):
        for launcher, cases in ((THREADS, SIX_CASES), *([(MPIRUN, SEVEN_MPI_CASES)] if HAVE_MPI else [])):
            with self.subTest(launcher[1]):
                done, report = self.bench(*launcher, *cases, "--inject", "hash@1")
                self.assertEqual((done.returncode, report["verdict"]), (3, "no_data"))
                self.assertEqual(len(report["missing"]), len(report["rows"]))
                self.assertIn("the plan of rank 1 differs", report["incidents"][0]["what"])


class Interrupted(ProgramTest):
    LONGEST_END = 10  # seconds, between the signal and the end of the program

    def beats(self):
        return [path.read_text(encoding="utf-8").split() for path in self.folder.glob("out/latest/ranks/rank-*")]

    def is_running(self, pid, start):
        try:
            fields = pathlib.Path("/proc", pid, "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            return False
        return fields[0] not in "ZX" and fields[19] == start  # man 5 proc: state, and start time, the 22nd field

    def wait_until(self, condition, what):
        end = time.monotonic() + self.LONGEST_END
        while not condition():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.05)

    def interrupt(self, launcher):
        bench = subprocess.Popen(
            [PROGRAM, "bench", *launcher, "--cases", "memory/*/8M/*", "--samples", "1000000", "--out", "out"],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(bench.kill)
        self.wait_until(lambda: any("measuring" in beat for beat in self.beats()), "nothing is measured")
        ranks = [(beat[2], beat[3]) for beat in self.beats()]
        self.assertTrue(all(self.is_running(*rank) for rank in ranks))
        bench.send_signal(signal.SIGINT)
        _, talk = bench.communicate(timeout=self.LONGEST_END)
        report = self.json("out/latest/report.json")
        self.assertEqual((bench.returncode, report["verdict"]), (3, "no_data"))
        self.assertIn("interrupted", talk)
        self.assertIn("interrupted", report["incidents"][0]["what"])
        self.wait_until(lambda: not any(self.is_running(*rank) for rank in ranks), "a rank outlives its bench")

    def test_threads_end_with_a_report_and_leave_no_process(self):
        self.interrupt(THREADS)

    @NEEDS_MPI
    def test_ranks_of_mpirun_end_with_a_report_and_leave_no_process(self):
        self.interrupt(MPIRUN)


class ProgressLines(ProgramTest):
    # About a second of work: a look at the ranks every 0.1 s meets some case.
    WORDS = ("bench", *THREADS, "--cases", "*/threads/float/64K/isolated", "--samples", "2000", "--out", "out")
    LINE = r" *\d{1,3}%  \d+:\d\d left  \w+/\S+"

    def test_are_plain_lines_where_stderr_is_no_terminal(self):
        done = self.muster(*self.WORDS)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stderr, rf"(?m)^{self.LINE}$")
        self.assertNotRegex(done.stderr + done.stdout, r"[\r\x1b]")

    def test_rewrite_one_line_on_a_terminal(self):
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        bench = subprocess.Popen([PROGRAM, *self.WORDS], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=theirs)
        self.addCleanup(bench.kill)
        os.close(theirs)
        talk = b""
        try:
            while block := os.read(ours, 4096):
                talk += block
        except OSError:  # Linux says EIO when the last writer has closed its end
            pass
        self.assertEqual(bench.wait(timeout=LONGEST_CALL), 0)
        lines = re.findall(rf"\r\x1b\[K({self.LINE})", talk.decode())
        self.assertNotEqual(lines, [], talk)
        self.assertTrue(all(len(line) < 80 for line in lines))


if __name__ == "__main__":
    unittest.main()
