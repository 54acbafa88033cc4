// SPDX-License-Identifier: Apache-2.0
// Tables of the Intel MPI Benchmarks: several benchmarks and numbers of processes in one file, cut off.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "reports/readers/readers.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kTables =
    "# MPI_Datatype for reductions    :   MPI_FLOAT\n"
    "# Benchmarking Allreduce\n# #processes = 4\n#bytes #repetitions t_min[usec] t_max[usec] t_avg[usec]\n"
    "0 1000 0.05 0.06 0.05\n1024 1000 4.00 6.00 5.00\n"
    "# Benchmarking Allgather\n# #processes = 2\n#bytes #repetitions t_min[usec] t_max[usec] t_avg[usec]\n"
    "1024 100 4.00 7.00 5.00\n"
    "# Benchmarking PingPong\n# #processes = 2\n#bytes #repetitions t[usec] Mbytes/sec\n1024 1000 2.00 512.00\n";

TEST(Imb, EachTableHasItsBenchmarkAndItsProcesses) {
  ASSERT_TRUE(is_imb(kTables));
  const ForeignResults results = read_imb(kTables + "# All processes entering MPI_Finalize\n", "a.log");
  EXPECT_THAT(results.incidents, IsEmpty());
  ASSERT_THAT(results.readings, SizeIs(4));
  EXPECT_EQ(results.readings[0].item.name, "imb/Allreduce/0");
  const Reading& reduced = results.readings[1];
  EXPECT_EQ(reduced.item.ranks, 4);
  EXPECT_EQ(reduced.item.type, ElementType::float32);
  EXPECT_DOUBLE_EQ(reduced.record->seconds[0], 6e-6);
  EXPECT_EQ(results.readings[2].item.size.value, 2048U) << "all shares together";
  EXPECT_EQ(results.readings[3].item.name, "imb/PingPong/1K");
}

TEST(Imb, AFileWithoutItsEndIsAnIncident) { EXPECT_THAT(read_imb(kTables, "a.log").incidents, SizeIs(1)); }

}  // namespace
}  // namespace muster
