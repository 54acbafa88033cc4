// SPDX-License-Identifier: Apache-2.0
// Whole products on the host, through the kernel's own plan, order of tiles and index maps, with models of the units in
// between: copy engine, shared memory, descriptors, sums in registers, stmatrix, copy engine.
#include <gtest/gtest.h>

#include <array>

#include "kernels/cuda/matmul_wgmma_plan.hpp"
#include "tests/kernels/wgmma_model.hpp"

namespace muster {
namespace {

using namespace wgmma;
using wgmma_model::Matrix;
using wgmma_model::SharedMemory;

constexpr int kUnwritten = 1 << 20;

Matrix numbers(int rows, int columns, int element, int seed) {
  Matrix matrix{rows, columns, element};
  for (int i = 0; i < rows * columns; ++i) matrix.values.push_back((i * 31 + i / 7 + seed) % 9 - 4);
  return matrix;
}

/// Sums of a warpgroup: [thread][sum].
using Sums = std::vector<std::vector<int>>;

class Product {
 public:
  Product(const Matrix& a, const Matrix& b, const std::vector<int>& bias, const WgmmaPlan& plan)
      : a_(a), b_(b), bias_(bias), plan_(plan), c_{a.rows, b.rows, 2} {
    c_.values.assign(static_cast<std::size_t>(a.rows) * static_cast<std::size_t>(b.rows), kUnwritten);
  }

  Matrix run() {
    const auto units = static_cast<std::int32_t>(plan_.units.count());
    for (std::int32_t cluster = 0; cluster < plan_.clusters; ++cluster) {
      for (std::int32_t i = cluster; i < units; i += plan_.clusters) run_unit(unit_at(i, plan_.units));
    }
    return c_;
  }

 private:
  void run_unit(const Unit& unit) {
    const Shape& shape = plan_.shape;
    const auto blocks = static_cast<std::size_t>(shape.cluster);
    memories_.assign(blocks, SharedMemory(kSharedBytes));
    std::vector<std::array<Sums, kConsumers>> sums(blocks);
    for (auto& block : sums) {
      block.fill(Sums(kWarpgroup, std::vector<int>(static_cast<std::size_t>(shape.columns / 2))));
    }
    for (std::int32_t step = 0; step < plan_.steps; ++step) {
      const int stage = step % shape.stages * shape.stage_bytes();
      for (int rank = 0; rank < shape.cluster; ++rank) load(origin_of(unit, shape, rank), step, stage, rank);
      for (std::size_t rank = 0; rank < blocks; ++rank) {
        for (int consumer = 0; consumer < kConsumers; ++consumer) {
          multiply(memories_[rank], stage, consumer, sums[rank][static_cast<std::size_t>(consumer)]);
        }
      }
    }
    for (std::size_t rank = 0; rank < blocks; ++rank) {
      for (int consumer = 0; consumer < kConsumers; ++consumer) {
        store(sums[rank][static_cast<std::size_t>(consumer)], origin_of(unit, shape, static_cast<int>(rank)), consumer,
              memories_[rank]);
      }
    }
  }

  void load(const TileOrigin& tile, std::int32_t step, int stage, int rank) {
    const Load a = a_load(tile), b = b_load(tile, plan_.shape, rank);
    const std::int64_t column = std::int64_t{step} * plan_.step_size;
    wgmma_model::load(a_, {a.row, column, kLoadRows, stage + a.offset}, memories_[static_cast<std::size_t>(rank)]);
    for (SharedMemory& memory : memories_) wgmma_model::load(b_, {b.row, column, kLoadRows, stage + b.offset}, memory);
  }

  void multiply(const SharedMemory& memory, int stage, int consumer, Sums& sums) const {
    const int elements = kInstructionBytes / a_.element;
    const auto operand = [&](std::uint64_t described, int rows) {
      std::vector<int> read;
      for (int row = 0; row < rows; ++row) {
        for (int p = 0; p < elements; ++p) {
          read.push_back(memory.number(wgmma_model::operand_address(described, row, p * a_.element), a_.element));
        }
      }
      return read;
    };
    for (int i = 0; i < kInstructionsPerStage; ++i) {
      const std::uint64_t along = descriptor_step(i * kInstructionBytes);
      const auto a_start = static_cast<std::uint32_t>(stage + consumer * kConsumerRows * kRowBytes);
      const auto b_start = static_cast<std::uint32_t>(stage + plan_.shape.a_bytes());
      const auto a = operand(descriptor(a_start) + along, kConsumerRows);
      const auto b = operand(descriptor(b_start) + along, plan_.shape.columns);
      for (int row = 0; row < kConsumerRows; ++row) {
        for (int column = 0; column < plan_.shape.columns; ++column) {
          const auto [thread, sum] = wgmma_model::owner_of(row, column);
          int& total = sums[static_cast<std::size_t>(thread)][static_cast<std::size_t>(sum)];
          const int* left = &a[static_cast<std::size_t>(row * elements)];
          const int* right = &b[static_cast<std::size_t>(column * elements)];
          for (int p = 0; p < elements; ++p) total += left[p] * right[p];
        }
      }
    }
  }

