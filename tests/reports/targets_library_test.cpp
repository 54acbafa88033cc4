// SPDX-License-Identifier: Apache-2.0
// Target files that ship and files that extend each other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/error.hpp"
#include "reports/targets.hpp"
#include "reports/targets/library.hpp"

namespace muster {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

class TargetsLibrary : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(folder_);
  }

  std::string write(const std::string& name, const std::string& extends, const std::string& rules) const {
    const std::string path = folder_ / name;
    write_file(path, R"({"schema": "muster/targets/1", "name": ")" + name + R"(", "extends": ")" + extends +
                         R"(", "rules": [)" + rules + "]}");
    return path;
  }

  std::filesystem::path folder_;
};

constexpr const char* kRule = R"({"name": "own", "require": {"correct": true}})";

TEST_F(TargetsLibrary, Every_shipped_file_is_valid_and_each_of_its_numbers_has_a_source) {
  for (const TargetsText& entry : targets_library()) {
    const Targets targets = read_targets(std::string(entry.name));
    EXPECT_EQ(targets.name, entry.name);
    EXPECT_EQ(targets.gpu_models.empty(), entry.name == "default") << entry.name;
    for (const Rule& rule : targets.rules) {
      EXPECT_THAT(rule.source, Not(::testing::IsEmpty())) << entry.name << ": " << rule.name;
    }
  }
}

TEST_F(TargetsLibrary, A_rule_of_the_same_name_replaces_the_extended_one_and_others_are_added) {
  const std::string path =
      write("a.json", "default",
            std::string(kRule) + R"(,{"name": "matmul near the peak", "require": {"fraction_of_limit": 0.9}})");
  const Targets base = read_targets("default");
  const Targets targets = read_targets(path);
  EXPECT_EQ(targets.rules.size(), base.rules.size() + 1);
  const auto changed = std::ranges::find(targets.rules, "matmul near the peak", &Rule::name);
  EXPECT_EQ(changed->demanded, 0.9);
}

TEST_F(TargetsLibrary, A_waived_rule_needs_a_reason_and_a_rule) {
  const std::string good = write("a.json", "default", R"({"name": "GPU links near their rate", "waived": "cable"})");
  const Targets targets = read_targets(good);
  ASSERT_EQ(targets.waived.size(), 1U);
  EXPECT_EQ(targets.waived[0].reason, "cable");
  EXPECT_EQ(std::ranges::count(targets.rules, "GPU links near their rate", &Rule::name), 0);
  const std::string none = write("b.json", "default", R"({"name": "no such", "waived": "cable"})");
  EXPECT_THAT([&] { read_targets(none); }, ThrowsMessage<Error>(HasSubstr("there is no rule \"no such\"")));
  const std::string mute = write("c.json", "default", R"({"name": "GPU links near their rate", "waived": ""})");
  EXPECT_THAT([&] { read_targets(mute); }, ThrowsMessage<Error>(HasSubstr("\"waived\" is empty")));
}

TEST_F(TargetsLibrary, A_path_is_meant_from_the_folder_of_the_file_that_names_it) {
  write("base.json", "default", kRule);
  EXPECT_EQ(read_targets(write("top.json", "base.json", kRule)).name, "top.json");
}

TEST_F(TargetsLibrary, Circles_missing_files_and_deep_chains_are_refused) {
  const std::string circle = write("a.json", "b.json", kRule);
  write("b.json", "a.json", kRule);
  EXPECT_THAT([&] { read_targets(circle); }, ThrowsMessage<Error>(HasSubstr("leads back to")));
  EXPECT_THAT([&] { read_targets(write("c.json", "nowhere", kRule)); },
              ThrowsMessage<Error>(AllOf(HasSubstr("nowhere"), HasSubstr("muster targets"))));
  for (int i = 0; i < 9; ++i) write(std::to_string(i) + ".json", std::to_string(i + 1) + ".json", kRule);
  EXPECT_THAT([&] { read_targets(folder_ / "0.json"); }, ThrowsMessage<Error>(HasSubstr("more than 8 files")));
}

}  // namespace
}  // namespace muster
