// SPDX-License-Identifier: Apache-2.0
// Cores, memory and caches of a host out of hwloc's tree.
#include <algorithm>
#include <array>

#include "topology/readers/hwloc_machine.hpp"
#include "topology/readers/hwloc_objects.hpp"

namespace muster {

namespace {

// Machines that show no cores (some virtual ones) count their logical CPUs.
int cores_in(const XmlElement& object) {
  const int cores = count_objects(object, "Core");
  return std::max(1, cores > 0 ? cores : count_objects(object, "PU"));
}

// hwloc 1 has one type for all caches and tells their level beside it. Caches of instructions carry no messages.
int data_cache_level(const XmlElement& object) {
  const std::string_view type = hwloc_type(object);
  if (type == "Cache") return static_cast<int>(whole_number(attribute(object, "depth")).value_or(0));
  constexpr std::string_view kSuffix = "Cache";
  const bool fits = type.size() == 2 + kSuffix.size() && type.starts_with('L') && type.ends_with(kSuffix);
  return fits ? type[1] - '0' : 0;
}

constexpr int kLevels = 5;

// Where instances of one level differ (hybrid CPUs) the largest is told: a limit must hold for every core.
void widen(std::array<MemoryLevel, kLevels>& levels, const XmlElement& object) {
  constexpr std::string_view kInstructions = "2";
  const int level = data_cache_level(object);
  const auto size =
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, whole_number(attribute(object, "cache_size")).value_or(0)));
  if (level >= 1 && level <= kLevels && attribute(object, "cache_type") != kInstructions) {
    MemoryLevel& known = levels[static_cast<std::size_t>(level - 1)];
    if (size > known.size.value) known = {"L" + std::to_string(level), {size}, cores_in(object)};
  }
  for (const XmlElement& child : object.children) {
    if (is_object(child)) widen(levels, child);
  }
}

std::uint64_t memory_in(const XmlElement& object) {
  std::uint64_t bytes = static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, whole_number(attribute(object, "local_memory")).value_or(0)));
  for (const XmlElement& child : object.children) {
    if (is_object(child)) bytes += memory_in(child);
  }
  return bytes;
}

const XmlElement* first_of(const XmlElement& object, std::string_view type) {
  if (hwloc_type(object) == type) return &object;
  for (const XmlElement& child : object.children) {
    if (!is_object(child)) continue;
    if (const XmlElement* found = first_of(child, type)) return found;
  }
  return nullptr;
}

std::string cpu_model(const XmlElement& machine) {
  for (const std::string_view type : {"Package", "Socket"}) {
    const XmlElement* package = first_of(machine, type);
    if (package != nullptr && !hwloc_info(*package, "CPUModel").empty()) {
      return std::string(hwloc_info(*package, "CPUModel"));
    }
  }
  return std::string(hwloc_info(machine, "CPUModel"));
}

}  // namespace

Host hwloc_host(const XmlElement& machine, std::string name) {
  Host host{.name = std::move(name),
            .cpu_model = cpu_model(machine),
            .physical_cores = cores_in(machine),
            .logical_cpus = std::max(1, count_objects(machine, "PU")),
            .numa_nodes = std::max(1, count_objects(machine, "NUMANode")),
            .memory = {memory_in(machine)}};
  std::array<MemoryLevel, kLevels> caches;
  widen(caches, machine);
  std::ranges::copy_if(caches, std::back_inserter(host.levels),
                       [](const MemoryLevel& level) { return level.size.value > 0; });
  host.levels.push_back({"DRAM", host.memory, host.physical_cores});
  return host;
}

}  // namespace muster
