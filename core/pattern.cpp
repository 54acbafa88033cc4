// SPDX-License-Identifier: Apache-2.0
// One table of names per enum, in the enum's order.
#include "core/pattern.hpp"

#include <array>

#include "core/names.hpp"

namespace muster {

namespace {

constexpr std::array<std::string_view, 3> kPatterns = {"exact", "entropy", "zeros"};
constexpr std::array<std::string_view, 4> kMemoryAccesses = {"read", "write", "copy", "add"};

}  // namespace

std::string_view name_of(Pattern pattern) { return kPatterns.at(static_cast<std::size_t>(pattern)); }
std::string_view name_of(MemoryAccess access) { return kMemoryAccesses.at(static_cast<std::size_t>(access)); }

Pattern parse_pattern(std::string_view name) { return static_cast<Pattern>(index_of_name("pattern", kPatterns, name)); }

MemoryAccess parse_memory_access(std::string_view name) {
  return static_cast<MemoryAccess>(index_of_name("memory access", kMemoryAccesses, name));
}

}  // namespace muster
