// SPDX-License-Identifier: Apache-2.0
// What Hopper's units do to a block's shared memory, modelled from NVIDIA's documents and from nothing of ours: the
// copy engine, the tensor cores' reads and registers, stmatrix. Elements hold whole numbers, so that sums are exact.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace muster::wgmma_model {

/// Row-major, of whole numbers that fit an element of `element` bytes.
struct Matrix {
  int rows = 0, columns = 0, element = 2;
  std::vector<int> values{};

  int at(std::int64_t row, std::int64_t column) const {
    return values[static_cast<std::size_t>(row * columns + column)];
  }
};

/// Chunks of 16 bytes of 8 rows of 128 bytes, as they lie in shared memory (CUDA Programming Guide, "TMA Swizzle", the
/// table of CU_TENSOR_MAP_SWIZZLE_128B): kTable[row][place] is the chunk of the row at that place.
inline constexpr std::array<std::array<int, 8>, 8> kTable = {{
    {0, 1, 2, 3, 4, 5, 6, 7},
    {1, 0, 3, 2, 5, 4, 7, 6},
    {2, 3, 0, 1, 6, 7, 4, 5},
    {3, 2, 1, 0, 7, 6, 5, 4},
    {4, 5, 6, 7, 0, 1, 2, 3},
    {5, 4, 7, 6, 1, 0, 3, 2},
    {6, 7, 4, 5, 2, 3, 0, 1},
    {7, 6, 5, 4, 3, 2, 1, 0},
}};

class SharedMemory {
 public:
  explicit SharedMemory(int bytes) : bytes_(static_cast<std::size_t>(bytes), std::byte{0xEE}) {}

  int number(std::int64_t address, int element) const {
    const auto low = static_cast<int>(byte(address));
    if (element == 1) return static_cast<std::int8_t>(low);
    return static_cast<std::int16_t>(low | static_cast<int>(byte(address + 1)) << 8);
  }
  void put(std::int64_t address, int element, int value) {
    for (int i = 0; i < element; ++i) byte(address + i) = static_cast<std::byte>(value >> (8 * i) & 0xFF);
  }

 private:
  std::byte& byte(std::int64_t address) { return bytes_.at(static_cast<std::size_t>(address)); }
  const std::byte& byte(std::int64_t address) const { return bytes_.at(static_cast<std::size_t>(address)); }

  std::vector<std::byte> bytes_;
};

/// A box of `rows` rows of 128 bytes.
struct Box {
  std::int64_t row = 0, column = 0;  ///< of the matrix
  int rows = 0;
  std::int64_t address = 0;  ///< in shared memory
};

/// Calls `use(row, column, address)` for each element of a box, in coordinates of the matrix.
template <typename Use>
void for_each_element(const Box& box, int element, Use use) {
  ASSERT_EQ(box.address % 1024, 0) << "the pattern counts from multiples of 1024";
  const int per_chunk = 16 / element;
  for (int row = 0; row < box.rows; ++row) {
    for (int place = 0; place < 8; ++place) {
      const int chunk = kTable[static_cast<std::size_t>(row % 8)][static_cast<std::size_t>(place)];
      for (int i = 0; i < per_chunk; ++i) {
        use(box.row + row, box.column + chunk * per_chunk + i, box.address + row * 128 + place * 16 + i * element);
      }
    }
  }
}

inline void load(const Matrix& matrix, const Box& box, SharedMemory& memory) {
  for_each_element(box, matrix.element, [&](std::int64_t row, std::int64_t column, std::int64_t address) {
    const bool is_inside = row < matrix.rows && column < matrix.columns;
    memory.put(address, matrix.element, is_inside ? matrix.at(row, column) : 0);
  });
}

/// What a descriptor says (PTX ISA, "Matrix Descriptor Format" of wgmma).
struct Operand {
  std::int64_t start, stride;
  int base_offset, swizzle;
};
inline Operand decode(std::uint64_t descriptor) {
  return {static_cast<std::int64_t>(descriptor & 0x3FFF) << 4,
          static_cast<std::int64_t>(descriptor >> 32 & 0x3FFF) << 4, static_cast<int>(descriptor >> 49 & 7),
          static_cast<int>(descriptor >> 62)};
}

/// Address of byte `byte` (0 .. 31) of row `row` of an operand with k along its rows: groups of 8 rows are `stride`
/// apart, rows in a group 128 bytes; bits 4 to 6 of the address are then exchanged by bits 7 to 9.
inline std::int64_t operand_address(std::uint64_t descriptor, int row, int byte) {
  const Operand operand = decode(descriptor);
  EXPECT_EQ(operand.swizzle, 1) << "128 bytes";
  EXPECT_EQ(operand.base_offset, 0);
  const std::int64_t address = operand.start + row / 8 * operand.stride + row % 8 * 128 + byte;
  return address ^ (address >> 3 & 0x70);
}

/// Which thread of a warpgroup holds the sum of a row and column, in which register (PTX ISA, "WGMMA Accumulator
/// Fragment D").
struct Owner {
  int thread, sum;
};
inline Owner owner_of(int row, int column) {
  return {(row / 16) * 32 + (row % 8) * 4 + (column % 8) / 2, (column / 8) * 4 + (row % 16 / 8) * 2 + column % 2};
}

}  // namespace muster::wgmma_model
