// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/nccl_tests/perf_subject.hpp"

#include <algorithm>

#include "benchmarks/subject.hpp"
#include "benchmarks/suites.hpp"
#include "collectives/generators.hpp"
#include "collectives/program.hpp"
#include "collectives/proof.hpp"
#include "core/buffer.hpp"
#include "core/error.hpp"
#include "kernels/combine.hpp"

namespace muster {
namespace {

constexpr std::uint64_t kSeed = 1;

/// Elements that are filled or checked at once: few enough to stay in a cache, 64 lines of each type at least.
constexpr std::uint64_t kPieceElements = 65536;

/// Calls body(first, count) for pieces of a range of `elements`.
template <typename Body>
void in_pieces(std::uint64_t elements, Body body) {
  for (std::uint64_t first = 0; first < elements; first += kPieceElements) {
    body(first, std::min(kPieceElements, elements - first));
  }
}

/// avg and mulsum on hosts: a sum with a pass over the data after or before it.
class ScaledExecution final : public Execution {
 public:
  ScaledExecution(std::unique_ptr<Execution> sum, const Problem& problem, const RankMemory& memory, int rank)
      : sum_(std::move(sum)), problem_(problem), memory_(memory), factor_(mulsum_factor(rank)) {
    const bool keeps_input =
        problem.operation == ReduceOperation::mulsum && problem.placement == Placement::out_of_place;
    if (keeps_input) scaled_ = HostBuffer(Bytes{memory.input.size()});
  }

  void run() override {
    if (problem_.operation == ReduceOperation::mulsum) multiply();
    sum_->run();
    if (problem_.operation == ReduceOperation::avg) {
      scale_host(memory_.output, memory_.output, {1, problem_.ranks}, problem_.type);
    }
  }

  std::string configuration() const override { return sum_->configuration(); }

 private:
  /// The sum reads the input's place, so the user's data wait elsewhere while their product is there.
  void multiply() {
    const Scale scale{.numerator = factor_};
    if (problem_.placement == Placement::in_place) {
      scale_host(memory_.input, memory_.input, scale, problem_.type);
      return;
    }
    if (!is_kept_) std::ranges::copy(memory_.input, scaled_.bytes().begin());
    is_kept_ = true;
    scale_host(memory_.input, scaled_.bytes(), scale, problem_.type);
  }

  std::unique_ptr<Execution> sum_;
  const Problem& problem_;
  RankMemory memory_;
  int factor_;
  bool is_kept_ = false;
  HostBuffer scaled_;
};

class CollectivePerfSubject final : public PerfSubject {
 public:
  CollectivePerfSubject(Transport& transport, const Problem& problem, int rank, Tap* tap)
      : transport_(transport), problem_(problem), rank_(rank), tap_(tap), data_(problem_, kSeed) {}

  const Problem& problem() const { return problem_; }
  const RankMemory& memory() const { return memory_; }
  void take(const RankMemory& memory, std::unique_ptr<Execution> execution) {
    memory_ = memory;
    execution_ = std::move(execution);
  }

  void run() override { execution_->run(); }
  std::vector<Seconds> stream(int count) override { return execution_->stream(count); }
  std::string configuration() const override { return execution_->configuration(); }

  void reset() override {
    const std::size_t element = size_of(problem_.type);
    // In place, the input lies inside the output: spoil first, fill second.
    in_pieces(output_count(problem_, rank_), [&](std::uint64_t first, std::uint64_t count) {
      piece_.assign(count * element, std::byte{0xA5});
      transport_.store(memory_.output.subspan(first * element, piece_.size()), piece_);
    });
    in_pieces(input_count(problem_, rank_), [&](std::uint64_t first, std::uint64_t count) {
      piece_.resize(count * element);
      data_.fill(piece_, rank_, first);
      transport_.store(memory_.input.subspan(first * element, piece_.size()), piece_);
    });
  }

  std::uint64_t wrong() override {
    std::uint64_t wrong = 0;
    const std::size_t element = size_of(problem_.type);
    for (int block = 0; block < block_count(problem_.collective, problem_.ranks); ++block) {
      if (!needs(problem_, rank_, block)) continue;
      const ElementRange range = output_range(problem_, rank_, block);
      in_pieces(range.count, [&](std::uint64_t first, std::uint64_t count) {
        piece_.resize(count * element);
        transport_.load(piece_, memory_.output.subspan((range.first + first) * element, piece_.size()));
        if (tap_ != nullptr) tap_->delivered(piece_, problem_.type);
        wrong += data_.wrong_in(piece_, block, first);
      });
    }
    return wrong;
  }

