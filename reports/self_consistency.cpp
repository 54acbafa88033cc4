// SPDX-License-Identifier: Apache-2.0
// Two kinds of guidelines: calls of one library against each other (a table), and two ways to make the same call.
#include "reports/self_consistency.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "reports/rules/interval.hpp"

namespace muster {

namespace {

/// The left one can be built from the right ones, so it need not take longer than they do one after the other. The same
/// size on both sides is the same work: nccl-tests counts the larger total buffer.
struct Guideline {
  Collective left;
  std::array<Collective, 2> right;  ///< twice the same = one call
  std::string_view name;
};

// Traeff, Gropp, Thakur, section 4: (3) to (10), in our words.
constexpr auto kGuidelines = std::to_array<Guideline>({
    {Collective::all_reduce,
     {Collective::reduce_scatter, Collective::all_gather},
     "all_reduce <= reduce_scatter + all_gather"},
    {Collective::all_reduce, {Collective::reduce, Collective::broadcast}, "all_reduce <= reduce + broadcast"},
    {Collective::all_gather, {Collective::all_to_all, Collective::all_to_all}, "all_gather <= all_to_all"},
    {Collective::all_gather, {Collective::gather, Collective::broadcast}, "all_gather <= gather + broadcast"},
    {Collective::broadcast, {Collective::scatter, Collective::all_gather}, "broadcast <= scatter + all_gather"},
    {Collective::reduce, {Collective::all_reduce, Collective::all_reduce}, "reduce <= all_reduce"},
    {Collective::reduce, {Collective::reduce_scatter, Collective::gather}, "reduce <= reduce_scatter + gather"},
    {Collective::reduce_scatter, {Collective::all_reduce, Collective::all_reduce}, "reduce_scatter <= all_reduce"},
    {Collective::gather, {Collective::all_gather, Collective::all_gather}, "gather <= all_gather"},
    {Collective::scatter, {Collective::broadcast, Collective::broadcast}, "scatter <= broadcast"},
});

// Open MPI's names of the collectives in its parameters coll_tuned_*_algorithm (ompi_info --param coll tuned).
std::string_view open_mpi_name(Collective collective) {
  switch (collective) {
    case Collective::all_reduce:
      return "allreduce";
    case Collective::all_gather:
      return "allgather";
    case Collective::reduce_scatter:
      return "reduce_scatter_block";
    case Collective::all_to_all:
      return "alltoall";
    case Collective::all_to_allv:
      return "alltoallv";
    case Collective::broadcast:
      return "bcast";
    case Collective::reduce:
      return "reduce";
    case Collective::gather:
      return "gather";
    case Collective::scatter:
      return "scatter";
    case Collective::send_recv:
      break;
  }
  return "";
}

// Another algorithm than the library chose. NCCL's variables: NCCL user guide, "Environment Variables".
std::string other_algorithm(const Case& item) {
  if (item.transport == TransportKind::nccl) {
    return "compare NCCL_ALGO=Ring with NCCL_ALGO=Tree and NCCL_PROTO=Simple with NCCL_PROTO=LL128; see that "
           "NCCL_NVLS_ENABLE is not 0 where the switches can reduce";
  }
  const std::string_view name = open_mpi_name(item.collective);
  if (item.transport == TransportKind::mpi && !name.empty()) {
    return "set OMPI_MCA_coll_tuned_use_dynamic_rules=1 and try values of OMPI_MCA_coll_tuned_" + std::string(name) +
           "_algorithm (ompi_info --param coll tuned lists them)";
  }
  return "plan another algorithm (muster plan --help)";
}

std::string other_buffers(const Case& item) {
  if (item.transport == TransportKind::nccl) return "try NCCL_LOCAL_REGISTER=0 and 1, then NCCL_PROTO=Simple";
  return other_algorithm(item);
}

std::string other_queueing(const Case& item) {
  if (item.transport == TransportKind::nccl) {
    return "try CUDA_DEVICE_MAX_CONNECTIONS=1 and NCCL_LAUNCH_MODE=PARALLEL; look for other work on the GPUs";
  }
  if (item.transport == TransportKind::mpi) {
    return "pin the ranks (mpirun --bind-to core); try OMPI_MCA_mpi_yield_when_idle=0";
  }
  return "pin the ranks to cores of their own";
}

/// What a row is looked up by: its case without what a guideline lets differ.
using Rows = std::map<std::string, const Row*>;

class Checker {
 public:
  explicit Checker(std::span<const Row> rows) {
    for (const Row& row : rows) {
      if (row.verdict != Verdict::pass || !row.time || row.item.family != Family::collective) continue;
      if (!interval_of(row, kMeanMargin)) continue;
      rows_.push_back(&row);
      by_id_.emplace(row.item.id, &row);
      of_all_sizes_[without_size(row.item)].push_back(&row);
      if (row.item.algorithm != Algorithm::native) keep_faster(fastest_own_[without_way(row.item)], row);
    }
  }

  std::vector<GuidelineViolation> found() {
    for (const Row* row : rows_) {
      check_calls(*row);
      check_own_schedules(*row);
      check_placement(*row);
      check_cadence(*row);
      check_sizes(*row);
    }
    return std::move(violations_);
  }

