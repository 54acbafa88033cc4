// SPDX-License-Identifier: Apache-2.0
// The layouts found as JSON: muster/training-search/1 (reports/schema/training-search.schema.json).
#pragma once

#include "core/file.hpp"
#include "training/search.hpp"

namespace muster {

Json to_json(const SearchRequest& request, const SearchResult& result);

}  // namespace muster
