// SPDX-License-Identifier: Apache-2.0
// The table of checks, and what becomes of their notes.
#include "topology/doctor.hpp"

#include <algorithm>
#include <array>

#include "topology/doctor/checks.hpp"

namespace muster {

namespace {

constexpr auto kChecks = std::to_array<void (*)(const Survey&, CaseNotes&)>({
    check_gpu_count,
    check_link_counts,
    check_scale_up_peers,
    check_directions,
    check_rate_order,
    check_rate_units,
    check_unknown_rates,
    check_assumed_rates,
    check_slots,
    check_nic_slots,
    check_addresses,
    check_guids,
    check_nic_balance,
    check_host_peers,
    check_reach,
    check_uplinks,
    check_cables,
});

/// Enough to see a pattern; a cluster with one fault per node has thousands.
constexpr int kMostOfOneCode = 20;

}  // namespace

void CaseNotes::add(int device, Finding finding) {
  Rest& rest = rests_[finding.code];
  rest.severity = std::max(rest.severity, finding.severity);
  if (++rest.count <= kMostOfOneCode) notes_.push_back({device, std::move(finding)});
}

std::vector<Finding> CaseNotes::finish(const Topology& topology) && {
  for (auto& [device, finding] : notes_) {
    const bool has_device = device < static_cast<int>(topology.devices.size());
    if (finding.place.empty() && has_device) finding.place = topology.devices[static_cast<std::size_t>(device)].id;
  }
  for (const auto& [code, rest] : rests_) {
    const int more = rest.count - kMostOfOneCode;
    if (more <= 0) continue;
    notes_.push_back({static_cast<int>(topology.devices.size()),
                      {.severity = rest.severity,
                       .code = code,
                       .place = "elsewhere",
                       .meaning = "the same was found in " + std::to_string(more) + " more places"}});
  }
  std::ranges::stable_sort(notes_, [](const Note& one, const Note& other) {
    if (one.finding.severity != other.finding.severity) return one.finding.severity > other.finding.severity;
    return one.device < other.device;
  });
  std::vector<Finding> findings;
  for (Note& note : notes_) findings.push_back(std::move(note.finding));
  return findings;
}

std::vector<Finding> examine(const Topology& topology) {
  const Survey survey(topology);
  CaseNotes notes;
  for (const auto check : kChecks) check(survey, notes);
  return std::move(notes).finish(topology);
}

}  // namespace muster
