// SPDX-License-Identifier: Apache-2.0
#include "training/layout_keys.hpp"

#include <type_traits>

#include "training/machine.hpp"

namespace muster {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::array<std::string_view, 3> kSchedules = {"one_forward_one_backward", "zero_bubble", "gpipe"};
constexpr std::array<std::string_view, 3> kShortSchedules = {"1f1b", "zb", "gpipe"};
constexpr std::array<std::string_view, 4> kShardings = {"none", "optimizer", "gradients", "parameters"};
constexpr std::array<std::string_view, 4> kShortShardings = {"0", "1", "2", "3"};
constexpr std::array<std::string_view, 3> kRecomputes = {"none", "selective", "full"};
constexpr std::array<std::string_view, 2> kAttentions = {"fused", "unfused"};

template <auto member>
constexpr WordChoice choice(Words words, Words short_words = {}) {
  using Enum = std::remove_reference_t<decltype(std::declval<Layout&>().*member)>;
  return {words, short_words, [](const Layout& layout) { return static_cast<std::size_t>(layout.*member); },
          [](Layout& layout, std::size_t index) { layout.*member = static_cast<Enum>(index); }};
}

// The product of all groups stays below 2^63; how many GPUs make sense is for refusal() to say.
constexpr Range<int> kGroup = {1, 1 << 12};
constexpr int kMostRanks = 1 << 20;

constexpr auto kKeys = std::to_array<LayoutKey>({
    {"data", "dp", WholeSize{&Layout::data, {1, kMostRanks}}, KeyPresence::required},
    {"tensor", "tp", WholeSize{&Layout::tensor, kGroup}, KeyPresence::required},
    {"sequence_parallel", "sp", &Layout::sequence_parallel},
    {"pipeline", "pp", WholeSize{&Layout::pipeline, kGroup}, KeyPresence::required},
    {"virtual_stages", "vp", WholeSize{&Layout::virtual_stages, kGroup}},
    {"schedule", "schedule", choice<&Layout::schedule>(kSchedules, kShortSchedules)},
    {"lean_ends", "lean", &Layout::lean_ends},
    {"context", "cp", WholeSize{&Layout::context, kGroup}},
    {"expert", "ep", WholeSize{&Layout::expert, kGroup}},
    {"expert_tensor", "etp", WholeSize{&Layout::expert_tensor, kGroup}},
    {"sharding", "zero", choice<&Layout::sharding>(kShardings, kShortShardings)},
    {"shard_group", "shard", WholeSize{&Layout::shard_group, {0, kMostRanks}}},
    {"micro_batch", "mbs", WholeSize{&Layout::micro_batch, {1, 1 << 16}}, KeyPresence::required},
    {"global_batch", "gbs", WholeSize{&Layout::global_batch, {1, 1 << 30}}, KeyPresence::required},
    {"sequence", "seq", WholeSize{&Layout::sequence, {0, 1 << 24}}},
    {"recompute", "recompute", choice<&Layout::recompute>(kRecomputes)},
    {"attention", "attention", choice<&Layout::attention>(kAttentions)},
    {"precision", "precision", choice<&Layout::precision>(kPrecisionNames)},
    {"gradient_bytes", "grad", WholeSize{&Layout::gradient_bytes, {2, 4}}},
    {"fused_loss", "fused_loss", &Layout::fused_loss},
});

}  // namespace

std::span<const LayoutKey> layout_keys() { return kKeys; }

}  // namespace muster
