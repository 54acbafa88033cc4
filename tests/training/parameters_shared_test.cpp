// SPDX-License-Identifier: Apache-2.0
// Counted weights against tables of published runs. Skipped where those are absent.
#include <gtest/gtest.h>

#include "tests/training/mosaic_model.hpp"
#include "tests/training/published_table.hpp"

namespace muster {
namespace {

TEST(PublishedParameters, OfEveryMosaicRunAreExact) {
  int compared = 0;
  for (const char* name : kMosaicTables) {
    const auto path = shared_table(name);
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is absent; set MUSTER_SHARED";
    const CsvTable table = read_csv(path.string());
    for (std::size_t row = 0; row < table.size(); ++row) {
      EXPECT_EQ(std::to_string(parameters_of(mosaic_model(table[row])).total), table[row].text("numparams"))
          << name << ":" << table[row].line();
      ++compared;
    }
  }
  EXPECT_EQ(compared, 131);
}

}  // namespace
}  // namespace muster
