// SPDX-License-Identifier: Apache-2.0
// Where the published tables lie, for tests labelled `shared`.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace muster {

inline std::filesystem::path shared_table(const std::string& name) {
  const char* chosen = std::getenv("MUSTER_SHARED");
  return std::filesystem::path(chosen == nullptr ? MUSTER_SHARED_FOLDER : chosen) / "figures" / name;
}

}  // namespace muster
