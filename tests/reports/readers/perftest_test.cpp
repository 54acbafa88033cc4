// SPDX-License-Identifier: Apache-2.0
// Results of perftest, printed and as JSON: units of both kinds, both ends in one file, cut off.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "reports/readers/readers.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kTitle = "                    RDMA_Write BW Test\n";

double only_value(const ForeignResults& results) {
  return results.readings.size() == 1 ? results.readings[0].record->values[0] : -1;
}

TEST(Perftest, MegabytesAreOfTwoToTheTwentyAndGigabitsOfTenToTheNine) {
  const std::string heading = " #bytes     #iterations    BW peak[MB/sec]    BW average[MB/sec]   MsgRate[Mpps]\n";
  const std::string text = kTitle + heading + " 65536 5000 24100.00 24000.00 0.384\n";
  ASSERT_TRUE(is_perftest(text));
  const ForeignResults results = read_perftest(text + text, "a.log");
  EXPECT_DOUBLE_EQ(only_value(results), 24000 * 1048576e-9) << "both ends print one measurement";
  EXPECT_EQ(results.readings[0].item.name, "perftest/RDMA_Write_BW/64K");
  EXPECT_EQ(results.readings[0].record->averaged_over, 5000);
  const std::string bits = " #bytes #iterations BW peak[Gb/sec] BW average[Gb/sec] MsgRate[Mpps]\n";
  EXPECT_DOUBLE_EQ(only_value(read_perftest(kTitle + bits + "65536 5000 397 396.00 0.755\n", "a.log")), 49.5);
}

TEST(Perftest, LatencyIsTheTypicalOne) {
  const std::string heading = " #bytes #iterations t_min[usec] t_max[usec] t_typical[usec] t_avg[usec]\n";
  EXPECT_DOUBLE_EQ(only_value(read_perftest(kTitle + heading + "2 1000 1.0 9.0 1.1 1.2\n", "a.log")), 1.1);
}

TEST(Perftest, JsonTellsItsUnitByTheRateOfMessages) {
  const std::string text =
      R"({"test_info": {"test": "RDMA_Write BW Test"},
          "results": {"MsgSize": 65536, "BW_average": 396, "MsgRate": 0.755310}})";
  ASSERT_TRUE(is_perftest(text));
  EXPECT_DOUBLE_EQ(only_value(read_perftest(text, "a.json")), 49.5);
  EXPECT_THROW(read_perftest(R"({"test_info": {}, "results": {"MsgSize": -1}})", "a.json"), Error);
  const std::string absurd = R"({"test_info": {}, "results": {"MsgSize": 2, "t_avg": 1e31}})";
  EXPECT_THROW(read_perftest(absurd, "a.json"), Error) << "no run holds it";
}

TEST(Perftest, ATestWithoutRowsIsAnIncident) {
  EXPECT_THAT(read_perftest(kTitle + " #bytes #iterations BW average[MB/sec]\n", "a.log").incidents, SizeIs(1));
}

}  // namespace
}  // namespace muster
