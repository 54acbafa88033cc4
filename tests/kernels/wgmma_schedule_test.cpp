// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/wgmma_schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace muster {
namespace {

using namespace wgmma;

TEST(WgmmaSchedule, EveryTileIsComputedOnceWhateverTheShapeAndTheNumberOfClusters) {
  for (std::int32_t down = 1; down <= 33; ++down) {
    for (const std::int32_t across : {1, 2, 3, 7, 8, 31}) {
      const Units units{down, across};
      for (const std::int32_t clusters : {1, 2, 7, 66}) {
        std::set<std::pair<int, int>> seen;
        for (std::int32_t cluster = 0; cluster < clusters; ++cluster) {
          for (std::int32_t i = cluster; i < units.count(); i += clusters) {
            const Unit unit = unit_at(i, units);
            ASSERT_TRUE(0 <= unit.down && unit.down < down && 0 <= unit.across && unit.across < across);
            ASSERT_TRUE(seen.insert({unit.down, unit.across}).second);
          }
        }
        ASSERT_EQ(seen.size(), static_cast<std::size_t>(units.count()));
      }
    }
  }
}

TEST(WgmmaSchedule, UnitsAreFoundInTheLargestGridsToo) {
  for (const Units& units : {Units{1, 1 << 30}, Units{1 << 30, 1}, Units{7, (1 << 30) / 7}, Units{32768, 32768}}) {
    const Unit last = unit_at(static_cast<std::int32_t>(units.count() - 1), units);
    EXPECT_EQ(last.down, units.down - 1);
    EXPECT_TRUE(last.across == units.across - 1 || last.across == 0);
  }
}

TEST(WgmmaSchedule, OneRoundOnAnH100ReadsAboutAsManyRowsOfAAsOfB) {
  const Units units{32, 32};  // 8192 x 8192 by wide tiles
  for (std::int32_t begin = 0; begin + 66 <= units.count(); begin += 66) {
    std::set<int> rows, columns;
    for (std::int32_t i = begin; i < begin + 66; ++i) {
      rows.insert(unit_at(i, units).down);
      columns.insert(unit_at(i, units).across);
    }
    EXPECT_LE(rows.size() + columns.size(), 26u) << "66 tiles in a row would read 32 + 3, the least is 8 + 9";
  }
}

TEST(WgmmaSchedule, TilesOfAUnitLieBelowEachOther) {
  const Unit unit{3, 5};
  EXPECT_EQ(origin_of(unit, kWide, 0).row, 768);
  EXPECT_EQ(origin_of(unit, kWide, 1).row, 896);
  EXPECT_EQ(origin_of(unit, kWide, 1).column, 1280);
  EXPECT_EQ(origin_of(unit, kNarrow, 0).row, 384);
  EXPECT_EQ(origin_of(unit, kNarrow, 0).column, 640);
}

TEST(WgmmaSchedule, LoadsOfAClusterFillEveryStageOnceInEachBlock) {
  for (const Shape& shape : {kWide, kNarrow}) {
    for (int receiver = 0; receiver < shape.cluster; ++receiver) {
      std::vector<int> written(static_cast<std::size_t>(shape.stage_bytes()));
      const auto write = [&](const Load& load) {
        for (int i = 0; i < kLoadRows * kRowBytes; ++i) ++written.at(static_cast<std::size_t>(load.offset + i));
      };
      write(a_load(origin_of({0, 0}, shape, receiver)));
      for (int sender = 0; sender < shape.cluster; ++sender) {
        const TileOrigin tile = origin_of({0, 2}, shape, sender);
        const Load load = b_load(tile, shape, sender);
        EXPECT_EQ(load.row - tile.column, (load.offset - shape.a_bytes()) / kRowBytes) << "rows lie in order";
        write(load);
      }
      EXPECT_EQ(std::count(written.begin(), written.end(), 1), shape.stage_bytes());
    }
  }
}

}  // namespace
}  // namespace muster
