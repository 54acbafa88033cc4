// SPDX-License-Identifier: Apache-2.0
// Machines that train: what ships is whole, topologies give the same, wrong descriptions are refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/training/one_line_error.hpp"
#include "topology/hardware.hpp"
#include "topology/templates.hpp"
#include "training/accelerators.hpp"
#include "training/machine_json.hpp"
#include "training/machine_library.hpp"
#include "training/machine_topology.hpp"

namespace muster {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Machine from_template(const std::string& name) {
  return machine_of(expand_template(name, std::nullopt).topology, name);
}

TEST(Machines, ThatShipAreReadAsTheyAreWritten) {
  for (const MachineText& shipped : shipped_machines()) {
    const Machine machine = read_machine(std::string(shipped.name));
    const Json written = to_json(machine);
    EXPECT_EQ(to_json(machine_from_json(written, "again")), written);
    EXPECT_EQ(machine.name, shipped.name);
    EXPECT_NE(machine.source, "");
    EXPECT_NE(machine.accelerator.source, "");
  }
}

TEST(Machines, ThatShipAreWhatTheirTopologiesGive) {
  for (const std::string name : {"aws-p4d", "azure-nd-a100-v4", "dgx-1v", "dgx-a100", "dgx-b200", "dgx-b300",
                                 "dgx-h100", "dgx-h200", "gb200-nvl72", "gb300-nvl72", "mi300x-8", "mi355x-8"}) {
    const Machine shipped = read_machine(name);
    const Machine made = from_template(name);
    EXPECT_EQ(made.gpus_per_node, shipped.gpus_per_node) << name;
    EXPECT_DOUBLE_EQ(made.scale_up.value, shipped.scale_up.value) << name;
    EXPECT_DOUBLE_EQ(made.scale_out.value, shipped.scale_out.value) << name;
    EXPECT_EQ(made.reduces_in_switch, shipped.reduces_in_switch) << name;
    EXPECT_EQ(made.accelerator.peak, shipped.accelerator.peak) << name;
  }
}

TEST(Machines, KeepTheirSizeWhenATopologyHasManyNodes) {
  const Machine machine = machine_of(expand_template("dgx-h100", 4).topology, "four");
  EXPECT_EQ(machine.gpus_per_node, 8);
  EXPECT_DOUBLE_EQ(machine.scale_out.value, 50e9);
  EXPECT_EQ(machine_of(expand_template("gb200-nvl72", 36).topology, "two racks").gpus_per_node, 72);
}

TEST(Machines, WithoutFastLinksAreHostsJoinedByTheirSlots) {
  Topology topology = expand_template("dgx-h100", 2).topology;
  std::erase_if(topology.links, [](const Link& link) { return link.kind == LinkKind::nvlink; });
  const Machine machine = machine_of(topology, "slots");
  EXPECT_EQ(machine.gpus_per_node, 8);
  EXPECT_EQ(machine.scale_up, pcie_rate(32, 16));
  EXPECT_FALSE(machine.reduces_in_switch);
}

TEST(Machines, WithoutWhatTrainingNeedsAreRefused) {
  Topology empty;
  EXPECT_THAT(one_line_error([&] { machine_of(empty, "here"); }), HasSubstr("here: has no GPU"));
  Topology mixed = expand_template("dgx-h100", 1).topology;
  mixed.devices[1].model = "H200";
  EXPECT_THAT(one_line_error([&] { machine_of(mixed, "here"); }), HasSubstr("GPUs of two kinds, \"H100 SXM\" and"));
  Topology unknown = expand_template("dgx-h100", 1).topology;
  for (Device& device : unknown.devices) device.model = "Abacus";
  EXPECT_THAT(one_line_error([&] { machine_of(unknown, "here"); }),
              HasSubstr("no peaks are known for the GPU \"Abacus\""));
  Topology alone = expand_template("dgx-h100", 1).topology;
  std::erase_if(alone.links, [](const Link& link) { return link.kind == LinkKind::infiniband; });
  EXPECT_THAT(one_line_error([&] { machine_of(alone, "here"); }), HasSubstr("links between nodes is not known"));
}

TEST(Accelerators, AreFoundByTheStringsOfDrivers) {
  EXPECT_EQ(find_accelerator("NVIDIA H100 80GB HBM3")->name, "H100 SXM");
  EXPECT_EQ(find_accelerator("NVIDIA A100-SXM4-80GB")->name, "A100 SXM");
  EXPECT_EQ(find_accelerator("NVIDIA A100-SXM4-40GB")->memory.value, 40'000'000'000U);
  EXPECT_EQ(find_accelerator("Tesla V100-SXM2-16GB")->memory.value, 16'000'000'000U);
  EXPECT_EQ(find_accelerator("AMD Instinct MI300X")->name, "MI300X");
  EXPECT_FALSE(find_accelerator("NVIDIA L4"));
  EXPECT_FALSE(find_accelerator(""));
}

TEST(Accelerators, AgreeWithTheTableOfTopologies) {
  for (const std::string_view name : accelerator_names()) {
    const Accelerator accelerator = *find_accelerator(name);
    const GpuModel* part = find_gpu_model(name);
    ASSERT_NE(part, nullptr) << name;
    const double ratio = accelerator.memory_rate.value / part->memory_rate.value;
    // Modules of one part differ in memory: 40 and 80 GB of the A100, 96 and 144 GB of the GH200.
    EXPECT_TRUE(ratio > 0.7 && ratio < 1.01) << name << " " << ratio;
    EXPECT_GT(accelerator.processors, 0);
    EXPECT_GT(accelerator.peak[static_cast<std::size_t>(Precision::fp16)].value, 0) << name;
  }
}

TEST(Accelerators, HaveTheFormatsOfTheirGeneration) {
  const auto peak = [](const char* machine, Precision precision) {
    return peak_of(read_machine(machine), precision).value;
  };
  EXPECT_EQ(peak("dgx-1v", Precision::bf16), 0);
  EXPECT_EQ(peak("dgx-a100", Precision::bf16), 312e12);
  EXPECT_EQ(peak("dgx-a100", Precision::fp8), 0);
  EXPECT_EQ(peak("dgx-h100", Precision::mxfp8), 0);
  EXPECT_EQ(peak("dgx-b200", Precision::mxfp8), peak("dgx-b200", Precision::fp8));
  EXPECT_EQ(peak("gb300-nvl72", Precision::nvfp4), 15e15);
}

TEST(MachineFiles, WithAMistakeAreRefusedInOneLine) {
  const Json good = to_json(read_machine("dgx-h100"));
  for (const auto& [patch, why] : std::vector<std::pair<const char*, std::string>>{
           {R"({"surprise": 1})", "\"surprise\" is not known here"},
           {R"({"schema": "muster/machine/9"})", "muster/machine/1"},
           {R"({"gpus_per_node": 0})", "must be a whole number between 1 and 65536"},
           {R"({"scale_up_bytes_per_second": 450})", "must be a number between"},
           {R"({"scale_out_bytes_per_second": 1e300})", "must be a number between"},
           {R"({"scale_out_bytes_per_second": "50 GB/s"})", "must be a number between"},
           {R"({"accelerator": "H1000"})", "is not known; describe it as an object"},
           {R"({"accelerator": [[[[]]]]})", "must be a JSON object"},
           {R"({"accelerator": {"architecture": "kepler"}})", "use one of volta, ampere"},
           {R"({"accelerator": {"peak_flops_per_second": {"int8": 1}}})", "\"int8\" is not known here"},
           {R"({"accelerator": {"memory_bytes": -1}})", "must be a whole number"},
           {R"({"accelerator": {"watts": null}})", "\"watts\" is missing"}}) {
    Json bad = good;
    bad.merge_patch(parse_json(patch, "patch"));
    EXPECT_THAT(one_line_error([&] { machine_from_json(bad, "a.json"); }), AllOf(HasSubstr("a.json"), HasSubstr(why)))
        << patch;
  }
  Json dark = good;
  dark["accelerator"]["peak_flops_per_second"] = {{"bf16", 0}};
  EXPECT_THAT(one_line_error([&] { machine_from_json(dark, "a.json"); }), HasSubstr("names no number format"));
  EXPECT_THAT(one_line_error([] { read_machine("abacus"); }),
              AllOf(HasSubstr("neither a file"), HasSubstr("dgx-h100")));
}

}  // namespace
}  // namespace muster
