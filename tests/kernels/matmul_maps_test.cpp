// SPDX-License-Identifier: Apache-2.0
// The maps behind the matmul kernels, without a GPU: against the PTX ISA's own formulas, for banks, and by carrying out
// whole products on the host, lane by lane, through the very functions that the kernels call.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "kernels/cuda/matmul_mma_maps.hpp"
#include "kernels/cuda/matmul_mma_plan.hpp"
#include "kernels/cuda/tiled_maps.hpp"
#include "kernels/element_format.hpp"
#include "kernels/matmul_reference.hpp"

namespace muster {
namespace {

using namespace mma_maps;
using ::testing::HasSubstr;

/// PTX ISA: row and column of element `i` of the fragments, for elements of `size` bytes, in the words of the sections
/// on m16n8k16 (2 bytes), m16n8k8 with tf32 (4) and m16n8k32 (1).
struct IsaPlace {
  int row, column;
};
IsaPlace isa_a(int size, int lane, int i) {
  const int group = lane >> 2, thread = lane % 4;
  if (size == 2) return {i % 4 < 2 ? group : group + 8, thread * 2 + (i & 1) + (i < 4 ? 0 : 8)};
  if (size == 4) return {i % 2 == 0 ? group : group + 8, i < 2 ? thread : thread + 4};
  return {(i < 4 || (i >= 8 && i < 12)) ? group : group + 8, thread * 4 + (i & 3) + (i < 8 ? 0 : 16)};
}
IsaPlace isa_b(int size, int lane, int i) {
  const int group = lane >> 2, thread = lane % 4;
  if (size == 2) return {thread * 2 + (i & 1) + (i < 2 ? 0 : 8), group};
  if (size == 4) return {i == 0 ? thread : thread + 4, group};
  return {thread * 4 + (i & 3) + (i < 4 ? 0 : 16), group};
}
IsaPlace isa_c(int lane, int i) { return {i < 2 ? lane >> 2 : (lane >> 2) + 8, lane % 4 * 2 + (i & 1)}; }

TEST(MatmulMaps, Fragments_are_where_the_ptx_isa_puts_them_for_elements_of_one_two_and_four_bytes) {
  for (const int size : {1, 2, 4}) {
    for (int lane = 0; lane < kWarp; ++lane) {
      for (int byte = 0; byte < 16; byte += size) {
        const Word word = a_word(lane, byte / 4);
        const IsaPlace isa = isa_a(size, lane, byte / size);
        EXPECT_EQ(word.row, isa.row) << size << " " << lane << " " << byte;
        EXPECT_EQ(word.byte + byte % 4, isa.column * size) << size << " " << lane << " " << byte;
      }
      for (int byte = 0; byte < 8; byte += size) {
        const Word word = b_word(lane, byte / 4);
        const IsaPlace isa = isa_b(size, lane, byte / size);
        EXPECT_EQ(word.row, isa.column) << size << " " << lane << " " << byte;
        EXPECT_EQ(word.byte + byte % 4, isa.row * size) << size << " " << lane << " " << byte;
      }
      for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(c_place(lane, i).row, isa_c(lane, i).row);
        EXPECT_EQ(c_place(lane, i).column, isa_c(lane, i).column);
      }
    }
  }
}

/// Banks of four bytes that 16 bytes at `offset` touch, as the number of the 16-byte column of shared memory.
int bank_group(int offset) { return offset % 128 / 16; }

template <typename Offset>
void expect_bijective(Offset offset) {
  std::set<int> places;
  for (int row = 0; row < 64; ++row) {
    for (int chunk = 0; chunk < kChunksPerRow; ++chunk) {
      const int place = offset(Chunk{row, chunk});
      EXPECT_TRUE(place % kChunk == 0 && place >= 0 && place < 64 * kRowBytes);
      EXPECT_TRUE(places.insert(place).second) << row << " " << chunk;
    }
  }
}

TEST(MatmulMaps, Swizzles_give_every_chunk_a_place_of_its_own) {
  expect_bijective(offset_for_ldmatrix);
  expect_bijective(offset_for_lanes);
}

TEST(MatmulMaps, Eight_rows_of_ldmatrix_hit_32_different_banks) {
  for (int step = 0; step < 4; ++step) {
    for (int first = 0; first < kWarp; first += 8) {
      std::set<int> a_banks, b_banks;
      for (int lane = first; lane < first + 8; ++lane) {
        const Chunk a = a_source(lane), b = b_source(lane);
        a_banks.insert(bank_group(offset_for_ldmatrix({a.row, 2 * step + a.chunk})));
        b_banks.insert(bank_group(offset_for_ldmatrix({b.row, 2 * step + b.chunk})));
      }
      EXPECT_EQ(a_banks.size(), 8U);
      EXPECT_EQ(b_banks.size(), 8U);
    }
  }
}

TEST(MatmulMaps, Eight_lanes_that_read_or_copy_16_bytes_each_hit_32_different_banks) {
  for (int first = 0; first < kWarp; first += 8) {
    for (int step = 0; step < 2; ++step) {
      std::set<int> read;
      for (int lane = first; lane < first + 8; ++lane) {
        const Chunk source = f64_source(lane);
        read.insert(bank_group(offset_for_lanes({source.row, 4 * step + source.chunk})));
      }
      EXPECT_EQ(read.size(), 8U);
    }
    std::set<int> copied_for_ldmatrix, copied_for_lanes;
    for (int lane = first; lane < first + 8; ++lane) {
      copied_for_ldmatrix.insert(bank_group(offset_for_ldmatrix(first_copied(lane))));
      copied_for_lanes.insert(bank_group(offset_for_lanes(first_copied(lane))));
    }
    EXPECT_EQ(copied_for_ldmatrix.size(), 8U);
    EXPECT_EQ(copied_for_lanes.size(), 8U);
  }
}

TEST(MatmulMaps, Every_tile_is_taken_by_one_block) {
  for (const auto& [down, across] : {std::pair{1, 1}, {1, 17}, {17, 1}, {8, 8}, {9, 5}, {23, 31}, {64, 33}}) {
    std::set<std::pair<int, int>> taken;
    for (int block = 0; block < down * across; ++block) {
      const TilePlace tile = mma_tile(block, down, across);
      EXPECT_TRUE(tile.down >= 0 && tile.down < down && tile.across >= 0 && tile.across < across);
      EXPECT_TRUE(taken.insert({tile.down, tile.across}).second);
    }
  }
}

TEST(MatmulMaps, The_tiled_product_brings_each_element_of_a_tile_once) {
  for (const tiled::Neighbours neighbours : {tiled::Neighbours::along_k, tiled::Neighbours::along_c}) {
    std::set<std::pair<int, int>> brought;
    for (int thread = 0; thread < tiled::kThreads; ++thread) {
      for (int i = 0; i < tiled::kLoads; ++i) {
        const tiled::TileElement at = tiled::element_of(thread, i, neighbours);
        EXPECT_TRUE(at.outer >= 0 && at.outer < tiled::kTile && at.depth >= 0 && at.depth < tiled::kDepth);
        EXPECT_TRUE(brought.insert({at.outer, at.depth}).second);
      }
    }
    EXPECT_EQ(brought.size(), static_cast<std::size_t>(tiled::kTile * tiled::kDepth));
  }
}

TEST(MatmulMaps, The_threads_of_the_tiled_product_share_out_its_tile) {
  std::set<std::pair<int, int>> summed;
  for (int thread = 0; thread < tiled::kThreads; ++thread) {
    const tiled::TileSum first = tiled::first_sum(thread);
    EXPECT_EQ(first.column % tiled::kPerThread, 0);  // neighbours are read 16 bytes at a time
    for (int i = 0; i < tiled::kPerThread * tiled::kPerThread; ++i) {
      summed.insert({first.row + i / tiled::kPerThread, first.column + i % tiled::kPerThread});
    }
  }
  EXPECT_EQ(summed.size(), static_cast<std::size_t>(tiled::kTile * tiled::kTile));
  EXPECT_EQ(*summed.begin(), std::pair(0, 0));
  EXPECT_EQ(*summed.rbegin(), std::pair(tiled::kTile - 1, tiled::kTile - 1));
}

using Memory = std::vector<std::byte>;

double value_at(ElementType type, const std::byte* place) {
  return with_format(type, [&](auto format) {
    typename decltype(format)::Bits bits;
    std::memcpy(&bits, place, sizeof bits);
    return format.value_of(bits);
  });
}

/// What matmul_mma.cu does, on the host: the same stages, lanes and places, with sums in double. Where the kernel calls
/// an instruction, the PTX ISA's formulas above stand in.
class SimulatedProduct {
 public:
  SimulatedProduct(const MatmulDescription& description, const MmaPlan& plan, const Memory& a, const Memory& b)
      : description_(description),
        plan_(plan),
        shape_(shape_of(plan.tiling)),
        a_(a),
        b_(b),
        size_(static_cast<int>(size_of(description.type))),
        c_(static_cast<std::size_t>(description.m * description.n), -1e300) {}

