# SPDX-License-Identifier: Apache-2.0
"""From a training target to an acceptance run: `muster training require`, `muster plan --training`, and the verdict.

The rack of eight H100 is a template, and what it "measured" is written here: just above or below what is required.
"""

import fnmatch
import json
import unittest

from program import HAVE_MPI, THREADS, ProgramTest

# All its groups are of eight: one node can check everything.
EIGHT = ("llama3-8b", "--layout", "dp=1,tp=8,sp,pp=1,mbs=1,gbs=8", "--machine", "dgx-h100")
SIXTEEN = ("llama3-8b", "--layout", "dp=2,tp=8,sp,pp=1,mbs=1,gbs=8,zero=1", "--machine", "dgx-h100")
TINY = {
    "schema": "muster/model/1", "name": "tiny", "source": "this test", "layers": 2, "hidden": 256, "heads": 4,
    "inner": 1024, "feed_forward": "plain", "vocabulary": 1000, "sequence": 128,
}
TINY_LAYOUT = "dp=1,tp=2,pp=1,mbs=1,gbs=4"
BUS_FACTOR = {"all_reduce": lambda n: 2 * (n - 1) / n, "send_recv": lambda n: 1}  # all others: (n - 1) / n
SPREAD = 1e-4  # of twenty samples: small beside the share that a rate is moved by


def rate_of(case, targets):
    """What the rule that selects this case requires of it; nothing is required of overlaps."""
    if case["family"] == "overlap":
        return 1e9
    for rule in targets["rules"]:
        select = rule.get("select", {})
        if case["family"] == "matmul" and fnmatch.fnmatchcase(case["id"], select.get("cases", "")):
            return rule["require"]["flops_per_second"]
        if case["family"] == "collective" and select.get("collectives") == [case["collective"]]:
            if not fnmatch.fnmatchcase(case["id"], select.get("cases", "*")):
                continue
            if select["min_size"] <= case["size_bytes"] <= select["max_size"]:
                return rule["require"]["busbw_bytes_per_second"]
    raise AssertionError(f"no rule for {case['id']}")


def record_of(case, ranks, rate):
    """A line of run.jsonl: twenty samples at this rate."""
    size = flops = 0
    if case["family"] in ("matmul", "overlap"):
        flops = 2 * case["m"] * case["n"] * case["k"] * case.get("products", 1)
        seconds = flops / rate
    if case["family"] != "matmul":
        size = case["size_bytes"]
        factor = BUS_FACTOR.get(case.get("collective"), lambda n: (n - 1) / n)
        seconds = size * factor(ranks) / rate
    samples = [seconds * (1 + SPREAD * i / 20) for i in range(20)]
    return {"schema": "muster/run/1", "kind": "case", "case": case["id"], "launch": 0, "status": "measured",
            "reason": "", "ranks": ranks, "warmup": 3, "agreed_samples": 20, "bytes": size, "flops": flops,
            "configuration": "this test", "check": {"iterations": 2, "elements": 100, "wrong": 0, "first_wrong": ""},
            "seconds": samples, "rank_seconds": [samples] * ranks, "arrival_seconds": [[0.0] * 20] * ranks}


