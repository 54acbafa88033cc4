// SPDX-License-Identifier: Apache-2.0
// What the user demands, as data: rules that select cases and require something of them. JSON: targets
// (docs/formats.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/case.hpp"

namespace muster {

/// Empty lists and absent bounds select everything.
struct Selector {
  std::vector<Family> families = {};
  std::vector<Collective> collectives = {};
  std::vector<Algorithm> algorithms = {};
  std::vector<TransportKind> transports = {};
  std::vector<ElementType> types = {};
  std::vector<Cadence> cadences = {};
  std::vector<Placement> placements = {};
  std::vector<Processor> processors = {};  ///< where the data lie: collectives by their transport
  std::vector<MatmulBody> bodies = {};     ///< matmul
  std::string cases = {};                  ///< shell pattern on the case id
  std::optional<Bytes> min_size = {}, max_size = {};
  std::optional<int> min_ranks = {}, max_ranks = {};
};

bool selects(const Selector& selector, const Case& item, int ranks);

enum class Quantity { correct, fraction_of_limit, fraction_of_prediction, algbw, busbw, flops_per_second };

/// The key under "require" in a target file; it carries the unit.
std::string_view name_of(Quantity quantity);

/// `best`: the best of all selected cases that differ only in algorithm, transport and channels must reach it.
enum class Scope { each, best };

struct Rule {
  std::string name = {};
  Selector select = {};
  Quantity quantity = Quantity::correct;
  double at_least = 0;  ///< fraction, bytes/s or flop/s; unused for `correct`
  Scope scope = Scope::each;
};

struct Targets {
  std::string name;
  std::vector<Rule> rules;
};

/// Throws Error naming `origin`, the rule and the key; unknown keys are errors. A rule that selects no planned case is
/// an error too, but only judge() can see that.
Targets targets_from_json(const Json& json, const std::string& origin);

/// The built-in targets: data correct and limits kept everywhere, fractions of the limit for what a healthy host
/// reaches. Only the rules that select a case of this plan, because a rule that selects none is an error.
Targets default_targets(const Plan& plan);

}  // namespace muster
