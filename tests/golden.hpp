// SPDX-License-Identifier: Apache-2.0
// Whole outputs compared with files under tests/golden/. One command accepts a wanted change, to be reviewed as any
// other:
//   MUSTER_ACCEPT_GOLDEN=1 ctest -R golden
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>
#include <string>

#include "core/file.hpp"

namespace muster {

/// Fails with the first line that differs. MUSTER_SOURCE_DIR: the root of the sources, from CMake.
inline void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(MUSTER_SOURCE_DIR) + "/tests/golden/" + name;
  if (std::getenv("MUSTER_ACCEPT_GOLDEN") != nullptr) write_file(path, text);
  const std::string golden = read_file(path);
  if (text == golden) return;
  std::istringstream found_lines(text);
  std::istringstream wanted_lines(golden);
  std::string found, wanted;
  int line = 0;
  while (found == wanted && (found_lines || wanted_lines)) {
    ++line;
    found = wanted = "(end of the text)";
    std::getline(found_lines, found);
    std::getline(wanted_lines, wanted);
  }
  ADD_FAILURE() << "tests/golden/" << name << ":" << line << " (or a line break at its end)\n  golden: " << wanted
                << "\n  found:  " << found << "\nif the change is wanted: MUSTER_ACCEPT_GOLDEN=1 ctest -R golden";
}

}  // namespace muster
