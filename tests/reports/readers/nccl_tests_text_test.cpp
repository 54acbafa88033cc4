// SPDX-License-Identifier: Apache-2.0
// Logs of nccl-tests as they are found: every version, every launcher, cut off, failed. What the header planned and the
// rows do not have is missing; nothing unchecked counts as right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "reports/readers/plain_text.hpp"
#include "reports/readers/readers.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kStart = "# Collective test starting: all_reduce_perf\n";
const std::string kParameters =
    "# nThread 1 nGpus 1 minBytes 1024 maxBytes 4096 step: 2(factor) warmup iters: 5 iters: 20 agg iters: 1 "
    "validation: 1 graph: 0\n";
const std::string kRanks =
    "# Using devices\n"
    "#  Rank  0 Group  0 Pid 1 on one device  0 [0000:1b:00] NVIDIA H100 80GB HBM3\n"
    "#  Rank  1 Group  0 Pid 2 on two device  0 [0000:1b:00] NVIDIA H100 80GB HBM3\n";
const std::string kHeading =
    "#                                                              out-of-place                       in-place\n"
    "#       size         count      type   redop    root     time   algbw   busbw  #wrong     time   algbw   busbw  "
    "#wrong\n";
const std::string kHeader = kStart + kParameters + kRanks + kHeading;
const std::string kFooter = "# Out of bounds values : 0 OK\n# Avg bus bandwidth    : 1.5\n";

std::string row(int size, const std::string& wrong = "0") {
  const std::string text = std::to_string(size);
  return "  " + text + " " + std::to_string(size / 4) + " float sum -1 10.00 0.10 0.10 " + wrong +
         " 20.00 0.05 0.05 0\n";
}

ForeignResults read(const std::string& text, const std::string& name = "a.log") {
  EXPECT_TRUE(is_nccl_tests_text(text));
  return read_nccl_tests_text(text, name);
}

long unmeasured(const ForeignResults& results) {
  return std::ranges::count_if(results.readings, [](const Reading& reading) { return !reading.record; });
}

TEST(NcclTestsText, AWholeLogGivesEveryPlacementOfEverySize) {
  const ForeignResults results = read(kHeader + row(1024) + row(2048) + row(4096) + kFooter);
  ASSERT_THAT(results.readings, SizeIs(6));
  EXPECT_THAT(results.incidents, IsEmpty());
  EXPECT_EQ(unmeasured(results), 0);
  const Reading& first = results.readings[0];
  EXPECT_EQ(first.item.collective, Collective::all_reduce);
  EXPECT_EQ(first.item.ranks, 2);
  EXPECT_EQ(first.item.group, "one+two");
  EXPECT_EQ(first.item.size.value, 1024U);
  EXPECT_DOUBLE_EQ(first.record->seconds[0], 10e-6);
  EXPECT_EQ(first.record->averaged_over, 20);
  EXPECT_EQ(first.record->origin, "a.log:8");
  EXPECT_EQ(first.record->check.elements, 256U);
  EXPECT_EQ(results.readings[1].item.placement, Placement::in_place);
  ASSERT_THAT(results.ranks, SizeIs(2));
  EXPECT_EQ(results.ranks[1].host, "two");
  EXPECT_EQ(results.ranks[1].model, "NVIDIA H100 80GB HBM3");
}

TEST(NcclTestsText, ACommandLineNamesTheCollectiveThatAnOldVersionDoesNotPrint) {
  const std::string run = "me@login:~$ mpirun -np 2 ./build/reduce_scatter_perf -b 1024 -e 4096\n";
  const std::string build = "Linking  /tmp/broadcast.o > /tmp/broadcast_perf\n";
  const std::string test = kParameters + kRanks + kHeading + row(1024) + row(2048) + row(4096) + kFooter;
  const ForeignResults results = read(build + run + test, "job.log");
  ASSERT_THAT(results.readings, SizeIs(6));
  EXPECT_EQ(results.readings[0].item.collective, Collective::reduce_scatter);
  EXPECT_THAT(read(build + test, "job.log").readings, IsEmpty());
  EXPECT_THAT(read(run + test + test, "job.log").readings, SizeIs(6));  // the second test has no name
}

TEST(NcclTestsText, ATableByItselfGivesItsRowsAndClaimsNoRanksOrIterations) {
  const std::string units = "#        (B)    (elements)                               (us)  (GB/s)\n";
  const ForeignResults results = read(kHeading + units + row(1024) + row(2048) + kFooter, "all_gather.log");
  ASSERT_THAT(results.readings, SizeIs(4));
  EXPECT_EQ(results.readings[0].item.collective, Collective::all_gather);
  EXPECT_EQ(results.readings[0].record->averaged_over, 0);
  EXPECT_THAT(results.ranks, IsEmpty());
  const std::string without_places = kHeading.substr(kHeading.find('\n') + 1) + units;
  EXPECT_THAT(read(without_places + row(1024) + kFooter, "all_gather.log").readings, SizeIs(2));
}

