// SPDX-License-Identifier: Apache-2.0
// Folders of published curves: what is read, what is told apart, and what is refused; and the errors of a curve.
#include "collectives/validation/published_curves.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "collectives/validation/curve_errors.hpp"
#include "core/error.hpp"
#include "core/file.hpp"

namespace muster {
namespace {

const std::string kIndexHeading = "file,collective,nranks,nodes,gpus_per_node,system,gpu,network,nccl,notes\n";
const std::string kHeading = "collective,nranks,size_bytes,oop_time_us,ip_time_us\n";
const std::string kNode = "old/folder/a.csv,all_reduce,8,1,8,a node,H100 80GB,NVLink4,2.29,\n";

class PublishedFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ("published_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::create_directories(folder_);
    write("INDEX.csv", kIndexHeading + kNode);
    write("a.csv", kHeading + "all_reduce,8,1073741824,4000,\n");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) { write_file((folder_ / name).string(), text); }
  std::string path() const { return folder_.string(); }

  /// Why the first table is left out, or the index refused; less the folder.
  std::string refusal() const {
    std::string text = "none";
    try {
      const ValidationReport report = validate_published(path());
      if (!report.left_out.empty()) text = report.left_out.front().reason;
    } catch (const Error& error) {
      text = error.what();
    }
    return text.starts_with(path() + "/") ? text.substr(path().size() + 1) : text;
  }