 private:
  Transport& transport_;
  Problem problem_;
  int rank_;
  Tap* tap_;  ///< sees results, because a library's transfers cannot be tapped
  PerfData data_;
  RankMemory memory_{};
  std::unique_ptr<Execution> execution_;
  std::vector<std::byte> piece_;
};

/// Few ranks that read each other's memory are served best by the straight way; many by the ring
/// (docs/measurements/host-2-cores.md).
Algorithm algorithm_for(const Problem& problem) {
  constexpr int kFewRanks = 4;
  switch (problem.collective) {
    case Collective::all_reduce:
      return problem.ranks <= kFewRanks ? Algorithm::pairwise : Algorithm::ring;
    case Collective::broadcast:
    case Collective::reduce:
      return Algorithm::tree;
    case Collective::send_recv:
      return Algorithm::ring;
    default:
      return Algorithm::pairwise;
  }
}

std::unique_ptr<Execution> prepare_schedule(PerfTransport& transport, CollectivePerfSubject& subject,
                                            RankMemory& memory) {
  const Problem& problem = subject.problem();
  const Algorithm algorithm = algorithm_for(problem);
  const int channels = channels_for(problem.collective, algorithm, transport.kind(), size_of(problem), problem.ranks);
  const Schedule schedule = make_schedule({.collective = problem.collective,
                                           .algorithm = algorithm,
                                           .ranks = problem.ranks,
                                           .channels = channels,
                                           .root = problem.root});
  // All ranks hold the same schedule, so one of them proves it for all.
  MUSTER_ASSERT(transport.team().rank() != 0 || !prove(schedule).fault);
  const Program program = expand(schedule, problem, transport.team().rank());
  Transport& carrier = transport.combining(problem.operation);
  memory = carrier.allocate(problem, program.scratch_bytes);
  return carrier.prepare(program, memory, problem.type, nullptr);
}

}  // namespace

PerfTransport::PerfTransport(Team& team, TransportKind kind, const GpuOptions& options)
    : team_(team), kind_(kind), options_(options) {
  combining(ReduceOperation::sum);
}

Transport& PerfTransport::combining(ReduceOperation operation) {
  const CombineFunction combine = combine_host(operation);
  if (transport_ && combine == combine_) return *transport_;
  transport_.reset();
  auto made = make_transport(kind_, team_, {.host = combine, .device = reduce_kernels().device});
  if (const auto* missing = std::get_if<Unsupported>(&made)) throw Error(missing->reason);
  transport_ = std::move(std::get<std::unique_ptr<Transport>>(made));
  combine_ = combine;
  if (const auto refused = transport_->choose(options_)) throw Error(refused->reason);
  return *transport_;
}

MadePerfSubject make_perf_subject(PerfTransport& transport, const Problem& problem, Tap* tap) {
  Transport& carrier = transport.combining(problem.operation);
  const int rank = transport.team().rank();
  auto subject = std::make_unique<CollectivePerfSubject>(carrier, problem, rank, tap);
  const bool scales = reduces(problem.collective) && !is_on_gpu(transport.kind()) &&
                      (problem.operation == ReduceOperation::avg || problem.operation == ReduceOperation::mulsum);
  Problem asked = problem;
  if (scales) asked.operation = ReduceOperation::sum;
  RankMemory memory = carrier.allocate(asked, 0);
  auto native = carrier.prepare_native(asked, memory);
  std::unique_ptr<Execution> execution;
  if (auto* made = std::get_if<std::unique_ptr<Execution>>(&native)) {
    execution = std::move(*made);
  } else if (is_on_gpu(transport.kind())) {
    return std::get<Unsupported>(native);
  } else {
    execution = prepare_schedule(transport, *subject, memory);
  }
  if (scales) {
    execution = std::make_unique<ScaledExecution>(std::move(execution), subject->problem(), memory, rank);
  }
  subject->take(memory, std::move(execution));
  subject->reset();
  return subject;
}

}  // namespace muster
