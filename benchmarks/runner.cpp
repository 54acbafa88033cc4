// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/runner.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>
#include <optional>

#include "benchmarks/gpu_health.hpp"
#include "benchmarks/measure.hpp"
#include "benchmarks/subject.hpp"
#include "benchmarks/telemetry.hpp"
#include "benchmarks/versions.hpp"
#include "collectives/gpu_binding.hpp"
#include "core/host.hpp"

namespace muster {
namespace {

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32] = {};
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

void compare_plans(Team& team, const std::string& hash) {
  const std::vector<std::string> hashes = all_gather(team, hash);
  std::string different;
  for (std::size_t rank = 1; rank < hashes.size(); ++rank) {
    if (hashes[rank] != hashes[0]) different += (different.empty() ? "" : ", ") + std::to_string(rank);
  }
  if (different.empty()) return;
  throw PlanMismatch("the plan of rank " + different + " differs from rank 0's (" + hashes[0] +
                     "): give all hosts the same plan.json");
}

class PlanRun {
 public:
  PlanRun(Team& team, Clock& clock, const Plan& plan, const RunSettings& settings, LineWriter* output,
          RunObserver& observer)
      : team_(team),
        clock_(clock),
        plan_(plan),
        settings_(settings),
        output_(output),
        observer_(observer),
        injection_(settings.faults, team.rank()),
        maker_(team, plan.seed, injection_.tap()) {}

  void run() {
    const std::string hash = plan_hash(plan_);
    compare_plans(team_, injection_.changes_hash() ? hash + "*" : hash);
    const bool agreed_on_gpus = std::ranges::any_of(plan_.cases, [](const Case& item) { return is_on_gpu(item); });
    // Before the first context on a GPU: the health of idle GPUs, and no process of this run among the others.
    std::vector<Json> health;
    if (agreed_on_gpus) health = read_health_of_hosts(HealthMoment::before);
    write_header(hash, agreed_on_gpus ? bind_gpus() : std::vector<Gpu>());
    for (const Json& line : health) append(line);
    const Seconds begin = clock_.now();
    double weight_left = 0;
    Seconds sustained_left{};  // a held load takes its time whatever is left for the others
    for (const Case& item : plan_.cases) {
      if (!agreed_open(item)) continue;
      weight_left += item.sampling.weight;
      sustained_left = sustained_left + item.sustain;
    }
    for (std::size_t index = 0; index < plan_.cases.size(); ++index) {
      const Case& item = plan_.cases[index];
      if (!agreed_open(item)) continue;
      const double left = std::max(0.0, (settings_.budget - sustained_left - (clock_.now() - begin)).value);
      sustained_left = sustained_left - item.sustain;
      const Seconds share{left * item.sampling.weight / weight_left};
      weight_left -= item.sampling.weight;
      const Record record = run_case(index, item, share);
      append(to_json(record));
      if (team_.rank() == 0) observer_.recorded(index, record);
      ++records_;
    }
    if (agreed_on_gpus) {
      for (const Json& line : read_health_of_hosts(HealthMoment::after)) append(line);
    }
    append(end_line(records_));
  }

 private:
  bool agreed_open(const Case& item) {
    return agree(team_, static_cast<char>(settings_.done.contains(item.id) ? 0 : 1)) != 0;
  }

  void append(const Json& line) {
    if (output_ != nullptr) output_->append(to_line(line));
  }

  void write_header(const std::string& hash, std::vector<Gpu> gpus) {
    RunHeader header;
    header.started = utc_now();
    header.plan_hash = hash;
    header.launcher = plan_.launcher;
    header.ranks = team_.ranks();
    header.hosts = all_gather(team_, host_name());
    header.gpus = std::move(gpus);
    header.clock_error = align_clocks(team_, clock_).error;
    header.versions = versions();
    if (!header.gpus.empty()) header.versions.merge(gpu_versions());
    header.environment = allowed_environment(environ);
    append(to_json(header));
  }

  /// One line per host, by its first rank; on all ranks alike.
  std::vector<Json> read_health_of_hosts(HealthMoment moment) {
    HealthSources sources;
    sources.own_processes = all_gather(team_, static_cast<int>(getpid()));
    std::string mine;
    if (local_rank(team_) == 0) mine = to_line(health_line(read_health(moment, settings_.launch, clock_, sources)));
    std::vector<Json> lines;
    for (const std::string& text : all_gather(team_, mine)) {
      if (!text.empty()) lines.push_back(parse_json(text, "health of a host"));
    }
    return lines;
  }

