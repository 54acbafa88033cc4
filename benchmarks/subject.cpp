// SPDX-License-Identifier: Apache-2.0
// The table of families, and the transports that their subjects share.
#include "benchmarks/subject.hpp"

#include <array>

#include "core/error.hpp"

namespace muster {
namespace {

using SubjectFunction = MadeSubject (*)(SubjectMaker&, const Case&);

MadeSubject only_on_hosts(SubjectMaker&, const Case& item) {
  return Unsupported{std::string(name_of(item.family)) + " has no body for a GPU"};
}

MadeSubject only_on_gpus(SubjectMaker&, const Case& item) {
  return Unsupported{std::string(name_of(item.family)) + " is for GPUs"};
}

struct FamilyEntry {
  Family family;
  SubjectFunction on_host, on_gpu;
};

MadeSubject only_elsewhere(SubjectMaker&, const Case&) {
  return Unsupported{"a number of another tool can be imported, not measured"};
}

constexpr std::array<FamilyEntry, 8> kFamilies = {{
    {Family::collective, make_collective_subject, make_collective_subject},
    {Family::overlap, make_overlap_subject, make_overlap_subject},
    {Family::matmul, make_matmul_subject, make_gpu_matmul_subject},
    {Family::reduce, make_reduce_subject, make_gpu_reduce_subject},
    {Family::memory, make_memory_subject, make_gpu_memory_subject},
    {Family::peak, make_peak_subject, only_on_hosts},
    {Family::link, only_on_gpus, make_link_subject},
    {Family::metric, only_elsewhere, only_elsewhere},
}};

/// Why not all groups of the case can be measured at once on these ranks; empty where they can.
std::string part_fault(const Case& item, int ranks) {
  if (item.ranks == 0 && item.group.empty()) return {};
  if (!item.group.empty()) return "a group by name can be imported, not measured";
  if (!has_collective(item)) return "only collectives are measured on groups of the ranks";
  return group_fault(item, ranks);
}

}  // namespace

SubjectMaker::~SubjectMaker() = default;

SubjectMaker& SubjectMaker::of_group(const Case& item) {
  const auto [found, is_new] = parts_.try_emplace({item.ranks, item.stride});
  Part& part = found->second;
  if (is_new) {
    part.team = team_.split(seat_of(item, team_.rank()).group);
    part.maker = std::make_unique<SubjectMaker>(*part.team, seed_, tap_);
  }
  return *part.maker;
}

MadeSubject SubjectMaker::make(const Case& item) {
  if (const std::string fault = part_fault(item, team_.ranks()); !fault.empty()) return Unsupported{fault};
  for (const FamilyEntry& entry : kFamilies) {
    if (entry.family != item.family) continue;
    SubjectMaker& maker = item.ranks > 0 ? of_group(item) : *this;
    MadeSubject made = is_on_gpu(item) ? entry.on_gpu(maker, item) : entry.on_host(maker, item);
    // One rank that cannot makes it impossible for all: a host of another kind, say.
    const auto* missing = std::get_if<Unsupported>(&made);
    const std::vector<std::string> reasons = all_gather(team_, missing == nullptr ? std::string() : missing->reason);
    for (std::size_t rank = 0; rank < reasons.size(); ++rank) {
      if (!reasons[rank].empty()) return Unsupported{reasons[rank]};
    }
    return made;
  }
  throw Error("case " + item.id + ": no subject of this family");
}

std::variant<Transport*, Unsupported> SubjectMaker::transport(TransportKind kind) {
  auto found = transports_.find(kind);
  if (found == transports_.end()) {
    found = transports_.emplace(kind, make_transport(kind, team_, reduce_kernels())).first;
  }
  if (const auto* missing = std::get_if<Unsupported>(&found->second)) return *missing;
  return std::get<std::unique_ptr<Transport>>(found->second).get();
}

}  // namespace muster
