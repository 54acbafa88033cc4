// SPDX-License-Identifier: Apache-2.0
// Published measurements of collectives: a folder with INDEX.csv, which says of each table what was measured on what,
// and the tables, with sizes and times as nccl-tests prints them (docs/collective-validation.md, "the folder").
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/collective.hpp"
#include "core/units.hpp"

namespace muster {

struct PublishedPoint {
  Bytes size{};
  Seconds time{};
  int line = 0;  ///< of the table
};

/// One collective on one system over sizes, smallest first.
struct PublishedCurve {
  Collective collective = Collective::all_reduce;
  int nodes = 1;          ///< hosts
  int gpus_per_node = 1;  ///< that took part, of each
  std::string system{};   ///< as the index words it
  std::string gpu{};
  std::string network{};
  std::vector<PublishedPoint> points{};

  int ranks() const { return nodes * gpus_per_node; }
};

struct PublishedTable {
  std::string file;
  std::string origin{};  ///< "DIR/INDEX.csv:12", for errors
  std::optional<PublishedCurve> curve{};
  std::string reason{};  ///< why it is no curve to be predicted
};

/// In the order of the index, then tables that it does not name. What contradicts itself or cannot be read stands there
/// with the reason. Throws Error where the index cannot be read.
std::vector<PublishedTable> read_published_curves(const std::string& folder);

}  // namespace muster
