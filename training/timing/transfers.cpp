// SPDX-License-Identifier: Apache-2.0
#include "training/timing/transfers.hpp"

#include <algorithm>

namespace muster {
namespace {

/// Bus bandwidth over algorithm bandwidth (nccl-tests, PERFORMANCE.md).
double bus_factor(Collective collective, int ranks) {
  const double others = (ranks - 1.0) / ranks;
  if (collective == Collective::all_reduce) return 2 * others;
  if (collective == Collective::send_recv) return 1;
  return others;
}

}  // namespace

double exchange_time(const GroupExchange& exchange, const Group& group, const Machine& machine,
                     const HardwareConstants& constants) {
  const Collective collective = exchange.collective;
  const double bytes = exchange.bytes;
  if (group.ranks < 2) return 0;
  const double within = machine.scale_up.value * constants.scale_up;
  const double out = machine.scale_out.value * constants.scale_out;
  if (group.ranks <= group.per_node) {
    return constants.scale_up_delay + bus_factor(collective, group.ranks) * bytes / within;
  }
  const double nodes = static_cast<double>(group.ranks) / group.per_node;
  if (collective == Collective::all_to_all) {
    const double sent = exchange.copies > 1 ? nodes_met(nodes, exchange.copies) / exchange.copies : 1;
    const double away = (nodes - 1) / nodes * sent * bytes / out;
    const double near = (group.per_node - 1.0) / group.ranks * bytes / within;
    return constants.scale_out_delay + std::max(away, near);
  }
  const double bus = std::min(within, out * (collective == Collective::send_recv ? 1 : group.per_node));
  return constants.scale_out_delay + bus_factor(collective, group.ranks) * bytes / bus;
}

}  // namespace muster
