// SPDX-License-Identifier: Apache-2.0
// Tables of the OSU Micro-Benchmarks: with all columns, without a number of ranks, cut off, failed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "reports/readers/readers.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kHead = "# OSU MPI-CUDA Allreduce Latency Test v7.4\r\n# Datatype: MPI_FLOAT.\n";

TEST(Osu, CollectivesWithTheirNumberOfRanksBecomeCases) {
  const std::string text = "mpirun -np 4 ./osu_allreduce -f -c\n" + kHead +
                           "# Size  Avg Latency(us)  Min Latency(us)  Max Latency(us)  Iterations  Validation\n"
                           "1024  5.00  4.00  6.00  1000  Pass\n2048  7.00  6.00  8.00  1000  Fail\n";
  ASSERT_TRUE(is_osu(text));
  const ForeignResults results = read_osu(text, "a.log");
  ASSERT_THAT(results.readings, SizeIs(2));
  EXPECT_EQ(results.version, "7.4");
  const Reading& first = results.readings[0];
  EXPECT_EQ(first.item.collective, Collective::all_reduce);
  EXPECT_EQ(first.item.ranks, 4);
  EXPECT_EQ(first.item.type, ElementType::float32);
  EXPECT_DOUBLE_EQ(first.record->seconds[0], 6e-6);
  EXPECT_EQ(first.record->averaged_over, 1000);
  EXPECT_EQ(first.record->check.wrong, 0U);
  EXPECT_EQ(results.readings[1].record->check.wrong, 1U);
  EXPECT_THAT(results.incidents, SizeIs(1));
}

TEST(Osu, ABarrierHasATimeAndNoSize) {
  const std::string text = "# OSU MPI Barrier Latency Test v6.1\n# Avg Latency(us)\n             3.75\n\nreal 0m3s\n";
  const ForeignResults results = read_osu(text, "a.log");
  ASSERT_THAT(results.readings, SizeIs(1));
  EXPECT_THAT(results.incidents, IsEmpty());
  EXPECT_EQ(results.readings[0].item.name, "osu/Barrier_latency");
  EXPECT_DOUBLE_EQ(results.readings[0].record->values[0], 3.75);
}

TEST(Osu, CollectivesOfAnUnknownNumberOfRanksAreMetrics) {
  const ForeignResults results = read_osu(kHead + "# Size       Avg Latency(us)\n[0] 1024  5.00\n", "a.log");
  ASSERT_THAT(results.readings, SizeIs(1));
  EXPECT_EQ(results.readings[0].item.name, "osu/Allreduce_latency/1K");
  EXPECT_EQ(results.readings[0].record->check.elements, 0U);
}

TEST(Osu, RatesAreMetricsInMegabytes) {
  const ForeignResults results =
      read_osu("# OSU MPI Bandwidth Test v7.4\n# Size      Bandwidth (MB/s)\n8192  1000.50\n", "a.log");
  ASSERT_THAT(results.readings, SizeIs(1));
  EXPECT_EQ(results.readings[0].item.unit, "MB/s");
  EXPECT_DOUBLE_EQ(results.readings[0].record->values[0], 1000.5);
}

TEST(Osu, ARowThatTheFileEndsInIsAnIncident) {
  const ForeignResults results = read_osu(kHead + "# Size  Avg Latency(us)\n1024  5.00\n2048  7.", "a.log");
  EXPECT_THAT(results.readings, SizeIs(1));
  ASSERT_THAT(results.incidents, SizeIs(1));
  EXPECT_THAT(results.incidents[0].what, HasSubstr("a.log:5: "));
}

}  // namespace
}  // namespace muster