  std::vector<double> run() {
    for (std::int32_t block = 0; block < plan_.tiles_down * plan_.tiles_across; ++block) {
      run_block(mma_tile(block, plan_.tiles_down, plan_.tiles_across));
    }
    return c_;
  }

 private:
  using Sums = std::array<std::array<double, 4>, kWarp>;

  bool is_f64() const { return description_.type == ElementType::float64; }
  int offset(Chunk place) const { return is_f64() ? offset_for_lanes(place) : offset_for_ldmatrix(place); }

  void copy(std::byte* tile, const Memory& matrix, std::int64_t first, std::int64_t count, int rows,
            std::int64_t step) const {
    const std::int64_t bytes = description_.k * size_;
    for (int thread = 0; thread < shape_.threads(); ++thread) {
      const Chunk mine = first_copied(thread);
      for (int row = 0; row < rows; row += shape_.threads() / kChunksPerRow) {
        const std::int64_t from = step * kRowBytes + mine.chunk * kChunk, in = first + mine.row + row;
        std::byte* target = tile + offset({mine.row + row, mine.chunk});
        std::memset(target, 0, kChunk);
        if (in < count && from < bytes) std::memcpy(target, matrix.data() + in * bytes + from, kChunk);
      }
    }
  }

  void run_block(const TilePlace& tile) {
    const std::int64_t row = std::int64_t{tile.down} * shape_.rows, column = std::int64_t{tile.across} * shape_.columns;
    Memory stage(static_cast<std::size_t>(shape_.stage_bytes()));
    const int across = shape_.columns / kBlockColumns;
    std::vector<Sums> sums(static_cast<std::size_t>(shape_.rows / kBlockRows * across));
    for (std::int64_t step = 0; step * kRowBytes < description_.k * size_; ++step) {
      std::byte* b_tile = stage.data() + shape_.rows * kRowBytes;
      copy(stage.data(), a_, row, description_.m, shape_.rows, step);
      copy(b_tile, b_, column, description_.n, shape_.columns, step);
      for (int i = 0; i < shape_.rows; i += kBlockRows) {
        for (int j = 0; j < shape_.columns; j += 2 * kBlockColumns) {
          Sums* left = &sums[static_cast<std::size_t>(i / kBlockRows * across + j / kBlockColumns)];
          is_f64() ? add_f64(left, stage.data(), i, b_tile, j) : add_words(left, stage.data(), i, b_tile, j);
        }
      }
    }
    for (std::size_t index = 0; index < sums.size(); ++index) {
      const int i = static_cast<int>(index) / across * kBlockRows, j = static_cast<int>(index) % across * kBlockColumns;
      store(sums[index], row + i, column + j);
    }
  }