  /// What a thread hands to stmatrix as its `i`-th register, element `half` of two.
  int finished(const Sums& sums, const TileOrigin& tile, int thread, int sum, int half) const {
    const int column = tile.column + sum_place(thread, sum).column + half;
    const int bias = column < c_.columns && !bias_.empty() ? bias_[static_cast<std::size_t>(column)] : 0;
    return sums[static_cast<std::size_t>(thread)][static_cast<std::size_t>(sum + half)] + bias;
  }

  void store(const Sums& sums, const TileOrigin& tile, int consumer, SharedMemory& memory) {
    for (int part = 0; part < plan_.shape.columns / kPartColumns; ++part) {
      const int buffer =
          layout_of(plan_.shape).parts + (consumer * kPartsPerConsumer + part % kPartsPerConsumer) * kPartBytes;
      for (int number = 0; number < kStoresPerPart; ++number) {
        for (int warp = 0; warp < 4; ++warp) {
          store_matrices(sums, tile, part * kStoresPerPart + number, warp, buffer, memory);
        }
      }
      take({tile.row + consumer * kConsumerRows, tile.column + part * kPartColumns, kConsumerRows, buffer}, memory);
    }
  }

  /// stmatrix.x4: element e of row r of matrix i comes from register i of lane 4 r + e / 2 and goes to the address that
  /// lane 8 i + r gave (PTX ISA, "stmatrix").
  void store_matrices(const Sums& sums, const TileOrigin& tile, int number, int warp, int buffer,
                      SharedMemory& memory) const {
    for (int i = 0; i < 4; ++i) {
      for (int row = 0; row < 8; ++row) {
        const int address = buffer + stored_row(warp * kWarp + i * 8 + row, number % kStoresPerPart);
        for (int e = 0; e < 8; ++e) {
          const int thread = warp * kWarp + row * 4 + e / 2;
          memory.put(address + 2 * e, 2, finished(sums, tile, thread, number * 8 + 2 * i, e % 2));
        }
      }
    }
  }

  void take(const wgmma_model::Box& box, const SharedMemory& memory) {
    wgmma_model::for_each_element(box, 2, [&](std::int64_t row, std::int64_t column, std::int64_t address) {
      if (row >= c_.rows || column >= c_.columns) return;
      int& element = c_.values[static_cast<std::size_t>(row * c_.columns + column)];
      EXPECT_EQ(element, kUnwritten) << "written twice: " << row << ", " << column;
      element = memory.number(address, 2);
    });
  }

  const Matrix& a_;
  const Matrix& b_;
  const std::vector<int>& bias_;
  WgmmaPlan plan_;
  Matrix c_;
  std::vector<SharedMemory> memories_;  ///< one per block of the cluster
};

void expect_right(const MatmulDescription& description, const Shape& shape, int multiprocessors) {
  ASSERT_TRUE(std::holds_alternative<WgmmaPlan>(plan_wgmma(description, multiprocessors)));
  const WgmmaPlan plan = plan_with(shape, description, multiprocessors);
  const int m = static_cast<int>(description.m), n = static_cast<int>(description.n),
            k = static_cast<int>(description.k);
  const int element = static_cast<int>(size_of(description.type));
  const Matrix a = numbers(m, k, element, 3), b = numbers(n, k, element, 5);
  std::vector<int> bias;
  for (int i = 0; i < n; ++i) bias.push_back(i % 17 - 8);
  const Matrix c = Product(a, b, bias, plan).run();
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < n; ++j) {
      int expected = bias[static_cast<std::size_t>(j)];
      for (int p = 0; p < k; ++p) expected += a.at(i, p) * b.at(j, p);
      ASSERT_EQ(c.at(i, j), expected) << i << ", " << j;
    }
  }
}

MatmulDescription product(std::int64_t m, std::int64_t n, std::int64_t k, ElementType type) {
  return {.m = m, .n = n, .k = k, .type = type, .layout = MatmulLayout::nt};
}

TEST(WgmmaProduct, WideTilesOfPairsOfBlocksGiveTheProductWithRaggedEdges) {
  expect_right(product(300, 520, 136, ElementType::bfloat16), kWide, 4);
}

TEST(WgmmaProduct, NarrowTilesGiveTheProductWithRaggedEdges) {
  expect_right(product(150, 264, 72, ElementType::float16), kNarrow, 4);
}

TEST(WgmmaProduct, OperandsOfOneByteGiveTheProductInBothShapes) {
  expect_right(product(257, 264, 208, ElementType::float8_e4m3), kWide, 2);
  expect_right(product(129, 136, 144, ElementType::float8_e4m3), kNarrow, 8);
}

TEST(WgmmaProduct, StagesAreReusedAlongK) {
  for (const Shape& shape : {kWide, kNarrow}) expect_right(product(64, 64, 64 * 13, ElementType::bfloat16), shape, 8);
}

TEST(WgmmaProduct, TheSmallestProductsThatTheCopyEngineTakesAreRight) {
  for (const Shape& shape : {kWide, kNarrow}) expect_right(product(1, 8, 8, ElementType::bfloat16), shape, 132);
}

}  // namespace
}  // namespace muster
