// SPDX-License-Identifier: Apache-2.0
// Host body of fill: the element function, block by block.
#include <cstring>

#include "core/error.hpp"
#include "kernels/element_sums.hpp"
#include "kernels/fill.hpp"

namespace muster {

void fill(std::span<std::byte> data, const DataSpec& spec, int rank, std::uint64_t first_index) {
  MUSTER_ASSERT(rank >= 0 && rank < spec.ranks);
  const std::size_t size = size_of(spec.type);
  MUSTER_ASSERT(data.size() % size == 0);
  const ElementLoops& loops = *element_loops_here().front();
  with_format(spec.type, [&](auto format) {
    using Format = decltype(format);
    std::array<typename Format::Bits, kBlock> bits;
    for (std::uint64_t done = 0; done < data.size() / size;) {
      const Block block = first_block(first_index + done, data.size() / size - done);
      exact_bits<Format>(loops, bits, block, spec, {rank, 1});
      std::memcpy(data.data() + done * size, bits.data(), block.count * size);
      done += block.count;
    }
  });
}

}  // namespace muster
