// SPDX-License-Identifier: Apache-2.0
// Words that kernels and reports share: the pattern of input data and the way a kernel touches memory.
#pragma once

#include <string>
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
  read,         ///< sum of one array: 1 read
  write,        ///< constant into one array: 1 write
  copy,         ///< b = a: 1 read, 1 write
  add,          ///< c = a + b: 2 reads, 1 write
  triad,        ///< c = a + s b: 2 reads, 1 write, one multiply-add
  engine_copy,  ///< b = a by the GPU's copy call (cudaMemcpy on one device): 1 read, 1 write; GPU only
};

/// False for what only GPUs measure: triad and engine_copy.
bool is_on_hosts(MemoryAccess access);

/// What a kernel runs on.
enum class Processor { host, gpu };

/// Whether the operands of a kernel lie in the GPU's second-level cache when it starts. `cold`: the cache was filled
/// with other data just before, outside of what is timed.
enum class Cache { hot, cold };

/// How data cross a link: by the GPU's copy engines, or by a kernel on one side that loads from or stores to the other.
enum class LinkMethod { copy_engine, kernel_load, kernel_store };

/// One end of a link: a GPU as CUDA numbers it in this process, or the host memory of a NUMA node.
struct LinkEnd {
  Processor processor = Processor::gpu;
  int index = 0;
};

std::string_view name_of(Pattern pattern);
std::string_view name_of(MemoryAccess access);
std::string_view name_of(Processor processor);
std::string_view name_of(Cache cache);
std::string_view name_of(LinkMethod method);

/// Each throws Error listing the accepted words.
Pattern parse_pattern(std::string_view name);
MemoryAccess parse_memory_access(std::string_view name);
Processor parse_processor(std::string_view name);
Cache parse_cache(std::string_view name);
LinkMethod parse_link_method(std::string_view name);

/// "gpu:0", "host:1" (the memory of NUMA node 1).
std::string name_of(const LinkEnd& end);
LinkEnd parse_link_end(std::string_view name);

}  // namespace muster
