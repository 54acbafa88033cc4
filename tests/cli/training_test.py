# SPDX-License-Identifier: Apache-2.0
"""`muster training` from outside: predictions, what a step is made of, and one line per error."""

import json
import os
import pathlib
import unittest

import jsonschema
from program import SCHEMAS, ProgramTest

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden"
LAYOUT = "dp=16,tp=8,sp,pp=4,vp=4,mbs=1,gbs=128,zero=1"
TINY = {
    "schema": "muster/model/1", "name": "tiny", "source": "this test", "layers": 2, "hidden": 256, "heads": 4,
    "inner": 1024, "feed_forward": "plain", "vocabulary": 1000, "sequence": 128,
}


def schema(kind):
    return json.loads((SCHEMAS / f"{kind}.schema.json").read_text(encoding="utf-8"))


class TrainingTest(ProgramTest):
    def training(self, *words, code=0):
        done = self.muster("training", *words)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def predict(self, *more, model="llama3-70b", layout=LAYOUT, machine="dgx-h100"):
        words = ("predict", model, "--layout", layout, "--machine", machine, "--json", *more)
        return json.loads(self.training(*words).stdout)

    def test_a_prediction_is_what_its_schema_says(self):
        answer = self.predict()
        jsonschema.validate(answer, schema("training-prediction"))
        jsonschema.validate(answer["layout"], schema("layout"))
        self.assertEqual(answer["gpus"], 512)
        low, high = answer["step_seconds_interval"]
        self.assertLess(low, answer["step_seconds"])
        self.assertGreater(high, answer["step_seconds"])
        self.assertAlmostEqual(sum(answer["seconds_spent"].values()), answer["step_seconds"], places=9)

    def test_the_table_names_what_a_person_asks_for(self):
        printed = self.training("predict", "llama3-70b", "--layout", LAYOUT, "--machine", "dgx-h100", "--price", "2.5")
        for word in ("step ", "tokens/s", "MFU", "per dollar", "matrix products", "pipeline bubble", "activations",
                     "10 % better", "assumed:"):
            self.assertIn(word, printed.stdout)

    def test_the_same_question_has_the_same_answer(self):
        words = ("predict", "deepseek-v3", "--layout", "dp=128,tp=1,pp=16,ep=64,mbs=1,gbs=4096,zero=1,precision=fp8",
                 "--machine", "dgx-h100", "--json")
        done = self.muster("training", *words)
        self.assertEqual(done.stdout, self.muster("training", *words).stdout)

    def test_a_machine_is_a_shipped_one_a_template_or_a_file_of_a_topology(self):
        shown = self.muster("topology", "show", "--template", "gcp-a3-ultra", "--nodes", "64", "--json")
        self.file("topology.json", shown.stdout)
        by_template = self.predict(machine="gcp-a3-ultra")
        by_file = self.predict(machine="topology.json")
        self.assertEqual((by_template["accelerator"], by_file["accelerator"]), ("H200", "H200"))
        self.assertAlmostEqual(by_file["step_seconds"] / by_template["step_seconds"], 1)
        self.assertLess(by_template["step_seconds"], self.predict(machine="dgx-h100")["step_seconds"] * 1.1)

    def test_without_words_the_machine_is_that_of_the_report(self):
        shown = self.muster("topology", "show", "--template", "dgx-h100", "--nodes", "2", "--json")
        self.file("cluster.json", shown.stdout)
        self.file("report.json", (GOLDEN / "report_fail.json").read_text(encoding="utf-8"))
        answer = json.loads(self.training("predict", "llama3-8b", "--layout", "dp=2,tp=8,sp,pp=1,mbs=1,gbs=8", "--report",
                                          "report.json", "--json").stdout)
        self.assertEqual(answer["accelerator"], "H100 SXM")
        os.remove(self.folder / "cluster.json")
        done = self.training("predict", "llama3-8b", "--layout", "dp=2,tp=8,sp,pp=1,mbs=1,gbs=8", "--report",
                             "report.json", code=2)
        self.assertIn("cluster.json", done.stderr)

    def published_table(self):
        """Two runs that took twice what is predicted, and one of a model that nobody knows."""
        seconds = 2 * self.predict()["step_seconds"]
        rows = [("llama3-70b", seconds), ("llama3-70b", seconds), ("no-such-model", 1)]
        self.file("table.csv", "model,machine,layout,step_seconds\n" + "".join(
            f'{model},dgx-h100,"{LAYOUT}",{time}\n' for model, time in rows))

    def test_a_table_of_ones_own_is_compared_row_by_row(self):
        self.published_table()
        answer = json.loads(self.training("validate", "table.csv", "--json").stdout)
        jsonschema.validate(answer, schema("training-validation"))
        self.assertAlmostEqual(answer["overall"]["shipped"]["mean_absolute_error"], 0.5, places=6)
        self.assertAlmostEqual(answer["overall"]["shipped"]["worst_error"], -0.5, places=6)
        self.assertEqual(answer["overall"]["shipped"]["runs"], 2)
        self.assertEqual(answer["overall"]["left_out"], 1)
        self.assertIn("no-such-model", answer["runs"][2]["left_out"])

    def test_the_errors_of_a_table_are_printed_with_what_was_left_out(self):
        self.published_table()
        printed = self.training("validate", "table.csv", "--rows").stdout
        self.assertRegex(printed, r"overall.*\n +all +")
        self.assertIn("-50.0", printed)
        self.assertRegex(printed, r"left out:\n  table, line 4: .*no-such-model")

    def test_explain_counts_a_known_step(self):
        self.file("tiny.json", json.dumps(TINY))
        printed = self.training("explain", "tiny.json", "--layout", "dp=2,tp=2,pp=1,mbs=1,gbs=4").stdout
        self.assertIn("4 GPUs, 2 micro-batches of 1 x 128 tokens", printed)
        # 128 tokens x 256 x 2 bytes; 2 layers x 2 micro-batches x 4.
        self.assertRegex(printed, r"tensor +all_reduce +2 +2 +1 +0\.06554 MB +16")
        self.assertRegex(printed, r"attention input +128\.0 x 384\.0 x 256\.0")

    def test_list_names_what_can_be_asked_for(self):
        printed = self.training("list").stdout
        for word in ("llama3.1-405b", "deepseek-v3", "gb200-nvl72", "megatron-2025"):
            self.assertIn(word, printed)

    def test_a_report_of_other_shapes_changes_nothing_and_is_named(self):
        self.muster("bench", "--launcher", "threads", "--ranks", "2", "--cases", "all_reduce/*/threads/float/64K/isolated",
                    "--samples", "10", *self.only_correct(), "--out", "out")
        alone = self.predict(layout="dp=2,tp=4,pp=1,mbs=1,gbs=2,zero=1", model="llama3-8b")
        beside = self.predict("--report", "out/latest/report.json", layout="dp=2,tp=4,pp=1,mbs=1,gbs=2,zero=1",
                              model="llama3-8b")
        self.assertEqual(beside["measured_from"], "out/latest/report.json")
        # Two ranks in one host: all_reduce of the tensor group borrows its ratio to the formula.
        self.assertNotEqual(alone["seconds_spent"]["tensor group"], beside["seconds_spent"]["tensor group"])
        self.assertEqual(alone["seconds_spent"]["matrix products"], beside["seconds_spent"]["matrix products"])

    def test_search_prints_layouts_that_predict_takes(self):
        words = ("llama3-8b", "--machine", "dgx-h100", "--gpus", "16", "--batch", "64", "--json")
        found = json.loads(self.training("search", *words).stdout)
        jsonschema.validate(found, schema("training-search"))
        best = found["best"][0]
        self.file("best.json", json.dumps({"schema": "muster/layout/1", **best["layout"]}))
        self.assertAlmostEqual(self.predict(model="llama3-8b", layout="best.json")["step_seconds"], best["step_seconds"])
        self.assertIn("the fastest of", self.training("search", *words[:-1]).stdout)
        self.expect_error(self.muster("training", "search", "llama3.1-405b", *words[1:4], "8", "--batch", "8"), "fits")

    def goal(self, name, require, **training):
        return {"name": name, "training": {"model": "tiny.json", "machine": "host.json", **training},
                "require": require}

    def test_a_goal_is_judged_from_what_was_measured(self):
        core = {"name": "core", "source": "this test", "architecture": "ampere", "processors": 1, "watts": 100,
                "peak_flops_per_second": {"fp32": 10**12, "bf16": 10**12}, "memory_bytes": 8 * 10**9,
                "memory_bytes_per_second": 10**10}
        self.file("host.json", json.dumps({
            "schema": "muster/machine/1", "name": "host", "source": "this test", "accelerator": core,
            "gpus_per_node": 2, "scale_up_bytes_per_second": 10**10, "scale_out_bytes_per_second": 10**9}))
        self.file("tiny.json", json.dumps({**TINY, "hidden": 1024, "inner": 4096, "sequence": 512}))
        layout = "dp=1,tp=2,pp=1,mbs=1,gbs=2,precision=fp32"
        goals = [self.goal("slow enough", {"step_seconds_at_most": 1e6}, layout=layout),
                 self.goal("too fast", {"step_seconds_at_most": 1e-6}, layout=layout),
                 self.goal("best", {"tokens_per_second_at_least": 1e-6}, layout="best", gpus=2,
                           fixed="gbs=2,precision=fp32"),
                 self.goal("nowhere", {"mfu_at_least": 0.1}, layout=layout, machine="nowhere")]
        targets = {"schema": "muster/targets/1", "name": "goals",
                   "rules": [{"name": "correct", "require": {"correct": True}}, *goals]}
        jsonschema.validate(targets, schema("targets"))
        self.file("goals.json", json.dumps(targets))
        done = self.muster("bench", "--launcher", "threads", "--ranks", "2", "--cases", "matmul/float/512*", "--cases",
                           "all_reduce/ring/threads/float/64K/isolated", "--samples", "6", "--targets", "goals.json",
                           "--out", "out")
        report = self.json("out/latest/report.json")
        verdicts = {rule["rule"]: rule["verdict"] for rule in report["rules"]}
        self.assertEqual(verdicts, {"correct": "pass", "slow enough": "pass", "too fast": "fail", "best": "pass",
                                    "nowhere": "no_data"}, done.stdout + done.stderr)
        self.assertEqual((report["verdict"], done.returncode), ("fail", 1))
        reasons = {rule["rule"]: rule["reason"] for rule in report["rules"]}
        self.assertIn("100.0 % of the products", reasons["slow enough"])
        self.assertIn("nowhere", reasons["nowhere"])
        again = self.muster("judge", "out/latest", "--targets", "goals.json", "--out", "again.json")
        self.assertEqual((again.returncode, self.json("again.json")), (1, report))

    def test_what_cannot_be_is_refused_in_one_line(self):
        for words, named in (
                (("predict", "no-such-model", "--layout", LAYOUT, "--machine", "dgx-h100"), "no-such-model"),
                (("predict", "llama3-70b", "--layout", "tp=3,dp=1,pp=1,mbs=1,gbs=1", "--machine", "dgx-h100"), "64"),
                (("predict", "llama3-70b", "--layout", "tp=8,surprise=1", "--machine", "dgx-h100"), "surprise"),
                (("predict", "llama3-70b", "--layout", LAYOUT, "--machine", "nowhere"), "nowhere"),
                (("predict", "llama3-70b", "--layout", LAYOUT + ",precision=nvfp4", "--machine", "dgx-h100"), "nvfp4"),
                (("explain", "llama3-70b", "--layout", "tp=8,pp=96,dp=1,mbs=1,gbs=1"), "96")):
            done = self.muster("training", *words)
            self.expect_error(done, named)


if __name__ == "__main__":
    unittest.main()