  /// ldmatrix.x4: word `w` of `lane` is four bytes of row lane / 4 of matrix w, whose rows lanes 8 w and on name.
  static std::array<std::array<std::byte, 16>, kWarp> load_matrices(const std::byte* tile, int row, int step,
                                                                    Chunk (*source)(int)) {
    std::array<std::array<std::byte, 16>, kWarp> words;
    for (int lane = 0; lane < kWarp; ++lane) {
      for (int w = 0; w < 4; ++w) {
        const Chunk named = source(8 * w + lane / 4);
        std::memcpy(&words[static_cast<std::size_t>(lane)][static_cast<std::size_t>(4 * w)],
                    tile + offset_for_ldmatrix({row + named.row, 2 * step + named.chunk}) + lane % 4 * 4, 4);
      }
    }
    return words;
  }

  void add_words(Sums* pair, const std::byte* a_tile, int row, const std::byte* b_tile, int column) const {
    for (int step = 0; step < kRowBytes / 32; ++step) {
      const auto a = load_matrices(a_tile, row, step, a_source), b = load_matrices(b_tile, column, step, b_source);
      for (std::size_t half = 0; half < 2; ++half) {
        double left[16][32] = {}, right[32][8] = {};
        for (int lane = 0; lane < kWarp; ++lane) {
          const auto at = static_cast<std::size_t>(lane);
          for (int i = 0; i < 16 / size_; ++i) {
            const IsaPlace place = isa_a(size_, lane, i);
            left[place.row][place.column] = value_at(description_.type, &a[at][static_cast<std::size_t>(i * size_)]);
          }
          for (int i = 0; i < 8 / size_; ++i) {
            const IsaPlace place = isa_b(size_, lane, i);
            right[place.row][place.column] =
                value_at(description_.type, &b[at][8 * half + static_cast<std::size_t>(i * size_)]);
          }
        }
        add_block(pair[half], left, right, 32 / size_);
      }
    }
  }

