// SPDX-License-Identifier: Apache-2.0
// Where things lie for mma.sync: a tile's 16-byte chunks in shared memory, the addresses that the lanes of a warp give
// to ldmatrix, and the place in the matrix of what a lane then holds. Pure functions, for the kernel and its tests.
// Source: PTX ISA, "Matrix Fragments for mma" and "ldmatrix". Counted in bytes, all types of 4 bytes or less agree.
#pragma once

namespace muster::mma_maps {

inline constexpr int kWarp = 32;                          ///< lanes
inline constexpr int kChunk = 16;                         ///< bytes: a row of an 8x8 matrix of ldmatrix; one cp.async
inline constexpr int kChunksPerRow = 8;                   ///< 128 bytes: once through all 32 banks
inline constexpr int kRowBytes = kChunk * kChunksPerRow;  ///< of k, of one row of A or of one column of B
inline constexpr int kBlockRows = 16, kBlockColumns = 8;  ///< of C, per instruction

/// A chunk of a tile: `row` counts rows of A or columns of B, `chunk` runs along k.
struct Chunk {
  int row, chunk;
};

/// Byte offset of a chunk in shared memory. Eight rows of one chunk, which is what ldmatrix reads at once, lie in
/// different banks.
constexpr int offset_for_ldmatrix(Chunk place) {
  return place.row * kRowBytes + (place.chunk ^ (place.row % kChunksPerRow)) * kChunk;
}

/// The same for lanes that read 16 bytes each: two rows of four neighbouring chunks, which is what eight lanes read at
/// once, lie in different banks.
constexpr int offset_for_lanes(Chunk place) {
  return place.row * kRowBytes + (place.chunk ^ (place.row % 2 * 4)) * kChunk;
}

/// The first chunk of a tile that a thread copies; its others follow `threads / kChunksPerRow` rows apart. Eight
/// neighbours copy 128 bytes in one piece.
constexpr Chunk first_copied(int thread) { return {thread / kChunksPerRow, thread % kChunksPerRow}; }

/// The row that `lane` names to ldmatrix.x4: matrix 0 is the upper left of 16 rows x 2 chunks of A, 1 lower left, 2
/// upper right, 3 lower right.
constexpr Chunk a_source(int lane) { return {lane % 16, lane / 16}; }

/// For B: matrices 0 and 1 are the two chunks of eight columns, 2 and 3 those of the next eight.
constexpr Chunk b_source(int lane) { return {lane % 8 + lane / 16 * 8, lane / 8 % 2}; }

/// What a lane of the f64 instruction reads: one row, two neighbours in k.
constexpr Chunk f64_source(int lane) { return {lane / 4, lane % 4}; }

/// Four bytes of a 16-row block of A (word 0 to 3) or an 8-column block of B (word 0 or 1) that a lane multiplies.
struct Word {
  int row, byte;
};
constexpr Word a_word(int lane, int word) { return {lane / 4 + word % 2 * 8, lane % 4 * 4 + word / 2 * 16}; }
constexpr Word b_word(int lane, int word) { return {lane / 4, lane % 4 * 4 + word * 16}; }

/// Element of C that sum 0 to 3 of a lane belongs to, within a block of 16 x 8.
struct Place {
  int row, column;
};
constexpr Place c_place(int lane, int sum) { return {lane / 4 + sum / 2 * 8, lane % 4 * 2 + sum % 2}; }

}  // namespace muster::mma_maps
