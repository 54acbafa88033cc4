// SPDX-License-Identifier: Apache-2.0
// Names of families and the id of a case. The JSON form of plans is in plan_json.cpp.
#include "reports/case.hpp"

#include <array>

#include "core/error.hpp"
#include "core/names.hpp"

namespace muster {

namespace {

constexpr std::array<std::string_view, 5> kFamilies = {"collective", "matmul", "reduce", "memory", "peak"};

std::string joined(std::initializer_list<std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += '/';
    text += word;
  }
  return text;
}

// What differs from the ordinary, so that ordinary ids stay short.
std::string options_of(const Case& item) {
  std::string text;
  if (item.placement != Placement::out_of_place) text.append("/").append(name_of(item.placement));
  if (has_root(item.collective) && item.root != 0) text.append("/root=").append(std::to_string(item.root));
  if (item.channels != 1) text.append("/channels=").append(std::to_string(item.channels));
  if (item.collective == Collective::all_to_allv) text.append("/").append(item.traffic);
  return text;
}

std::string pattern_of(const Case& item) {
  return item.pattern == Pattern::exact ? "" : std::string("/").append(name_of(item.pattern));
}

}  // namespace

std::string_view name_of(Family family) { return kFamilies.at(static_cast<std::size_t>(family)); }

Family parse_family(std::string_view name) { return static_cast<Family>(index_of_name("family", kFamilies, name)); }

bool has_root(Collective collective) { return collective == Collective::broadcast || collective == Collective::reduce; }

std::string case_id(const Case& item) {
  const std::string_view family = name_of(item.family);
  const std::string_view type = name_of(item.type);
  const std::string_view cadence = name_of(item.cadence);
  const std::string size = format_size(item.size);
  switch (item.family) {
    case Family::collective:
      return joined({name_of(item.collective), name_of(item.algorithm), name_of(item.transport), type, size, cadence}) +
             options_of(item) + pattern_of(item);
    case Family::matmul: {
      const std::string shape = std::to_string(item.m) + "x" + std::to_string(item.n) + "x" + std::to_string(item.k);
      return joined({family, type, shape, cadence}) + pattern_of(item);
    }
    case Family::reduce:
      return joined({family, type, size, cadence}) + pattern_of(item);
    case Family::memory:
      return joined({family, name_of(item.access), size, cadence});
    case Family::peak:
      return joined({family, type, cadence});
  }
  MUSTER_ASSERT(!"a case of no family");
  return {};
}

}  // namespace muster
