// SPDX-License-Identifier: Apache-2.0
// The table of bounds by collective, and the way from what they prove to what a user reads.
#include "topology/limits/limits.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "topology/limits/study.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Published times and rates have three to four digits.
constexpr double kRounding = 1e-3;

std::vector<LimitBound> bounds_of(Study& study, Collective collective, int root) {
  switch (collective) {
    case Collective::all_gather:
      return gather_bounds(study, Crossing::entering);
    case Collective::reduce_scatter:
      return gather_bounds(study, Crossing::leaving);
    case Collective::all_reduce:
      return all_reduce_bounds(study);
    case Collective::all_to_all:
      return all_to_all_bounds(study);
    case Collective::broadcast:
      return rooted_bounds(study, root, Crossing::leaving);
    case Collective::reduce:
      return rooted_bounds(study, root, Crossing::entering);
    case Collective::scatter:
      return block_per_rank_bounds(study, root, Crossing::leaving);
    case Collective::gather:
      return block_per_rank_bounds(study, root, Crossing::entering);
    case Collective::send_recv:
      return neighbour_bounds(study);
    case Collective::all_to_allv:
      return {};
  }
  return {};
}

/// Of a partition every part counts, not the tightest alone.
bool rests_on_assumed(const Study& study, const LimitBound& bound, const Cut& cut) {
  const auto& [devices, links, hosts] = study.topology;
  const auto is_assumed = [](const Capacity& capacity) { return capacity.certainty == Certainty::assumed; };
  if (bound.parts > 0)
    return std::ranges::any_of(links, is_assumed, &Link::capacity) ||
           std::ranges::any_of(devices, is_assumed, &Device::through);
  return std::ranges::any_of(cut.links, [&](int link) { return is_assumed(links[at(link)].capacity); }) ||
         std::ranges::any_of(cut.bottlenecks, [&](int device) { return is_assumed(devices[at(device)].through); });
}

/// Findings that name a device at an end of what crosses.
std::vector<Finding> findings_of(const Study& study, const Cut& cut, const std::vector<Finding>& findings) {
  std::set<std::string_view> touched;
  const auto touch = [&](int device) { touched.insert(study.topology.devices[at(device)].id); };
  for (const int link : cut.links) {
    touch(study.topology.links[at(link)].source);
    touch(study.topology.links[at(link)].target);
  }
  for (const int device : cut.bottlenecks) touch(device);
  std::vector<Finding> found;
  for (const Finding& finding : findings)
    if (std::ranges::any_of(finding.devices, [&](const std::string& id) { return touched.contains(id); }))
      found.push_back(finding);
  return found;
}

}  // namespace

LimitStudy::LimitStudy(const Topology& topology, const LimitRequest& request)
    : study_(std::make_unique<Study>(topology, request)), findings_(request.findings) {
  if (study_->ranks() > 1) require_connected(*study_);
}

LimitStudy::~LimitStudy() = default;

std::vector<CollectiveLimit> LimitStudy::of(Collective collective, int root) {
  Study& study = *study_;
  if (study.ranks() < 2 || collective == Collective::all_to_allv) return {};
  if (root < 0 || root >= study.ranks())
    throw Error("root " + std::to_string(root) + " is not one of " + std::to_string(study.ranks()) +
                " ranks: give one from 0 to " + std::to_string(study.ranks() - 1));
  const bool has_multicast =
      std::ranges::any_of(study.topology.devices, [](const Device& device) { return device.can.multicast; });
  std::vector<CollectiveLimit> limits;
  for (const LimitBound& bound : bounds_of(study, collective, study.graph.ranks[at(root)])) {
    CollectiveLimit limit{.collective = collective,
                          .bound = std::string(bound.name),
                          .seconds_per_byte = bound.seconds_per_unit / Rational(study.graph.unit),
                          .tightness = bound.tightness,
                          .cut = describe_cut(study, bound),
                          .capabilities = {.multicast = has_multicast, .reduce = bound.name == "in-network cut"}};
    if (bound.parts == 0 && !bound.source_side.empty()) limit.latency = latency_across(study, limit.cut);
    limit.rests_on_assumed = rests_on_assumed(study, bound, limit.cut);
    limit.findings = findings_of(study, limit.cut, findings_);
    limits.push_back(std::move(limit));
  }
  std::ranges::stable_sort(limits, std::ranges::greater{}, &CollectiveLimit::seconds_per_byte);
  const Seconds farthest = longest_distance(study, collective, root);
  if (farthest.value > 0)
    limits.push_back({.collective = collective,
                      .bound = "latency",
                      .latency = farthest,
                      .cut = {.name = "the way between the ranks farthest apart", .ranks = study.ranks()}});
  return limits;
}

std::vector<CollectiveLimit> limits_of(const Topology& topology, const LimitRequest& request) {
  return LimitStudy(topology, request).of(request.collective, request.root);
}

const CollectiveLimit* binding_at(const std::vector<CollectiveLimit>& limits, Bytes size) {
  const auto slowest =
      std::ranges::max_element(limits, {}, [size](const CollectiveLimit& limit) { return limit.time(size); });
  return slowest == limits.end() ? nullptr : &*slowest;
}

bool is_impossible(const Claim& claim, const CollectiveLimit& limit) {
  return claim.time.value < limit.time(claim.size).value * (1 - kRounding);
}

}  // namespace muster
