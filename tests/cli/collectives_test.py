# SPDX-License-Identifier: Apache-2.0
"""`muster topology predict` and `muster topology validate` from outside."""

import json
import os
import pathlib
import unittest

import jsonschema
from program import SCHEMAS, ProgramTest

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden" / "topology_predict.txt"
INDEX = "file,collective,nranks,nodes,gpus_per_node,system,gpu,network,nccl,notes\n"
ROWS = "collective,nranks,size_bytes,oop_time_us,ip_time_us\n"
NODE = "a.csv,all_reduce,8,1,8,one node,H100,NVLink4,2.29,\n"


def schema(kind):
    return json.loads((SCHEMAS / f"{kind}.schema.json").read_text(encoding="utf-8"))


class CollectivesTest(ProgramTest):
    def published(self, index, **tables):
        """A folder of published curves."""
        (self.folder / "published").mkdir(exist_ok=True)
        for name, text in {"INDEX": INDEX + index, **tables}.items():
            self.file(f"published/{name}.csv", text)

    def validate(self, *more):
        return self.muster("topology", "validate", "published", *more)

    def test_the_table_is_as_it_was(self):
        """MUSTER_ACCEPT_GOLDEN=1 accepts a wanted change."""
        done = self.muster("topology", "predict", "--template", "dgx-h100", "--nodes", "2", "-b", "1M", "-e", "4G",
                           "-f", "64")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        if "MUSTER_ACCEPT_GOLDEN" in os.environ:
            GOLDEN.write_text(done.stdout, encoding="utf-8")
        self.assertEqual(done.stdout, GOLDEN.read_text(encoding="utf-8"))

    def test_a_prediction_is_what_its_schema_says(self):
        done = self.muster("topology", "predict", "--template", "gb200-nvl72", "--gpus-per-node", "2", "--json",
                           "--collective", "all_gather", "-b", "8", "-e", "1G", "-f", "1024")
        self.assertEqual(done.returncode, 0, done.stderr)
        answer = json.loads(done.stdout)
        jsonschema.validate(answer, schema("collective-prediction"))
        self.assertEqual((answer["ranks"], answer["nodes"], answer["network"]), (36, 1, None))
        sizes = [point["size_bytes"] for point in answer["collectives"][0]["points"]]
        self.assertEqual(sizes, [8, 8 << 10, 8 << 20])

    def test_questions_that_cannot_be_answered_are_refused(self):
        for words, named in ((("--template", "dgx-h100", "--gpus-per-node", "9"), "8 GPUs, not 9"),
                             (("--template", "torus-3d"), "TPU v4"),
                             (("--template", "dgx-h100", "-b", "2G", "-e", "1G"), "-b must be"),
                             (("--template", "dgx-h100", "-b", "0"), "-b must be"),
                             (("--template", "dgx-h100", "--collective", "allreduce"), "allreduce"),
                             (("--template", "dgx-h100", "-f", "1"), "stepfactor")):
            with self.subTest(words):
                done = self.muster("topology", "predict", *words)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertIn(named, done.stderr)

    def test_a_validation_is_what_its_schema_says(self):
        self.published(NODE + "f.csv,5 collectives,4,1,4,,H100,,,FLEET: nodes\n",
                       a=ROWS + "all_reduce,8,8,14,\nall_reduce,8,1073741824,4000,\n")
        done = self.validate("--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        answer = json.loads(done.stdout)
        jsonschema.validate(answer, schema("collective-validation"))
        self.assertEqual(len(answer["curves"]), 1)
        self.assertEqual(answer["left_out"][0]["file"], "f.csv")

    def test_the_exit_code_tells_whether_it_holds(self):
        self.published(NODE, a=ROWS + "all_reduce,8,1073741824,4000,\n")
        self.assertEqual(self.validate().returncode, 0)
        self.published(NODE, a=ROWS + "all_reduce,8,1073741824,9000,\n")
        self.assertEqual(self.validate().returncode, 1)
        self.published(NODE, a=ROWS + "all_reduce,8,1073741824,400,\n")
        done = self.validate()
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"a\.csv:2 +1G +400\.0 us +\d\.\d+ ms +.*NVLink")

    def test_the_constants_are_printed_with_their_reasons(self):
        self.published(NODE, a=ROWS + "all_reduce,8,1073741824,4000,\n")
        printed = self.validate("--constants").stdout
        self.assertRegex(printed, r"hopper +sums in switch +0\.686 +share +of the link rate")
        self.assertIn("\nhopper: seen: ", printed)

    def expect_left_out(self, *named):
        """Nothing is predicted, so nothing holds; the line says why."""
        done = self.validate()
        self.assertEqual(done.returncode, 1, done.stderr)
        line = next(line for line in done.stdout.splitlines() if "not predicted" in line)
        for word in named:
            self.assertIn(word, line)

    def test_a_bad_table_is_left_out_and_a_missing_folder_refused_in_one_line(self):
        self.expect_error(self.muster("topology", "validate", "absent"), "INDEX.csv")
        self.published(NODE, a=ROWS + "all_reduce,8,1e99,1,\n")
        self.expect_left_out("published/a.csv:2:", "size_bytes")
        self.published("a.csv,all_reduce,8,x,8,,H100,,,\n")
        self.expect_left_out("published/INDEX.csv:2:", "nodes")
        self.published("../../b.csv,all_reduce,8,1,8,,H100,,,\n")
        self.expect_left_out("published/b.csv")


if __name__ == "__main__":
    unittest.main()
