// SPDX-License-Identifier: Apache-2.0
// One published training measurement, completed with what its table leaves out and everybody knows (the shape of a
// named model, the machine of a named system). Made by a reader per table (tables.hpp), predicted by validation.hpp.
#pragma once

#include <string>
#include <vector>

#include "core/units.hpp"
#include "training/layout.hpp"
#include "training/machine.hpp"
#include "training/model.hpp"
#include "training/software.hpp"

namespace muster {

struct PublishedRun {
  std::string table = {};  ///< file name without folder and ending
  int line = 0;
  std::string name = {};   ///< for people: "3.6B t1 p1 d64 b8"
  std::string sweep = {};  ///< rows of one sweep (same model, machine and batch) are ranked against each other
  Model model = {};
  Layout layout = {};
  Machine machine = {};
  Software software = Software::other;
  Seconds step = {};          ///< measured
  std::string assumed = {};   ///< what the table does not say and we took as given: "virtual stages 1"
  std::string excluded = {};  ///< why this row is not predicted ("layout not published"); empty: it is
};

}  // namespace muster
