// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/wgmma_maps.hpp"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "tests/kernels/wgmma_model.hpp"

namespace muster {
namespace {

using namespace wgmma;

TEST(WgmmaMaps, TheSwizzleIsTheCopyEngines) {
  for (int row = 0; row < 64; ++row) {
    for (int place = 0; place < 8; ++place) {
      const int chunk = wgmma_model::kTable[static_cast<std::size_t>(row % 8)][static_cast<std::size_t>(place)];
      for (int byte = 0; byte < 16; ++byte) {
        EXPECT_EQ(swizzled(row, chunk * 16 + byte), row * 128 + place * 16 + byte);
      }
    }
  }
}

TEST(WgmmaMaps, TheDescriptorHasItsFieldsWhereThePtxIsaPutsThem) {
  const std::uint64_t described = descriptor(0x12C00);
  EXPECT_EQ(described & 0x3FFF, 0x12C0u);
  EXPECT_EQ(described >> 16 & 0x3FFF, 1u);
  EXPECT_EQ(described >> 32 & 0x3FFF, 64u) << "1024 bytes from 8 rows to the next";
  EXPECT_EQ(described >> 49 & 7, 0u);
  EXPECT_EQ(described >> 62, 1u);
  EXPECT_EQ(described & ~(0x3FFFull | 0x3FFFull << 16 | 0x3FFFull << 32 | 7ull << 49 | 3ull << 62), 0u);
}

TEST(WgmmaMaps, EveryDescriptorOfAKernelStaysWithinItsAddressField) {
  for (const Shape& shape : {kWide, kNarrow}) {
    const auto end = static_cast<std::uint32_t>(kSharedBytes);
    const std::uint64_t last = descriptor(end - 1024) + descriptor_step(kRowBytes - kInstructionBytes);
    EXPECT_EQ(last >> 16, descriptor(0) >> 16) << "no carry into the next field";
    EXPECT_EQ(shape.stage_bytes() % kPatternBytes, 0);
    EXPECT_EQ(layout_of(shape).parts % kPatternBytes, 0);
    EXPECT_EQ(layout_of(shape).barriers % 8, 0);
  }
}

TEST(WgmmaMaps, TensorCoresReadWhatTheCopyEngineWroteWhereverADescriptorBegins) {
  for (const int element : {1, 2}) {
    constexpr int kRows = 256;
    wgmma_model::Matrix matrix{kRows, 128 / element, element};
    for (int i = 0; i < kRows * matrix.columns; ++i) matrix.values.push_back(element == 1 ? i * 7 % 251 - 125 : i);
    wgmma_model::SharedMemory memory(4096 + kRows * 128);
    wgmma_model::load(matrix, {0, 0, kRows, 4096}, memory);
    for (int first = 0; first < kRows; first += 64) {
      for (int step = 0; step < kInstructionsPerStage; ++step) {
        const std::uint64_t described =
            descriptor(4096) + descriptor_step(first * kRowBytes) + descriptor_step(step * kInstructionBytes);
        EXPECT_EQ(described, descriptor(static_cast<std::uint32_t>(4096 + first * kRowBytes)) +
                                 descriptor_step(step * kInstructionBytes));
        for (int row = 0; row < 64; ++row) {
          for (int byte = 0; byte < kInstructionBytes; byte += element) {
            const int column = (step * kInstructionBytes + byte) / element;
            const int expected = element == 1 ? static_cast<std::int8_t>(matrix.at(first + row, column))
                                              : static_cast<std::int16_t>(matrix.at(first + row, column));
            ASSERT_EQ(memory.number(wgmma_model::operand_address(described, row, byte), element), expected);
          }
        }
      }
    }
  }
}

TEST(WgmmaMaps, EverySumHasOnePlaceAndThePtxIsasThread) {
  std::set<std::pair<int, int>> places;
  for (int thread = 0; thread < kWarpgroup; ++thread) {
    for (int sum = 0; sum < 128; ++sum) {
      const Place place = sum_place(thread, sum);
      places.insert({place.row, place.column});
      const wgmma_model::Owner owner = wgmma_model::owner_of(place.row, place.column);
      ASSERT_EQ(owner.thread, thread);
      ASSERT_EQ(owner.sum, sum);
    }
  }
  EXPECT_EQ(places.size(), 64u * 256u);
  EXPECT_EQ(places.rbegin()->first, 63);
}

TEST(WgmmaMaps, StoredRowsFillAPartOnceAndEachMatrixTouchesAllBanks) {
  std::set<int> rows;
  for (int number = 0; number < kStoresPerPart; ++number) {
    for (int warp = 0; warp < 4; ++warp) {
      for (int matrix = 0; matrix < 4; ++matrix) {
        std::set<int> banks;
        for (int row = 0; row < 8; ++row) {
          const int offset = stored_row(warp * kWarp + matrix * 8 + row, number);
          EXPECT_EQ(offset % 16, 0);
          rows.insert(offset);
          banks.insert(offset % 128 / 16);
        }
        EXPECT_EQ(banks.size(), 8u) << "16 bytes each from 4 banks of their own";
      }
    }
  }
  EXPECT_EQ(rows.size(), static_cast<std::size_t>(kPartBytes / 16));
  EXPECT_EQ(*rows.rbegin(), kPartBytes - 16);
}

}  // namespace
}  // namespace muster
