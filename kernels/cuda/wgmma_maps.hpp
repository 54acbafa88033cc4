// SPDX-License-Identifier: Apache-2.0
// Which byte lies where in the wgmma product: tiles in shared memory as the copy engine writes and the tensor cores
// read them, sums in registers, and the way of a finished tile to C. Plain constexpr functions, shared by the kernel
// (wgmma_kernel.cuh) and host tests that carry a whole product out with them.
#pragma once

#include <cstdint>

namespace muster::wgmma {

inline constexpr int kWarp = 32, kWarpgroup = 128;  ///< threads
inline constexpr int kConsumers = 2;                ///< warpgroups that multiply; one more brings the data
inline constexpr int kThreads = (1 + kConsumers) * kWarpgroup;
inline constexpr int kConsumerRows = 64;  ///< of C per warpgroup: m of the instruction
inline constexpr int kTileRows = kConsumers * kConsumerRows;
inline constexpr int kRowBytes = 128;         ///< of A and B per stage: one row of the 128-byte swizzle
inline constexpr int kInstructionBytes = 32;  ///< of a row, along k, per instruction whatever the type
inline constexpr int kInstructionsPerStage = kRowBytes / kInstructionBytes;
inline constexpr int kChunk = 16;                    ///< bytes that a swizzle keeps together
inline constexpr int kPatternBytes = 8 * kRowBytes;  ///< after which the swizzle repeats: alignment of every tile

/// What distinguishes the kernels for one type.
struct Shape {
  int columns = 0;  ///< of the tile of C
  int cluster = 0;  ///< blocks below each other that share their rows of B; each brings an equal part for all
  int stages = 0;

  constexpr int a_bytes() const { return kTileRows * kRowBytes; }
  constexpr int stage_bytes() const { return a_bytes() + columns * kRowBytes; }
  constexpr int b_rows_per_block() const { return columns / cluster; }
  constexpr bool operator==(const Shape&) const = default;
};

inline constexpr Shape kWide{256, 2, 4};
/// For products of few tiles.
inline constexpr Shape kNarrow{128, 1, 6};

/// A finished tile leaves by parts of 64 x 64 elements of two bytes: each row is one row of the swizzle.
inline constexpr int kPartColumns = 64;
inline constexpr int kPartBytes = kConsumerRows * kRowBytes;
inline constexpr int kPartsPerConsumer = 2;  ///< one is written while the copy engine reads the other

/// Byte offsets in a block's shared memory.
struct SharedLayout {
  int parts = 0;     ///< of C; stages begin at 0
  int barriers = 0;  ///< full, then empty, of 8 bytes, one per stage each
  int bytes = 0;
};
constexpr SharedLayout layout_of(const Shape& shape) {
  const int parts = shape.stages * shape.stage_bytes();
  const int barriers = parts + kConsumers * kPartsPerConsumer * kPartBytes;
  return {parts, barriers, barriers + 2 * shape.stages * 8};
}
/// Shared memory that a block may take on compute capability 9.0 (CUDA Programming Guide, table "Technical
/// Specifications per Compute Capability": 227 KB).
inline constexpr int kSharedBytes = 227 * 1024;
static_assert(layout_of(kWide).bytes <= kSharedBytes && layout_of(kNarrow).bytes <= kSharedBytes);

/// Byte offset of byte `byte` of row `row` in a tile of rows of 128 bytes that begins at a multiple of
/// kPatternBytes: the copy engine's 128-byte swizzle exchanges chunks by an exclusive or with the row.
constexpr int swizzled(int row, int byte) {
  return row * kRowBytes + ((byte / kChunk) ^ (row % 8)) * kChunk + byte % kChunk;
}

/// Descriptor of an operand that lies with k along its rows in the 128-byte swizzle (PTX ISA, "Matrix Descriptor
/// Format" of wgmma): start address in bits 0-13, leading offset in 16-29 (not used in this layout, 1 by convention),
/// stride from 8 rows to the next 8 in 32-45, all in units of 16 bytes; base offset 0 in 49-51; swizzle 1 = 128 bytes
/// in 62-63.
constexpr std::uint64_t descriptor(std::uint32_t address) {
  return (std::uint64_t{address & 0x3FFFF} >> 4) | std::uint64_t{1} << 16 | std::uint64_t{kPatternBytes >> 4} << 32 |
         std::uint64_t{1} << 62;
}

/// What to add to a descriptor to begin `bytes` later: within the first row of a tile (k) or at a multiple of
/// kPatternBytes (rows). Addresses stay below 2^18, so that no carry leaves the field.
constexpr std::uint64_t descriptor_step(int bytes) { return static_cast<std::uint64_t>(bytes) >> 4; }

/// Rows and columns are counted in a consumer's share of the tile.
struct Place {
  int row = 0, column = 0;
};

/// Where sum `i` of a thread of a warpgroup belongs (PTX ISA, "WGMMA Accumulator Fragment D"): a warp has 16 rows.
constexpr Place sum_place(int thread, int i) {
  const int lane = thread % kWarp;
  return {thread / kWarp * 16 + lane / 4 + i / 2 % 2 * 8, i / 4 * 8 + lane % 4 * 2 + i % 2};
}

/// One stmatrix.x4 takes 8 sums of each thread, from 8 * `number` on: 16 x 16 elements of C. Byte offset in a part
/// where row `lane % 8` of matrix `lane / 8` goes, for the `number`-th one of the part (0 .. 3).
constexpr int stored_row(int thread, int number) {
  const int lane = thread % kWarp, matrix = lane / 8;
  const int row = thread / kWarp * 16 + matrix % 2 * 8 + lane % 8;
  return swizzled(row, (number * 2 + matrix / 2) * kChunk);
}
inline constexpr int kStoresPerPart = kPartColumns / 16;

}  // namespace muster::wgmma
