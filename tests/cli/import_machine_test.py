# SPDX-License-Identifier: Apache-2.0
"""`muster import --template` and `--topology`: another tool's numbers beside what the machine allows."""

import unittest

from program import ProgramTest

LOG = """# nccl-tests version 2.17.6 nccl-headers=22807 nccl-library=22807
# Collective test starting: {name}
# nThread 1 nGpus 1 minBytes 1073741824 maxBytes 1073741824 step: 2(factor) warmup iters: 5 iters: 20 agg iters: 1 validation: 1 graph: 0
#
# Using devices
{ranks}
#
#       size         count      type   redop    root     time   algbw   busbw  #wrong     time   algbw   busbw  #wrong
#        (B)    (elements)                               (us)  (GB/s)  (GB/s)             (us)  (GB/s)  (GB/s)
  1073741824     268435456     float     sum      -1  {time}       0       0       0  {time}       0       0       0
# Out of bounds values : 0 OK
# Avg bus bandwidth    : 1
#
# Collective test concluded: {name}
"""


def log_of(name, hosts, microseconds):
    ranks = [f"#  Rank {8 * host + gpu} Group  0 Pid 1 on {name} device  {gpu} [0000:1b:00] NVIDIA H100 80GB HBM3"
             for host, name in enumerate(hosts) for gpu in range(8)]
    return LOG.format(name=name, ranks="\n".join(ranks), time=microseconds)


class ImportOnAMachine(ProgramTest):
    def imported(self, file, *words):
        done = self.muster("import", file, *words, "--out", "out", *self.only_correct())
        report = self.json("out/report.json") if done.returncode < 2 else {"rows": []}
        return done, {row["placement"]: row for row in report["rows"]}

    def all_reduce(self, microseconds, *hosts):
        return self.file("all_reduce.log", log_of("all_reduce_perf", hosts or ["alpha"], microseconds))

    def test_a_number_stands_beside_the_limit_of_the_template(self):
        # 480 GB/s of busbw on one node: NVLS adds up in the switches, so this is half of what they allow, and no error.
        done, rows = self.imported(self.all_reduce(3915), "--template", "dgx-h100")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertAlmostEqual(rows["out_of_place"]["fraction_of_limit"], 480 / 897.8, delta=0.002)

    def test_a_number_faster_than_its_limit_is_an_error(self):
        done, rows = self.imported(self.all_reduce(1900), "--template", "dgx-h100")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("wrong topology or wrong clock", rows["out_of_place"]["reason"])

    def test_two_nodes_of_many_have_the_limit_of_two(self):
        log = self.all_reduce(9000, "alpha", "beta")
        _, two = self.imported(log, "--template", "dgx-h100", "--nodes", "2")
        _, many = self.imported(log, "--template", "dgx-h100", "--nodes", "17")
        self.assertEqual(two["in_place"]["limit"]["seconds"], many["in_place"]["limit"]["seconds"])

    def test_files_that_describe_the_machine_follow_topology_and_logs_may_come_after(self):
        text = self.muster("topology", "templates", "dgx-h100").stdout
        log = self.all_reduce(3915)
        done = self.muster("import", "--topology", self.file("mine.json", text), log, "--out", "out",
                           *self.only_correct())
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertIn("limit", self.json("out/report.json")["rows"][0])

    def test_the_folder_is_judged_again_to_the_same_bytes(self):
        self.imported(self.all_reduce(3915), "--template", "dgx-h100")
        first = (self.folder / "out/report.json").read_bytes()
        self.assertEqual(self.muster("judge", "out", *self.only_correct()).returncode, 0)
        self.assertEqual((self.folder / "out/report.json").read_bytes(), first)

    def test_hosts_keep_the_names_that_the_logs_give_them(self):
        self.imported(self.all_reduce(9000, "alpha", "beta"), "--template", "dgx-h100", "--nodes", "2")
        self.assertEqual([host["name"] for host in self.json("out/cluster.json")["hosts"]], ["alpha", "beta"])
        self.expect_valid("out/cluster.json", "cluster")
        self.expect_valid("out/report.json", "report")

    def test_too_few_nodes_are_said_and_nothing_is_bounded(self):
        done, rows = self.imported(self.all_reduce(9000, "alpha", "beta"), "--template", "dgx-h100")
        self.assertNotIn("fraction_of_limit", rows["in_place"])
        self.assertIn("16 ranks on 2 hosts, but the machine described has 1 with GPUs", done.stdout)

    def test_a_template_that_is_not_there_is_an_error_before_anything_is_written(self):
        done = self.muster("import", self.all_reduce(3915), "--template", "dgx-z", "--out", "out")
        self.expect_error(done, "dgx-z")
        self.assertFalse((self.folder / "out").exists())
        self.expect_error(self.muster("import", "all_reduce.log", "--nodes", "2"), "--nodes needs --template")


if __name__ == "__main__":
    unittest.main()