  static void add_block(Sums& sums, const double (&left)[16][32], const double (&right)[32][8], int depth) {
    for (int lane = 0; lane < kWarp; ++lane) {
      for (int i = 0; i < 4; ++i) {
        const IsaPlace place = isa_c(lane, i);
        for (int p = 0; p < depth; ++p) {
          sums[static_cast<std::size_t>(lane)][static_cast<std::size_t>(i)] +=
              left[place.row][p] * right[p][place.column];
        }
      }
    }
  }

  /// m8n8k4, twice along k and twice down: lane l holds element (l / 4, l % 4) of A and (l % 4, l / 4) of B.
  void add_f64(Sums* pair, const std::byte* a_tile, int row, const std::byte* b_tile, int column) const {
    const auto read = [&](const std::byte* tile, int first, int step, int lane, int which) {
      const Chunk source = f64_source(lane);
      return value_at(ElementType::float64,
                      tile + offset_for_lanes({first + source.row, 4 * step + source.chunk}) + 8 * which);
    };
    for (int step = 0; step < kRowBytes / 64; ++step) {
      for (int half = 0; half < 2; ++half) {
        for (int which = 0; which < 2; ++which) {
          double left[16][32] = {}, right[32][8] = {};
          for (int lane = 0; lane < kWarp; ++lane) {
            left[lane / 4][lane % 4] = read(a_tile, row, step, lane, which);
            left[lane / 4 + 8][lane % 4] = read(a_tile, row + 8, step, lane, which);
            right[lane % 4][lane / 4] = read(b_tile, column + 8 * half, step, lane, which);
          }
          add_block(pair[half], left, right, 4);
        }
      }
    }
  }

  void store(const Sums& sums, std::int64_t row, std::int64_t column) {
    for (int lane = 0; lane < kWarp; ++lane) {
      for (int i = 0; i < 4; ++i) {
        const Place place = c_place(lane, i);
        const std::int64_t r = row + place.row, q = column + place.column;
        if (r >= description_.m || q >= description_.n) continue;
        c_[static_cast<std::size_t>(r * description_.n + q)] =
            sums[static_cast<std::size_t>(lane)][static_cast<std::size_t>(i)];
      }
    }
  }

