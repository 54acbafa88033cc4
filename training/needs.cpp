// SPDX-License-Identifier: Apache-2.0
#include "training/needs.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "reports/text_table.hpp"
#include "training/counting/operators.hpp"
#include "training/counting/step_exchanges.hpp"

namespace muster {
namespace {

/// What a plan can hold: a side of a product.
constexpr std::int64_t kLongestSide = std::int64_t{1} << 20;

std::int64_t whole(double value) { return std::max<std::int64_t>(1, std::llround(value)); }

/// Scores, router and logits stay in 16 bits whatever the format of the linear layers.
bool stays_in_16_bits(Part part) {
  return part == Part::attention_core || part == Part::router || part == Part::logits;
}

class Products {
 public:
  Products(const Layout& layout, Precision sixteen) : layout_(layout), sixteen_(sixteen) {}

  void add(const Operators& operators) {
    for (const Operator& one : operators) {
      if (one.work == Work::product) add_passes(one);
    }
  }

  std::vector<NeededProduct> all() && { return std::move(all_); }

 private:
  void add_passes(const Operator& one) {
    struct Shape {
      ProductPass pass;
      const char* name;
      double m, n, k;
    };
    // The same shapes as kernel_time() times.
    const std::array<Shape, 3> shapes = {
        {{ProductPass::forward, "forward", one.m, one.n, one.k},
         {ProductPass::input_gradient, "gradient of its input", one.m, one.k, one.n},
         {ProductPass::weight_gradient, "gradient of its weights", one.k, one.n, one.m}}};
    for (const Shape& shape : shapes) {
      NeededProduct needed{.place = all_.size(),
                           .precision = stays_in_16_bits(one.part) ? sixteen_ : layout_.precision,
                           .m = whole(shape.m),
                           .n = whole(shape.n),
                           .k = whole(shape.k),
                           .pass = shape.pass,
                           .is_of_layer = one.part != Part::logits,
                           .use = std::string(part_name(one.part)) + ", " + shape.name};
      const auto same = [&](const NeededProduct& other) {
        return other.precision == needed.precision && other.m == needed.m && other.n == needed.n && other.k == needed.k;
      };
      if (std::ranges::none_of(all_, same)) all_.push_back(std::move(needed));
    }
  }

  const Layout& layout_;
  Precision sixteen_;
  std::vector<NeededProduct> all_ = {};
};

class ExchangeList {
 public:
  ExchangeList(const Layout& layout, int gpus_per_node) : layout_(layout), gpus_per_node_(gpus_per_node) {}

  void add(const Exchanges& exchanges) {
    for (const GroupExchange& one : exchanges) add(one);
  }

  void add(const GroupExchange& one) {
    Group group = group_of(layout_, one.axis, gpus_per_node_);
    if (one.axis == ParallelAxis::pipeline) {  // two stages that hand over
      group.ranks = std::min(2, group.ranks);
      group.per_node = std::min(2, group.per_node);
    }
    if (group.ranks < 2 || one.bytes < 1) return;
    const auto same = [&](const NeededExchange& other) {
      return other.exchange.collective == one.collective && other.exchange.bytes == one.bytes &&
             other.group.ranks == group.ranks && other.group.per_node == group.per_node;
    };
    if (std::ranges::any_of(all_, same)) return;
    const bool overlapped = !hides_behind(one, layout_).empty();
    all_.push_back({.place = all_.size(), .exchange = one, .group = group, .is_overlapped = overlapped});
  }

  std::vector<NeededExchange> all() && { return std::move(all_); }

