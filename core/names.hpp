// SPDX-License-Identifier: Apache-2.0
// Words of an enum: one array of names in the enum's order serves both directions.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace muster {

/// Index of `name` in `names`. Throws Error naming `kind` ("algorithm") and listing the accepted words.
std::size_t index_of_name(std::string_view kind, std::span<const std::string_view> names, std::string_view name);

}  // namespace muster
