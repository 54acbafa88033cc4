// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/nccl_tests/perf_run.hpp"

#include <algorithm>
#include <ctime>
#include <numeric>

#include "benchmarks/nccl_tests/perf_problem.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

/// What a row is about before it is measured.
struct RowCase {
  Bytes size{};
  ElementType type = ElementType::float32;
  ReduceOperation operation = ReduceOperation::sum;
  int root = -1;
};

/// One rank's clock over all iterations, seconds.
struct Lap {
  double per_operation = 0;
  std::vector<double> iterations{};  ///< mean over the aggregated operations of each
};

class Sweep {
 public:
  Sweep(const PerfStage& stage, const PerfSweep& sweep) : stage_(stage), sweep_(sweep) {}

  void run(const std::function<void(PerfRow)>& on_row) {
    const std::vector<Bytes> sizes = perf_sizes(sweep_.options);
    for (RowCase each : series()) {
      for (const Bytes size : {sizes.back(), sizes.front()}) {
        each.size = size;
        warm_up(each);
      }
      for (const Bytes size : sizes) {
        each.size = size;
        on_row(row_of(each));
      }
    }
  }

 private:
  Collective collective() const { return sweep_.program.collective; }
  const PerfOptions& options() const { return sweep_.options; }

  std::vector<RowCase> series() const {
    const int ranks = stage_.transport.team().ranks();
    std::vector<int> roots = {-1};
    if (has_root(collective())) roots = {options().root};
    if (has_root(collective()) && options().root < 0) {
      // Groups may differ in size, and all must run equally many series.
      const std::vector<int> sizes = all_gather(stage_.world, ranks);
      roots.resize(static_cast<std::size_t>(*std::ranges::min_element(sizes)));
      std::iota(roots.begin(), roots.end(), 0);
    }
    std::vector<ReduceOperation> operations = {ReduceOperation::sum};
    if (reduces(collective())) operations = options().operations;
    std::vector<RowCase> all;
    for (const ElementType type : options().types) {
      for (const ReduceOperation operation : operations) {
        for (const int root : roots) all.push_back({.type = type, .operation = operation, .root = root});
      }
    }
    return all;
  }

  Problem problem_of(const RowCase& item, Placement placement) const {
    Problem problem = perf_problem(collective(), stage_.transport.team().ranks(), item.size, item.type, sweep_.traffic);
    problem.root = std::max(item.root, 0);
    problem.operation = item.operation;
    if (in_place_offsets(problem, 0)) problem.placement = placement;
    return problem;
  }

  std::unique_ptr<PerfSubject> subject_of(const Problem& problem) {
    MadePerfSubject made = make_perf_subject(stage_.transport, problem, stage_.injection.tap());
    if (const auto* missing = std::get_if<Unsupported>(&made)) throw Error(missing->reason);
    return std::move(std::get<std::unique_ptr<PerfSubject>>(made));
  }

  void warm_up(const RowCase& item) {
    const PerfWatchdog::Watch watch(stage_.watchdog);
    const Problem problem = problem_of(item, Placement::out_of_place);
    const std::unique_ptr<PerfSubject> subject = subject_of(problem);
    stage_.world.barrier();
    for (int i = 0; i < options().warmup; ++i) subject->run();
  }

  PerfRow row_of(const RowCase& item) {
    const Problem problem = problem_of(item, Placement::out_of_place);
    PerfRow row{.size = size_of(problem).value,
                .count = perf_count(problem),
                .type = std::string(name_of(item.type)),
                .operation = std::string(sweep_.program.operation),
                .root = item.root};
    if (row.operation.empty()) row.operation = name_of(item.operation);
    const std::string id = std::string(sweep_.program.name) + "/" + std::to_string(row.size);
    stage_.injection.at_case(id);
    row.out_of_place = placement_of(problem, id);
    row.in_place = placement_of(problem_of(item, Placement::in_place), id);
    // Without an operation in place the second column is a repetition, and was never one in place: not checked.
    if (!in_place_offsets(problem, 0)) row.in_place.wrong.reset();
    row.timestamp = perf_timestamp();
    return row;
  }