 private:
  const Layout& layout_;
  int gpus_per_node_;
  std::vector<NeededExchange> all_ = {};
};

std::string ranks_text(const Group& group) {
  return std::to_string(group.ranks) + " ranks, " + std::to_string(group.per_node) + " per node";
}

Bytes size_of(const NeededExchange& needed) { return Bytes{static_cast<std::uint64_t>(whole(needed.exchange.bytes))}; }

std::string mebibytes(Bytes size) {
  constexpr double kMebibyte = 1 << 20;
  return without_zeros(significant(static_cast<double>(size.value) / kMebibyte)) + " MiB";
}

double work_of(const NeededProduct& one) {
  return static_cast<double>(one.m) * static_cast<double>(one.n) * static_cast<double>(one.k);
}

bool is_within(const Group& group) { return group.ranks <= group.per_node; }

/// Of a launch whose ranks are numbered node by node, all of them in groups of this kind; nullopt where they do not
/// divide so.
std::optional<Group> divided(const RankSpread& launch, int ranks, int stride) {
  if (ranks < 2 || launch.ranks % (ranks * stride) != 0) return std::nullopt;
  const int node = std::min(launch.per_node, launch.ranks);
  return Group{.ranks = ranks, .per_node = std::clamp(node / stride, 1, ranks), .stride = stride};
}

bool is_alike(const std::optional<Group>& found, const Group& wanted) {
  return found && found->ranks == wanted.ranks && found->per_node == wanted.per_node;
}

/// Neighbours of a node for groups within one; ranks of several nodes, as many of each, for others.
std::optional<Group> group_on(const RankSpread& launch, const Group& wanted) {
  if (const auto same = divided(launch, wanted.ranks, wanted.stride); is_alike(same, wanted)) return same;
  const int node = std::min(launch.per_node, launch.ranks);
  if (is_within(wanted)) {
    for (int ranks = std::min(wanted.ranks, node); ranks >= 2; --ranks) {
      if (node % ranks == 0 && launch.ranks % ranks == 0) return divided(launch, ranks, 1);
    }
    return std::nullopt;
  }
  if (launch.ranks <= node) return std::nullopt;
  const int stride = std::max(1, node / std::min(wanted.per_node, node));
  for (int ranks = std::min(wanted.ranks, launch.ranks / stride); ranks >= 2; --ranks) {
    const std::optional<Group> found = divided(launch, ranks, stride);
    if (found && !is_within(*found)) return found;
  }
  return std::nullopt;
}

void add_exchange(const NeededExchange& needed, const Group& group, Bytes largest, Measurable& found) {
  MeasurableExchange measured{.needed = needed, .group = group, .size = std::min(size_of(needed), largest)};
  std::string why;
  if (!is_alike(group, needed.group)) why = "on groups of " + ranks_text(group);
  if (measured.size < size_of(needed)) why += (why.empty() ? "at " : ", at ") + mebibytes(measured.size);
  if (!why.empty()) found.borrowed.push_back(text_of(needed) + ": measured " + why);
  const auto same = [&](const MeasurableExchange& other) {
    return other.needed.exchange.collective == needed.exchange.collective && other.size == measured.size &&
           is_alike(other.group, group);
  };
  if (std::ranges::none_of(found.exchanges, same)) found.exchanges.push_back(std::move(measured));
}

}  // namespace

std::optional<ElementType> element_type_of(Precision precision) {
  switch (precision) {
    case Precision::bf16:
      return ElementType::bfloat16;
    case Precision::fp16:
      return ElementType::float16;
    case Precision::fp8:
      return ElementType::float8_e4m3;
    case Precision::fp32:
      return ElementType::float32;
    case Precision::mxfp8:
    case Precision::nvfp4:
      return std::nullopt;
  }
  return std::nullopt;
}

TrainingNeeds needs_of(const Model& model, const Layout& layout, int gpus_per_node, Precision sixteen) {
  const bool has_16_bits = layout.precision == Precision::bf16 || layout.precision == Precision::fp16;
  Products products(layout, has_16_bits ? layout.precision : sixteen);
  ExchangeList exchanges(layout, gpus_per_node);
  const int routed = expert_layers(model);
  const auto add_layer = [&](LayerKind kind) {
    products.add(layer_operators(model, layout, kind));
    exchanges.add(layer_exchanges(model, layout, kind));
  };
  if (routed < model.layers) add_layer(LayerKind::dense);
  if (routed > 0) add_layer(LayerKind::experts);
  products.add(output_operators(model, layout));
  exchanges.add(
      {.axis = ParallelAxis::pipeline, .collective = Collective::send_recv, .bytes = boundary_bytes(model, layout)});
  // Stages between the ends are alike but for a layer more or less.
  for (const int rank : {0, layout.pipeline / 2, layout.pipeline - 1}) {
    exchanges.add(step_exchanges(model, layout, rank));
  }
  return {.products = std::move(products).all(), .exchanges = std::move(exchanges).all()};
}

Measurable measurable_on(const TrainingNeeds& needs, const RankSpread& launch, Bytes largest) {
  Measurable found;
  for (const NeededProduct& product : needs.products) {
    if (std::max({product.m, product.n, product.k}) > kLongestSide) {
      found.left_out.push_back("product " + text_of(product) + ": a side is longer than " +
                               std::to_string(kLongestSide));
      continue;
    }
    if (!element_type_of(product.precision)) {
      found.left_out.push_back("product " + text_of(product) + ": no case has this format");
      continue;
    }
    found.products.push_back(product);
    const bool is_larger = !found.beside || work_of(product) > work_of(*found.beside);
    if (product.is_of_layer && is_larger) found.beside = product;
  }
  for (const NeededExchange& needed : needs.exchanges) {
    if (const std::optional<Group> group = group_on(launch, needed.group)) {
      add_exchange(needed, *group, largest, found);
    } else if (launch.ranks < 2) {
      found.left_out.push_back(text_of(needed) + ": the launch has one rank");
    } else {
      found.left_out.push_back(text_of(needed) + (is_within(needed.group) ? ": no two ranks of the launch share a node"
                                                                          : ": the launch is within a node"));
    }
  }
  return found;
}

std::string text_of(const NeededExchange& needed) {
  return std::string(name_of(needed.exchange.collective)) + " of " + ranks_text(needed.group) + ", " +
         mebibytes(size_of(needed));
}

std::string text_of(const NeededProduct& needed) {
  return std::to_string(needed.m) + " x " + std::to_string(needed.n) + " x " + std::to_string(needed.k) + " in " +
         std::string(name_of(needed.precision));
}

}  // namespace muster