 private:
  static std::string without_size(Case item) {
    item.size = Bytes{1};
    return case_id(item);
  }

  // Ways over the same kind of memory are alike.
  static std::string without_way(Case item) {
    item.transport = is_on_gpu(item) ? TransportKind::cuda : TransportKind::threads;
    item.algorithm = Algorithm::native;
    item.channels = 1;
    item.launch = Launch::plain;
    item.buffers = Buffers::plain;
    return case_id(item);
  }

  static void keep_faster(const Row*& best, const Row& row) {
    if (best == nullptr || row.time->median < best->time->median) best = &row;
  }

  const Row* find(Case item) const {
    const auto found = by_id_.find(case_id(item));
    return found == by_id_.end() ? nullptr : found->second;
  }

  void compare(std::string_view guideline, const Row& row, const std::vector<const Row*>& reference,
               const std::string& remedy) {
    const Interval time = *interval_of(row, kMeanMargin);
    Interval sum;
    std::vector<std::string> ids;
    for (const Row* each : reference) {
      const Interval part = *interval_of(*each, kMeanMargin);
      sum = {sum.median + part.median, sum.low + part.low, sum.high + part.high};
      ids.push_back(each->item.id);
    }
    if (time.low <= (1 + kGuidelineMargin) * sum.high) return;
    violations_.push_back({.guideline = std::string(guideline),
                           .case_id = row.item.id,
                           .reference = ids,
                           .factor = time.median / sum.median,
                           .at_least = time.low / sum.high,
                           .remedy = remedy});
  }

  // Only the library's own calls: what our schedules cost is not for the user to mend.
  void check_calls(const Row& row) {
    if (row.item.algorithm != Algorithm::native) return;
    for (const Guideline& guideline : kGuidelines) {
      if (guideline.left != row.item.collective) continue;
      std::vector<const Row*> reference;
      for (const Collective part : guideline.right) {
        Case item = row.item;
        item.collective = part;
        reference.push_back(find(item));
      }
      if (std::ranges::count(reference, nullptr) > 0) continue;
      if (reference[0] == reference[1]) reference.pop_back();
      compare(guideline.name, row, reference, other_algorithm(row.item));
    }
  }

  // The fastest way of ours over the same kind of memory.
  void check_own_schedules(const Row& row) {
    if (row.item.algorithm != Algorithm::native) return;
    const auto best = fastest_own_.find(without_way(row.item));
    if (best == fastest_own_.end()) return;
    compare("native <= our best schedule", row, {best->second}, other_algorithm(row.item));
  }

  void check_placement(const Row& row) {
    if (row.item.placement != Placement::in_place) return;
    Case item = row.item;
    item.placement = Placement::out_of_place;
    if (const Row* other = find(item)) compare("in_place <= out_of_place", row, {other}, other_buffers(row.item));
  }

  void check_cadence(const Row& row) {
    if (row.item.cadence != Cadence::streaming) return;
    Case item = row.item;
    item.cadence = Cadence::isolated;
    if (const Row* other = find(item)) compare("streaming <= isolated", row, {other}, other_queueing(row.item));
  }

  // A small message could be sent as a part of a larger one. The fastest of the larger ones says it best.
  void check_sizes(const Row& row) {
    const Row* best = nullptr;
    for (const Row* other : of_all_sizes_.at(without_size(row.item))) {
      if (other->item.size > row.item.size) keep_faster(best, *other);
    }
    if (best) compare("a size <= a larger size", row, {best}, other_algorithm(row.item));
  }

  std::vector<const Row*> rows_;
  Rows by_id_;
  Rows fastest_own_;
  std::map<std::string, std::vector<const Row*>> of_all_sizes_;
  std::vector<GuidelineViolation> violations_;
};

}  // namespace

std::vector<GuidelineViolation> check_guidelines(std::span<const Row> rows) { return Checker(rows).found(); }

std::vector<std::string> find_sound_parts(std::span<const Row> rows) {
  struct Parts {
    const Row* whole = nullptr;
    std::vector<const Row*> parts;
  };
  std::map<std::string, Parts> cases;  // by the id without who took part
  std::vector<std::string> order;
  for (const Row& row : rows) {
    Case item = row.item;
    item.ranks = 0;
    item.group.clear();
    const std::string key = case_id(item);
    if (!cases.contains(key)) order.push_back(key);
    Parts& parts = cases[key];
    if (row.item.group.empty()) {
      parts.whole = &row;
    } else {
      parts.parts.push_back(&row);
    }
  }
  std::vector<std::string> findings;
  for (const std::string& key : order) {
    const auto& [whole, parts] = cases[key];
    if (!whole || whole->verdict != Verdict::fail || parts.size() < 2) continue;
    if (!std::ranges::all_of(parts, [](const Row* part) { return part->verdict == Verdict::pass; })) continue;
    findings.push_back(whole->item.id + " fails though each of its " + std::to_string(parts.size()) +
                       " groups passes: no group explains it; look at what only all together use (the links between "
                       "the groups, shared spines and rails) and plan groups that cross the halves");
  }
  return findings;
}

}  // namespace muster
