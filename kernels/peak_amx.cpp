// SPDX-License-Identifier: Apache-2.0
// Multiply-add peaks of the AMX tile units (bf16, int8). Tiles 0 to 5 accumulate, 6 and 7 hold the operands: a tile
// instruction has a latency of 52 and a throughput of 16 cycles (Intel optimization manual, AMX), so four would do.
#include <immintrin.h>

#include "kernels/peak_loops.hpp"

namespace muster {
namespace {

constexpr int kRows = 16, kRowBytes = 64, kAccumulators = 6;

/// Tile configuration of palette 1 (Intel SDM, LDTILECFG).
struct alignas(64) TileConfig {
  std::uint8_t palette, start_row, reserved[14];
  std::uint16_t row_bytes[16];
  std::uint8_t rows[16];
};
static_assert(sizeof(TileConfig) == 64);

/// Makes the compiler write out what it holds of `memory`: the tile intrinsics do not say that they read it.
void publish(const void* memory) { asm volatile("" : : "r"(memory) : "memory"); }

/// All eight tiles at full size while it lives; then the configuration that was there, because a library that
/// uses the tiles too may keep its own loaded between calls.
class FullTiles {
 public:
  FullTiles() {
    _tile_storeconfig(&before_);
    TileConfig full{.palette = 1, .start_row = 0, .reserved = {}, .row_bytes = {}, .rows = {}};
    for (int tile = 0; tile < 8; ++tile) {
      full.row_bytes[tile] = kRowBytes;
      full.rows[tile] = kRows;
    }
    publish(&full);
    _tile_loadconfig(&full);
  }
  ~FullTiles() { _tile_loadconfig(&before_); }
  FullTiles(const FullTiles&) = delete;
  FullTiles& operator=(const FullTiles&) = delete;

 private:
  TileConfig before_;
};

void clear_accumulators() {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_zero(4);
  _tile_zero(5);
}

template <typename Element>
void load_ones(Element one) {
  alignas(64) Element ones[kRows * kRowBytes / sizeof(Element)];
  for (Element& element : ones) element = one;
  publish(ones);
  _tile_loadd(6, ones, kRowBytes);
  _tile_loadd(7, ones, kRowBytes);
}

template <typename Element>
double sum_of(const Element (&elements)[kRows * kRowBytes / sizeof(Element)]) {
  double total = 0;
  for (const Element element : elements) total += static_cast<double>(element);
  return total;
}

/// Sum over all accumulators.
template <typename Element>
double accumulated() {
  alignas(64) Element tiles[kAccumulators][kRows * kRowBytes / sizeof(Element)];
  _tile_stored(0, tiles[0], kRowBytes);
  _tile_stored(1, tiles[1], kRowBytes);
  _tile_stored(2, tiles[2], kRowBytes);
  _tile_stored(3, tiles[3], kRowBytes);
  _tile_stored(4, tiles[4], kRowBytes);
  _tile_stored(5, tiles[5], kRowBytes);
  double total = 0;
  for (const auto& tile : tiles) total += sum_of<Element>(tile);
  return total;
}

double run_bf16(std::uint64_t iterations) {
  const FullTiles tiles;
  load_ones<std::uint16_t>(0x3f80);
  clear_accumulators();
  for (std::uint64_t i = 0; i < iterations; ++i) {
    _tile_dpbf16ps(0, 6, 7);
    _tile_dpbf16ps(1, 6, 7);
    _tile_dpbf16ps(2, 6, 7);
    _tile_dpbf16ps(3, 6, 7);
    _tile_dpbf16ps(4, 6, 7);
    _tile_dpbf16ps(5, 6, 7);
  }
  return accumulated<float>();
}

double run_int8(std::uint64_t iterations) {
  const FullTiles tiles;
  load_ones<std::int8_t>(1);
  clear_accumulators();
  for (std::uint64_t i = 0; i < iterations; ++i) {
    _tile_dpbssd(0, 6, 7);
    _tile_dpbssd(1, 6, 7);
    _tile_dpbssd(2, 6, 7);
    _tile_dpbssd(3, 6, 7);
    _tile_dpbssd(4, 6, 7);
    _tile_dpbssd(5, 6, 7);
  }
  return accumulated<std::int32_t>();
}

/// One instruction multiplies 16 rows by 16 columns of `depth` elements.
constexpr double flops_of_depth(int depth) { return 2.0 * kAccumulators * kRows * kRows * depth; }

}  // namespace

extern const PeakLoop kPeakAmxBf16, kPeakAmxInt8;
const PeakLoop kPeakAmxBf16 = {ElementType::bfloat16, "amx-bf16 tiles", flops_of_depth(kRowBytes / 2), run_bf16};
const PeakLoop kPeakAmxInt8 = {ElementType::int8, "amx-int8 tiles", flops_of_depth(kRowBytes), run_int8};

}  // namespace muster