 private:
  std::filesystem::path folder_;
};

TEST_F(PublishedFolder, A_curve_is_read_in_the_order_of_its_sizes) {
  write("a.csv", kHeading + "all_reduce,8,1048576,,50\nall_reduce,8,0,5,5\nall_reduce,8,8,13.5,12\n");
  const auto tables = read_published_curves(path());
  ASSERT_EQ(tables.size(), 1U);
  ASSERT_TRUE(tables[0].curve);
  const auto& points = tables[0].curve->points;
  ASSERT_EQ(points.size(), 2U);  // nothing was moved by the row of size 0
  EXPECT_EQ(points[0].size.value, 8U);
  EXPECT_DOUBLE_EQ(points[0].time.value, 13.5e-6);
  EXPECT_DOUBLE_EQ(points[1].time.value, 50e-6);  // in place, where out of place is missing
  EXPECT_EQ(points[1].line, 2);
}

TEST_F(PublishedFolder, What_is_no_curve_is_told_and_not_opened) {
  write("INDEX.csv", kIndexHeading + "f.csv,5 collectives,4|8,10,4|8,,H100,,,FLEET: ten nodes\n" +
                         "p.csv,p2p,2,1,,,H100,,,\n" + "m.csv,alltoall,32,2,16,,MI250X,,RCCL/MSCCL,\n" +
                         "t.csv,all_reduce,8,1,8,,TPU v9,,,\n");
  write("t.csv", kHeading + "all_reduce,8,8,1,1\n");
  const ValidationReport report = validate_published(path());
  ASSERT_EQ(report.left_out.size(), 5U);
  EXPECT_EQ(report.left_out[4].file, "a.csv");  // no line of the index names it
  EXPECT_NE(report.left_out[0].reason.find("sick"), std::string::npos);
  EXPECT_EQ(report.left_out[1].reason, "points of \"p2p\", no curve of one collective");
  EXPECT_EQ(report.left_out[2].reason, "schedules of MSCCL, not those of NCCL or RCCL");
  EXPECT_EQ(report.left_out[3].reason, "no machine template is known for the GPU \"TPU v9\"");
  EXPECT_FALSE(holds(report));  // nothing was shown
}

TEST_F(PublishedFolder, A_row_that_beats_the_limit_is_told_with_what_binds) {
  const std::string right = "all_reduce,8,1073741824,4000,\n";
  write("a.csv", kHeading + right + "all_reduce,8,2147483648,1000,\n" + right + right);
  const ValidationReport report = validate_published(path());
  ASSERT_EQ(report.curves.size(), 1U);
  ASSERT_EQ(report.curves[0].beaten.size(), 1U);
  EXPECT_EQ(report.curves[0].beaten[0].line, 3);
  EXPECT_NE(report.curves[0].beaten[0].bound.find("NVLink"), std::string::npos) << report.curves[0].beaten[0].bound;
  EXPECT_LT(report.overall.plateau, kMostPlateauError);  // it is not for its plateau
  EXPECT_FALSE(holds(report));
}

TEST_F(PublishedFolder, A_plateau_within_ten_percent_holds_and_one_beyond_does_not) {
  const double predicted = 0.0039;  // s: see below
  const auto validated = [&](double factor) {
    write("a.csv", kHeading + "all_reduce,8,1073741824," + std::to_string(predicted * factor * 1e6) + ",\n");
    return validate_published(path());
  };
  const double error = validated(1).curves[0].errors.plateau;
  EXPECT_LT(std::abs(error), 0.05);
  EXPECT_TRUE(holds(validated(1)));
  EXPECT_FALSE(holds(validated(1.2)));
}

TEST_F(PublishedFolder, Stated_NICs_replace_those_of_the_template) {
  write("INDEX.csv", kIndexHeading + "a.csv,all_gather,16,2,8,,H100,IB 4x100 Gb/s,,\n");
  write("a.csv", kHeading + "all_gather,16,1073741824,40000,\n");
  const ValidationReport report = validate_published(path());
  ASSERT_EQ(report.curves.size(), 1U);
  EXPECT_DOUBLE_EQ(report.curves[0].group.fabric.scale_out.value, 4 * 12.5e9 / 8);
  EXPECT_EQ(report.curves[0].kind, FabricClass::other);  // two GPUs share a NIC
}

TEST_F(PublishedFolder, What_makes_no_sense_is_left_out_in_one_line_with_the_place) {
  const auto with_table = [&](const std::string& row) {
    write("a.csv", kHeading + row);
    return refusal();
  };
  EXPECT_EQ(with_table(""), "a.csv: has no row with a size; a curve needs some");
  EXPECT_EQ(with_table("all_reduce,8,8,nan,1\n"), "a.csv:2: column \"oop_time_us\": \"nan\" is not a number");
  EXPECT_TRUE(with_table("all_reduce,8,8,-1,1\n").starts_with("a.csv:2: column \"oop_time_us\": "));
  EXPECT_TRUE(with_table("all_reduce,8,-8,1,1\n").starts_with("a.csv:2: column \"size_bytes\": "));
  EXPECT_TRUE(with_table("all_reduce,8,8,,\n").starts_with("a.csv:2: column \"ip_time_us\": "));
  EXPECT_EQ(with_table("all_gather,8,8,1,1\n"),
            "a.csv:2: column \"nranks\": the index says all_reduce of 8 ranks; correct one of the two");
  write("INDEX.csv", kIndexHeading + "a.csv,all_reduce,8,2,8,,H100,,,\n");
  EXPECT_EQ(refusal(), "INDEX.csv:2: column \"nranks\": must be nodes x gpus_per_node, and 2 or more");
  write("INDEX.csv", kIndexHeading + "a.csv,all_reduce,9,1,9,,H100,NVLink,,\n");
  write("a.csv", kHeading + "all_reduce,9,8,1,1\n");
  EXPECT_EQ(refusal(), "INDEX.csv:2: node0 has 8 GPUs, not 9; ask for fewer per node");
  write("INDEX.csv", kIndexHeading + "..,all_reduce,8,1,8,,H100,,,\n");
  EXPECT_EQ(refusal(), "INDEX.csv:2: column \"file\": names no table");
  write("INDEX.csv", "file,collective\na.csv,all_reduce\n");
  EXPECT_NE(refusal().find("nodes"), std::string::npos);
}

TEST_F(PublishedFolder, One_table_that_cannot_be_read_does_not_hide_the_others) {
  write("INDEX.csv", kIndexHeading + kNode + "b.csv,all_reduce,8,1,8,,H100,,,\nabsent.csv,all_reduce,8,1,8,,H100,,,\n");
  write("b.csv", kHeading + "all_reduce,8,8\n");
  write("c.csv", kHeading + "all_reduce,8,8,1,1\n");
  const ValidationReport report = validate_published(path());
  EXPECT_EQ(report.curves.size(), 1U);
  ASSERT_EQ(report.left_out.size(), 3U);
  EXPECT_NE(report.left_out[0].reason.find("b.csv:2"), std::string::npos);
  EXPECT_NE(report.left_out[1].reason.find("absent.csv"), std::string::npos);
  EXPECT_EQ(report.left_out[2].reason, "no line of INDEX.csv says which machine it was measured on");
}

TEST_F(PublishedFolder, An_index_may_lack_what_not_every_source_says) {
  write("INDEX.csv", "gpu,gpus_per_node,nodes,nranks,collective,file\n8xH100-SXM5,8,1,8,all_reduce,a.csv\n");
  write("a.csv", "oop_time_us,size_bytes,nranks,collective\n4000,1073741824,8,all_reduce\n");
  EXPECT_EQ(validate_published(path()).curves.size(), 1U);
}

TEST_F(PublishedFolder, Cards_and_chips_are_not_the_modules_whose_name_they_share) {
  for (const char* gpu : {"H100 PCIe", "H100 NVL", "GH200", "A100-PCIE-40GB"}) {
    write("INDEX.csv", kIndexHeading + "a.csv,all_reduce,8,1,8,," + gpu + ",,,\n");
    EXPECT_EQ(refusal(), "no machine template is known for the GPU \"" + std::string(gpu) + "\"");
  }
}

TEST_F(PublishedFolder, Parts_of_racks_that_are_all_alike_are_a_group) {
  write("INDEX.csv", kIndexHeading + "a.csv,all_reduce,128,32,4,,GB200,IB 4 x 400G,,\n");
  write("a.csv", kHeading + "all_reduce,128,1073741824,4000,\n");
  const ValidationReport report = validate_published(path());
  ASSERT_EQ(report.curves.size(), 1U) << refusal();
  EXPECT_EQ(report.curves[0].group.group.nodes, 2);
  EXPECT_EQ(report.curves[0].group.group.gpus_per_node, 64);
}

PredictedPoint point(std::uint64_t size, double published, double predicted) {
  return {.published = {.size = {size}, .time = {published}}, .predicted = {.time = {predicted}}};
}

/// start + size / rate
std::vector<PredictedPoint> line(double start, double rate) {
  std::vector<PredictedPoint> points;
  for (std::uint64_t size = 1024; size <= std::uint64_t{1} << 34; size *= 2) {
    const auto bytes = static_cast<double>(size);
    points.push_back(point(size, 10e-6 + bytes / 100e9, start + bytes / rate));
  }
  return points;
}

TEST(CurveErrors, A_curve_is_exact_to_itself) {
  const CurveErrors errors = errors_of(line(10e-6, 100e9));
  EXPECT_DOUBLE_EQ(errors.plateau, 0);
  EXPECT_NEAR(errors.half_size.value(), 0, 1e-12);
  EXPECT_DOUBLE_EQ(errors.latency.value(), 0);
}

TEST(CurveErrors, Each_figure_shows_its_own_mistake) {
  const CurveErrors faster = errors_of(line(10e-6, 120e9));
  EXPECT_NEAR(faster.plateau, 0.2, 1e-3);
  EXPECT_NEAR(faster.half_size.value(), 0.2, 0.03);  // between points, a straight line in logarithms
  const CurveErrors later = errors_of(line(20e-6, 100e9));
  EXPECT_NEAR(later.plateau, 0, 1e-3);
  EXPECT_NEAR(later.half_size.value(), 1, 0.02);  // start x rate
  EXPECT_NEAR(later.latency.value(), 1, 0.03);
}

TEST(CurveErrors, Half_of_the_plateau_is_sought_where_the_curve_climbs_over_it) {
  // Rates in bytes/s: published 1, 1.1, 10, 10; predicted 1, 10, 10, 10.
  const std::vector<PredictedPoint> points = {point(1024, 1024, 1024), point(2048, 2048 / 1.1, 204.8),
                                              point(4096, 409.6, 409.6), point(8192, 819.2, 819.2)};
  const double published = 2048 * std::pow(2, std::log(5 / 1.1) / std::log(10 / 1.1));
  const double predicted = 1024 * std::pow(2, std::log(5.0) / std::log(10.0));
  EXPECT_NEAR(errors_of(points).half_size.value(), predicted / published - 1, 1e-9);
}

TEST(CurveErrors, What_a_curve_does_not_show_is_left_out) {
  const std::vector<PredictedPoint> large = {point(1 << 30, 0.01, 0.01), point(std::uint64_t{1} << 31, 0.02, 0.02)};
  const CurveErrors errors = errors_of(large);
  EXPECT_FALSE(errors.half_size);
  EXPECT_FALSE(errors.latency);
  EXPECT_DOUBLE_EQ(median_of({}), 0);
  EXPECT_DOUBLE_EQ(median_of({3, 1}), 2);
  EXPECT_DOUBLE_EQ(median_of({3, 1, 7}), 3);
}

}  // namespace
}  // namespace muster
