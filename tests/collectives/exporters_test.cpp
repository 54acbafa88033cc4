// SPDX-License-Identifier: Apache-2.0
// What is exported is read back: MSCCL files run on data, GOAL's sends meet their receives, NCCL graphs are what our
// own reader understands.
#include "collectives/exporters/exporters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

#include "collectives/arrangement.hpp"
#include "collectives/generators.hpp"
#include "collectives/problem.hpp"
#include "core/error.hpp"
#include "tests/collectives/msccl_interpreter.hpp"
#include "tests/rail_machine.hpp"
#include "topology/readers/formats.hpp"
#include "topology/rings.hpp"

namespace muster {
namespace {

using enum Collective;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// What the collective must leave in the output of a rank, from its definition.
std::vector<MscclValue> expected_output(const Problem& problem, int rank, int pieces) {
  std::vector<MscclValue> output(output_count(problem, rank));
  for (int block = 0; block < block_count(problem.collective, problem.ranks); ++block) {
    if (!needs(problem, rank, block)) continue;
    for (int piece = 0; piece < pieces; ++piece) {
      MscclValue& value = output[output_range(problem, rank, block).first + static_cast<std::size_t>(piece)];
      for (int from = 0; from < problem.ranks; ++from) {
        if (!contributes(problem, from, block)) continue;
        value[{from, static_cast<int>(input_range(problem, from, block).first) + piece}] = 1;
      }
    }
  }
  return output;
}

void expect_msccl_runs(const Schedule& schedule) {
  const Problem problem{.collective = schedule.collective,
                        .ranks = schedule.ranks,
                        .count = static_cast<std::uint64_t>(schedule.pieces),
                        .root = schedule.root};
  const std::string xml = write_msccl_xml({.schedule = schedule});
  for (const MscclRun& run : {MscclRun{.slots = 1, .order = MscclOrder::first_to_last},
                              MscclRun{.slots = 8, .order = MscclOrder::first_to_last},
                              MscclRun{.slots = 8, .order = MscclOrder::last_to_first}}) {
    const MscclOutcome outcome = run_msccl(xml, run);
    const std::string what = std::string(name_of(schedule.algorithm)) + " " +
                             std::string(name_of(schedule.collective)) + " of " + std::to_string(schedule.ranks);
    ASSERT_TRUE(outcome.has_ended) << what;
    for (int rank = 0; rank < schedule.ranks; ++rank) {
      EXPECT_EQ(outcome.outputs[static_cast<std::size_t>(rank)], expected_output(problem, rank, schedule.pieces))
          << what << ", rank " << rank;
    }
  }
}

class MscclXml : public testing::TestWithParam<GeneratorEntry> {};

INSTANTIATE_TEST_SUITE_P(OfEveryGenerator, MscclXml,
                         testing::ValuesIn(generator_table().begin(), generator_table().end()), [](const auto& test) {
                           return std::string(name_of(test.param.algorithm)) + "_" +
                                  std::string(name_of(test.param.collective));
                         });

TEST_P(MscclXml, RunsToTheCollectivesResult) {
  for (const int ranks : {1, 2, 3, 5, 8, 12}) {
    for (const int channels : {1, 2}) {
      expect_msccl_runs(make_schedule({.collective = GetParam().collective,
                                       .algorithm = GetParam().algorithm,
                                       .ranks = ranks,
                                       .channels = channels,
                                       .root = ranks / 2,
                                       .group_size = std::min(ranks, 4)}));
    }
  }
}

TEST(MscclXml, IsRefusedBeyondWhatAnybodyReads) {
  const Schedule large =
      make_schedule({.collective = broadcast, .algorithm = Algorithm::tree, .ranks = kMostExportedRanks + 1});
  EXPECT_THAT([&] { write_msccl_xml({.schedule = large}); }, ThrowsMessage<Error>(HasSubstr("up to 1024 ranks")));
}

TEST(Goal, SendsAndReceivesMeet) {
  const Schedule schedule =
      make_schedule({.collective = all_reduce, .algorithm = Algorithm::tree, .ranks = 13, .channels = 4});
  std::istringstream lines(write_goal({.schedule = schedule, .size = {1 << 20}}));
  const std::regex operation("l\\d+: (send|recv) (\\d+)b (?:to|from) (\\d+) tag (\\d+)");
  std::multiset<std::tuple<int, int, int, long>> sent;
  std::multiset<std::tuple<int, int, int, long>> received;
  long bytes = 0;
  int rank = -1;
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (line.starts_with("rank ")) ++rank;
    if (!std::regex_match(line, found, operation)) continue;
    const int peer = std::stoi(found[3]);
    const long size = std::stol(found[2]);
    if (found[1] == "send") sent.emplace(rank, peer, std::stoi(found[4]), size);
    if (found[1] == "recv") received.emplace(peer, rank, std::stoi(found[4]), size);
    if (found[1] == "send") bytes += size;
  }
  EXPECT_EQ(rank, 12);
  EXPECT_EQ(sent, received);
  EXPECT_EQ(bytes, 2 * 12 * (1 << 20));  // up and down every link of the tree
}

TEST(Goal, OrdersTheRoundsOfAChannel) {
  const Schedule schedule = make_schedule({.collective = all_gather, .algorithm = Algorithm::ring, .ranks = 3});
  EXPECT_THAT(write_goal({.schedule = schedule, .size = {300}}), HasSubstr("rank 0 {\n"
                                                                           "l1: send 100b to 1 tag 0\n"
                                                                           "l2: recv 100b from 2 tag 0\n"
                                                                           "l3: calc 0\n"
                                                                           "l3 requires l1\n"
                                                                           "l3 requires l2\n"
                                                                           "l4: send 100b to 1 tag 0\n"
                                                                           "l4 requires l3\n"));
}

TEST(Text, HasOneLinePerTransfer) {
  const Schedule schedule = make_schedule({.collective = reduce_scatter, .algorithm = Algorithm::ring, .ranks = 2});
  EXPECT_EQ(write_text({.schedule = schedule}),
            "reduce_scatter ring ranks 2 root 0 pieces 1 channels 1\n"
            "channel 0 round 0\n"
            "  0 -> 1 add 1\n"
            "  1 -> 0 add 0\n");
}

Schedule schedule_of_rings(const Topology& topology) {
  const int ranks = static_cast<int>(rank_devices(topology).size());
  const Schedule one = make_schedule({.collective = all_reduce, .algorithm = Algorithm::ring, .ranks = ranks});
  std::vector<Schedule> rings;
  for (const Ring& order : rings_of(topology)) rings.push_back(reordered(one, order.ranks));
  return side_by_side(rings);
}

TEST(NcclGraphXml, HoldsTheRingsOfOneHostAndIsReadBack) {
  const Topology topology = make_rail_machine({.hosts = 4, .gpus = 4});
  const std::string xml = write_nccl_graph_xml({.schedule = schedule_of_rings(topology), .topology = &topology});
  EXPECT_THAT(xml, HasSubstr("<graph id=\"0\" pattern=\"4\" crossnic=\"0\" nchannels=\"4\""));
  EXPECT_THAT(xml, HasSubstr("speedinter=\"50\""));
  EXPECT_THAT(xml, HasSubstr("      <net dev=\"1\"/>\n      <gpu dev=\"1\"/>\n      <gpu dev=\"2\"/>\n"
                             "      <gpu dev=\"3\"/>\n      <gpu dev=\"0\"/>\n      <net dev=\"0\"/>\n"));
  EXPECT_TRUE(is_nccl_graph(xml));
  const Imported read = read_nccl_graph({.text = xml, .origin = "graph.xml"});
  EXPECT_EQ(rank_devices(read.topology).size(), 4u);
}

TEST(NcclGraphXml, NeedsRingsAndTheirTopology) {
  const Topology topology = make_rail_machine({.hosts = 1});
  const Schedule tree = make_schedule({.collective = all_reduce, .algorithm = Algorithm::tree, .ranks = 8});
  EXPECT_THAT([&] { write_nccl_graph_xml({.schedule = tree, .topology = &topology}); },
              ThrowsMessage<Error>(HasSubstr("holds rings")));
  EXPECT_THAT([&] { write_nccl_graph_xml({.schedule = tree}); }, ThrowsMessage<Error>(HasSubstr("topology")));
}

TEST(Digraph, ListsEveryLinkWithItsLineRate) {
  const Topology topology = make_ring_machine(3, 50e9);
  const Schedule ring = make_schedule({.collective = all_reduce, .algorithm = Algorithm::ring, .ranks = 3});
  EXPECT_THAT(write_digraph({.schedule = ring, .topology = &topology}),
              HasSubstr("compute node0/gpu2\nnode0/gpu0 node0/gpu1 50000000000\n"));
}

TEST(Exporters, OfAnUnknownNameListTheKnownOnes) {
  EXPECT_THAT([] { find_exporter("pdf"); }, ThrowsMessage<Error>(HasSubstr("text, msccl-xml, nccl-graph-xml")));
  EXPECT_EQ(find_exporter("goal").write, &write_goal);
}

}  // namespace
}  // namespace muster
