// SPDX-License-Identifier: Apache-2.0
#include "core/names.hpp"

#include <algorithm>
#include <string>

#include "core/error.hpp"

namespace muster {

std::size_t index_of_name(std::string_view kind, std::span<const std::string_view> names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  std::string text = "unknown " + std::string(kind) + " " + in_quotes(name) + ": use one of";
  for (const std::string_view accepted : names) {
    text += accepted == names.front() ? " " : ", ";
    text += accepted;
  }
  throw Error(text);
}

}  // namespace muster
