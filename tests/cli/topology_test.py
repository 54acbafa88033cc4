# SPDX-License-Identifier: Apache-2.0
"""`muster topology` from outside: descriptions in, tables, limits, plans, pictures and exports out; one line per error."""

import json
import re
import unittest
import xml.etree.ElementTree

from program import ProgramTest

# Two GPUs of compute capability 8.0 with four NVLinks of 25 GB/s to each other, and a slot each.
PAIR = """<system version="1">
  <cpu numaid="0" affinity="ff" arch="x86_64" vendor="GenuineIntel" familyid="6" modelid="106">
    <pci busid="0000:10:00.0" class="0x030200" link_speed="16.0 GT/s PCIe" link_width="16">
      <gpu dev="0" sm="80" rank="0" gdr="1">{first}</gpu>
    </pci>
    <pci busid="0000:20:00.0" class="0x030200" link_speed="16.0 GT/s PCIe" link_width="16">
      <gpu dev="1" sm="80" rank="1" gdr="1">
        <nvlink target="0000:10:00.0" count="4" tclass="0x030200"/>
      </gpu>
    </pci>
  </cpu>
</system>
"""
LINK = '<nvlink target="0000:20:00.0" count="4" tclass="0x030200"/>'
SELF_LINK = '<nvlink target="0000:10:00.0" count="4" tclass="0x030200"/>'

SIMPLE_FABRIC = """vendid=0x2c9
switchguid=0x100(100)
Switch	4 "S-0000000000000100"		# "leaf" enhanced port 0 lid 1 lmc 0
[1]	"H-0000000000000200"[1](201) 		# "a mlx5_0" lid 2 4xHDR
[2]	"H-0000000000000300"[1](301) 		# "b mlx5_0" lid 3 4xHDR

vendid=0x2c9
caguid=0x200
Ca	1 "H-0000000000000200"		# "a mlx5_0"
[1](201) 	"S-0000000000000100"[1]		# lid 2 lmc 0 "leaf" lid 1 4xHDR

vendid=0x2c9
caguid=0x300
Ca	1 "H-0000000000000300"		# "b mlx5_0"
[1](301) 	"S-0000000000000100"[2]		# lid 3 lmc 0 "leaf" lid 1 4xHDR
"""


class TopologyTest(ProgramTest):
    def topology(self, *words, code=0):
        done = self.muster("topology", *words)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def limits(self, *words):
        """By collective, the one that binds."""
        document = json.loads(self.topology("limits", *words, "--json").stdout)
        self.write_valid("limits", document)
        return {limit["collective"]: limit for limit in document["limits"]
                if limit["binds"] and limit["sums"] == "anywhere"}

    def write_valid(self, kind, document):
        self.file(f"{kind}.json", json.dumps(document))
        self.expect_valid(f"{kind}.json", kind)

    def pair(self, first=LINK):
        return self.file("pair.xml", PAIR.format(first=first))


class Show(TopologyTest):
    def test_what_is_printed_as_json_is_read_back_as_the_same_machine(self):
        first = self.topology("show", self.pair(), "--json").stdout
        self.file("cluster.json", first)
        self.expect_valid("cluster.json", "cluster")
        self.assertEqual(self.topology("show", "cluster.json", "--json").stdout, first)

    def test_the_table_counts_devices_and_links(self):
        shown = self.topology("show", self.pair()).stdout
        self.assertIn("2 ranks", shown)
        self.assertRegex(shown, r"nvlink +gpu +gpu +4 +100")

    def test_this_machine_is_shown_without_a_file(self):
        self.assertIn("ranks", self.topology("show").stdout)

    def test_a_picture_is_well_formed_and_holds_every_gpu(self):
        self.topology("show", "--template", "dgx-h100", "--nodes", "1", "--picture", "node.svg")
        picture = xml.etree.ElementTree.parse(self.folder / "node.svg").getroot()
        titles = [title.text or "" for title in picture.iter("{http://www.w3.org/2000/svg}title")]
        gpus = {title.split()[0] for title in titles if re.match(r"\S*gpu\d+ ", title) and " - " not in title}
        self.assertEqual(len(gpus), 8, titles)

    def test_trees_can_be_drawn_instead_of_rings(self):
        for words, drawn in (([], "ring 1 of 1"), (["--paths", "trees"], "tree 1 of 8"), (["--paths", "none"], "nvlink")):
            self.topology("show", "--template", "dgx-h100", "--nodes", "1", "--picture", "node.svg", *words)
            picture = (self.folder / "node.svg").read_text(encoding="utf-8")
            self.assertIn(drawn, picture)
        self.assertNotIn("ring 1", picture)

    def test_a_picture_that_cannot_be_written_leaves_nothing(self):
        self.expect_error(self.muster("topology", "show", self.pair(), "--picture", "absent/x.svg"), "absent/x.svg")


