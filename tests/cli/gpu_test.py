# SPDX-License-Identifier: Apache-2.0
"""GPUs from outside, on a machine that shows none: plans for other machines, one line of what is missing, and no verdict
that passes without them."""

import unittest

from program import ProgramTest


class GpuTest(ProgramTest):
    def plan_for_dgx(self, *words):
        shown = self.muster("topology", "show", "--template", "dgx-h100", "--nodes", "1", "--json")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.file("cluster.json", shown.stdout)
        self.plan("--cluster", "cluster.json", *words)
        return self.json("plan.json")

    def test_a_plan_for_a_machine_with_GPUs_has_a_rank_for_each(self):
        plan = self.plan_for_dgx("--device", "gpu", "--launcher", "threads")
        self.assertEqual(plan["ranks"], 8)
        self.expect_valid("plan.json", "plan")
        self.assertEqual({case["family"] for case in plan["cases"]}, {"matmul", "memory", "reduce", "link", "collective"})

    def test_GPUs_that_are_asked_for_and_missing_are_one_line(self):
        self.expect_error(self.muster("bench", "--device", "gpu"), "--device gpu: ", "GPU")
        self.assertFalse((self.folder / "muster-out").exists())

    def test_a_load_to_hold_needs_a_GPU(self):
        self.expect_error(self.muster("plan", "--device", "host", "--sustain", "60s"), "--sustain", "GPU")

    def test_auto_takes_the_host_where_no_GPU_is_visible(self):
        self.plan("--ranks", "2", "--launcher", "threads")
        self.assertFalse([case["id"] for case in self.json("plan.json")["cases"] if "/gpu/" in case["id"]])

    def test_a_plan_for_GPUs_without_any_measures_nothing_and_cannot_pass(self):
        self.plan_for_dgx("--launcher", "threads", "--ranks", "2", "--cases", "*/1G/*", "--cases", "matmul/*/mma/*")
        done = self.muster("run", "--plan", "plan.json", "--out", "run.jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("unsupported", done.stderr)
        self.expect_valid("run.jsonl", "run")
        judged = self.muster("judge", "--plan", "plan.json", "--run", "run.jsonl", "--cluster", "cluster.json",
                             "--out", "report.json")
        self.assertEqual(judged.returncode, 3, judged.stdout + judged.stderr)
        self.expect_valid("report.json", "report")
        self.assertEqual(self.json("report.json")["verdict"], "no_data")

    def test_a_search_without_a_GPU_is_one_line(self):
        self.expect_error(self.muster("search", "--type", "bfloat16"), "GPU")
        self.expect_error(self.muster("search", "--type", "float4"), "float4")

    def test_an_unknown_device_is_one_line(self):
        self.expect_error(self.muster("plan", "--device", "tpu"), "--device")


if __name__ == "__main__":
    unittest.main()
