// SPDX-License-Identifier: Apache-2.0
// The machine behind a schedule as a list of directed links with whole capacities, for planners that start from them.
#include <cmath>

#include "collectives/exporters/exporters.hpp"
#include "core/error.hpp"

namespace muster {

std::string write_digraph(const ExportRequest& request) {
  if (request.topology == nullptr) throw Error("a digraph is written from a topology: give one");
  const Topology& topology = *request.topology;
  std::string text = "# source target capacity, bytes/s of the line; compute nodes first\n";
  for (const int device : rank_devices(topology)) {
    text += "compute " + topology.devices[static_cast<std::size_t>(device)].id + "\n";
  }
  for (const Link& link : topology.links) {
    text += topology.devices[static_cast<std::size_t>(link.source)].id + " " +
            topology.devices[static_cast<std::size_t>(link.target)].id + " " +
            std::to_string(static_cast<long long>(std::ceil(link.capacity.line.value))) + "\n";
  }
  return text;
}

}  // namespace muster
