// SPDX-License-Identifier: Apache-2.0
// The closed form of what NCCL should take: its asymptotes, its order, and the limits of the machines that ship.
#include "collectives/planner/collective_model.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "core/error.hpp"
#include "topology/gpus_per_host.hpp"
#include "topology/limits/limits.hpp"
#include "topology/templates.hpp"

namespace muster {
namespace {

constexpr double kGiga = 1e9;
constexpr Bytes kHuge{std::uint64_t{1} << 42};  // start and hops are nothing beside it

constexpr std::array<Collective, 10> kEvery = {
    Collective::all_reduce, Collective::all_gather, Collective::reduce_scatter, Collective::all_to_all,
    Collective::broadcast,  Collective::reduce,     Collective::send_recv,      Collective::all_to_allv,
    Collective::gather,     Collective::scatter};

FabricRates hopper() {
  return {.links = LinkGeneration::hopper,
          .network = NetworkGeneration::infiniband,
          .scale_up = {450 * kGiga},
          .scale_out = {50 * kGiga},
          .reduces_in_switch = true};
}

/// GB/s of bus bandwidth.
double bus(const FabricRates& fabric, Collective collective, GroupShape group, Bytes size) {
  return (size / collective_time(fabric, collective, group, size)).value * busbw_factor(collective, group.ranks()) /
         kGiga;
}

FabricGroup shipped(const std::string& name, int nodes) {
  return fabric_of(expand_template(name, nodes).topology, name);
}

TEST(CollectiveModel, A_ring_within_a_node_sends_its_share_and_passes_over_memory_once) {
  const LinkConstants& links = constants_of(LinkGeneration::hopper);
  const double seconds = 0.875 / (450 * kGiga * links.wire) + 1 / links.memory;
  EXPECT_NEAR(bus(hopper(), Collective::all_gather, {.gpus_per_node = 8}, kHuge), 0.875 / seconds / kGiga, 0.1);
}

TEST(CollectiveModel, One_GPU_per_node_is_bound_by_its_NIC) {
  const double share = constants_of(NetworkGeneration::infiniband).share;
  for (const Collective collective : {Collective::all_reduce, Collective::all_gather, Collective::reduce_scatter}) {
    EXPECT_NEAR(bus(hopper(), collective, {.nodes = 10}, kHuge), 50 * share, 0.01) << name_of(collective);
  }
}

TEST(CollectiveModel, Two_nodes_cross_their_NICs_once_and_more_nodes_twice) {
  FabricRates fabric = hopper();
  fabric.scale_out = {10 * kGiga};  // nothing else binds
  const double share = constants_of(fabric.network).share;
  const auto algbw = [&](int nodes) {
    return (kHuge / collective_time(fabric, Collective::all_reduce, {.nodes = nodes, .gpus_per_node = 8}, kHuge)).value;
  };
  EXPECT_NEAR(algbw(2) / kGiga, 80 * share, 0.1);
  EXPECT_NEAR(algbw(16) / kGiga, 80 * share / 2 * 128 / 127, 0.1);  // the ring: 2 (n - 1) / n
}

TEST(CollectiveModel, Switches_that_add_up_beat_the_ring_and_need_three_GPUs) {
  FabricRates plain = hopper();
  plain.reduces_in_switch = false;
  EXPECT_EQ(predict_collective(hopper(), Collective::all_reduce, {.gpus_per_node = 8}, kHuge).name(), "NVLS/Simple");
  EXPECT_EQ(predict_collective(plain, Collective::all_reduce, {.gpus_per_node = 8}, kHuge).name(), "Ring/Simple");
  EXPECT_EQ(predict_collective(hopper(), Collective::all_reduce, {.gpus_per_node = 2}, kHuge).name(), "Ring/Simple");
  EXPECT_EQ(predict_collective(hopper(), Collective::all_reduce, {.nodes = 4, .gpus_per_node = 8}, kHuge).name(),
            "NVLSTree/Simple");
}

/// Reported by users of NCCL (issues 1455 and 212 of NVIDIA/nccl and nccl-tests): not in any table that the constants
/// were read from by themselves.
TEST(CollectiveModel, Hopper_nodes_reach_what_their_users_report) {
  struct Report {
    int gpus;
    double bus;  // GB/s
  };
  for (const auto& [gpus, reported] :
       {Report{4, 370}, Report{5, 420}, Report{6, 440}, Report{7, 460}, Report{8, 480}}) {
    EXPECT_NEAR(bus(hopper(), Collective::all_reduce, {.gpus_per_node = gpus}, kHuge) / reported, 1, 0.03) << gpus;
  }
  FabricRates plain = hopper();
  plain.reduces_in_switch = false;
  EXPECT_NEAR(bus(plain, Collective::all_reduce, {.gpus_per_node = 8}, kHuge), 365, 8);
}

TEST(CollectiveModel, Small_messages_go_by_LL_and_large_ones_by_Simple) {
  const GroupShape node{.gpus_per_node = 8};
  EXPECT_EQ(predict_collective(hopper(), Collective::all_gather, node, {1024}).protocol, NcclProtocol::ll);
  EXPECT_EQ(predict_collective(hopper(), Collective::all_gather, node, kHuge).protocol, NcclProtocol::simple);
  EXPECT_EQ(predict_collective(hopper(), Collective::all_gather, {.nodes = 1024}, {1024}).name(), "PAT/Simple");
  EXPECT_EQ(predict_collective(hopper(), Collective::all_to_all, node, {1024}).name(), "pairs");
}

TEST(CollectiveModel, More_bytes_never_take_less_time) {
  for (int links = 0; links < 8; ++links) {
    for (int network = 0; network < 6; ++network) {
      FabricRates fabric = hopper();
      fabric.links = static_cast<LinkGeneration>(links);
      fabric.network = static_cast<NetworkGeneration>(network);
      for (const Collective collective : kEvery) {
        for (const GroupShape group : {GroupShape{1, 8}, GroupShape{2, 1}, GroupShape{2, 8}, GroupShape{20, 72}}) {
          double before = 0;
          for (std::uint64_t size = 1; size < kHuge.value; size *= 2) {
            const double now = collective_time(fabric, collective, group, {size}).value;
            ASSERT_GE(now, before) << name_of(collective) << " " << size << " " << links << " " << network;
            ASSERT_TRUE(std::isfinite(now));
            before = now;
          }
        }
      }
    }
  }
}

TEST(CollectiveModel, Nobody_to_talk_to_takes_no_time_and_no_way_to_them_takes_for_ever) {
  for (const Collective collective : kEvery) {
    EXPECT_EQ(collective_time(hopper(), collective, {}, kHuge).value, 0);
    EXPECT_TRUE(std::isinf(collective_time({}, collective, {.gpus_per_node = 4}, {0}).value)) << name_of(collective);
    EXPECT_TRUE(std::isinf(collective_time({}, collective, {.nodes = 4}, kHuge).value)) << name_of(collective);
    EXPECT_GT(collective_time(hopper(), collective, {.nodes = 4}, {0}).value, 0) << name_of(collective);
  }
}

TEST(CollectiveModel, No_prediction_beats_the_limit_of_a_machine_that_ships) {
  struct Case {
    std::string name;
    int nodes;
    int gpus;
  };
  const std::vector<Case> cases = {
      {"dgx-1v", 1, 8},   {"dgx-1v", 1, 2},       {"dgx-a100", 2, 8}, {"aws-p4d", 2, 8},  {"dgx-h100", 1, 8},
      {"dgx-h100", 4, 8}, {"dgx-h100", 10, 1},    {"aws-p5", 2, 8},   {"dgx-b200", 1, 8}, {"gcp-a3-mega", 2, 8},
      {"mi300x-8", 2, 8}, {"gb200-nvl72", 18, 4}, {"hgx-h800", 1, 8}, {"mi250x", 1, 8},   {"mi355x-8", 1, 4}};
  for (const auto& [name, nodes, gpus] : cases) {
    const Topology topology = with_gpus_per_host(expand_template(name, nodes).topology, gpus, name);
    const auto [fabric, group] = fabric_of(topology, name);
    LimitStudy study(topology, {});
    for (const Collective collective : kEvery) {
      const std::vector<CollectiveLimit> limits = study.of(collective);
      for (std::uint64_t size = 1; size <= std::uint64_t{1} << 36; size *= 64) {
        const CollectiveLimit* limit = binding_at(limits, {size});
        if (limit == nullptr) continue;
        EXPECT_GE(collective_time(fabric, collective, group, {size}).value, limit->time({size}).value)
            << name << " x " << nodes << ", " << gpus << " GPUs: " << name_of(collective) << " of " << size;
      }
    }
  }
}

TEST(FabricOf, A_template_gives_the_rates_of_its_links) {
  const auto [fabric, group] = shipped("dgx-h100", 4);
  EXPECT_EQ(group.nodes, 4);
  EXPECT_EQ(group.gpus_per_node, 8);
  EXPECT_EQ(fabric.links, LinkGeneration::hopper);
  EXPECT_EQ(fabric.network, NetworkGeneration::infiniband);
  EXPECT_DOUBLE_EQ(fabric.scale_up.value, 450 * kGiga);
  EXPECT_DOUBLE_EQ(fabric.scale_out.value, 50 * kGiga);
  EXPECT_TRUE(fabric.reduces_in_switch);
}

TEST(FabricOf, A_rack_that_is_one_NVLink_domain_is_one_node) {
  const auto [fabric, group] = shipped("gb200-nvl72", 36);
  EXPECT_EQ(group.nodes, 2);
  EXPECT_EQ(group.gpus_per_node, 72);
  EXPECT_EQ(fabric.links, LinkGeneration::blackwell_rack);
  EXPECT_DOUBLE_EQ(fabric.scale_out.value, 50 * kGiga);
}

TEST(FabricOf, Two_GPUs_of_a_mesh_have_the_links_between_them_alone) {
  const Topology pair = with_gpus_per_host(expand_template("dgx-1v", 1).topology, 2, "dgx-1v");
  EXPECT_DOUBLE_EQ(fabric_of(pair, "pair").fabric.scale_up.value, 25 * kGiga);
}

TEST(FabricOf, A_mesh_without_switches_gives_each_pair_its_own_link_and_some_a_detour) {
  const FabricRates cube = shipped("dgx-1v", 1).fabric;
  EXPECT_DOUBLE_EQ(cube.to_one.value, 25 * kGiga);
  EXPECT_DOUBLE_EQ(cube.detour, 10.0 / 7);  // four neighbours, three GPUs behind them
  const FabricRates mesh = shipped("mi300x-8", 1).fabric;
  EXPECT_DOUBLE_EQ(mesh.to_one.value, 64 * kGiga);
  EXPECT_DOUBLE_EQ(mesh.detour, 1);
  const FabricRates switched = shipped("dgx-h100", 1).fabric;
  EXPECT_DOUBLE_EQ(switched.to_one.value, 0);
  EXPECT_DOUBLE_EQ(switched.detour, 1);
  EXPECT_LT(bus(mesh, Collective::send_recv, {.gpus_per_node = 8}, kHuge), 64);
}

TEST(FabricOf, The_NIC_tells_clouds_apart) {
  EXPECT_EQ(shipped("aws-p4d", 2).fabric.network, NetworkGeneration::efa);
  EXPECT_EQ(shipped("aws-p5", 2).fabric.network, NetworkGeneration::efa2);
  EXPECT_EQ(shipped("gcp-a3-mega", 2).fabric.network, NetworkGeneration::tcpxo);
  EXPECT_EQ(shipped("mi300x-8", 2).fabric.network, NetworkGeneration::roce);
}

std::string refusal(const Topology& topology) {
  try {
    (void)fabric_of(topology, "here");
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

TEST(FabricOf, What_the_model_does_not_know_is_refused_with_the_reason) {
  EXPECT_EQ(refusal({}), "here: has no GPUs; the model is of NCCL and RCCL");
  Topology unknown = expand_template("dgx-h100", 1).topology;
  for (Device& device : unknown.devices) {
    if (device.kind == DeviceKind::gpu) device.model = "X1";
  }
  EXPECT_EQ(refusal(unknown),
            "here: nothing is known of the links of the GPU \"X1\"; the model is of NVIDIA's from V100 and AMD's from "
            "MI200 on");
  Topology bare = expand_template("dgx-h100", 1).topology;
  std::erase_if(bare.links, [](const Link& link) { return link.kind == LinkKind::nvlink; });
  EXPECT_EQ(refusal(bare),
            "here: no rate is known of NVLink or xGMI at node0/gpu0; the model is of GPUs that are joined so");
}

TEST(FabricConstants, Each_is_listed_with_a_unit_and_a_reason) {
  const std::vector<FabricConstant> constants = fabric_constants();
  EXPECT_EQ(constants.size(), 1U + 8 * 15 + 6 * 6);
  for (const FabricConstant& constant : constants) {
    EXPECT_FALSE(constant.why.empty() || constant.meaning.empty() || constant.unit.empty())
        << constant.generation << " " << constant.name;
    EXPECT_TRUE(std::isfinite(constant.value) && constant.value >= 0) << constant.generation << " " << constant.name;
    EXPECT_TRUE(constant.unit != "share" || constant.value <= 1) << constant.generation << " " << constant.name;
  }
}

}  // namespace
}  // namespace muster
