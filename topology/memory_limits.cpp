// SPDX-License-Identifier: Apache-2.0
#include "topology/memory_limits.hpp"

#include <algorithm>
#include <optional>

namespace muster {
namespace {

/// The rate that bounds accesses to `working_set`: rates do not rise with the working set, so the best of those
/// measured at or above the largest measured one that still fits into it.
template <typename Wanted>
std::optional<MemoryRate> bounding_rate(Bytes working_set, const std::vector<MemoryRate>& rates, Wanted wanted) {
  Bytes from{0};
  Bytes smallest{UINT64_MAX};
  for (const MemoryRate& each : rates) {
    if (!wanted(each.access)) continue;
    smallest = std::min(smallest, each.working_set);
    if (each.working_set <= working_set) from = std::max(from, each.working_set);
  }
  from = std::max(from, smallest);
  std::optional<MemoryRate> best;
  for (const MemoryRate& each : rates) {
    if (!wanted(each.access) || each.working_set < from) continue;
    if (!best || each.rate > best->rate) best = each;
  }
  return best;
}

}  // namespace

Traffic least_traffic(Collective collective, int ranks, Bytes size, Placement placement) {
  const double n = ranks;
  const double s = static_cast<double>(size.value);
  const bool in_place = placement == Placement::in_place;
  if (ranks == 1 && in_place) return {};
  switch (collective) {
    // Each rank has s in and s out; nothing is already where it belongs, in place or not.
    case Collective::all_reduce:
      return {s, s};
    // s / n in and s out; in place the own block is there already, and only the others are read and written.
    case Collective::all_gather:
      return {s / n, in_place ? s * (n - 1) / n : s};
    case Collective::reduce_scatter:
      return {s, s / n};
    case Collective::all_to_all:
    case Collective::send_recv:
      return {s, s};
    // The size of all_to_allv is its busiest rank's; the others may have next to nothing.
    case Collective::all_to_allv:
      return {s / n, s / n};
    // One input in all, one output each; in place the root's is there already.
    case Collective::broadcast:
      return {s / n, in_place ? s * (n - 1) / n : s};
    case Collective::reduce:
      return {s, s / n};
    // Inputs of s in all, outputs of s in all; in place the root's own block stays where it is.
    case Collective::gather:
    case Collective::scatter:
      return in_place ? Traffic{s / n * (n - 1) / n, s / n * (n - 1) / n} : Traffic{s / n, s / n};
  }
  return {};
}

TimeBound memory_bound(const Traffic& traffic, Bytes working_set, const std::vector<MemoryRate>& rates) {
  struct Term {
    const char* name;
    double bytes;
    std::optional<MemoryRate> rate;
  };
  const auto any = [](MemoryAccess) { return true; };
  const Term terms[] = {
      {"read", traffic.read_bytes,
       bounding_rate(working_set, rates, [](MemoryAccess access) { return access == MemoryAccess::read; })},
      {"write", traffic.written_bytes,
       bounding_rate(working_set, rates, [](MemoryAccess access) { return access == MemoryAccess::write; })},
      {"read + write", traffic.read_bytes + traffic.written_bytes, bounding_rate(working_set, rates, any)},
  };
  TimeBound bound;
  for (const Term& term : terms) {
    if (!term.rate || term.rate->rate.value <= 0) continue;
    const Seconds time{term.bytes / term.rate->rate.value};
    if (time <= bound.time) continue;
    bound = {time, std::string("memory ") + term.name + " at a working set of " + format_size(term.rate->working_set)};
  }
  return bound;
}

}  // namespace muster
