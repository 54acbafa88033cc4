// SPDX-License-Identifier: Apache-2.0
// What can be required, as one table: the key in a target file, the words in a report, the unit and the direction. The
// reader of target files and the rules both look here.
#pragma once

#include <string>
#include <string_view>

#include "reports/targets.hpp"

namespace muster {

/// How a demand is written in a target file.
enum class DemandForm {
  truth,     ///< true
  fraction,  ///< of something that cannot be exceeded: (0, 1]
  rate,      ///< bytes or flop per second
  seconds,
  value,  ///< {"number": 50, "unit": "GB/s"}
  ratio,  ///< of the worst over the middle: 1 or more
  share,  ///< that may be lost: [0, 1]
  count,
  sizes,  ///< {"count": 8, "from": "8", "to": "8G"}
  all,    ///< "all"
};

enum class DemandSense { at_least, at_most };

struct QuantityTraits {
  Quantity quantity;
  std::string_view key;
  std::string_view label;
  DemandForm form;
  DemandSense sense = DemandSense::at_least;
  double unit = 1;  ///< that is shown, in SI
  std::string_view suffix = "";
};

const QuantityTraits& traits_of(Quantity quantity);
/// Throws Error listing the keys.
Quantity parse_quantity(std::string_view key);

/// `value` in the unit of the rule: "460.0 GB/s".
std::string quantity_text(const Rule& rule, double value);

/// The demanded number in that unit: "460 GB/s".
std::string demanded_text(const Rule& rule);

/// Reads the one key of "require" into the rule.
void read_requirement(const Json& json, const std::string& where, Rule& rule);

}  // namespace muster
