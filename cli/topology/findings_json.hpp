// SPDX-License-Identifier: Apache-2.0
// Findings as JSON, the same in every output that carries them.
#pragma once

#include <vector>

#include "core/file.hpp"
#include "topology/finding.hpp"

namespace muster {

inline Json to_json(const std::vector<Finding>& findings) {
  Json list = Json::array();
  for (const Finding& finding : findings) {
    list.push_back({{"severity", name_of(finding.severity)},
                    {"code", finding.code},
                    {"place", finding.place},
                    {"meaning", finding.meaning},
                    {"devices", finding.devices}});
  }
  return list;
}

}  // namespace muster
