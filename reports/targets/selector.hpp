// SPDX-License-Identifier: Apache-2.0
// Which cases a rule is about. A demand on something that a case does not have (the algorithm of a matmul) leaves the
// case out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/case.hpp"

namespace muster {

/// Empty lists, empty patterns and absent bounds select everything. Patterns are those of a shell.
struct Selector {
  std::vector<Family> families = {};
  std::vector<Collective> collectives = {};
  std::vector<Algorithm> algorithms = {};
  std::vector<TransportKind> transports = {};
  std::vector<ElementType> types = {};
  std::vector<Cadence> cadences = {};
  std::vector<Placement> placements = {};
  std::vector<ReduceOperation> operations = {};  ///< collectives that reduce
  std::vector<Processor> processors = {};        ///< where the data lie: collectives by their transport
  std::vector<MatmulBody> bodies = {};           ///< matmul
  std::vector<MatmulLayout> layouts = {};        ///< matmul
  std::vector<Cache> caches = {};                ///< matmul
  std::string cases = {};                        ///< pattern on the case id
  std::string groups = {};                       ///< pattern on the group of a case that has one
  std::string metrics = {};                      ///< pattern on the name of a metric
  std::string gpu_models = {};                   ///< pattern on the model of every GPU of the run
  std::string hosts = {};                        ///< pattern on every host that takes part
  std::optional<Bytes> min_size = {}, max_size = {};
  std::optional<int> min_ranks = {}, max_ranks = {};
  std::optional<int> min_hosts = {}, max_hosts = {};  ///< of those that take part
};

/// Who took part in a run; each name once, in the order of the ranks.
struct Participants {
  std::vector<std::string> hosts = {};
  std::vector<std::string> gpu_models = {};
};

bool selects(const Selector& selector, const Case& item, int ranks, const Participants& who = {});

/// True when `pattern` is empty or matches.
bool matches(const std::string& pattern, const std::string& text);

/// The hosts of a group: "node3+node4" is two.
std::vector<std::string> hosts_of_group(const std::string& group);

/// Throws Error naming `where` and the key.
Selector selector_from_json(const Json& json, const std::string& where);

}  // namespace muster
