# SPDX-License-Identifier: Apache-2.0
"""muster history as a scheduler calls it: nights from altered copies of one report, exit codes, and files that survive
other writers, kill -9, a full disk and whatever else lies where a history should."""

import copy
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

from program import LONGEST_CALL, PROGRAM, SIX_CASES, THREADS, ProgramTest

FILE = "muster-history.sqlite"
RUNS_AS_ROOT = os.geteuid() == 0


class HistoryTest(ProgramTest):
    template = None

    def setUp(self):
        super().setUp()
        if HistoryTest.template is None:
            _, HistoryTest.template = self.bench(*THREADS, *SIX_CASES)
            shutil.rmtree(self.folder / "out")
        self.cases = len(self.template["rows"])

    def night(self, index, factor=1.0, only=None, spread=0.01):
        """report.json of one night, its medians scattered by `spread`; `factor` slows all cases, or `only` that one."""
        report = copy.deepcopy(self.template)
        noise = random.Random(index)
        for launch in report["launches"]:
            launch["started"] = f"2026-{1 + index // 28:02}-{1 + index % 28:02}T01:00:00Z"
        for place, row in enumerate(report["rows"]):
            slow = factor if only in (None, place) else 1.0
            median = 1e-5 * (place + 1) * slow * (1 + spread * noise.uniform(-1, 1))
            samples = [median * (1 + 0.001 * (7 * i % 10 - 4.5)) for i in range(10)]
            row["samples_seconds"] = samples
            row["time_seconds"].update(min=min(samples), max=max(samples), mean=median, median=median,
                                       low=median * 0.997, high=median * 1.003)
        return self.file(f"night{index}.json", json.dumps(report))

    def add(self, *words, **more):
        done = self.muster("history", "add", *words, **more)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def history(self, action, *words, **more):
        return self.muster("history", action, *words, **more)

    def reports(self, name=FILE):
        done = self.history("list", "--json", "--file", name)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)["reports"]

    def expect_sound(self):
        """SQLite finds no damage and each report has all of its cases with their samples."""
        with sqlite3.connect(self.folder / FILE) as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            self.assertEqual(database.execute("PRAGMA foreign_key_check").fetchall(), [])
            for table in ("night", "samples"):
                counts = database.execute(
                    f"SELECT count(e.report) FROM report r LEFT JOIN {table} e ON e.report = r.id GROUP BY r.id")
                self.assertEqual({count for (count,) in counts} - {self.cases}, set())
        database.close()