  PerfPlacementResult placement_of(const Problem& problem, const std::string& id) {
    const PerfWatchdog::Watch watch(stage_.watchdog);
    const std::unique_ptr<PerfSubject> subject = subject_of(problem);
    subject->run();  // connects what the first call connects
    stage_.world.barrier();
    Lap lap = timed(*subject);
    stage_.world.barrier();
    PerfPlacementResult result;
    result.seconds = merged(lap.per_operation);
    if (result.seconds > 0) result.algbw = static_cast<double>(size_of(problem).value) / result.seconds;
    result.busbw = result.algbw * busbw_factor(problem.collective, problem.ranks);
    if (options().per_iteration != 0) {
      result.iterations = summarised(all_gather(stage_.world, lap.iterations), options().skipped_iterations);
    }
    if (options().checks > 0) result.wrong = checked(*subject, id);
    return result;
  }

  /// The loop that counts. Operations that the GPU times itself are queued at once, unless -z asks to wait for each.
  Lap timed(PerfSubject& subject) {
    const int launches = std::max(options().graph_launches, 1);
    const int operations = options().aggregated * launches;
    Lap lap;
    if (options().blocking == 0) {
      const std::vector<Seconds> queued = subject.stream(options().iterations * operations);
      if (!queued.empty()) return lap_of(queued, operations);
    }
    const double begin = stage_.clock.now().value;
    double last = begin;
    for (int i = 0; i < options().iterations; ++i) {
      for (int j = 0; j < operations; ++j) subject.run();
      if (options().blocking == 1) stage_.world.barrier();
      if (options().per_iteration == 0) continue;
      const double now = stage_.clock.now().value;
      lap.iterations.push_back((now - last) / operations);
      last = now;
    }
    const double total = stage_.clock.now().value - begin;
    lap.per_operation = total / options().iterations / operations;
    return lap;
  }

  Lap lap_of(const std::vector<Seconds>& durations, int operations) const {
    Lap lap;
    double total = 0;
    for (std::size_t i = 0; i < durations.size(); i += static_cast<std::size_t>(operations)) {
      double sum = 0;
      for (int j = 0; j < operations; ++j) sum += durations[i + static_cast<std::size_t>(j)].value;
      lap.iterations.push_back(sum / operations);
      total += sum;
    }
    lap.per_operation = total / static_cast<double>(durations.size());
    return lap;
  }

  /// -a, over all ranks of all groups.
  double merged(double mine) {
    const std::vector<double> all = all_gather(stage_.world, mine);
    switch (options().average) {
      case PerfAverage::rank0:
        return all.front();
      case PerfAverage::mean:
        return std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
      case PerfAverage::least:
        return *std::ranges::min_element(all);
      case PerfAverage::most:
        break;
    }
    return *std::ranges::max_element(all);
  }

  std::uint64_t checked(PerfSubject& subject, const std::string& id) {
    std::uint64_t wrong = 0;
    for (int i = 0; i < options().checks && wrong == 0; ++i) {
      subject.reset();
      stage_.world.barrier();
      subject.run();
      stage_.injection.arm(id);
      const std::vector<std::uint64_t> all = all_gather(stage_.world, subject.wrong());
      wrong = std::accumulate(all.begin(), all.end(), std::uint64_t{0});
    }
    return wrong;
  }

  const PerfStage& stage_;
  const PerfSweep& sweep_;
};

}  // namespace

std::string perf_timestamp() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char text[32];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
  return {text, length};
}

void run_perf_sweep(const PerfStage& stage, const PerfSweep& sweep, const std::function<void(PerfRow)>& on_row) {
  Sweep(stage, sweep).run(on_row);
}

}  // namespace muster