TEST(NcclTestsText, TagsOfALauncherAreTakenOutOfTheMiddleOfLines) {
  const std::string tag = "[1,0]<stdout>:";
  const std::string torn = tag + " 2048 512 float sum -1" + tag + " 30.00 0.10 0.10 0" + tag + " 40.00 0.05 0.05 0\n";
  const ForeignResults results = read(plain_text(kHeader + row(1024) + torn + row(4096) + kFooter));
  ASSERT_THAT(results.readings, SizeIs(6));
  EXPECT_EQ(unmeasured(results), 0);
  EXPECT_DOUBLE_EQ(results.readings[3].record->seconds[0], 40e-6);
  EXPECT_EQ(results.readings[2].record->check.elements, 512U);  // its "0" of wrong elements stands before a tag
}

TEST(NcclTestsText, TimesBeforeTheLinesAreSkipped) {
  for (const std::string time : {"07:08:09 ", "[07:08:09] ", "2026-01-02T07:08:09.123Z ", "2026-01-02 07:08:09,5 "}) {
    std::string text = time;
    for (const char c : kHeader + row(1024) + row(2048) + row(4096) + kFooter) {
      text += c;
      if (c == '\n') text += time;
    }
    const ForeignResults results = read(text);
    EXPECT_THAT(results.readings, SizeIs(6)) << time;
    EXPECT_THAT(results.incidents, IsEmpty()) << time;
  }
}

TEST(NcclTestsText, ALogWhoseHashesWereLostIsReadAsWithThem) {
  std::string text;
  for (const char c : kHeader + row(1024) + row(2048) + row(4096)) text += c == '#' ? ' ' : c;
  const ForeignResults results = read(text + " Out of bounds values : 2 FAILED\n Avg bus bandwidth    : 1.5\n");
  ASSERT_THAT(results.readings, SizeIs(6));
  EXPECT_EQ(results.readings[0].item.ranks, 2);
  ASSERT_THAT(results.incidents, SizeIs(1));
  EXPECT_THAT(results.incidents[0].what, HasSubstr("FAILED"));
}

TEST(NcclTestsText, ASweepThatEndsEarlyLeavesPlannedCasesWithoutARecordAndAnIncident) {
  const ForeignResults results = read(kHeader + row(1024));
  EXPECT_EQ(unmeasured(results), 4);  // two sizes in two placements
  ASSERT_THAT(results.incidents, SizeIs(1));
  EXPECT_THAT(results.incidents[0].what, HasSubstr("no footer"));
}

TEST(NcclTestsText, ASweepShortenedByMemoryIsAnIncident) {
  const ForeignResults results =
      read("# Reducing maxBytes to 1024 due to memory limitation\n" + kHeader + row(1024) + kFooter);
  ASSERT_THAT(results.incidents, SizeIs(1));
  EXPECT_THAT(results.incidents[0].what, HasSubstr("lack of memory"));
}

TEST(NcclTestsText, WrongElementsAreCounted) {
  const ForeignResults results = read(kHeader + row(1024, "3") + kFooter);
  EXPECT_EQ(results.readings[0].record->check.wrong, 3U);
}

TEST(NcclTestsText, NotAvailableIsUnchecked) {
  const ForeignResults results = read(kHeader + row(1024, "N/A") + kFooter);
  EXPECT_EQ(results.readings[0].record->check.iterations, 0);
}

TEST(NcclTestsText, AFooterThatSaysFailedIsAnIncident) {
  const ForeignResults results = read(kHeader + row(1024) + row(2048) + row(4096) +
                                      "# Out of bounds values : 7 FAILED\n# Avg bus bandwidth    : 1\n");
  ASSERT_THAT(results.incidents, SizeIs(1));
  EXPECT_THAT(results.incidents[0].what, HasSubstr("7 FAILED"));
}

TEST(NcclTestsText, BandwidthThatIsNotANumberIsNoData) {
  const ForeignResults results = read(
      kHeader + " 1024 256 float sum -1 nan nan nan 0 20.00 inf inf 0\n 2048 512 float sum -1 0 0 0 0 1e99 1 1 0\n");
  EXPECT_EQ(unmeasured(results), static_cast<long>(results.readings.size()));
}

