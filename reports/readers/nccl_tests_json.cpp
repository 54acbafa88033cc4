// SPDX-License-Identifier: Apache-2.0
// Reader of what nccl-tests and rccl-tests write with -J, schema 1 to 3 (nccl-tests src/util.cu): the same cases as
// its text gives, with the times of all iterations where -I was on. The environment in it may hold secrets and is not
// read. Used by the table of readers.cpp.
#include <algorithm>

#include "reports/readers/foreign_json.hpp"
#include "reports/readers/nccl_tests_section.hpp"
#include "reports/readers/text_lines.hpp"

namespace muster {
namespace {

constexpr std::int64_t kMostRanks = std::int64_t{1} << 20;
constexpr std::int64_t kMostRanksOfProcess = 1024;

/// Between 0 and `most`; `otherwise` where it is not told.
int count_in(const Json& object, const std::string& key, std::int64_t most, std::int64_t otherwise) {
  return static_cast<int>(std::clamp<std::int64_t>(whole_in_json(member(object, key)).value_or(otherwise), 0, most));
}

std::uint64_t amount_in(const Json& object, const std::string& key) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(whole_in_json(member(object, key)).value_or(0), 0));
}

/// It stands in the name of the program; in that of the experiment only where a version gives one.
std::optional<Collective> collective_of(const Json& document, const std::string& origin) {
  const std::string program = text_in_json(element(member(document, "args"), 0));
  const std::string experiment = text_in_json(member(element(member(document, "results"), 0), "experiment_name"));
  for (const std::string& name : {program.substr(program.rfind('/') + 1), experiment, origin}) {
    if (const auto collective = collective_in(name)) return collective;
  }
  return std::nullopt;
}

Sweep sweep_of(const Json& config) {
  const std::uint64_t factor = amount_in(config, "step_factor");
  return {.least = amount_in(config, "minimum_bytes"),
          .most = amount_in(config, "maximum_bytes"),
          .step = factor > 0 ? factor : amount_in(config, "step_bytes"),
          .by_factor = factor > 0};
}

/// nccl-tests lists the first GPU of each process only; who lists all of them has ranks between those.
std::map<int, ForeignRank> ranks_of(const Json& config) {
  const int each = std::max(count_in(config, "nthreads", kMostRanksOfProcess, 1), 1) *
                   std::max(count_in(config, "ngpus", kMostRanksOfProcess, 1), 1);
  std::map<int, ForeignRank> listed;
  for (const Json& device : member(config, "devices")) {
    const auto rank = whole_in_json(member(device, "rank"));
    if (!rank || *rank < 0 || *rank >= kMostRanks) continue;
    listed[static_cast<int>(*rank)] = {.host = text_in_json(member(device, "hostname")),
                                       .model = text_in_json(member(device, "device_info")),
                                       .group = count_in(device, "group", kMostRanks, 0)};
  }
  const bool are_firsts = std::ranges::all_of(listed, [each](const auto& rank) { return rank.first % each == 0; });
  if (!are_firsts || each == 1 || static_cast<std::int64_t>(listed.size()) * each > kMostRanks) return listed;
  std::map<int, ForeignRank> ranks;
  for (const auto& [first, rank] : listed) {
    for (int i = 0; i < each; ++i) ranks[first + i] = rank;
  }
  return ranks;
}

/// Seconds of each iteration; empty where one of them is no time.
std::vector<double> samples_in(const Json& list, std::size_t skipped) {
  std::vector<double> samples;
  for (const Json& each : list) {
    const auto seconds = seconds_of(number_in_json(each));
    if (!seconds) return {};
    samples.push_back(*seconds);
  }
  samples.erase(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(std::min(skipped, samples.size())));
  return samples;
}

/// The slowest GPU of each iteration: what our samples are. -K says how many at the start are warm-up.
void add_samples(const Json& iterations, RowNumbers& numbers) {
  const auto skipped = static_cast<std::size_t>(count_in(iterations, "skipped_iterations", kMostIterations, 0));
  numbers.samples = samples_in(member(iterations, "times_us"), skipped);
  if (numbers.samples.empty()) return;
  for (const Json& process : member(iterations, "per_process_max_times_us")) {
    numbers.rank_samples.push_back(samples_in(process, skipped));
    if (numbers.rank_samples.back().size() != numbers.samples.size()) return numbers.rank_samples.clear();
  }
}

