// SPDX-License-Identifier: Apache-2.0
#include "topology/finding.hpp"

#include <array>

namespace muster {

std::string_view name_of(Severity severity) {
  constexpr std::array<std::string_view, 3> kNames = {"note", "warning", "error"};
  return kNames.at(static_cast<std::size_t>(severity));
}

}  // namespace muster