class Doctor(TopologyTest):
    def test_a_sound_machine_ends_with_zero(self):
        self.assertIn("0 errors", self.topology("doctor", self.pair()).stdout)

    def test_links_to_themselves_are_an_error_with_their_line(self):
        done = self.topology("doctor", self.pair(SELF_LINK), code=1)
        self.assertIn("self_link", done.stdout)
        self.assertIn("pair.xml:4", done.stdout)

    def test_findings_are_json_for_scripts(self):
        done = self.topology("doctor", self.pair(SELF_LINK), "--json", code=1)
        document = json.loads(done.stdout)
        self.write_valid("findings", document)
        self.assertIn("self_link", {finding["code"] for finding in document["findings"]})

    def test_every_template_of_the_library_is_sound(self):
        for name in self.topology("templates").stdout.split():
            with self.subTest(name):
                self.topology("doctor", "--template", name)


class Limits(TopologyTest):
    def test_two_gpus_are_bounded_by_their_links(self):
        found = self.limits(self.pair(), "--scale-up")
        self.assertEqual(found["all_gather"]["algbw_fraction"], "200")  # each lacks half of the data: 2 x 100 GB/s
        self.assertEqual(found["all_reduce"]["algbw_fraction"], "100")
        self.assertEqual(found["all_gather"]["tightness"], "optimum")

    def test_sums_have_a_second_limit_where_switches_could_add_up(self):
        document = json.loads(self.topology("limits", "--template", "dgx-h100", "--nodes", "1", "--collective",
                                            "all_reduce", "--json").stdout)
        by = {limit["sums"]: limit["algbw_gigabytes_per_second"] for limit in document["limits"] if limit["binds"]}
        self.assertGreater(by["anywhere"], 1.5 * by["by ranks"])

    def test_a_size_scales_the_time(self):
        small, large = (self.limits(self.pair(), "--size", size, "--collective", "all_gather")["all_gather"]
                        for size in ("1G", "2G"))
        self.assertAlmostEqual(large["seconds"] - large["latency_seconds"],
                               2 * (small["seconds"] - small["latency_seconds"]))

    def test_a_finding_that_changes_a_limit_stands_beside_it(self):
        done = self.topology("limits", self.pair(SELF_LINK), "--collective", "all_gather")
        self.assertIn("pair.xml:4", done.stdout + done.stderr)

    def test_files_may_follow_any_option(self):
        self.topology("limits", "--collective", "all_gather", "--size", "1M", self.pair())
        self.topology("plan", "--collective", "all_gather", "--size", "1M", self.pair())

    def test_a_fabric_alone_bounds_its_adapters(self):
        found = self.limits(self.file("fabric.txt", SIMPLE_FABRIC), "--collective", "all_gather")
        self.assertEqual(found["all_gather"]["algbw_gigabytes_per_second"] > 40, True)

    def test_a_cluster_of_any_size_has_limits(self):
        found = self.limits("--template", "dgx-h100", "--nodes", "4096", "--collective", "all_gather")
        self.assertIn("all_gather", found)


class Templates(TopologyTest):
    def test_a_template_can_be_copied_edited_and_given_as_a_file(self):
        text = self.topology("templates", "dgx-h100").stdout
        self.file("mine.json", text)
        self.expect_valid("mine.json", "template")
        self.assertEqual(self.topology("show", "mine.json", "--json").stdout,
                         self.topology("show", "--template", "dgx-h100", "--json").stdout)

    def test_nodes_multiply_the_machine(self):
        shown = self.topology("show", "--template", "dgx-h100", "--nodes", "3").stdout
        self.assertIn("24 ranks", shown)


