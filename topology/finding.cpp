// SPDX-License-Identifier: Apache-2.0
#include "topology/finding.hpp"

#include <array>

#include "core/names.hpp"

namespace muster {

namespace {

constexpr std::array<std::string_view, 3> kSeverities = {"note", "warning", "error"};

}  // namespace

std::string_view name_of(Severity severity) { return kSeverities.at(static_cast<std::size_t>(severity)); }

Severity parse_severity(std::string_view name) {
  return static_cast<Severity>(index_of_name("severity", kSeverities, name));
}

}  // namespace muster
