#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The programs that stand in for nccl-tests, read the way known consumers read nccl-tests (docs/nccl-tests.md).

Each consumer's needs are stated again as a small reader here; it gets real output of real runs, on threads and on MPI.
"""

import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import tempfile
import unittest

PROGRAMS = pathlib.Path(os.environ["MUSTER_PROGRAM"]).resolve().parent
NAMES = ("all_reduce_perf", "all_gather_perf", "reduce_scatter_perf", "alltoall_perf", "alltoallv_perf",
         "broadcast_perf", "reduce_perf", "gather_perf", "scatter_perf", "sendrecv_perf")
HAVE_MPI = os.environ.get("MUSTER_HAVE_MPI") == "1" and shutil.which("mpirun") is not None
NEEDS_MPI = unittest.skipUnless(HAVE_MPI, "this Muster was built without MPI, or mpirun is not on PATH")
MPIRUN = ("mpirun", "--oversubscribe", "--allow-run-as-root", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1")
LAUNCHES = {"threads": 0} | ({"mpi": 2} if HAVE_MPI else {})  # name: ranks that mpirun starts
SWEEP = ("-b", "1K", "-e", "64K", "-f", "8", "-n", "3")
SIZES = [1024, 8192, 65536]
LONGEST_CALL = 120  # seconds; a call that hangs fails its test instead of the whole file


class PerfTest(unittest.TestCase):
    """Runs the programs in an empty folder, which ends with the test."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def perf(self, name, *words, processes=0, settings=None, **more):
        """`processes` > 0: under mpirun; else threads, 2 unless `words` say another number."""
        command = [str(PROGRAMS / name), *words]
        if processes:
            command = [*MPIRUN, "-n", str(processes), *command]
        elif not {"-g", "-t", "--ngpus", "--nthreads"} & set(words):
            command += ["-g", "2"]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("NCCL_TESTS")}
        environment |= {"CUDA_VISIBLE_DEVICES": "", **(settings or {})}
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False,
                              timeout=LONGEST_CALL, env=environment, **more)

    def output(self, name, *words, **more):
        done = self.perf(name, *words, **more)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def outputs(self, *words):
        """(label, text) of an all-reduce and an all-to-all, in place and without, on every launch there is."""
        for launch, processes in LAUNCHES.items():
            for name in ("all_reduce_perf", "alltoall_perf"):
                yield f"{name} on {launch}", self.output(name, *SWEEP, *words, processes=processes)


def rows_of(text):
    return [line.split() for line in text.splitlines() if re.match(r"\s+[0-9]", line)]


def average_line(text):
    return next(line for line in text.splitlines() if "Avg bus bandwidth" in line)


