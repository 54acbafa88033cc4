// SPDX-License-Identifier: Apache-2.0
#include "training/timing/step.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "training/counting/operators.hpp"
#include "training/counting/traffic.hpp"
#include "training/timing/kernels.hpp"
#include "training/timing/pipeline.hpp"
#include "training/timing/transfers.hpp"

namespace muster {
namespace {

/// One micro-batch's work on one GPU: of a layer, an end of the model, or a whole chunk.
struct Piece {
  double forward = 0;
  double backward = 0;
  double weights = 0;   ///< part of backward
  StepTime split = {};  ///< where forward + backward go; `total` unused
};

Piece operator+(Piece a, const Piece& b) {
  a.forward += b.forward;
  a.backward += b.backward;
  a.weights += b.weights;
  for (std::size_t i = 0; i < a.split.spent.size(); ++i) a.split.spent[i] += b.split.spent[i];
  return a;
}

Piece operator*(Piece a, double times) {
  a.forward *= times;
  a.backward *= times;
  a.weights *= times;
  for (double& one : a.split.spent) one *= times;
  return a;
}

Spent category(Work work) {
  if (work == Work::product) return Spent::products;
  return work == Work::attention ? Spent::attention : Spent::memory;
}

bool is_core(Part part) { return part == Part::attention_core || part == Part::softmax; }

/// Close to the larger of both and smooth between: the fourth norm.
double longer(double a, double b) {
  const double a2 = a * a;
  const double b2 = b * b;
  return std::sqrt(std::sqrt(a2 * a2 + b2 * b2));
}

/// Adds up the kernels of a piece, forward and backward apart, and then what the host makes of them.
class KernelSum {
 public:
  KernelSum(const Setting& setting, Precision precision) : setting_(setting), precision_(precision) {}

  void add(const Operator& one, double forwards, double backwards) {
    const bool low = one.part != Part::attention_core && one.part != Part::logits && one.part != Part::router;
    const KernelTime time = kernel_time(one, low ? precision_ : sixteen_bits(setting_.machine), setting_);
    const double launches = one.kernels * (one.work == Work::memory ? setting_.software.memory_passes : 1);
    const double more = one.work == Work::product ? 2 : 1.5;
    forward_ += forwards * time.forward;
    backward_ += backwards * time.backward;
    weights_ += backwards * time.weights;
    forward_launches_ += forwards * launches;
    backward_launches_ += backwards * launches * more;
    split_[category(one.work)] += forwards * time.forward + backwards * time.backward;
  }

  /// Kernels done again in the backward pass.
  void repeat(const Operator& one) {
    const KernelTime time = kernel_time(one, precision_, setting_);
    backward_ += time.forward;
    backward_launches_ += one.kernels;
    split_[Spent::recompute] += time.forward;
  }

  Piece piece() const {
    Piece piece{.forward = with_host(forward_, forward_launches_),
                .backward = with_host(backward_, backward_launches_),
                .weights = weights_,
                .split = split_};
    piece.split[Spent::host] += piece.forward - forward_ + piece.backward - backward_;
    return piece;
  }

 private:
  double with_host(double busy, double launches) const {
    return longer(busy + launches * setting_.hardware.kernel_gap, launches * setting_.software.host_per_kernel);
  }

  const Setting& setting_;
  Precision precision_;
  double forward_ = 0, backward_ = 0, weights_ = 0;
  double forward_launches_ = 0, backward_launches_ = 0;
  StepTime split_ = {};
};

Piece kernels_of(const Operators& all, const Layout& layout, const Setting& setting, Recompute recompute) {
  KernelSum sum(setting, layout.precision);
  for (const Operator& one : all) {
    sum.add(one, 1, 1);
    if (recompute == Recompute::full || (recompute == Recompute::selective && is_core(one.part))) sum.repeat(one);
  }
  return sum.piece();
}

/// Puts a transfer beside `beside` seconds of work: what sticks out is exposed, the rest slows the work.
double exposed(double transfer, double beside, const HardwareConstants& constants) {
  return std::max(0.0, transfer - beside) + constants.contention * std::min(transfer, beside);
}

Spent category(ParallelAxis axis) {
  switch (axis) {
    case ParallelAxis::tensor:
      return Spent::tensor;
    case ParallelAxis::context:
      return Spent::context;
    case ParallelAxis::expert:
      return Spent::experts;
    default:
      return Spent::weights;
  }
}

class StepModel {
 public:
  StepModel(const Model& model, const Layout& layout, const Setting& setting)
      : model_(model), layout_(layout), setting_(setting) {}

  StepTime run();

