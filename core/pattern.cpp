// SPDX-License-Identifier: Apache-2.0
// One table of names per enum, in the enum's order.
#include "core/pattern.hpp"

#include <array>
#include <charconv>

#include "core/error.hpp"
#include "core/names.hpp"

namespace muster {

namespace {

constexpr std::array<std::string_view, 3> kPatterns = {"exact", "entropy", "zeros"};
constexpr std::array<std::string_view, 6> kMemoryAccesses = {"read", "write", "copy", "add", "triad", "engine_copy"};
constexpr std::array<std::string_view, 2> kProcessors = {"host", "gpu"};
constexpr std::array<std::string_view, 2> kCaches = {"hot", "cold"};
constexpr int kMostLinkEnds = 1023;  ///< more GPUs or NUMA nodes than any host has
constexpr std::array<std::string_view, 3> kLinkMethods = {"copy_engine", "kernel_load", "kernel_store"};

}  // namespace

std::string_view name_of(Pattern pattern) { return kPatterns.at(static_cast<std::size_t>(pattern)); }
std::string_view name_of(MemoryAccess access) { return kMemoryAccesses.at(static_cast<std::size_t>(access)); }
std::string_view name_of(Processor processor) { return kProcessors.at(static_cast<std::size_t>(processor)); }
std::string_view name_of(Cache cache) { return kCaches.at(static_cast<std::size_t>(cache)); }
std::string_view name_of(LinkMethod method) { return kLinkMethods.at(static_cast<std::size_t>(method)); }

bool is_on_hosts(MemoryAccess access) { return access != MemoryAccess::triad && access != MemoryAccess::engine_copy; }

Pattern parse_pattern(std::string_view name) { return static_cast<Pattern>(index_of_name("pattern", kPatterns, name)); }

MemoryAccess parse_memory_access(std::string_view name) {
  return static_cast<MemoryAccess>(index_of_name("memory access", kMemoryAccesses, name));
}

Processor parse_processor(std::string_view name) {
  return static_cast<Processor>(index_of_name("processor", kProcessors, name));
}

Cache parse_cache(std::string_view name) { return static_cast<Cache>(index_of_name("cache state", kCaches, name)); }

LinkMethod parse_link_method(std::string_view name) {
  return static_cast<LinkMethod>(index_of_name("link method", kLinkMethods, name));
}

std::string name_of(const LinkEnd& end) {
  return std::string(name_of(end.processor)) + ":" + std::to_string(end.index);
}

LinkEnd parse_link_end(std::string_view name) {
  const std::size_t colon = name.find(':');
  int index = -1;
  if (colon != std::string_view::npos) {
    const char* const last = name.data() + name.size();
    const auto [stop, status] = std::from_chars(name.data() + colon + 1, last, index);
    if (status != std::errc() || stop != last) index = -1;
  }
  if (index < 0 || index > kMostLinkEnds) {
    throw Error("unknown link end '" + std::string(name.substr(0, 40)) + "': write gpu:N or host:N");
  }
  return {parse_processor(name.substr(0, colon)), index};
}

}  // namespace muster
