// SPDX-License-Identifier: Apache-2.0
// Which element each thread of the tiled product brings and computes. Plain constexpr functions, shared by the kernel
// (matmul_tiled.cu) and its host test.
#pragma once

namespace muster::tiled {

inline constexpr int kTile = 64;      ///< of C, square, per block
inline constexpr int kDepth = 16;     ///< of k, per turn
inline constexpr int kThreads = 256;  ///< 16 x 16
inline constexpr int kPerThread = 4;  ///< rows and columns of C that one thread sums up
inline constexpr int kLoads = kTile * kDepth / kThreads;

/// Which way an operand's neighbours in memory lie: along k, or along the rows (A) or columns (B) of C.
enum class Neighbours { along_k, along_c };

struct TileElement {
  int outer = 0;  ///< row of A or column of B in the tile
  int depth = 0;
};

/// The `i`-th of a thread's loads: neighbouring threads bring neighbouring elements.
constexpr TileElement element_of(int thread, int i, Neighbours neighbours) {
  const int index = thread + i * kThreads;
  if (neighbours == Neighbours::along_k) return {index / kDepth, index % kDepth};
  return {index % kTile, index / kTile};
}

/// The upper left of the kPerThread x kPerThread sums of a thread, in its block's tile of C.
struct TileSum {
  int row = 0, column = 0;
};
constexpr TileSum first_sum(int thread) {
  constexpr int kSide = kTile / kPerThread;
  return {thread / kSide * kPerThread, thread % kSide * kPerThread};
}

}  // namespace muster::tiled