class ActionsTest(HistoryTest):
    def test_a_steady_machine_passes_and_a_slow_case_fails_and_is_dated(self):
        self.add(*[self.night(i) for i in range(20)], "--machine", "rack1", "--tag", "good", "--commit", "c1")
        done = self.history("check")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertIn(f"pass: {self.cases} same", done.stdout)
        self.add(*[self.night(i, factor=1.3, only=2) for i in (20, 21, 22)], "--machine", "rack1", "--commit", "c2")
        done = self.history("check")
        self.assertEqual((done.returncode, done.stderr), (1, ""), done.stdout)
        self.assertIn(f"fail: 1 slower, {self.cases - 1} same", done.stdout)
        self.assertRegex(done.stdout, r"last report before: 2026-01-20T01:00:00Z \(commit c1, tag good\); first one "
                                      r"after: 2026-01-21T01:00:00Z \(commit c2\)")
        for words in (("--tag", "good"), ("--commit", "c1"), ("--last", "15")):
            self.assertEqual(self.history("check", *words).returncode, 1, words)

    def test_the_check_as_json_says_the_same(self):
        self.add(*[self.night(i, factor=1.3 if i > 9 else 1) for i in range(11)], "--machine", "rack1")
        check = json.loads(self.history("check", "--json").stdout)
        self.assertEqual((check["schema"], check["verdict"]), ("muster/history-check/1", "fail"))
        self.assertEqual({case["outcome"] for case in check["cases"]}, {"slower"})
        self.assertEqual(check["cases"][0]["since"]["after"]["time"], "2026-01-11T01:00:00Z")

    def test_the_same_report_twice_is_named_and_left(self):
        self.add(self.night(1), "--machine", "rack1")
        self.assertIn("is there already", self.add("night1.json", "--machine", "other"))
        self.assertEqual([report["machine"] for report in self.reports()], ["rack1"])

    def test_a_folder_of_a_run_is_a_report_and_its_host_is_the_machine(self):
        os.makedirs(self.folder / "out")
        os.rename(self.folder / self.night(1), self.folder / "out/report.json")
        self.add("out")
        self.assertEqual(self.reports()[0]["machine"], self.template["launches"][0]["hosts"][0])

    def test_a_single_report_cannot_be_judged(self):
        self.add(self.night(1), "--machine", "rack1")
        done = self.history("check")
        self.assertEqual((done.returncode, done.stderr), (3, ""))
        self.assertIn("no_data: there is no report before it", done.stdout)

    def test_a_case_is_shown_over_the_nights(self):
        self.add(*[self.night(i) for i in range(3)], "--machine", "rack1")
        case = self.template["rows"][0]["id"]
        table = self.history("show", case).stdout
        self.assertEqual(table.count("2026-01-0"), 3)
        track = json.loads(self.history("show", "*", "--json").stdout)["series"]
        self.assertEqual([len(track), len(track[0]["points"])], [self.cases, 3])
        self.assertEqual(len(self.history("show", case, "--csv").stdout.splitlines()), 4)
        self.expect_error(self.history("show", "nothing"), "give a pattern")

    def test_the_page_of_a_report_shows_the_nights_before_it(self):
        nights = [self.night(i, factor=1.2 if i >= 12 else 1.0, only=3) for i in range(20)]
        self.add(*nights, "--machine", "rack", "--tag", "driver 1")
        done = self.muster("report", nights[-1], "--history", FILE, "--out", "page.html")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        page = (self.folder / "page.html").read_text(encoding="utf-8")
        begin = page.index('id="history"')
        section = page[begin:page.index("<section", begin)]
        # The case whose level changed comes first, dated at the night of the change; each night is a row.
        slowed = self.template["rows"][3]["id"]
        places = [section.index(row["id"]) for row in self.template["rows"] if row["id"] in section]
        self.assertEqual(min(places), section.index(slowed))
        self.assertIn("2026-01-13T01:00:00Z driver 1, changed x 1.2", section)
        self.assertEqual(section.count("2026-01-20T01:00:00Z"), min(self.cases, 12))
        without = self.muster("report", nights[-1], "--format", "html").stdout
        self.assertNotIn('id="history"', without)

    def test_several_machines_are_asked_for(self):
        self.add(self.night(1), "--machine", "rack1")
        self.add(self.night(2), "--machine", "rack2")
        self.expect_error(self.history("check"), "give --machine with one of rack1, rack2")
        self.assertEqual(self.history("check", "--machine", "rack2").returncode, 3)

    def test_usage_errors_are_one_line(self):
        self.add(self.night(1), "--machine", "rack1")
        self.expect_error(self.history("check", "--last", "0"), "--last")
        self.expect_error(self.history("check", "--last", "3", "--tag", "x"), "--last")
        self.expect_error(self.history("check", "--tag", "x"), "has tag \"x\"")
        self.expect_error(self.history("add"), "reports")
        self.expect_error(self.history("add", self.night(2), "--time", "noon"), "is no time")
        self.expect_error(self.history("add", "absent.json"), "absent.json")

    def test_hostile_names_are_stored_and_printed_safely(self):
        hostile = "'); DROP TABLE report; --\"<b>%s"
        self.add(self.night(1), "--machine", hostile, "--tag", hostile, "--commit", hostile)
        self.assertEqual(self.reports()[0]["tag"], hostile)
        for words in (("list",), ("check",), ("show", "*"), ("show", "*", "--csv")):
            done = self.history(*words)
            self.assertIn(done.returncode, (0, 3), done.stderr)
        for broken in ("a\x1b[2J", "two\nlines", b"\xff"):
            self.expect_error(self.history("add", self.night(2), "--machine", "m", "--tag", broken), "cannot be printed")


