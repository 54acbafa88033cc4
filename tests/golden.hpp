// SPDX-License-Identifier: Apache-2.0
// Whole outputs compared with files under tests/golden/. A wanted change is accepted by one command:
//   MUSTER_ACCEPT_GOLDEN=1 ctest -R golden
// which rewrites the files; review them as any other change.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "core/file.hpp"

namespace muster {

/// MUSTER_SOURCE_DIR: the root of the sources, from CMake.
inline void expect_golden(const std::string& name, std::string_view text) {
  const std::string path = std::string(MUSTER_SOURCE_DIR) + "/tests/golden/" + name;
  if (std::getenv("MUSTER_ACCEPT_GOLDEN") != nullptr) write_file(path, text);
  EXPECT_EQ(text, read_file(path)) << "differs from tests/golden/" << name
                                   << "; if the change is wanted: MUSTER_ACCEPT_GOLDEN=1 ctest -R golden";
}

}  // namespace muster
