// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/collective_subject.hpp"

#include <algorithm>
#include <cstring>

#include "benchmarks/subject.hpp"
#include "collectives/generators.hpp"
#include "collectives/program.hpp"
#include "collectives/proof.hpp"
#include "collectives/traffic.hpp"
#include "core/error.hpp"
#include "core/host.hpp"

namespace muster {
namespace {

class CollectiveSubject final : public Subject {
 public:
  CollectiveSubject(SubjectMaker& maker, const Case& item, Transport& transport, Problem problem, RankMemory memory,
                    std::unique_ptr<Execution> execution)
      : transport_(transport),
        problem_(std::move(problem)),
        memory_(memory),
        execution_(std::move(execution)),
        rank_(maker.team().rank()),
        data_{item.pattern, maker.seed(), problem_.ranks, problem_.type},
        native_tap_(item.algorithm == Algorithm::native ? maker.tap() : nullptr) {}

  void run() override { execution_->run(); }
  std::vector<Seconds> stream(int count) override { return execution_->stream(count); }

  void reset() override {
    // In place, the input lies inside the output: spoil first, fill second.
    host_.assign(memory_.output.size(), std::byte{0xA5});
    transport_.store(memory_.output, host_);
    host_.resize(memory_.input.size());
    fill(host_, data_, rank_, 0);
    transport_.store(memory_.input, host_);
  }

  DataCheck check() override {
    host_.resize(memory_.output.size());
    transport_.load(host_, memory_.output);
    if (native_tap_ != nullptr && !host_.empty()) native_tap_->delivered(host_, problem_.type);
    DataCheck result;
    for (int block = 0; block < block_count(problem_.collective, problem_.ranks); ++block) {
      if (needs(problem_, rank_, block)) result.add(check_block(block));
    }
    return result;
  }

  bool repeatable() const override { return problem_.placement == Placement::out_of_place; }
  Bytes bytes() const override { return size_of(problem_); }
  std::string configuration() const override { return execution_->configuration(); }

 private:
  DataCheck check_block(int block) const {
    const std::size_t element = size_of(problem_.type);
    const ElementRange out = output_range(problem_, rank_, block);
    const std::span<const std::byte> found = std::span(host_).subspan(out.first * element, out.count * element);
    const RankRange sources = contributors(problem_, block);
    DataCheck check =
        verify(found, data_, sources.first, sources.count, input_range(problem_, sources.first, block).first);
    check.first_wrong += out.first;
    return check;
  }

  Transport& transport_;
  Problem problem_;
  RankMemory memory_;
  std::unique_ptr<Execution> execution_;
  int rank_;
  DataSpec data_;
  Tap* native_tap_;  ///< a library's transfers cannot be tapped; its result can
  std::vector<std::byte> host_;
};

}  // namespace

Problem problem_of(const Case& item, int ranks, std::uint64_t seed) {
  Problem problem = problem_of_size(item.collective, ranks, item.size, item.type);
  problem.root = item.root;
  problem.placement = item.placement;
  if (item.collective == Collective::all_to_allv) {
    problem.traffic = make_traffic({item.traffic, ranks, item.size, item.type, seed});
  }
  return problem;
}

int group_size_of(const std::vector<std::string>& hosts) {
  const auto ranks = hosts.size();
  const auto group = static_cast<std::size_t>(std::ranges::count(hosts, hosts.front()));
  if (group == ranks) return static_cast<int>((ranks + 1) / 2);
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    const bool starts_host = rank % group == 0;
    const bool same_as_before = rank > 0 && hosts[rank] == hosts[rank - 1];
    if (starts_host == same_as_before) return 1;
  }
  return static_cast<int>(group);
}

Schedule schedule_of(const Case& item, int ranks, int group_size) {
  return make_schedule({item.collective, item.algorithm, ranks, item.channels, item.root, group_size});
}

namespace {

/// Collective; what can go wrong alike on all ranks is thrown as NoRoom.
MadeSubject make_subject(SubjectMaker& maker, const Case& item, Transport& transport, Problem problem) {
  Team& team = maker.team();
  if (auto refused = transport.choose({.launch = item.launch, .buffers = item.buffers})) return *refused;
  if (item.algorithm == Algorithm::native) {
    const RankMemory memory = transport.allocate(problem, 0);
    auto made = transport.prepare_native(problem, memory);
    if (const auto* missing = std::get_if<Unsupported>(&made)) return *missing;
    return std::make_unique<CollectiveSubject>(maker, item, transport, std::move(problem), memory,
                                               std::get<std::unique_ptr<Execution>>(std::move(made)));
  }
  const Schedule schedule = schedule_of(item, team.ranks(), group_size_of(all_gather(team, host_name())));
  // All ranks hold the same schedule, so one of them proves it for all.
  const std::string fault = team.rank() == 0 ? prove(schedule).fault.value_or("") : "";
  const bool agreed_proven = agree(team, fault.empty());
  if (!agreed_proven) throw Error("case " + item.id + ": the schedule is wrong and was not run: " + fault);
  const Program program = expand(schedule, problem, team.rank());
  const RankMemory memory = transport.allocate(problem, program.scratch_bytes);
  auto execution = transport.prepare(program, memory, problem.type, maker.tap());
  return std::make_unique<CollectiveSubject>(maker, item, transport, std::move(problem), memory, std::move(execution));
}

}  // namespace

MadeSubject make_collective_subject(SubjectMaker& maker, const Case& item) {
  if (item.traffic == kUnknownTraffic)
    return Unsupported{"the other tool did not tell which rank sent how much to whom"};
  const auto found = maker.transport(item.transport);
  if (const auto* missing = std::get_if<Unsupported>(&found)) return *missing;
  Problem problem = problem_of(item, maker.team().ranks(), maker.seed());
  try {
    return make_subject(maker, item, *std::get<Transport*>(found), std::move(problem));
  } catch (const NoRoom& error) {
    return Unsupported{error.what()};
  } catch (const ScheduleTooLarge& error) {
    return Unsupported{error.what()};
  }
}

}  // namespace muster
