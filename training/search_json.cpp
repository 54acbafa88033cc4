// SPDX-License-Identifier: Apache-2.0
#include "training/search_json.hpp"

#include "training/layout_json.hpp"

namespace muster {
namespace {

Json list_of(const std::vector<FoundLayout>& found) {
  Json list = Json::array();
  for (const FoundLayout& one : found) {
    list.push_back({{"layout", to_json(one.layout)},
                    {"step_seconds", one.time.total},
                    {"memory_bytes", one.memory},
                    {"bubble_seconds", one.time[Spent::bubble]}});
  }
  return list;
}

}  // namespace

Json to_json(const SearchRequest& request, const SearchResult& result) {
  return {{"schema", "muster/training-search/1"}, {"model", request.model.name},
          {"machine", request.machine.name},      {"gpus", request.gpus},
          {"layouts_tried", result.tried},        {"layouts_beyond_memory", result.too_large},
          {"best", list_of(result.best)},         {"front", list_of(result.front)}};
}

}  // namespace muster