class DamageTest(HistoryTest):
    def test_what_is_no_history_is_one_line_and_exit_code_2(self):
        (self.folder / "folder").mkdir()
        self.file("text", "no database " * 100)
        self.file("empty", "")
        for name, said in (("folder", "is a folder"), ("text", "not a database"), ("absent", "no such history"),
                           ("empty", "is empty"), ("text/below", "text/below")):
            for words in (("list",), ("check",), ("show", "*")):
                with self.subTest(name=name, words=words):
                    self.expect_error(self.history(*words, "--file", name), name, said if name != "text/below" else "")
        report = self.night(1)
        for name in ("folder", "text", "no/such/folder"):
            self.expect_error(self.history("add", report, "--machine", "m", "--file", name), name)
        self.assertEqual((self.folder / "text").read_text(), "no database " * 100)

    def test_a_truncated_file_is_never_a_pass(self):
        self.add(*[self.night(i) for i in range(12)], "--machine", "m")
        whole = (self.folder / FILE).read_bytes()
        for share in (0.1, 0.3, 0.6, 0.9):
            (self.folder / FILE).write_bytes(whole[: int(len(whole) * share)])
            self.expect_error(self.history("check"), FILE)

    def test_a_changed_byte_never_crashes(self):
        self.add(*[self.night(i) for i in range(8)], "--machine", "m")
        whole = (self.folder / FILE).read_bytes()
        dice = random.Random(5)
        for _ in range(60):
            broken = bytearray(whole)
            for _ in range(dice.choice((1, 1, 8, 64))):
                broken[dice.randrange(len(broken))] = dice.randrange(256)
            (self.folder / FILE).write_bytes(broken)
            for words in (("check", "--json"), ("list",), ("show", "*")):
                done = self.history(*words)
                self.assertIn(done.returncode, (0, 1, 2, 3), done.stderr)
                self.assertLessEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_a_newer_layout_is_refused(self):
        self.add(self.night(1), "--machine", "m")
        with sqlite3.connect(self.folder / FILE) as database:
            database.execute("PRAGMA user_version = 7")
        database.close()
        self.expect_error(self.history("list"), "has layout 7, this Muster knows 1")
        self.expect_error(self.history("add", self.night(2), "--machine", "m"), "has layout 7")

    @unittest.skipIf(RUNS_AS_ROOT and shutil.which("setpriv") is None, "root may write everywhere")
    def test_a_read_only_folder_can_be_read_and_says_why_it_is_not_written(self):
        self.add(self.night(1), "--machine", "m")
        report = self.night(2)
        os.chmod(self.folder, 0o555)
        os.chmod(self.folder / FILE, 0o444)
        self.addCleanup(os.chmod, self.folder, 0o755)
        drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if RUNS_AS_ROOT else []
        call = lambda *words: subprocess.run([*drop, PROGRAM, "history", *words], cwd=self.folder, text=True,
                                             capture_output=True, check=False, timeout=LONGEST_CALL)
        probe = call("list")
        if "Permission denied" in probe.stderr:
            self.skipTest("another user may not run the program")
        self.assertEqual((probe.returncode, probe.stderr), (0, ""))
        done = call("add", report, "--machine", "m")
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertIn("that you may write to", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)


class WritersTest(HistoryTest):
    def test_eight_processes_at_once_lose_nothing(self):
        nights = [self.night(i) for i in range(40)]
        processes = [subprocess.Popen([PROGRAM, "history", "add", *nights[i::8], "--machine", "m"], cwd=self.folder,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for i in range(8)]
        for process in processes:
            _, errors = process.communicate(timeout=LONGEST_CALL)
            self.assertEqual((process.returncode, errors), (0, ""))
        self.assertEqual(len(self.reports()), 40)
        self.expect_sound()

    def test_a_killed_writer_leaves_each_report_whole_or_out(self):
        nights = [self.night(i) for i in range(20)]
        dice = random.Random(1)
        for _ in range(40):
            process = subprocess.Popen([PROGRAM, "history", "add", *dice.sample(nights, 5), "--machine", "m"],
                                       cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0, 0.15))
            process.send_signal(signal.SIGKILL)
            process.wait()
            if not (self.folder / FILE).exists():
                continue
            done = self.history("list")  # undoes what was left half done
            self.assertTrue(done.returncode == 0 or "is empty" in done.stderr, done.stderr)
            if done.returncode == 0:
                self.expect_sound()
        self.add(*nights, "--machine", "m")
        self.assertEqual(len(self.reports()), 20)
        self.expect_sound()

    def test_a_full_disk_is_one_line_and_the_old_content_stays(self):
        self.add(*[self.night(i) for i in range(4)], "--machine", "m")
        before = self.history("show", "*", "--csv").stdout
        size = (self.folder / FILE).stat().st_size

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that write() fails as on a full disk
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        done = self.history("add", *[self.night(i) for i in range(4, 40)], "--machine", "m", preexec_fn=limit)
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertRegex(done.stderr, "nothing was added; .*(disk|space)")
        self.expect_sound()
        self.assertLessEqual(set(before.splitlines()), set(self.history("show", "*", "--csv").stdout.splitlines()))
        kept = {report["time"] for report in self.reports()}
        self.assertLessEqual({f"2026-01-0{day}T01:00:00Z" for day in range(1, 5)}, kept)
        self.add(*[f"night{i}.json" for i in range(4, 40)], "--machine", "m")
        self.assertEqual(len(self.reports()), 40)


if __name__ == "__main__":
    unittest.main()
