# SPDX-License-Identifier: Apache-2.0
"""The mistakes of other tools that show in whole programs: logs of nccl-tests, imported and judged by our rules."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["MUSTER_PROGRAM"]
HEADER = """# nccl-tests version 2.17.8 nccl-headers=22902 nccl-library=22902
# Collective test starting: all_reduce_perf
# nThread 1 nGpus 1 minBytes 1048576 maxBytes 4194304 step: 2(factor) warmup iters: 1 iters: 20 agg iters: 1 validation: 1 graph: 0 unalign: 0
#
# Using devices
#  Rank  0 Group  0 Pid   1001 on      node0 device  0 [0000:1b:00] NVIDIA H100 80GB HBM3
#  Rank  1 Group  0 Pid   1002 on      node0 device  1 [0000:43:00] NVIDIA H100 80GB HBM3
#
#                                                              out-of-place                       in-place
#       size         count      type   redop    root     time   algbw   busbw  #wrong     time   algbw   busbw  #wrong
#        (B)    (elements)                               (us)  (GB/s)  (GB/s)             (us)  (GB/s)  (GB/s)
"""


def row(size, time="100.0", rate="10.49", wrong="0", more=""):
    half = f" {time:>7} {rate:>6} {rate:>6} {wrong:>6}"
    return f"{size:12} {size // 4:12} {'float':>8} {'sum':>6} {'-1':>6}{half}{half}{more}\n"


def footer(bounds="0 OK", average="10.49"):
    return f"# Out of bounds values : {bounds}\n# Avg bus bandwidth    : {average}\n#\n# Collective test concluded: all_reduce_perf\n"


@unittest.skipIf("import" not in subprocess.run([PROGRAM, "--help"], capture_output=True, text=True).stdout,
                 "this build has no `muster import`")
class Mistakes(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def imported(self, text, targets=None):
        """Exit code and report of a log."""
        folder = pathlib.Path(self.folder.name)
        (folder / "a.log").write_text(text)
        command = [PROGRAM, "import", folder / "a.log", "--out", folder / "out"]
        if targets:
            (folder / "targets.json").write_text(json.dumps(targets))
            command += ["--targets", folder / "targets.json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        report = folder / "out" / "report.json"
        return done.returncode, json.loads(report.read_text()) if report.exists() else None, done.stderr

    def floor(self, busbw):
        return {"schema": "muster/targets/1", "name": "t",
                "rules": [{"name": "r", "require": {"busbw_bytes_per_second": busbw}}]}

    def test_mistake_01_nan_in_a_log_never_passes(self):
        code, _, _ = self.imported(HEADER + row(1048576, rate="nan", time="nan") + footer(average="nan"), self.floor(1))
        self.assertNotEqual(code, 0)

    def test_mistake_02_a_log_reduced_by_memory_is_not_ok(self):
        text = HEADER.replace("# Using devices", "# Reducing maxBytes to 2097152 due to memory limitation\n# Using devices")
        code, report, errors = self.imported(text + row(1048576) + row(2097152) + footer(), self.floor(1e9))
        self.assertNotEqual(code, 0, errors)
        self.assertNotEqual(report and report["verdict"], "pass")

    def test_mistake_07_a_footer_that_says_failed_is_no_pass(self):
        text = HEADER + row(1048576, wrong="3") + footer(bounds="6 FAILED")
        code, report, errors = self.imported(text, self.floor(1e9))
        self.assertEqual(code, 1, errors)
        self.assertEqual(report["verdict"], "fail")

    def test_mistake_08_more_columns_do_not_break_the_reader(self):
        plain = self.imported(HEADER + row(1048576) + footer(), self.floor(1e9))[1]
        header = HEADER.replace("#wrong\n", "#wrong  timestamp\n")
        stamped = self.imported(header + row(1048576, more=" 2026-01-02 03:04:05") + footer(), self.floor(1e9))[1]
        rates = [[each.get("busbw_bytes_per_second") for each in report["rows"] if "status" in each]
                 for report in (plain, stamped)]
        self.assertTrue(rates[0] and all(rates[0]))
        self.assertEqual(rates[0], rates[1])

    def test_mistake_13_booleans_in_quotes_and_nan_make_no_verdict(self):
        code, _, _ = self.imported('{"version": 3, "results": [NaN], "out_of_bounds": {"okay": "true"}}')
        self.assertNotEqual(code, 0)

    def test_mistake_14_the_environment_in_a_log_stays_there(self):
        results = {"version": 3, "start_time": "x", "args": ["all_reduce_perf"],
                   "env": ["AWS_SECRET_ACCESS_KEY=hidden-word"], "nccl_version": 22902, "config": {}, "results": []}
        self.imported(json.dumps(results))
        for file in pathlib.Path(self.folder.name, "out").rglob("*"):
            if file.is_file():
                self.assertNotIn("hidden-word", file.read_text())


if __name__ == "__main__":
    unittest.main()
