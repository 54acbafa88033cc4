// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "benchmarks/nccl_tests/perf_environment.hpp"
#include "benchmarks/nccl_tests/perf_options.hpp"
#include "benchmarks/nccl_tests/perf_problem.hpp"
#include "benchmarks/nccl_tests/perf_program.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::variant<PerfOptions, PerfUsage> parsed(std::vector<const char*> words) {
  return parse_perf_options("all_reduce_perf", words);
}

PerfOptions options_of(std::vector<const char*> words) {
  const auto result = parsed(std::move(words));
  EXPECT_TRUE(std::holds_alternative<PerfOptions>(result)) << std::get<PerfUsage>(result).text;
  return std::get<PerfOptions>(result);
}

TEST(PerfOptions, Have_the_defaults_of_nccl_tests) {
  const PerfOptions options = options_of({});
  EXPECT_EQ(options.ranks_per_process(), 1);
  EXPECT_EQ(options.min_bytes, Bytes{32 << 20});
  EXPECT_EQ(options.max_bytes, Bytes{32 << 20});
  EXPECT_EQ(options.step_bytes, 1u << 20);
  EXPECT_EQ(options.step_factor, 1u);
  EXPECT_EQ(options.iterations, 20);
  EXPECT_EQ(options.aggregated, 1);
  EXPECT_EQ(options.warmup, 1);
  EXPECT_EQ(options.checks, 1);
  EXPECT_EQ(options.cycles, 1);
  EXPECT_EQ(options.average, PerfAverage::mean);
  EXPECT_THAT(options.operations, ElementsAre(ReduceOperation::sum));
  EXPECT_THAT(options.types, ElementsAre(ElementType::float32));
}

TEST(PerfOptions, Are_read_in_every_way_that_getopt_long_knows) {
  for (const auto& words : std::vector<std::vector<const char*>>{
           {"-b", "8", "-e", "128M", "-f", "2", "-g", "8"},
           {"-b8", "-e128M", "-f2", "-g8"},
           {"--minbytes", "8", "--maxbytes=128M", "--stepfactor=2", "--ngpus", "8"},
           {"--minb", "8", "--maxb=128M", "--stepf=2", "--ng", "8"},
       }) {
    const PerfOptions options = options_of(words);
    EXPECT_EQ(options.min_bytes, Bytes{8});
    EXPECT_EQ(options.max_bytes, Bytes{128 << 20});
    EXPECT_EQ(options.step_factor, 2u);
    EXPECT_EQ(options.gpus, 8);
  }
}

TEST(PerfOptions, Refuse_what_they_do_not_understand_with_minus_1) {
  for (const auto& words : std::vector<std::vector<const char*>>{{"-Q"},
                                                                 {"--step", "1"},
                                                                 {"8"},
                                                                 {"-b"},
                                                                 {"-n", "0"},
                                                                 {"-n", "1e3"},
                                                                 {"-c", "-1"},
                                                                 {"-o", "add"},
                                                                 {"-d", "fp32"},
                                                                 {"-r", "-1"},
                                                                 {"-z", "4"},
                                                                 {"-a", "4"},
                                                                 {"-f", "0"},
                                                                 {"-J", ""},
                                                                 {"-e", "1M"},
                                                                 {"-b", "0", "-f", "2"},
                                                                 {"-I", "1", "-K", "20"},
                                                                 {"-t", "1024", "-g", "2"},
                                                                 {"-", "1"},
                                                                 {""}}) {
    const auto result = parsed(words);
    ASSERT_TRUE(std::holds_alternative<PerfUsage>(result)) << words.front();
    EXPECT_EQ(std::get<PerfUsage>(result).exit_code, kPerfUsageError);
  }
}

TEST(PerfSizes, Are_read_as_sscanf_reads_them) {
  EXPECT_EQ(parse_perf_size("8"), Bytes{8});
  EXPECT_EQ(parse_perf_size("64k"), Bytes{65536});
  EXPECT_EQ(parse_perf_size("38.3M"), Bytes{40160460});
  EXPECT_EQ(parse_perf_size("8MB"), Bytes{8 << 20});
  EXPECT_EQ(parse_perf_size("8 G"), Bytes{std::uint64_t{8} << 30});
  EXPECT_EQ(parse_perf_size("1e3"), Bytes{1000});
  for (const char* text : {"", "M", "1T", "-1", "nan", "inf", "8x", "9e30"}) {
    EXPECT_EQ(parse_perf_size(text), std::nullopt) << text;
  }
}

