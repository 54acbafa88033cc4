// SPDX-License-Identifier: Apache-2.0
#include "training/counting/step_exchanges.hpp"

#include <algorithm>

namespace muster {

std::string hides_behind(const GroupExchange& one, const Layout& layout) {
  const Overlap& overlap = layout.overlap;
  switch (one.axis) {
    case ParallelAxis::tensor:
      return overlap.tensor ? "its products" : "";
    case ParallelAxis::context:
      return overlap.context ? "attention" : "";
    case ParallelAxis::expert:
      return overlap.experts ? "other micro-batches" : "";
    case ParallelAxis::pipeline:
      return layout.virtual_stages > 1 && overlap.pipeline ? "other chunks" : "";
    case ParallelAxis::embedding:
      return "";
    case ParallelAxis::data:
    case ParallelAxis::expert_data: {
      const bool gathers = one.collective == Collective::all_gather;
      if (gathers) return overlap.parameters ? "the passes of other layers" : "";
      return overlap.gradients ? "the backward pass" : "";
    }
  }
  return "";
}

namespace {

class List {
 public:
  List(const Layout& layout, int gpus_per_node) : layout_(layout), gpus_per_node_(gpus_per_node) {}

  void add(const GroupExchange& one, double times) {
    const Group group = one.axis == ParallelAxis::pipeline ? neighbours() : group_of(layout_, one.axis, gpus_per_node_);
    if (group.ranks < 2 || times == 0) return;
    const auto same = [&](const CountedExchange& other) {
      return other.exchange.axis == one.axis && other.exchange.collective == one.collective &&
             other.exchange.bytes == one.bytes;
    };
    const auto known = std::find_if(all_.begin(), all_.end(), same);
    if (known != all_.end()) {
      known->times += times;
    } else {
      all_.push_back({.exchange = one, .group = group, .times = times, .hides_behind = hides_behind(one, layout_)});
    }
  }

  std::vector<CountedExchange> sorted() && {
    std::stable_sort(all_.begin(), all_.end(), [](const CountedExchange& a, const CountedExchange& b) {
      return a.exchange.axis < b.exchange.axis;
    });
    return std::move(all_);
  }

 private:
  /// Two stages that hand over.
  Group neighbours() const {
    const Group group = group_of(layout_, ParallelAxis::pipeline, gpus_per_node_);
    return {.ranks = std::min(2, group.ranks), .per_node = std::min(2, group.per_node), .stride = group.stride};
  }

  const Layout& layout_;
  int gpus_per_node_;
  std::vector<CountedExchange> all_ = {};
};

}  // namespace

std::vector<CountedExchange> exchanges_of_step(const Model& model, const Layout& layout, int gpus_per_node) {
  List list(layout, gpus_per_node);
  const double micro_batches = micro_batches_of(layout);
  const bool again = layout.recompute == Recompute::full;
  int dense = 0, routed = 0;
  for (int chunk = 0; chunk < layout.virtual_stages; ++chunk) {
    const StageLayers layers = stage_layers(model, layout, chunk * layout.pipeline);
    dense += layers.all - layers.with_experts;
    routed += layers.with_experts;
  }
  const auto add_layers = [&](int layers, LayerKind kind) {
    if (layers == 0) return;
    for (const GroupExchange& one : layer_exchanges(model, layout, kind)) {
      const bool of_weights = one.axis == ParallelAxis::data || one.axis == ParallelAxis::expert_data;
      const double repeated = again && !of_weights ? one.forward : 0;
      list.add(one, micro_batches * layers * (one.forward + one.backward + repeated));
    }
  };
  add_layers(dense, LayerKind::dense);
  add_layers(routed, LayerKind::experts);
  if (layout.pipeline > 1) {
    const GroupExchange boundary{.axis = ParallelAxis::pipeline,
                                 .collective = Collective::send_recv,
                                 .bytes = boundary_bytes(model, layout),
                                 .forward = 1,
                                 .backward = 1};
    list.add(boundary, 2 * micro_batches * layout.virtual_stages);
  }
  for (const GroupExchange& one : step_exchanges(model, layout, 0)) list.add(one, one.forward + one.backward);
  return std::move(list).sorted();
}

}  // namespace muster
