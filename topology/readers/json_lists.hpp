// SPDX-License-Identifier: Apache-2.0
// Lists of objects in JSON files of others: which keys are there is theirs to say, what we ask for is checked.
#pragma once

#include <string>
#include <utility>

#include "core/fields.hpp"

namespace muster {

/// Calls `read(item, where)` for each; `where` names the place: "netq.json: links[3]". Throws Error when `list` is
/// none.
template <typename Read>
void for_each_item(const Json& list, const std::string& where, Read read) {
  if (!list.is_array()) throw Error(where + " must be a list in brackets, not " + in_quotes(list.type_name()));
  for (std::size_t i = 0; i < list.size(); ++i) read(list[i], where + "[" + std::to_string(i) + "]");
}

template <typename Read>
void for_each_item(Fields& fields, const std::string& key, const std::string& where, Read read) {
  for_each_item(fields.value(key), where + ": " + key, std::move(read));
}

}  // namespace muster