class Plans(TopologyTest):
    def test_each_size_gets_the_algorithm_that_is_predicted_fastest(self):
        shown = self.topology("plan", "--template", "dgx-h100", "--nodes", "2", "--collective", "all_reduce").stdout
        for word in ("ring", "tree", "limit", "NCCL"):
            self.assertIn(word, shown)

    def test_a_plan_for_one_size_says_what_it_reaches_of_the_limit(self):
        document = json.loads(self.topology("plan", "--template", "dgx-h100", "--nodes", "1", "--collective", "all_gather",
                                            "--size", "1G", "--json").stdout)
        best = min(document["sizes"][0]["candidates"], key=lambda candidate: candidate["seconds"])
        self.assertLessEqual(best["fraction_of_limit"], 1.0)
        self.assertGreater(best["fraction_of_limit"], 0.5)


class Exports(TopologyTest):
    def test_every_format_is_written_for_eight_gpus(self):
        for form in ("msccl-xml", "goal", "text", "nccl-graph-xml"):
            with self.subTest(form):
                self.topology("export", "--template", "dgx-h100", "--nodes", "1", "--collective", "all_gather",
                              "--algorithm", "ring", "--format", form, "--out", f"out.{form}")
                self.assertGreater((self.folder / f"out.{form}").stat().st_size, 100)

    def test_an_unknown_format_is_named_with_those_that_exist(self):
        self.expect_error(self.muster("topology", "export", "--template", "dgx-h100", "--format", "yaml"), "yaml", "msccl")


class Errors(TopologyTest):
    def test_each_mistake_is_one_line(self):
        self.file("empty.txt", "")
        self.file("prose.txt", "It was a dark and stormy night.\n")
        self.file("cut.xml", PAIR.format(first=LINK)[:300])
        for words, named in ((["show", "absent.xml"], ["absent.xml"]),
                             (["show", "empty.txt"], ["empty.txt"]),
                             (["show", "prose.txt"], ["prose.txt"]),
                             (["show", "cut.xml"], ["cut.xml"]),
                             (["show", self.pair(), "--template", "dgx-h100"], ["--template"]),
                             (["show", "--template", "dgx-x100"], ["dgx-x100", "dgx-h100"]),
                             (["show", self.pair(), "--nodes", "2"], ["--nodes"]),
                             (["templates", "nothing"], ["nothing"]),
                             (["limits", self.pair(), "--collective", "all_dance"], ["all_dance"]),
                             (["limits", self.pair(), "--size", "big"], ["big"]),
                             (["surprise"], ["surprise"])):
            with self.subTest(words):
                self.expect_error(self.muster("topology", *words), *named)


class Joined(TopologyTest):
    def test_a_host_and_its_fabric_become_one_system(self):
        self.file("fabric.txt", SIMPLE_FABRIC)
        host = self.file("host.json", json.dumps({
            "schema": "muster/cluster/2",
            "hosts": [{"name": "a", "cpu_model": "", "physical_cores": 1, "logical_cpus": 1, "numa_nodes": 1,
                       "memory_bytes": 1, "levels": []}],
            "devices": [{"id": "a/cpu0", "kind": "cpu", "model": "", "host": "a"},
                        {"id": "a/nic:mlx5_0", "kind": "nic", "model": "", "host": "a", "guid": "0000000000000200"}],
            "links": [{"source": one, "target": other, "kind": "pcie", "capacity": {"certainty": "unknown"}}
                      for one, other in (("a/cpu0", "a/nic:mlx5_0"), ("a/nic:mlx5_0", "a/cpu0"))]}))
        cluster = json.loads(self.topology("show", host, "fabric.txt", "--json").stdout)
        adapters = [device for device in cluster["devices"] if device["kind"] == "nic"]
        self.assertEqual(len(adapters), 2, adapters)


if __name__ == "__main__":
    unittest.main()