 private:
  double transfer(const GroupExchange& one) const {
    const Group group = group_of(layout_, one.axis, setting_.machine.gpus_per_node);
    return corrected(one, group);
  }
  double corrected(const GroupExchange& one, const Group& group) const {
    const double formula = exchange_time(one, group, setting_.machine, setting_.hardware);
    if (setting_.corrections == nullptr) return formula;
    return formula * setting_.corrections->of_exchange(one, group).factor;
  }
  bool hides(ParallelAxis axis) const {
    if (axis == ParallelAxis::tensor) return layout_.overlap.tensor;
    if (axis == ParallelAxis::context) return layout_.overlap.context;
    if (axis == ParallelAxis::expert) return layout_.overlap.experts;
    return layout_.overlap.parameters;
  }

  const Piece& layer(LayerKind kind, Reach reach);
  Piece measure_layer(LayerKind kind, Reach reach) const;
  void add_exchanges(Piece& piece, const Piece& work, LayerKind kind) const;
  Piece chunk(int stage);
  double send() const;
  void add_step_exchanges(StepTime& time, const Piece& first) const;
  double optimizer() const;

  const Model& model_;
  const Layout& layout_;
  const Setting& setting_;
  std::array<std::optional<Piece>, 4> layers_ = {};  ///< by kind and window, when first asked for
};

void StepModel::add_exchanges(Piece& piece, const Piece& work, LayerKind kind) const {
  const HardwareConstants& constants = setting_.hardware;
  const bool again = layout_.recompute == Recompute::full;
  double hidden_forward = 0, hidden_backward = 0;  // weights of the next layer come while this one computes
  for (const GroupExchange& one : layer_exchanges(model_, layout_, kind)) {
    const double each = transfer(one);
    const double repeated =
        again && one.axis != ParallelAxis::data && one.axis != ParallelAxis::expert_data ? one.forward : 0;
    double forward = one.forward * each;
    double backward = (one.backward + repeated) * each;
    const bool of_weights = one.axis == ParallelAxis::data || one.axis == ParallelAxis::expert_data;
    if (of_weights && hides(one.axis)) {
      hidden_forward += forward;
      hidden_backward += backward;
      continue;
    }
    if (hides(one.axis)) {
      const double share = one.axis == ParallelAxis::tensor ? 1 - setting_.software.tensor_exposed : 1;
      forward = (1 - share) * forward + exposed(share * forward, work.forward, constants);
      backward = (1 - share) * backward + exposed(share * backward, work.backward, constants);
    }
    if (one.axis == ParallelAxis::expert) {
      forward *= setting_.software.experts_exposed;
      backward *= setting_.software.experts_exposed;
    }
    piece.forward += forward;
    piece.backward += backward;
    piece.split[category(one.axis)] += forward + backward;
  }
  const double forward = exposed(hidden_forward, work.forward, constants);
  const double backward = exposed(hidden_backward, work.backward, constants);
  piece.forward += forward;
  piece.backward += backward;
  piece.split[Spent::weights] += forward + backward;
}

const Piece& StepModel::layer(LayerKind kind, Reach reach) {
  std::optional<Piece>& known = layers_.at((kind == LayerKind::experts ? 2 : 0) + (reach == Reach::window ? 1 : 0));
  if (!known) known = measure_layer(kind, reach);
  return *known;
}

Piece StepModel::measure_layer(LayerKind kind, Reach reach) const {
  Recompute recompute = layout_.recompute;
  if (recompute == Recompute::selective && layout_.attention == AttentionKernel::fused) recompute = Recompute::none;
  const Piece work = kernels_of(layer_operators(model_, layout_, kind, reach), layout_, setting_, recompute);
  Piece piece = work;
  add_exchanges(piece, work, kind);
  return piece;
}

Piece StepModel::chunk(int stage) {
  const StageLayers layers = stage_layers(model_, layout_, stage);
  const int last = layout_.pipeline * layout_.virtual_stages - 1;
  const int dense = layers.all - layers.with_experts;
  // Windowed layers are spread evenly over those with and without experts.
  const double slides = layers.all > 0 ? static_cast<double>(layers.windowed) / layers.all : 0;
  Piece piece;
  const auto add = [&](LayerKind kind, Reach reach, double times) {
    if (times > 0) piece = piece + layer(kind, reach) * times;
  };
  add(LayerKind::dense, Reach::all, dense * (1 - slides));
  add(LayerKind::dense, Reach::window, dense * slides);
  add(LayerKind::experts, Reach::all, layers.with_experts * (1 - slides));
  add(LayerKind::experts, Reach::window, layers.with_experts * slides);
  if (stage == 0) {
    piece = piece + kernels_of(embedding_operators(model_, layout_), layout_, setting_, Recompute::none);
  }
  if (stage == last) {
    piece = piece + kernels_of(output_operators(model_, layout_), layout_, setting_, Recompute::none);
  }
  return piece;
}

double StepModel::send() const {
  if (layout_.pipeline == 1) return 0;
  const Group group = group_of(layout_, ParallelAxis::pipeline, setting_.machine.gpus_per_node);
  const bool near = group.ranks <= group.per_node;
  const Group pair{.ranks = 2, .per_node = near ? 2 : 1, .stride = group.stride};
  const GroupExchange boundary{
      .axis = ParallelAxis::pipeline, .collective = Collective::send_recv, .bytes = boundary_bytes(model_, layout_)};
  return corrected(boundary, pair);
}

void StepModel::add_step_exchanges(StepTime& time, const Piece& first) const {
  const double rounds = 1.0 + (layout_.virtual_stages - 1) * layout_.pipeline;
  double gradients = 0, weights = 0, plain = 0;
  for (const GroupExchange& one : step_exchanges(model_, layout_, 0)) {
    const double each = transfer(one);
    const bool of_embedding = one.axis == ParallelAxis::embedding;
    (of_embedding ? plain : one.backward > 0 ? gradients : weights) += each;
  }
  const HardwareConstants& constants = setting_.hardware;
  const double backward =
      layout_.overlap.gradients ? exposed(gradients, rounds * first.backward, constants) : gradients;
  const double forward = layout_.overlap.parameters ? exposed(weights, rounds * first.forward, constants) : weights;
  time[Spent::gradients] = backward + forward + plain;
}

double StepModel::optimizer() const {
  const LocalWeights local = local_weights(model_, layout_, 0);
  const bool sharded = layout_.sharding != Sharding::none;
  const Group dense = group_of(layout_, ParallelAxis::data, setting_.machine.gpus_per_node);
  const Group experts = group_of(layout_, ParallelAxis::expert_data, setting_.machine.gpus_per_node);
  const double own = sharded ? local.dense / dense.ranks + local.experts / experts.ranks : local.dense + local.experts;
  const double rate = setting_.machine.accelerator.memory_rate.value * setting_.hardware.memory;
  return own * setting_.software.optimizer_bytes / rate;
}

StepTime StepModel::run() {
  const int stages = layout_.pipeline * layout_.virtual_stages;
  Pipeline pipeline{.schedule = layout_.schedule,
                    .ranks = layout_.pipeline,
                    .micro_batches = micro_batches_of(layout_),
                    .send = send()};
  const bool overlapped = layout_.virtual_stages > 1 && layout_.overlap.pipeline;
  pipeline.busy_share = overlapped ? 0 : setting_.software.send_busy;
  Piece first, busiest;
  std::vector<Piece> of_rank(static_cast<std::size_t>(layout_.pipeline));
  for (int stage = 0; stage < stages; ++stage) {
    Piece piece = chunk(stage);
    const double host = setting_.software.micro_batch;
    piece.forward += host / 2;
    piece.backward += host / 2;
    piece.split[Spent::host] += host;
    if (stage == 0) first = piece;
    Piece& sum = of_rank[static_cast<std::size_t>(stage % layout_.pipeline)];
    sum = sum + piece;
    pipeline.stages.push_back({.forward = piece.forward, .backward = piece.backward, .weights = piece.weights});
  }
  for (const Piece& rank : of_rank) {
    if (rank.forward + rank.backward > busiest.forward + busiest.backward) busiest = rank;
  }
  const PipelineTime played = play(pipeline);
  StepTime time = (busiest * micro_batches_of(layout_)).split;
  const double sends = 2.0 * layout_.virtual_stages * micro_batches_of(layout_) * pipeline.send * pipeline.busy_share;
  time[Spent::sends] = sends;
  time[Spent::bubble] = played.total - played.busiest - sends;
  add_step_exchanges(time, first);
  time[Spent::optimizer] = optimizer();
  time[Spent::other] = setting_.software.step;
  for (const double one : time.spent) time.total += one;
  const double nodes = static_cast<double>(gpus_of(layout_)) / setting_.machine.gpus_per_node;
  const double slowest = time.total * setting_.software.jitter * std::log2(std::max(1.0, nodes));
  time[Spent::other] += slowest;
  time.total += slowest;
  return time;
}

}  // namespace

std::string_view name_of(Spent spent) {
  constexpr std::array<std::string_view, kSpent> kNames = {"matrix products",
                                                           "attention",
                                                           "memory-bound kernels",
                                                           "waiting for the host",
                                                           "recomputing",
                                                           "tensor group",
                                                           "context group",
                                                           "expert group",
                                                           "sharded weights",
                                                           "sends between stages",
                                                           "pipeline bubble",
                                                           "gradients",
                                                           "optimizer",
                                                           "other"};
  return kNames.at(static_cast<std::size_t>(spent));
}

StepTime step_time(const Model& model, const Layout& layout, const Setting& setting) {
  return StepModel(model, layout, setting).run();
}

}  // namespace muster
