// SPDX-License-Identifier: Apache-2.0
// time = steps + bytes x the slower of two stages, within nodes and between them; the best of what NCCL could choose.
#include "collectives/planner/collective_model.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace muster {
namespace {

using enum NcclAlgorithm;
using enum NcclProtocol;

constexpr double kNever = std::numeric_limits<double>::infinity();
/// NCCL forms no trees of switch sums over nodes with more GPUs than these (NCCL_MAX_NVLS_ARITY).
constexpr int kMostHeads = 32;
/// Of the rate of a ring, that NCCL's PAT reaches; and the part of a hop that each of its levels costs (tuning.cc).
constexpr double kPatShare = 0.75;
constexpr double kPatHop = 1 / 3.5;

constexpr std::size_t at(NcclProtocol protocol) { return static_cast<std::size_t>(protocol); }

/// Depth of a balanced tree.
int levels_of(int nodes) { return std::bit_width(static_cast<unsigned>(nodes - 1)); }

class Group {
 public:
  Group(const FabricRates& fabric, GroupShape shape)
      : links_(constants_of(fabric.links)),
        network_(constants_of(fabric.network)),
        shape_(shape),
        wire_(fabric.scale_up.value * links_.wire),
        line_(fabric.scale_up.value),
        to_one_(fabric.to_one.value > 0 ? fabric.to_one.value * links_.wire : wire_),
        detour_(fabric.detour),
        out_(fabric.scale_out.value),
        has_switch_sums_(fabric.reduces_in_switch) {}

  /// s; `phases` is 2 where data go round twice: to be summed, and back.
  double ring(NcclProtocol protocol, int phases, double factor, double bytes) const {
    const int between = shape_.nodes > 1 ? phases * (shape_.nodes - 1) : 0;
    const int within = phases * (shape_.ranks() - 1) - between;
    const double delay = links_.start[at(protocol)] + within * links_.hop[at(protocol)] + between * hop(protocol);
    return delay + bytes * slower(inside(protocol, factor, phases), outside(protocol, factor));
  }

  /// A chain within each node, two complementary binary trees over nodes: a node passes all data up and all down.
  double tree(NcclProtocol protocol, double bytes) const {
    const double within = 2 * (shape_.gpus_per_node - 1) * links_.hop[at(protocol)];
    const double between = 2 * levels_of(shape_.nodes) * hop(protocol);
    return links_.start[at(protocol)] + within + between +
           bytes * slower(inside(protocol, 2, 2), outside(protocol, passes()));
  }

  /// Each GPU reads the sums of its shard from the switch and writes them to all others through it.
  double switch_sums(double bytes) const {
    if (!has_switch_sums_ || links_.in_switch == 0 || shape_.gpus_per_node < 3) return kNever;
    if (shape_.nodes > 1 && shape_.gpus_per_node > kMostHeads) return kNever;
    const double per_byte = (1 + 1.0 / shape_.gpus_per_node) / (line_ * links_.in_switch) / reach();
    const double delay = links_.in_switch_start + 2 * levels_of(shape_.nodes) * hop(simple);
    return delay + bytes * slower(per_byte, outside(simple, passes()));
  }

  /// All_gather and reduce_scatter of one GPU per node: logarithmic steps at less than a ring's rate.
  double pat(double factor, double bytes) const {
    if (shape_.gpus_per_node > 1) return kNever;
    return links_.start[at(simple)] + levels_of(shape_.nodes) * hop(simple) * kPatHop +
           bytes * outside(simple, factor) / kPatShare;
  }

  double all_to_all(double bytes) const {
    const int ranks = shape_.ranks();
    const int away = ranks - shape_.gpus_per_node;
    const double near = (shape_.gpus_per_node - 1.0) / ranks * detour_ / wire_ + 1 / links_.memory;
    const double far = static_cast<double>(away) / ranks / (out_ * network_.peers);
    return pairs_delay() + away * kPostMessage + bytes * slower(near, far);
  }

  double send_recv(double bytes) const {
    return pairs_delay() + bytes * slower(1 / to_one_ + 1 / links_.memory, 1 / (out_ * network_.peer));
  }

 private:
  double hop(NcclProtocol protocol) const { return network_.hop[at(protocol)]; }
  double reach() const { return shape_.nodes > 1 ? links_.between : 1; }
  /// Data cross a NIC once between two nodes, which are each other's root; else up and down one level each.
  double passes() const { return shape_.nodes == 2 ? 1 : 2; }
  double pairs_delay() const { return links_.pairs_start + (shape_.nodes > 1 ? hop(simple) : 0); }

  /// s per byte of size; `factor` is what each GPU sends per byte.
  double inside(NcclProtocol protocol, double factor, int phases) const {
    return (factor / (wire_ * links_.share[at(protocol)]) + phases / links_.memory) / reach();
  }
  /// The same of what each node sends.
  double outside(NcclProtocol protocol, double factor) const {
    return factor / (out_ * shape_.gpus_per_node * network_.share * links_.share[at(protocol)]);
  }
  double slower(double inside, double outside) const {
    return std::max(shape_.gpus_per_node > 1 ? inside : 0, shape_.nodes > 1 ? outside : 0);
  }

  const LinkConstants& links_;
  const NetworkConstants& network_;
  GroupShape shape_;
  double wire_;
  double line_;
  double to_one_;
  double detour_;
  double out_;
  bool has_switch_sums_;
};

/// The fastest so far.
class Best {
 public:
  void offer(NcclAlgorithm algorithm, NcclProtocol protocol, double seconds) {
    if (seconds < best_.time.value) best_ = {{seconds}, algorithm, protocol};
  }
  CollectiveTime taken() const { return best_; }

 private:
  CollectiveTime best_{.time = {kNever}};
};

CollectiveTime best_of(const Group& group, Collective collective, double factor, double bytes) {
  const bool is_sum = collective == Collective::all_reduce;
  const bool gathers = collective == Collective::all_gather || collective == Collective::reduce_scatter;
  Best best;
  for (const NcclProtocol protocol : {ll, ll128, simple}) {
    best.offer(ring, protocol, group.ring(protocol, is_sum ? 2 : 1, factor, bytes));
    if (is_sum) best.offer(tree, protocol, group.tree(protocol, bytes));
  }
  if (is_sum) best.offer(nvls, simple, group.switch_sums(bytes));
  if (gathers) best.offer(pat, simple, group.pat(factor, bytes));
  return best.taken();
}

}  // namespace

std::string CollectiveTime::name() const {
  if (!algorithm) return "pairs";
  return NcclChoice{.algorithm = *algorithm, .protocol = protocol}.name();
}

CollectiveTime predict_collective(const FabricRates& fabric, Collective collective, GroupShape shape, Bytes size) {
  if (shape.ranks() < 2) return {};
  const Group group(fabric, shape);
  const double bytes = std::max(1.0, static_cast<double>(size.value));  // an empty message is sent, too
  switch (collective) {
    case Collective::send_recv:
      return {.time = {group.send_recv(bytes)}};
    case Collective::all_to_all:
    case Collective::all_to_allv:
    case Collective::gather:
    case Collective::scatter:
      return {.time = {group.all_to_all(bytes)}};
    case Collective::all_reduce:
    case Collective::all_gather:
    case Collective::reduce_scatter:
    case Collective::broadcast:
    case Collective::reduce:
      break;
  }
  CollectiveTime best = best_of(group, collective, busbw_factor(collective, shape.ranks()), bytes);
  if (best.algorithm == nvls && shape.nodes > 1) best.algorithm = nvls_tree;
  return best;
}

}  // namespace muster