class Consumers(PerfTest):
    """conventions, section 5: one test each."""

    def test_superbench_counts_columns_from_the_end_of_the_header(self):
        for label, text in self.outputs():
            with self.subTest(label):
                lines = text.splitlines()
                begin = next(i for i, line in enumerate(lines) if "out-of-place" in line)
                end = next(i for i, line in enumerate(lines) if "Out of bounds values" in line)
                heads = next(line for line in lines[begin:] if "time" in line and "busbw" in line).split()
                from_end = {name: heads.index(name) - len(heads) for name in ("size", "time", "algbw", "busbw")}
                size_at = heads.index("size") - 1  # the header's first word is its '#'
                found = []
                for line in lines[begin:end]:
                    words = line.strip().split()
                    if line.startswith("#") or not words:
                        continue
                    found.append(int(words[size_at]))
                    for name in ("time", "algbw", "busbw"):
                        self.assertGreaterEqual(float(words[from_end[name]]), 0)
                self.assertEqual(len(found), len(SIZES))

    def test_cloudai_reads_rows_of_exactly_13_words_and_both_footers(self):
        for label, text in self.outputs():
            with self.subTest(label):
                self.assertIn("# Out of bounds values", text)
                self.assertIn("# Avg bus bandwidth", text)
                rows = rows_of(text)
                self.assertEqual([len(row) for row in rows], [13] * len(SIZES))
                float(average_line(text).split()[-1])  # its gate takes the last word as the number

    def test_dcgm_runs_it_without_arguments_and_reads_both_footers(self):
        done = subprocess.run([PROGRAMS / "all_reduce_perf"], cwd=self.folder, capture_output=True, text=True,
                              check=False, timeout=LONGEST_CALL, env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        footers = [line for line in done.stdout.splitlines()
                   if "Out of bounds values" in line or "Avg bus bandwidth" in line]
        self.assertEqual(len(footers), 2)
        self.assertFalse([line for line in footers if "FAILED" in line])
        self.assertEqual([row[0] for row in rows_of(done.stdout)], ["33554432"])
        self.assertGreater(float(average_line(done.stdout).split()[5]), 0)

    def test_aznhc_takes_field_5_of_the_average_line(self):
        for label, text in self.outputs():
            with self.subTest(label):
                self.assertGreaterEqual(float(average_line(text).split()[5]), 0)

    def test_cluster_health_scanner_finds_the_number_by_a_regular_expression(self):
        for label, text in self.outputs():
            with self.subTest(label):
                self.assertRegex(text, r"Avg bus bandwidth\s*:\s*(\d+)")

    def test_cluster_toolkit_wants_four_blanks_before_the_colon(self):
        for label, text in self.outputs():
            with self.subTest(label):
                self.assertRegex(text, r"(?m)^# Avg bus bandwidth    : [0-9.]+")

    def test_aws_takes_the_word_before_the_last_of_each_row_as_busbw_in_place(self):
        for label, text in self.outputs():
            with self.subTest(label):
                lines = [line for line in text.splitlines() if re.match(r"^\s+[0-9]", line)]
                self.assertEqual(len(lines), len(SIZES))
                for line in lines:
                    self.assertEqual(line.split()[-2], line.split()[11])
                    float(line.split()[-2])

    def test_aicr_matches_rows_whose_numeric_columns_are_numbers(self):
        row = re.compile(r"^\s+(\d+)\s+(\d+)\s+(\w+)\s+(\w+)\s+(-?\d+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)", re.M)
        for label, text in self.outputs():
            with self.subTest(label):
                found = [match.groups() for match in row.finditer(text)]
                self.assertEqual(len(found), len(SIZES))
                self.assertEqual(max(found, key=lambda each: int(each[0]))[0], str(SIZES[-1]))

    def test_sichek_and_oci_read_the_average_line_of_every_program(self):
        for name in NAMES:
            with self.subTest(name):
                text = self.output(name, "-b", "64K", "-e", "64K", "-n", "2")
                self.assertRegex(text, r"(?m)^# Avg bus bandwidth    : [\d.eE+-]+ $")
                self.assertIn(f"# Collective test starting: {name}\n", text)
                self.assertIn(f"# Collective test concluded: {name}\n", text)


class Output(PerfTest):
    def test_every_program_moves_right_data_in_every_type(self):
        for name in NAMES:
            for launch, processes in LAUNCHES.items():
                with self.subTest(name, launch=launch):
                    text = self.output(name, "-b", "12K", "-e", "12K", "-n", "1", "-d", "all", processes=processes)
                    rows = rows_of(text)
                    self.assertEqual(len(rows), 12)
                    self.assertEqual({row[8] for row in rows}, {"0"})
                    no_in_place = name in ("alltoall_perf", "alltoallv_perf", "sendrecv_perf")
                    self.assertEqual({row[12] for row in rows}, {"N/A" if no_in_place else "0"})

    def test_every_operation_is_checked_in_every_type(self):
        for name in ("all_reduce_perf", "reduce_scatter_perf", "reduce_perf"):
            for launch, processes in LAUNCHES.items():
                with self.subTest(name, launch=launch):
                    text = self.output(name, "-b", "6K", "-e", "6K", "-n", "1", "-d", "all", "-o", "all",
                                       processes=processes)
                    rows = rows_of(text)
                    self.assertEqual({row[3] for row in rows}, {"sum", "prod", "max", "min", "avg", "mulsum"})
                    self.assertEqual(len(rows), 12 * 6)
                    self.assertEqual({(row[8], row[12]) for row in rows}, {("0", "0")})

    def test_root_all_gives_a_row_for_each_rank(self):
        for name in ("broadcast_perf", "reduce_perf", "gather_perf", "scatter_perf"):
            with self.subTest(name):
                rows = rows_of(self.output(name, "-g", "3", "-r", "all", "-b", "12K", "-e", "12K", "-n", "1"))
                self.assertEqual([(row[4], row[8], row[12]) for row in rows], [(str(r), "0", "0") for r in range(3)])

    def test_counts_are_cut_to_16_bytes_for_each_peer(self):
        rows = rows_of(self.output("all_gather_perf", "-g", "3", "-b", "100", "-e", "100", "-n", "1"))
        self.assertEqual(rows[0][:2], ["96", "8"])  # 25 floats for 3 ranks: 8 each
        rows = rows_of(self.output("alltoall_perf", "-g", "3", "-b", "40", "-e", "40", "-n", "1"))
        self.assertEqual(rows[0][:2], ["0", "0"])
        rows = rows_of(self.output("all_reduce_perf", "-g", "3", "-b", "100", "-e", "100", "-n", "1"))
        self.assertEqual(rows[0][:2], ["100", "25"])

    def test_the_word_before_the_rows_names_time_or_cputime(self):
        heads = next(line for line in self.output("all_reduce_perf", *SWEEP, "-C", "1").splitlines() if "busbw" in line)
        self.assertEqual(heads.split().count("cputime"), 2)
        self.assertNotIn("time", heads.split())

    def test_timestamps_add_two_words(self):
        text = self.output("all_reduce_perf", *SWEEP, "-S", "1")
        for row in rows_of(text):
            self.assertEqual(len(row), 15)
            self.assertRegex(" ".join(row[13:]), r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")
        heads = next(line for line in text.splitlines() if "busbw" in line)
        self.assertEqual(heads.split()[-1], "timestamp")

    def test_per_iteration_columns_make_21_words(self):
        for row in rows_of(self.output("all_reduce_perf", *SWEEP, "-I", "1")):
            self.assertEqual(len(row), 21)
            self.assertLessEqual(float(row[9]), float(row[10]))  # i_min, i_max

    def test_cycles_repeat_the_sweep(self):
        rows = rows_of(self.output("all_reduce_perf", *SWEEP, "-N", "2"))
        self.assertEqual([int(row[0]) for row in rows], SIZES * 2)

    def test_groups_are_named_and_busbw_is_that_of_a_group(self):
        text = self.output("all_reduce_perf", "-g", "4", "-b", "64K", "-e", "64K", "-n", "2",
                           settings={"NCCL_TESTS_SPLIT": "MOD 2"})
        groups = re.findall(r"#  Rank +(\d+) Group +(\d+) Pid +\d+ on +\S+ device +\d+ \[[0-9a-f:]+\] \S", text)
        self.assertEqual(groups, [("0", "0"), ("1", "1"), ("2", "0"), ("3", "1")])
        row = rows_of(text)[0]
        self.assertEqual(row[6], row[7])  # 2(n-1)/n is 1 for the two ranks of a group
        self.assertEqual((row[8], row[12]), ("0", "0"))

    @NEEDS_MPI
    def test_groups_work_between_processes(self):
        for split in ({"NCCL_TESTS_SPLIT": "DIV 2"}, {"NCCL_TESTS_SPLIT_MASK": "0x1"}):
            with self.subTest(split):
                text = self.output("alltoall_perf", "-b", "64K", "-e", "64K", "-n", "2", processes=4, settings=split)
                self.assertEqual(rows_of(text)[0][8], "0")
                self.assertEqual(len(set(re.findall(r"Group +(\d+)", text))), 2)

    def test_a_traffic_matrix_decides_what_alltoallv_moves(self):
        (self.folder / "matrix.txt").write_text("0 4096\n8192 0\n", encoding="utf-8")
        settings = {"NCCL_TESTS_ALLTOALLV_MATRIX_FILE": "matrix.txt", "NCCL_TESTS_ALLTOALLV_MATRIX_SCALE": "2",
                    "NCCL_TESTS_ALLTOALLV_PRINT_SUMMARY": "1"}
        text = self.output("alltoallv_perf", "-b", "64K", "-e", "64K", "-n", "2", settings=settings)
        self.assertEqual((rows_of(text)[0][0], rows_of(text)[0][8]), ("16384", "0"))
        self.assertIn("# rank 0 sends 8192 B, receives 16384 B", text)
        done = self.perf("alltoallv_perf", "-b", "1K", "-e", "64K", settings=settings)
        self.assertEqual(done.returncode, 255)
        self.assertIn("use the same for -b and -e", done.stderr)


class Json(PerfTest):
    def run_to_file(self, name, *words, **more):
        text = self.output(name, *words, "-J", "out.json", **more)

        def refuse(word):
            self.fail(f"{word} is not JSON")

        return text, json.loads((self.folder / "out.json").read_text(encoding="utf-8"), parse_constant=refuse)

    def test_it_has_the_keys_of_schema_version_3_and_the_numbers_of_the_text(self):
        for launch, processes in LAUNCHES.items():
            with self.subTest(launch):
                text, document = self.run_to_file("all_reduce_perf", *SWEEP, "-I", "1", "-K", "1", processes=processes)
                self.assertEqual(document["version"], 3)
                self.assertLessEqual({"start_time", "args", "env", "nccl_version", "config", "results", "out_of_bounds",
                                      "average_bus_bandwidth", "errors", "end_time"}, set(document))
                self.assertEqual([row["size"] for row in document["results"]], SIZES)
                row = document["results"][0]
                self.assertEqual((row["type"], row["redop"], row["root"]), ("float", "sum", "-1"))
                self.assertEqual(set(row["out_of_place"]), {"time", "alg_bw", "bus_bw", "nwrong"})
                iterations = row["in_place_per_iter"]
                self.assertEqual((iterations["skipped_iterations"], len(iterations["times_us"])), (1, 3))
                self.assertEqual(max(iterations["times_us"][1:]), iterations["max_us"])
                self.assertEqual([len(each) for each in iterations["per_process_max_times_us"]], [3, 3])
                self.assertEqual(document["average_bus_bandwidth"]["okay"], "unchecked")
                self.assertEqual(document["errors"], [])
                self.assertEqual(len(document["config"]["devices"]), 2)
                printed = float(average_line(text).split()[5])
                self.assertAlmostEqual(document["average_bus_bandwidth"]["bandwidth"], printed, delta=1e-4 * printed)

    def test_the_environment_is_not_told(self):
        _, document = self.run_to_file("all_reduce_perf", *SWEEP, settings={"MY_TOKEN": "hidden", "NCCL_ALGO": "Ring"})
        self.assertNotIn("hidden", json.dumps(document))
        self.assertIn("NCCL_ALGO=Ring", document["env"])

    def test_a_file_of_yesterday_is_replaced_and_not_joined_by_another(self):
        (self.folder / "out.json").write_text("yesterday", encoding="utf-8")
        _, document = self.run_to_file("all_reduce_perf", *SWEEP)
        self.assertEqual(len(document["results"]), 3)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["out.json"])

    def test_a_run_that_dies_leaves_a_file_that_says_so(self):
        done = self.perf("all_reduce_perf", *SWEEP, "-J", "out.json",
                         settings={"MUSTER_INJECT": "exit@0:all_reduce_perf/8192"})
        self.assertEqual(done.returncode, 1)
        document = json.loads((self.folder / "out.json").read_text(encoding="utf-8"))
        self.assertEqual([row["size"] for row in document["results"]], [1024])
        self.assertIn("has not ended", document["errors"][0])
        self.assertEqual(document["average_bus_bandwidth"]["okay"], "false")

    def test_a_folder_that_is_missing_is_an_error_before_anything_is_measured(self):
        done = self.perf("all_reduce_perf", *SWEEP, "-J", "missing/out.json")
        self.assertEqual(done.returncode, 1)
        self.assertIn("missing/out.json", done.stderr)
        self.assertEqual(rows_of(done.stdout), [])


class ExitCodes(PerfTest):
    def test_wrong_data_end_with_7_and_failed(self):
        for launch, processes in LAUNCHES.items():
            with self.subTest(launch):
                done = self.perf("all_reduce_perf", "-b", "1K", "-e", "1K", "-n", "1", processes=processes,
                                 settings={"MUSTER_INJECT": "corrupt@1"})
                self.assertEqual(done.returncode, 7)
                self.assertIn("# Out of bounds values : 2 FAILED", done.stdout)
                self.assertEqual([rows_of(done.stdout)[0][i] for i in (8, 12)], ["1", "1"])

    def bound(self, least, *words):
        done = self.perf("all_reduce_perf", *SWEEP, *words, settings={"NCCL_TESTS_MIN_BW": least})
        return done.returncode, average_line(done.stdout).split()[-1] if done.returncode in (0, 7) else done.stderr

    def test_bandwidth_below_the_bound_ends_with_7_and_failed(self):
        self.assertEqual(self.bound("1e6"), (7, "FAILED"))
        self.assertEqual(self.bound("0"), (0, "OK"))

    def test_unchecked_data_never_meet_a_bound(self):
        self.assertEqual(self.bound("0", "-c", "0"), (7, "FAILED"))

    def test_a_bound_that_is_no_number_lets_nothing_pass(self):
        for text in ("nan", "fast", "", "-1"):
            code, error = self.bound(text)
            self.assertEqual(code, 1, text)
            self.assertIn("NCCL_TESTS_MIN_BW", error)

    def test_a_sweep_shortened_by_memory_fails_and_says_so(self):
        room = 4 << 30  # of address space: far below 256G, enough for the program

        done = self.perf("all_reduce_perf", "-b", "1K", "-e", "256G", "-f", "268435456", "-n", "1", "-J", "out.json",
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (room, room)))
        self.assertRegex(done.stdout, r"# Reducing maxBytes to \d+ due to memory limitation")
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertEqual(len(rows_of(done.stdout)), 1)
        self.assertTrue(average_line(done.stdout).endswith("FAILED"))
        document = json.loads((self.folder / "out.json").read_text(encoding="utf-8"))
        self.assertIn("shortened", document["errors"][0])

    @NEEDS_MPI
    def test_a_rank_that_hangs_ends_with_4_and_the_file_names_the_timeout(self):
        done = self.perf("all_reduce_perf", *SWEEP, "-T", "2", "-J", "out.json", processes=2,
                         settings={"MUSTER_INJECT": "stop@1:all_reduce_perf/8192"})
        self.assertEqual(done.returncode, 4)
        self.assertIn("timeout after 2 s", done.stderr)
        document = json.loads((self.folder / "out.json").read_text(encoding="utf-8"))
        self.assertEqual([row["size"] for row in document["results"]], [1024])
        self.assertIn("timeout", document["errors"][0])

    def test_help_ends_with_0_and_lists_every_flag(self):
        done = self.perf("all_reduce_perf", "-h")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for flag in "tgbeifnmwNpcordzyTGCSJaRxDVMuIKh":
            self.assertIn(f"[-{flag},--", done.stdout)

    def test_a_flag_that_is_unknown_or_senseless_ends_with_255_and_usage(self):
        for words in (("-Q", "1"), ("--nonsense", "1"), ("-b",), ("-b", "1T"), ("-n", "many"), ("-d", "float128")):
            done = self.perf("all_reduce_perf", *words)
            self.assertEqual((done.returncode, done.stdout), (255, ""), words)
        self.assertIn("USAGE: all_reduce_perf", self.perf("all_reduce_perf", "-Q", "1").stderr)
        self.assertIn("32768 > 1024", self.perf("all_reduce_perf", "-b", "32K", "-e", "1K").stderr)

    def test_what_hosts_cannot_do_is_refused_in_one_line(self):
        for words in (("-G", "1"), ("-R", "1"), ("-R", "2", "-D", "1"), ("-x", "1"), ("-y", "1"), ("-M", "1"),
                      ("-u", "4"), ("-V", "32")):
            done = self.perf("all_reduce_perf", *SWEEP, *words)
            self.assertEqual((done.returncode, done.stdout, len(done.stderr.splitlines())), (255, "", 1), words)
            self.assertIn("not possible here", done.stderr)

    @NEEDS_MPI
    def test_threads_inside_launched_processes_are_refused(self):
        done = self.perf("all_reduce_perf", "-g", "2", processes=2)
        self.assertEqual(done.returncode, 255)
        self.assertIn("start a process for each rank", done.stderr)

    def test_a_root_that_is_no_rank_is_refused(self):
        done = self.perf("broadcast_perf", *SWEEP, "-r", "2")
        self.assertEqual(done.returncode, 1)
        self.assertIn("use 0 to 1 or all", done.stderr)


if __name__ == "__main__":
    unittest.main()