  MatmulDescription description_;
  MmaPlan plan_;
  MmaShape shape_;
  const Memory& a_;
  const Memory& b_;
  int size_;
  std::vector<double> c_;
};

std::vector<double> plain_product(const MatmulDescription& description, const Memory& a, const Memory& b) {
  const auto size = static_cast<std::int64_t>(size_of(description.type));
  std::vector<double> c;
  for (std::int64_t i = 0; i < description.m; ++i) {
    for (std::int64_t j = 0; j < description.n; ++j) {
      double sum = 0;
      for (std::int64_t p = 0; p < description.k; ++p) {
        sum += value_at(description.type, a.data() + (i * description.k + p) * size) *
               value_at(description.type, b.data() + (j * description.k + p) * size);
      }
      c.push_back(sum);
    }
  }
  return c;
}

constexpr MmaMachine kAmpere{.multiprocessors = 108, .shared_bytes = 163 * 1024};
constexpr MmaMachine kOneUnit{.multiprocessors = 1, .shared_bytes = 163 * 1024};

MatmulDescription nt(std::int64_t m, std::int64_t n, std::int64_t k, ElementType type) {
  return {.m = m, .n = n, .k = k, .type = type, .layout = MatmulLayout::nt, .math = FloatMath::tf32};
}

TEST(MatmulMaps, A_product_carried_out_through_the_maps_is_the_product_for_every_type_and_tile) {
  using enum ElementType;
  for (const ElementType type : {float64, float32, float16, bfloat16, float8_e4m3, int8}) {
    for (const MmaMachine& machine : {kAmpere, kOneUnit}) {
      const auto row = static_cast<std::int64_t>(16 / size_of(type));
      for (const MatmulDescription& description :
           {nt(1, 1, row, type), nt(67, 131, 9 * row, type), nt(130, 259, 17 * row, type)}) {
        const auto planned = plan_mma(description, machine);
        ASSERT_TRUE(std::holds_alternative<MmaPlan>(planned)) << name_of(type);
        Memory a(static_cast<std::size_t>(description.m * description.k) * size_of(type));
        Memory b(static_cast<std::size_t>(description.n * description.k) * size_of(type));
        fill_operands(a, b, description, Pattern::exact, 3);
        const auto found = SimulatedProduct(description, std::get<MmaPlan>(planned), a, b).run();
        EXPECT_TRUE(found == plain_product(description, a, b)) << name_of(type) << " m " << description.m;
      }
    }
  }
}

TEST(MatmulMaps, Wide_tiles_are_taken_where_there_are_enough_of_them_and_room_for_them) {
  const auto tiling = [](const MatmulDescription& description, const MmaMachine& machine) {
    return std::get<MmaPlan>(plan_mma(description, machine)).tiling;
  };
  using enum ElementType;
  EXPECT_EQ(tiling(nt(8192, 8192, 8192, bfloat16), kAmpere), MmaTiling::wide);
  EXPECT_EQ(tiling(nt(128 * 27, 256 * 4, 64, bfloat16), kAmpere), MmaTiling::wide);
  EXPECT_EQ(tiling(nt(128 * 27 - 128, 256 * 4, 64, bfloat16), kAmpere), MmaTiling::narrow);
  EXPECT_EQ(tiling(nt(8192, 8192, 8192, float64), kAmpere), MmaTiling::narrow);
  EXPECT_EQ(tiling(nt(8192, 8192, 8192, float8_e4m3), kAmpere), MmaTiling::wide_promoted);
  const MmaMachine small{.multiprocessors = 84, .shared_bytes = 99 * 1024};  // sm_86
  EXPECT_EQ(tiling(nt(8192, 8192, 8192, bfloat16), small), MmaTiling::narrow);
}

TEST(MatmulMaps, What_mma_sync_lacks_is_refused_with_its_reason) {
  const auto reason = [](const MatmulDescription& description, const MmaMachine& machine) {
    return std::get<Unsupported>(plan_mma(description, machine)).reason;
  };
  MatmulDescription full = nt(64, 64, 64, ElementType::float32);
  full.math = FloatMath::full;
  EXPECT_THAT(reason(full, kAmpere), HasSubstr("ask for tf32"));
  EXPECT_THAT(reason(nt(64, 64, 64, ElementType::uint8), kAmpere), HasSubstr("uint8"));
  MatmulDescription nn = nt(64, 64, 64, ElementType::bfloat16);
  nn.layout = MatmulLayout::nn;
  EXPECT_THAT(reason(nn, kAmpere), HasSubstr("nt only, not nn"));
  EXPECT_THAT(reason(nt(64, 64, 68, ElementType::bfloat16), kAmpere), HasSubstr("k a multiple of 8"));
  EXPECT_THAT(reason(nt(64, 64, 8, ElementType::int8), kAmpere), HasSubstr("k a multiple of 16"));
  EXPECT_THAT(reason(nt(std::int64_t{1} << 32, 1, 64, ElementType::int8), kAmpere), HasSubstr("2^31"));
  EXPECT_THAT(reason(nt(64, 64, 64, ElementType::int8), {.multiprocessors = 1, .shared_bytes = 1024}),
              HasSubstr("48 KiB"));
}

TEST(MatmulMaps, A_plan_says_what_it_is) {
  const auto plan = std::get<MmaPlan>(plan_mma(nt(8192, 8192, 64, ElementType::bfloat16), kAmpere));
  EXPECT_EQ(describe(plan), "128x256 tile, 8 warps of 64x64, 3 stages of 128 bytes along k");
}

}  // namespace
}  // namespace muster