std::optional<RowNumbers> numbers_of(const Json& placement) {
  if (!placement.is_object()) return std::nullopt;
  RowNumbers numbers;
  const Json& time = member(placement, placement.contains("cpu_time") ? "cpu_time" : "time");
  if (number_in_json(member(placement, "bus_bw"))) numbers.seconds = seconds_of(number_in_json(time));
  if (const auto wrong = whole_in_json(member(placement, "nwrong")); wrong && *wrong >= 0) {
    numbers.wrong = static_cast<std::uint64_t>(*wrong);
  }
  return numbers;
}

std::optional<LogRow> row_of(const Json& result) {
  const auto type = element_type_in(text_in_json(member(result, "type")));
  const auto operation = operation_in(text_in_json(member(result, "redop")));
  if (!type || !operation) return std::nullopt;
  LogRow row{.size = amount_in(result, "size"),
             .count = amount_in(result, "count"),
             .type = *type,
             .operation = *operation,
             .root = static_cast<int>(
                 std::clamp<std::int64_t>(whole_in_json(member(result, "root")).value_or(-1), -1, kMostRanks)),
             .placements = {numbers_of(member(result, "out_of_place")), numbers_of(member(result, "in_place"))}};
  return row;
}

class NcclTestsDocument {
 public:
  explicit NcclTestsDocument(const std::string& origin) : origin_(origin) {}

  ForeignResults read(const Json& document) {
    results_.tool = "nccl-tests";
    const Json& config = member(document, "config");
    section_.title = "the test";
    section_.collective = collective_of(document, origin_);
    section_.sweep = sweep_of(config);
    const int aggregated = count_in(config, "aggregated_iterations", kMostIterations, 1);
    section_.averaged_over = count_in(config, "iterations", kMostIterations, 0) * aggregated;
    section_.check_iterations = count_in(config, "validation", kMostIterations, 0);
    if (count_in(config, "graph", kMostIterations, 0) > 0) section_.launch = Launch::graph;
    if (truth_in_json(member(config, "blocking_collectives")).value_or(false)) section_.cadence = Cadence::isolated;
    section_.ranks = ranks_of(config);
    // A time that -I gives is of one iteration, whatever -m put into it.
    takes_samples_ = aggregated == 1;
    take_rows(member(document, "results"));
    take_footer(document);
    finish_section(std::move(section_), origin_, results_);
    return std::move(results_);
  }

 private:
  void take_rows(const Json& rows) {
    if (!rows.is_array()) return;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::string place = origin_ + ": results[" + std::to_string(i) + "]";
      auto row = row_of(rows[i]);
      if (!row) {
        add_incident(results_, place, "has no type or no operation that is known; it is left out");
        continue;
      }
      constexpr std::array kKeys = {"out_of_place_per_iter", "in_place_per_iter"};
      for (std::size_t placement = 0; placement < kKeys.size(); ++placement) {
        auto& numbers = row->placements[placement];
        if (numbers && takes_samples_) add_samples(member(rows[i], kKeys[placement]), *numbers);
      }
      add_row(section_, *row, place);
    }
  }

  void take_footer(const Json& document) {
    const Json& bounds = member(document, "out_of_bounds");
    section_.concluded = bounds.is_object();
    section_.in_bounds = truth_in_json(member(bounds, "okay")).value_or(false);
    for (const Json& error : member(document, "errors")) fail("error: " + error.dump());
    if (section_.concluded && !section_.in_bounds) fail("out_of_bounds: " + bounds.dump());
    // Two keys were misspelt until February 2026.
    for (const char* const key : {"average_bus_bandwidth", "average_bus_bandwidith"}) {
      const Json& average = member(document, key);
      if (!truth_in_json(member(average, "okay")).value_or(true)) fail(std::string(key) + ": " + average.dump());
    }
  }

  void fail(const std::string& what) {
    if (section_.failure.empty()) section_.failure = what;
  }

  const std::string& origin_;
  ForeignResults results_;
  Section section_;
  bool takes_samples_ = false;
};

}  // namespace

bool is_nccl_tests_json(std::string_view text) {
  return first_character(text) == '{' && has(text, "\"nccl_version\"") && has(text, "\"args\"");
}

ForeignResults read_nccl_tests_json(std::string_view text, const std::string& origin) {
  return NcclTestsDocument(origin).read(parse_foreign_json(text, origin));
}

}  // namespace muster
