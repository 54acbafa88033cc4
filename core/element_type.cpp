// SPDX-License-Identifier: Apache-2.0
#include "core/element_type.hpp"

#include "core/names.hpp"

namespace muster {

ElementType parse_element_type(std::string_view name) {
  std::array<std::string_view, kElementTypes.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kElementTypes[i].name;
  return kElementTypes[index_of_name("element type", names, name)].type;
}

}  // namespace muster