class TrainingSuiteTest(ProgramTest):
    def require(self, *words, question=EIGHT):
        done = self.muster("training", "require", *question, *words, "--out", "targets.json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.expect_valid("targets.json", "targets")
        return done, self.json("targets.json")

    def plan_on_two_nodes(self, question=SIXTEEN):
        shown = self.muster("topology", "show", "--template", "dgx-h100", "--nodes", "2", "--json")
        self.file("cluster.json", shown.stdout)
        self.file("hosts", "node0 slots=8\nnode1 slots=8\n")
        self.plan("--cluster", "cluster.json", "--hostfile", "hosts", "--device", "gpu", "--launcher", "mpirun",
                  "--training", *question)
        return self.json("plan.json")

    def plan_on_eight_gpus(self, question=EIGHT):
        shown = self.muster("topology", "show", "--template", "dgx-h100", "--nodes", "1", "--json")
        self.file("cluster.json", shown.stdout)
        done = self.muster("plan", "--cluster", "cluster.json", "--device", "gpu", "--launcher", "threads", "--training",
                           *question, "--out", "plan.json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done, self.json("plan.json")

    def judged(self, plan, targets, share, of=lambda case: True):
        """The report of a run whose cases reach this share of what is required, those that `of` leaves out 1.01."""
        ranks = plan["ranks"]
        lines = [{"schema": "muster/run/1", "kind": "header", "started": "2026-01-02T03:04:05Z",
                  "plan_hash": plan["hash"], "launcher": plan["launcher"], "ranks": ranks, "hosts": [f"node{rank // 8}" for rank in range(ranks)],
                  "clock_error_seconds": [0.0] * ranks, "versions": {}, "environment": {}}]
        for case in plan["cases"]:
            stream = case["family"] == "memory"
            rate = 2e12 if stream else rate_of(case, targets) * (share if of(case) else 1.01)
            lines.append(record_of(case, case.get("ranks", ranks), rate))
        lines.append({"schema": "muster/run/1", "kind": "end", "records": len(plan["cases"])})
        self.file("run.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
        done = self.muster("judge", ".", "--targets", "targets.json")
        self.assertIn("verdict:", done.stdout, done.stderr)
        return done, self.json("report.json")

    def test_a_rack_that_reaches_what_is_required_passes_and_a_slower_one_fails(self):
        _, targets = self.require("--step-seconds", "1.7")
        _, plan = self.plan_on_eight_gpus()
        done, report = self.judged(plan, targets, 1.01)
        self.assertEqual((done.returncode, report["verdict"]), (0, "pass"), report["reason"])
        # A rule for every product and collective of the plan, and the one on right data.
        pairs = sum(case["family"] == "overlap" for case in plan["cases"])
        self.assertEqual(len(report["rules"]), len(plan["cases"]) - pairs)
        done, report = self.judged(plan, targets, 0.97)
        self.assertEqual((done.returncode, report["verdict"]), (1, "fail"))
        self.assertEqual({rule["verdict"] for rule in report["rules"][1:]}, {"fail"})

    def test_one_slow_collective_fails_and_is_named(self):
        _, targets = self.require("--tokens-per-second", "40000")
        _, plan = self.plan_on_eight_gpus()
        done, report = self.judged(plan, targets, 0.9, of=lambda case: case.get("collective") == "all_gather")
        self.assertEqual((done.returncode, report["verdict"]), (1, "fail"))
        failed = [rule["rule"] for rule in report["rules"] if rule["verdict"] == "fail"]
        self.assertEqual(len(failed), 1)
        self.assertIn("all_gather", failed[0])

    def test_what_one_node_cannot_check_is_said_in_the_file_the_plan_and_the_report(self):
        done, targets = self.require("--mfu", "0.2", question=SIXTEEN)
        self.assertIn("not checked: reduce_scatter of 2 ranks, 1 per node", done.stdout)
        self.assertTrue(any("reduce_scatter of 2 ranks" in note for note in targets["notes"]), targets["notes"])
        done, plan = self.plan_on_eight_gpus(SIXTEEN)
        self.assertIn("muster: not measured: reduce_scatter of 2 ranks, 1 per node", done.stderr)
        done, report = self.judged(plan, targets, 1.01)
        self.assertEqual(done.returncode, 0, report["reason"])
        self.assertTrue(any("not checked: reduce_scatter" in finding for finding in report["findings"]))

    def test_two_nodes_check_the_groups_of_the_layout_each_by_its_own_rule(self):
        _, targets = self.require("--mfu", "0.2", "--ranks", "16", question=SIXTEEN)
        self.assertNotIn("notes", targets)
        plan = self.plan_on_two_nodes()
        groups = {case["id"].split("/isolated")[1] for case in plan["cases"] if case["family"] == "collective"}
        self.assertEqual(groups, {"/ranks=8", "/ranks=2/stride=8"})
        done, report = self.judged(plan, targets, 1.01)
        self.assertEqual((done.returncode, report["verdict"]), (0, "pass"), report["reason"])
        done, report = self.judged(plan, targets, 0.9,
                                   of=lambda case: case.get("stride") == 8 and case["collective"] == "all_gather")
        failed = [rule for rule in report["rules"] if rule["verdict"] == "fail"]
        self.assertEqual((done.returncode, len(failed)), (1, 1))
        self.assertIn("ranks=2/stride=8", failed[0]["reason"])

    def test_without_a_file_the_targets_are_the_result(self):
        self.require("--step-seconds", "1.7")
        done = self.muster("training", "require", *EIGHT, "--step-seconds", "1.7")
        self.assertEqual(done.stdout, (self.folder / "targets.json").read_text(encoding="utf-8"))

    def test_the_demands_are_three_words_for_one_step(self):
        _, by_tokens = self.require("--tokens-per-second", "40000")
        _, by_step = self.require("--step-seconds", str(8 * 8192 / 40000))  # 8 sequences of 8192 tokens
        self.assertEqual(by_tokens, by_step)

    def test_a_demand_that_cannot_be_is_one_line(self):
        for words, named in ((("--step-seconds", "0.01"), "out of reach"), ((), "--step-seconds"),
                             (("--step-seconds", "2", "--gpus", "16"), "8 GPUs, not 16"),
                             (("--step-seconds", "2", "--mfu", "0.3"), "--step-seconds")):
            self.expect_error(self.muster("training", "require", *EIGHT, *words), named)

    def test_a_plan_for_a_training_that_cannot_be_is_one_line(self):
        for words, named in ((("--training", "llama3-8b"), "--layout"), (("--layout", TINY_LAYOUT), "--training"),
                             (("--training", "no-such-model", "--layout", TINY_LAYOUT), "no-such-model"),
                             (("--training", "llama3-8b", "--layout", "dp=1,tp=3,pp=1,mbs=1,gbs=1"), "32 heads")):
            self.expect_error(self.muster("plan", *THREADS, *words), named)

    def tiny_targets(self):
        """A host as a machine, and two demands on a tiny model: one that it meets by far, one that nothing does."""
        core = {"name": "core", "source": "this test", "architecture": "ampere", "processors": 1, "watts": 100,
                "peak_flops_per_second": {"bf16": 10**12}, "memory_bytes": 8 * 10**9,
                "memory_bytes_per_second": 10**10}
        self.file("host.json", json.dumps({
            "schema": "muster/machine/1", "name": "host", "source": "this test", "accelerator": core,
            "gpus_per_node": 2, "scale_up_bytes_per_second": 10**10, "scale_out_bytes_per_second": 10**9}))
        training = {"model": "tiny.json", "layout": TINY_LAYOUT, "machine": "host.json"}
        rules = [{"name": "correct", "require": {"correct": True}},
                 {"name": "met", "training": training, "require": {"step_seconds_at_most": 1e6}},
                 {"name": "missed", "training": training, "require": {"step_seconds_at_most": 1e-6}}]
        self.file("goals.json", json.dumps({"schema": "muster/targets/1", "name": "goals", "rules": rules}))

    def test_a_suite_measured_on_two_ranks_answers_for_all_that_the_model_needs(self):
        self.file("tiny.json", json.dumps(TINY))
        self.tiny_targets()
        self.plan(*THREADS, "--training", "tiny.json", "--layout", TINY_LAYOUT, "--samples", "6")
        # Without the ceilings: how fast this machine is must not decide a test.
        plan = self.json("plan.json")
        plan["cases"] = [case for case in plan["cases"] if case["family"] == "matmul" or "bfloat16" in case["id"].split("/")
                         and case["family"] == "collective"]
        del plan["hash"]
        self.file("plan.json", json.dumps(plan))
        # Forward and both gradients of four linear layers and the logits, without one that two share.
        self.assertEqual(sum(case["family"] == "matmul" for case in plan["cases"]), 12)
        self.file("cluster.json", self.muster("discover").stdout)
        done = self.muster("run", "--plan", "plan.json", "--out", "run.jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.muster("judge", ".", "--targets", "goals.json")
        report = self.json("report.json")
        rules = {rule["rule"]: rule for rule in report["rules"]}
        self.assertEqual({name: rule["verdict"] for name, rule in rules.items()},
                         {"correct": "pass", "met": "pass", "missed": "fail"}, done.stdout)
        self.assertEqual((done.returncode, report["verdict"]), (1, "fail"))
        self.assertIn("100.0 % of the products, 100.0 % of the collectives", rules["met"]["reason"])


    def test_a_suite_on_four_ranks_measures_the_groups_of_the_layout(self):
        self.file("tiny.json", json.dumps(TINY))
        for launcher in ("threads", "mpirun") if HAVE_MPI else ("threads",):
            done, report = self.bench("--launcher", launcher, "--ranks", "4", "--training", "tiny.json", "--layout",
                                      "dp=2,tp=2,pp=1,mbs=1,gbs=4,zero=1", "--cases", "*/ranks=2*", "--samples", "6")
            self.assertEqual((done.returncode, report["verdict"]), (0, "pass"), report["reason"])
            rows = [case for case in report["rows"] if "/ranks=2" in case["id"]]
            self.assertEqual({case["id"].split("/ranks=2")[1] for case in rows}, {"", "/stride=2"})
            for case in rows:
                self.assertEqual((case["verdict"], case["ranks"]), ("pass", 2), case["id"])

    def test_what_the_layout_overlaps_is_measured_beside_products_and_tells_the_contention(self):
        self.file("tiny.json", json.dumps(TINY))
        _, report = self.bench(*THREADS, "--training", "tiny.json", "--layout", "dp=2,tp=1,pp=1,mbs=1,gbs=4,zero=1",
                               "--cases", "overlap/*", "--samples", "6")
        self.expect_valid("out/latest/report.json", "report")
        self.expect_valid("out/latest/plan.json", "plan")
        pairs = [row for row in report["rows"] if row["family"] == "overlap"]
        self.assertEqual({row["collective"] for row in pairs}, {"reduce_scatter", "all_gather"})
        for row in pairs:
            self.assertEqual((row["verdict"], row["check"]["wrong"]), ("pass", 0), row["reason"])
            self.assertIn("hidden_share", row)

    def test_wrong_data_in_the_second_group_fail(self):
        self.file("tiny.json", json.dumps(TINY))
        done, report = self.bench("--launcher", "threads", "--ranks", "4", "--training", "tiny.json", "--layout",
                                  "dp=2,tp=2,pp=1,mbs=1,gbs=4,zero=1", "--cases", "all_reduce/ring/*/ranks=2",
                                  "--samples", "6", "--inject", "corrupt@3")
        self.assertEqual((done.returncode, report["verdict"]), (1, "fail"))
        self.assertIn("elements wrong", report["reason"])


if __name__ == "__main__":
    unittest.main()