TEST(NcclTestsText, AllToAllHasNothingInPlace) {
  std::string text = kHeader + " 1024 128 float none -1 10.00 0.10 0.05 0 20.00 0.05 0.02 N/A\n" + kFooter;
  text.replace(text.find("all_reduce"), 10, "alltoall");
  const ForeignResults results = read(text);
  EXPECT_EQ(results.readings[0].item.collective, Collective::all_to_all);
  EXPECT_TRUE(std::ranges::none_of(
      results.readings, [](const Reading& reading) { return reading.item.placement == Placement::in_place; }));
}

TEST(NcclTestsText, SeveralCollectivesOfOneFileStayApart) {
  std::string second = kHeader + row(1024) + row(2048) + row(4096) + kFooter;
  second.replace(second.find("all_reduce"), 10, "reduce_scatter");
  const ForeignResults results = read(kHeader + row(1024) + row(2048) + row(4096) + kFooter + second);
  EXPECT_THAT(results.readings, SizeIs(12));
  EXPECT_EQ(results.readings[11].item.collective, Collective::reduce_scatter);
  EXPECT_THAT(results.incidents, IsEmpty());
}

struct Wart {
  const char* name;
  std::string text;
};

class TheSameLog : public testing::TestWithParam<Wart> {};

TEST_P(TheSameLog, IsReadAlike) {
  const ForeignResults results = read(GetParam().text);
  ASSERT_THAT(results.readings, SizeIs(6));
  EXPECT_EQ(unmeasured(results), 0);
  EXPECT_THAT(results.incidents, IsEmpty());
  EXPECT_DOUBLE_EQ(results.readings[1].record->seconds[0], 20e-6);
  EXPECT_EQ(results.readings[1].record->check.iterations, 1);
}

std::string with_prefix(const std::string& prefix) {
  std::string all;
  const std::string text = kHeader + row(1024) + row(2048) + row(4096) + kFooter;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at) + 1;
    all += prefix + text.substr(at, end - at);
    at = end;
  }
  return all;
}

