// SPDX-License-Identifier: Apache-2.0
// Words that kernels and reports share: the pattern of input data and the way a kernel touches memory.
#pragma once

#include <string_view>

namespace muster {

enum class Pattern {
  exact,    ///< small whole numbers: sums over all ranks are exact in the type, in any order; tolerance 0
  entropy,  ///< every mantissa bit random, floats in [-1, 1), integers all bits: costs real power; float sums have a
            ///< tolerance
  zeros,    ///< all zero: shows what data do to clocks and power; proves nothing about the data path
};

/// Bytes counted are those the program asks for: reads + writes, without the line that a cache fetches before a write.
enum class MemoryAccess {
  read,   ///< sum of one array: 1 read
  write,  ///< constant into one array: 1 write
  copy,   ///< b = a: 1 read, 1 write
  add,    ///< c = a + b: 2 reads, 1 write
};

std::string_view name_of(Pattern pattern);
std::string_view name_of(MemoryAccess access);

/// Each throws Error listing the accepted words.
Pattern parse_pattern(std::string_view name);
MemoryAccess parse_memory_access(std::string_view name);

}  // namespace muster