  /// [rank]; empty where a rank has none: its cases will say why.
  std::vector<Gpu> bind_gpus() {
    const auto bound = bind_gpu(team_);
    const auto* binding = std::get_if<GpuBinding>(&bound);
    if (binding == nullptr) return {};
    telemetry_ = std::make_unique<TelemetrySampler>(binding->gpu, team_.rank(), clock_);
    std::vector<Gpu> all;
    for (const std::string& text : all_gather(team_, to_line(to_json(binding->gpu)))) {
      all.push_back(gpu_from_json(parse_json(text, "GPU of a rank"), "GPU of a rank"));
    }
    return all;
  }

  /// Of all ranks that have any.
  std::vector<Telemetry> stop_telemetry() {
    const std::optional<Telemetry> mine = telemetry_->stop();
    std::vector<Telemetry> all;
    for (const std::string& text : all_gather(team_, mine ? to_line(to_json(*mine)) : std::string())) {
      if (!text.empty()) all.push_back(telemetry_from_json(parse_json(text, "telemetry"), "telemetry"));
    }
    return all;
  }

  Record run_case(std::size_t index, const Case& item, Seconds share) {
    observer_.at(index, item.id, "preparing");
    team_.barrier();  // all ranks have said that they are here before one of them is made to break
    injection_.at_case(item.id);
    Record record;
    record.case_id = item.id;
    record.launch = settings_.launch;
    record.ranks = ranks_of(item, plan_);
    MadeSubject made = maker_.make(item);
    if (const auto* missing = std::get_if<Unsupported>(&made)) {
      record.status = Status::unsupported;
      record.reason = missing->reason;
      return record;
    }
    Subject& subject = *std::get<std::unique_ptr<Subject>>(made);
    observer_.at(index, item.id, "checking");
    for (int i = 0; i < plan_.check_iterations; ++i) check_fresh(subject, item, record.check);
    observer_.at(index, item.id, "measuring");
    const Operation operation{.run = [&subject] { subject.run(); },
                              .cadence = item.cadence,
                              .begins = [this] { observer_.step(); },
                              .device_time = [&subject] { return subject.device_time(); },
                              .stream = [&subject](int count) { return subject.stream(count); },
                              .sustain = item.sustain};
    const bool agreed_on_telemetry = telemetry_ != nullptr && is_on_gpu(item);
    if (agreed_on_telemetry) telemetry_->start();
    const Samples samples = measure(team_, clock_, operation, item.sampling, share);
    if (agreed_on_telemetry) record.telemetry = stop_telemetry();
    observer_.at(index, item.id, "checking");
    if (subject.repeatable()) {
      check(subject, record.check);
    } else {
      check_fresh(subject, item, record.check);
    }
    record.warmup = samples.warmup;
    record.agreed_samples = samples.agreed;
    record.seconds = samples.seconds;
    record.rank_seconds = samples.rank_seconds;
    record.arrival_seconds = samples.arrival_seconds;
    record.bytes = subject.bytes();
    record.flops = subject.flops();
    record.configuration = subject.configuration();
    return record;
  }

  void check_fresh(Subject& subject, const Case& item, CheckResult& total) {
    subject.reset();
    team_.barrier();  // nobody reads a buffer that its owner still fills
    injection_.arm(item.id);
    subject.run();
    check(subject, total);
  }

  /// Adds every rank's findings; the text is that of the first rank with a wrong element.
  void check(Subject& subject, CheckResult& total) {
    const std::vector<DataCheck> all = all_gather(team_, subject.check());
    ++total.iterations;
    for (std::size_t rank = 0; rank < all.size(); ++rank) {
      total.elements += all[rank].elements;
      total.wrong += all[rank].wrong;
      if (all[rank].wrong == 0 || !total.first_wrong.empty()) continue;
      total.first_wrong = "rank " + std::to_string(rank) + " element " + std::to_string(all[rank].first_wrong) +
                          ": expected " + std::to_string(all[rank].expected) + ", found " +
                          std::to_string(all[rank].found);
    }
  }

  Team& team_;
  Clock& clock_;
  const Plan& plan_;
  const RunSettings& settings_;
  LineWriter* output_;
  RunObserver& observer_;
  Injection injection_;
  SubjectMaker maker_;
  std::unique_ptr<TelemetrySampler> telemetry_;  ///< on all ranks or on none
  std::size_t records_ = 0;
};

}  // namespace

void check_ranks(const Team& team, const Plan& plan) {
  if (plan.ranks == team.ranks()) return;
  throw AgreedError("the plan is for " + std::to_string(plan.ranks) + " ranks, but " + std::to_string(team.ranks()) +
                    " were started: plan again with --ranks or start as many");
}

void run_plan(Team& team, Clock& clock, const Plan& plan, const RunSettings& settings, LineWriter* output,
              RunObserver& observer) {
  check_ranks(team, plan);
  PlanRun(team, clock, plan, settings, output, observer).run();
}

}  // namespace muster