std::string with(const std::string& heading_end, const std::string& row_end, const std::string& middle) {
  std::string text = kHeader;
  text.insert(text.size() - 1, heading_end);
  for (const int size : {1024, 2048, 4096}) {
    text += " " + std::to_string(size) + " 256 float sum -1 10.00 0.10 0.10 0" + middle + " 20.00 0.05 0.05 0" +
            middle + row_end + "\n";
  }
  return text + kFooter;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

INSTANTIATE_TEST_SUITE_P(
    NcclTestsText, TheSameLog,
    testing::Values(Wart{"TaggedByMpirun", with_prefix("[1,0]<stdout>:")}, Wart{"LabelledBySrun", with_prefix("0: ")},
                    Wart{"LabelledBySrunWide", with_prefix(" 0:")},
                    Wart{"WithTimestamps", with("  timestamp", " 2026-01-02 03:04:05", "")},
                    Wart{"WithTimesOfIterations", with(" i_min i_max i_p99 i_cv%", "", " 9.0 11.0 10.9 1.2")},
                    Wart{"WithCpuTime", replaced(with("", "", ""), "time", "cputime")},
                    Wart{"WithCarriageReturns", replaced(with("", "", ""), "\n", "\r\n")},
                    Wart{"WithColours", plain_text(replaced(with("", "", ""), "# Out", "\x1b[32m# Out\x1b[0m"))},
                    Wart{"QuotedFromAThread", with_prefix("> [1,0]<stdout>:")},
                    Wart{"WithTimesBefore", with_prefix("2026-01-02T03:04:05.678Z ")},
                    Wart{"CopiedFromAPage", replaced(with("", "", ""), "# ", " ")},
                    Wart{"BetweenMessagesOfNccl",
                         replaced(with("", "", ""), "# Out",
                                  "one:77:91 [0] NCCL INFO comm 0x1 Destroy COMPLETE\n# Out")}),
    [](const auto& each) { return each.param.name; });

// Before redop, root and #wrong had their columns; the largest error is judged by the footer.
const std::string kOldHeader =
    "# nThread 1 nGpus 2 minBytes 1024 maxBytes 2048 step: 2(factor) warmup iters: 5 iters: 20 validation: 1\n"
    "# Using devices\n"
    "#   Rank  0 Pid 1 on localhost device  0 [0x00] A100\n"
    "#   Rank  1 Pid 1 on localhost device  1 [0x00] A100\n"
    "#                                               out-of-place                       in-place\n"
    "#       size         count    type    time   algbw   busbw  error     time   algbw   busbw  error\n"
    "        1024           256   float   34.00   0.03    0.03  0e+00    33.00   0.03    0.03  5e-07\n"
    "        2048           512   float   34.00   0.06    0.06  0e+00    33.00   0.06    0.06  0e+00\n";

TEST(NcclTestsText, OldLogsTakeTheCollectiveFromTheNameOfTheFile) {
  const ForeignResults results = read(kOldHeader + kFooter, "nccl_allgather.log");
  ASSERT_THAT(results.readings, SizeIs(4));
  EXPECT_EQ(results.readings[0].item.collective, Collective::all_gather);
  EXPECT_DOUBLE_EQ(results.readings[0].record->seconds[0], 34e-6);
  EXPECT_EQ(results.readings[1].record->check.iterations, 1) << "the footer says that this error is small enough";
}

/// `busbw` over 100 GB/s of algbw, out of place and in place.
std::string rates_row(const std::string& operation, const std::string& root, const std::string& busbw,
                      const std::string& wrong_in_place) {
  return "  1048576 262144 float " + operation + " " + root + " 10.49 100.00 " + busbw + " 0 10.49 100.00 " + busbw +
         " " + wrong_in_place + "\n";
}

std::optional<Collective> told_by(const std::string& row, int ranks) {
  std::string text =
      "# nThread 1 nGpus 1 minBytes 1048576 maxBytes 1048576 step: 2(factor) warmup iters: 5 iters: 20 "
      "agg iters: 1 validation: 1 graph: 0\n# Using devices\n";
  for (int rank = 0; rank < ranks; ++rank) {
    text +=
        "#  Rank " + std::to_string(rank) + " Group 0 Pid 1 on host device " + std::to_string(rank) + " [0x00] H100\n";
  }
  text += "#  size count type redop root time algbw busbw #wrong time algbw busbw #wrong\n" + row + kFooter;
  const ForeignResults results = read(text, "job-4711.out");
  if (results.readings.empty()) return std::nullopt;
  return results.readings[0].item.collective;
}

TEST(NcclTestsText, WhereNobodySaysWhichCollectiveItIsItsRatesTell) {
  EXPECT_EQ(told_by(rates_row("sum", "-1", "175.00", "0"), 8), Collective::all_reduce);
  EXPECT_EQ(told_by(rates_row("sum", "-1", "87.50", "0"), 8), Collective::reduce_scatter);
  EXPECT_EQ(told_by(rates_row("sum", "0", "100.00", "0"), 8), Collective::reduce);
  EXPECT_EQ(told_by(rates_row("none", "0", "100.00", "0"), 8), Collective::broadcast);
  EXPECT_EQ(told_by(rates_row("none", "-1", "87.50", "0"), 8), Collective::all_gather);
  EXPECT_EQ(told_by(rates_row("none", "-1", "87.50", "N/A"), 8), Collective::all_to_all);
  EXPECT_EQ(told_by(rates_row("none", "0", "87.50", "0"), 8), std::nullopt) << "gather or scatter";
  EXPECT_EQ(told_by(rates_row("sum", "-1", "160.00", "0"), 8), std::nullopt);
}

TEST(NcclTestsText, OfAnAllReduceTheRatesTellTheRanksToo) {
  const std::string header =
      "# nThread 1 nGpus 1 minBytes 1048576 maxBytes 1048576 step: 2(factor) warmup iters: 5 iters: 20 "
      "agg iters: 1 validation: 1 graph: 0\n"
      "#  out-of-place in-place\n#  size count type redop root time algbw busbw #wrong time algbw busbw #wrong\n";
  const ForeignResults results = read(header + rates_row("sum", "-1", "175.00", "0") + kFooter, "job.out");
  ASSERT_THAT(results.readings, SizeIs(2));
  EXPECT_EQ(results.readings[0].item.collective, Collective::all_reduce);
  EXPECT_EQ(results.readings[0].item.ranks, 8);
}

TEST(NcclTestsText, BandwidthsThatContradictTheNameOrTheRanksAreAnIncident) {
  const auto incidents_of = [](const std::string& busbw, const std::string& name) {
    return read(kParameters + kRanks + kHeading + rates_row("sum", "-1", busbw, "0") + kFooter, name).incidents;
  };
  EXPECT_THAT(incidents_of("100.00", "all_reduce.log"), IsEmpty());
  const auto found = incidents_of("175.00", "all_reduce.log");
  ASSERT_FALSE(found.empty());
  EXPECT_THAT(found.front().what, HasSubstr("busbw is 1.750 of algbw, which is not that of all_reduce on 2 ranks"));
  EXPECT_THAT(incidents_of("100.00", "reduce_scatter.log").front().what, HasSubstr("not that of reduce_scatter"));
}

TEST(NcclTestsText, ATableOfOneHalfIsOutOfPlace) {
  const ForeignResults results =
      read(kRanks +
               "# size count type redop root time algbw busbw #wrong\n# (B) (elements) (us)\n"
               "  1048576 262144 float sum -1 10.49 100.00 100.00 0\n" +
               kFooter + "# Collective test concluded: all_reduce_perf\n",
           "job.out");
  ASSERT_THAT(results.readings, SizeIs(1));
  EXPECT_EQ(results.readings[0].item.collective, Collective::all_reduce);
  EXPECT_EQ(results.readings[0].item.placement, Placement::out_of_place);
  EXPECT_EQ(results.readings[0].record->check.wrong, 0U);
}

TEST(NcclTestsText, ACommandInTheLogSaysWhichCollectiveFollows) {
  const std::string log = "$ mpirun -np 2 ./build/reduce_scatter_perf -b 1K\n" + kOldHeader + kFooter +
                          "+ srun ./build/all_gather_perf -b 1K\n" + kOldHeader + kFooter;
  const ForeignResults results = read(log, "job.out");
  ASSERT_THAT(results.readings, SizeIs(8));
  EXPECT_EQ(results.readings[0].item.collective, Collective::reduce_scatter);
  EXPECT_EQ(results.readings[4].item.collective, Collective::all_gather);
}

TEST(NcclTestsText, AnExcerptThatBeginsWithItsLastRankIsRead) {
  const std::string excerpt =
      "#  Rank 71 Group  0 Pid  14840 on rack-18 device  3 [0x01] GB200\n"
      "#                                                              out-of-place                       in-place\n"
      "#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw "
      "#wrong\n"
      "   536870912     134217728     float     sum      -1   1800.0  298.26  588.24      0   1830.0  293.37  578.59   "
      "   0\n";
  const ForeignResults results = read(excerpt + kFooter, "job.out");
  ASSERT_THAT(results.readings, SizeIs(2));
  EXPECT_EQ(results.readings[0].item.collective, Collective::all_reduce);
  EXPECT_EQ(results.readings[0].item.ranks, 72);
  EXPECT_EQ(results.readings[0].item.group, "") << "most of its hosts are not told";
  EXPECT_THAT(results.incidents, IsEmpty());
}

TEST(NcclTestsText, ProcessesThatDidNotFindEachOtherFail) {
  std::string text = kOldHeader;
  text.replace(text.find("Rank  1"), 7, "Rank  0");
  const ForeignResults results = read(text + kFooter, "all_reduce.log");
  ASSERT_THAT(results.incidents, SizeIs(1));
  EXPECT_THAT(results.incidents[0].what, HasSubstr("rank 0 is listed twice"));
}

TEST(NcclTestsText, AColumnThatOnlyTheHeadingHasIsNotMissed) {
  std::string text = kOldHeader + kFooter;
  text.replace(text.find("   float   34.00"), 9, "   float  ");
  text.replace(text.find("type    time"), 4, "type   redop   root");
  EXPECT_DOUBLE_EQ(read(text, "nccl_alltoall.log").readings[0].record->seconds[0], 34e-6);
}

TEST(NcclTestsText, OldErrorsAreUncheckedWithoutTheirFooter) {
  const ForeignResults results = read(kOldHeader, "nccl_allgather.log");
  EXPECT_EQ(results.readings[1].record->check.iterations, 0);
}

TEST(NcclTestsText, ALogOfAnUnknownCollectiveIsAnIncidentAndNoResult) {
  const ForeignResults results = read(kOldHeader + kFooter, "results.log");
  EXPECT_THAT(results.readings, IsEmpty());
  ASSERT_THAT(results.incidents, SizeIs(1));
  EXPECT_THAT(results.incidents[0].what, HasSubstr("which collective"));
}

TEST(NcclTestsText, ALauncherThatGivesUpIsAnIncident) {
  const ForeignResults results = read(kHeader + row(1024) + "mpirun noticed that process rank 1 exited on signal 9\n");
  ASSERT_THAT(results.incidents, SizeIs(1));
  EXPECT_THAT(results.incidents[0].what, HasSubstr("(all_reduce on one+two) failed: line 9: mpirun noticed"));
}

TEST(NcclTestsText, AHostileSweepPlansNoMoreThanALimit) {
  const std::string text = replaced(kHeader, "minBytes 1024 maxBytes 4096 step: 2(factor)",
                                    "minBytes 16 maxBytes 1125899906842624 step: 16(bytes)");
  EXPECT_LE(read(text + row(1024) + kFooter).readings.size(), 2U * 4096 + 2);
}

}  // namespace
}  // namespace muster