TEST(PerfSizes, Grow_by_the_factor_or_by_the_step) {
  PerfOptions options = options_of({"-b", "8", "-e", "40", "-f", "2"});
  EXPECT_THAT(perf_sizes(options), ElementsAre(Bytes{8}, Bytes{16}, Bytes{32}));
  options = options_of({"-b", "8", "-e", "40", "-i", "16"});
  EXPECT_THAT(perf_sizes(options), ElementsAre(Bytes{8}, Bytes{24}, Bytes{40}));
  options = options_of({"-b", "1G", "-e", "1048576G", "-f", "1000000000"});
  EXPECT_EQ(perf_sizes(options).size(), 1u);  // the next one does not fit 64 bits
  options = options_of({"-b", "0", "-e", "1G", "-i", "1"});
  EXPECT_THAT([&] { perf_sizes(options); }, ThrowsMessage<Error>(HasSubstr("larger steps")));
}

TEST(PerfProblem, Is_cut_to_16_bytes_for_each_peer) {
  const auto problem_of = [](Collective collective, std::uint64_t size, ElementType type) {
    return perf_problem(collective, 3, Bytes{size}, type, {});
  };
  EXPECT_EQ(problem_of(Collective::all_reduce, 100, ElementType::float32).count, 25u);
  EXPECT_EQ(problem_of(Collective::send_recv, 100, ElementType::float32).count, 25u);
  for (const Collective collective : {Collective::all_gather, Collective::reduce_scatter, Collective::all_to_all,
                                      Collective::gather, Collective::scatter}) {
    EXPECT_EQ(problem_of(collective, 100, ElementType::float32).count, 8u);
    EXPECT_EQ(problem_of(collective, 100, ElementType::int8).count, 32u);
    EXPECT_EQ(problem_of(collective, 40, ElementType::float64).count, 0u);
  }
}

TEST(PerfProblem, Spreads_alltoallv_by_distance_and_lets_all_ranks_receive_what_they_send) {
  const Problem far = perf_problem(Collective::all_to_allv, 4, Bytes{96 << 10}, ElementType::int8, {.spread = 1});
  EXPECT_THAT(far.traffic, ElementsAre(0, 16 << 10, 32 << 10, 48 << 10,  //
                                       48 << 10, 0, 16 << 10, 32 << 10,  //
                                       32 << 10, 48 << 10, 0, 16 << 10,  //
                                       16 << 10, 32 << 10, 48 << 10, 0));
  EXPECT_EQ(size_of(far), Bytes{96 << 10});
  const Problem even = perf_problem(Collective::all_to_allv, 4, Bytes{64}, ElementType::int8, {.spread = 0});
  EXPECT_THAT(even.traffic, testing::Each(16u));
  EXPECT_EQ(perf_count(even), 16u);
}

TEST(PerfEnvironment, Splits_ranks_as_nccl_tests_does) {
  const auto colours = [](const Environment& environment) {
    std::vector<int> all;
    for (int rank = 0; rank < 4; ++rank) all.push_back(read_perf_environment(environment).split.colour_of(rank));
    return all;
  };
  EXPECT_THAT(colours({}), ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(colours({{"NCCL_TESTS_SPLIT", "AND 0x1"}}), ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(colours({{"NCCL_TESTS_SPLIT", "&0b10"}}), ElementsAre(0, 0, 2, 2));
  EXPECT_THAT(colours({{"NCCL_TESTS_SPLIT", "or 1"}}), ElementsAre(1, 1, 3, 3));
  EXPECT_THAT(colours({{"NCCL_TESTS_SPLIT", "% 3"}}), ElementsAre(0, 1, 2, 0));
  EXPECT_THAT(colours({{"NCCL_TESTS_SPLIT", "DIV 2"}}), ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(colours({{"NCCL_TESTS_SPLIT_MASK", "2"}, {"NCCL_TESTS_SPLIT", "DIV 2"}}), ElementsAre(0, 0, 2, 2));
}

TEST(PerfEnvironment, Refuses_values_that_it_does_not_understand) {
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"NCCL_TESTS_SPLIT", "MOD 0"},
           {"NCCL_TESTS_SPLIT", "XOR 1"},
           {"NCCL_TESTS_SPLIT", "AND"},
           {"NCCL_TESTS_SPLIT_MASK", "seven"},
           {"NCCL_TESTS_MIN_BW", "nan"},
           {"NCCL_TESTS_MIN_BW", "100 GB/s"},
           {"NCCL_TESTS_ALLTOALLV_SPREAD", "1.5"},
           {"NCCL_TESTS_ALLTOALLV_MATRIX_SCALE", "-1"},
       }) {
    EXPECT_THAT([&] { read_perf_environment({{name, value}}); }, ThrowsMessage<Error>(HasSubstr(name))) << value;
  }
}

TEST(PerfPrograms, Are_found_by_the_last_part_of_a_path_with_or_without_a_suffix) {
  EXPECT_EQ(find_perf_program("/opt/bin/alltoall_perf")->collective, Collective::all_to_all);
  EXPECT_EQ(find_perf_program("alltoallv_perf")->collective, Collective::all_to_allv);
  EXPECT_EQ(find_perf_program("./reduce_perf_mpi")->collective, Collective::reduce);
  EXPECT_EQ(find_perf_program("muster_perf"), nullptr);
}

}  // namespace
}  // namespace muster
