// SPDX-License-Identifier: Apache-2.0
// muster topology limits: the least time of each collective on the machine, whatever the schedule, and what binds.
#include "topology/limits/limits.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <memory>
#include <optional>

#include "cli/report_files.hpp"
#include "cli/topology/commands.hpp"
#include "cli/topology/findings_json.hpp"
#include "cli/topology/system.hpp"
#include "core/file.hpp"
#include "reports/text_table.hpp"

namespace muster {
namespace {

constexpr std::array<Collective, 9> kCollectives = {
    Collective::all_reduce, Collective::all_gather, Collective::reduce_scatter,
    Collective::all_to_all, Collective::broadcast,  Collective::reduce,
    Collective::send_recv,  Collective::gather,     Collective::scatter};

struct LimitOptions {
  SystemOptions system;
  std::vector<std::string> collectives;
  std::string size = "1G";
  bool scale_up = false;
  bool json = false;
};

/// Who may add up.
enum class Sums { anywhere, by_ranks };

/// algbw in GB/s, as a fraction: what papers and data sheets can be compared with digit by digit.
Rational algbw(const CollectiveLimit& limit) { return Rational(1) / limit.seconds_per_byte / Rational(1'000'000'000); }

Json to_json(const CollectiveLimit& limit, int ranks, Bytes size) {
  Json json = {{"collective", name_of(limit.collective)},
               {"bound", limit.bound},
               {"tightness", limit.tightness == Tightness::optimum ? "optimum" : "bound"},
               {"size_bytes", size.value},
               {"seconds", limit.time(size).value},
               {"latency_seconds", limit.latency.value}};
  if (limit.seconds_per_byte > Rational(0)) {
    json["algbw_gigabytes_per_second"] = algbw(limit).value();
    json["algbw_fraction"] = algbw(limit).text();
    json["busbw_gigabytes_per_second"] = algbw(limit).value() * busbw_factor(limit.collective, ranks);
    json["cut"] = {{"name", limit.cut.name},
                   {"ranks", limit.cut.ranks},
                   {"capacity_bytes_per_second", limit.cut.capacity.value},
                   {"links", limit.cut.links.size()}};
  }
  json["capabilities"] = Json::array();
  if (limit.capabilities.multicast) json["capabilities"].push_back("multicast");
  if (limit.capabilities.reduce) json["capabilities"].push_back("reduce");
  json["rests_on_assumed_rates"] = limit.rests_on_assumed;
  json["findings"] = to_json(limit.findings);
  return json;
}

class LimitTable {
 public:
  LimitTable(int ranks, Bytes size)
      : ranks_(ranks),
        size_(size),
        table_({{"collective", Align::left},
                {"bound", Align::left},
                {"time"},
                {"algbw"},
                {"busbw"},
                {"exact algbw"},
                {"is", Align::left},
                {"what binds", Align::left}}) {}

  void add(const CollectiveLimit& limit, Sums sums) {
    const bool has_rate = limit.seconds_per_byte > Rational(0);
    const double rate = has_rate ? algbw(limit).value() : 0;
    table_.add({std::string(name_of(limit.collective)) + (sums == Sums::by_ranks ? " (summed by ranks)" : ""),
                limit.bound, format_duration(limit.time(size_)), has_rate ? significant(rate) : "-",
                has_rate ? significant(rate * busbw_factor(limit.collective, ranks_)) : "-",
                has_rate ? algbw(limit).text() : "-", limit.tightness == Tightness::optimum ? "optimum" : "bound",
                printable(limit.cut.name) + (limit.rests_on_assumed ? " (assumed rates)" : "")});
    for (const Finding& finding : limit.findings) notes_.push_back(finding.place + ": " + finding.meaning);
  }

  void print() {
    table_.print(std::cout, style_of_output());
    std::ranges::sort(notes_);
    notes_.erase(std::ranges::unique(notes_).begin(), notes_.end());
    for (const std::string& note : notes_) std::cout << "  ! " << printable(note) << "\n";
  }

 private:
  int ranks_;
  Bytes size_;
  TextTable table_;
  std::vector<std::string> notes_;
};

Seconds time_of(const std::vector<CollectiveLimit>& limits, Bytes size) {
  const CollectiveLimit* binding = binding_at(limits, size);
  return binding == nullptr ? Seconds{} : binding->time(size);
}

std::vector<Collective> chosen(const std::vector<std::string>& names) {
  if (names.empty()) return {kCollectives.begin(), kCollectives.end()};
  std::vector<Collective> collectives;
  for (const std::string& name : names) collectives.push_back(parse_collective(name));
  return collectives;
}

void print_limits(const LimitOptions& options) {
  const Bytes size = parse_size(options.size);
  const std::vector<Collective> collectives = chosen(options.collectives);
  const System system = load_system(options.system);
  tell_findings(system.findings);
  const int ranks = static_cast<int>(rank_devices(system.topology).size());
  Json json = Json::array();
  LimitTable table(ranks, size);
  const LimitRequest request{.links = options.scale_up ? LinkChoice::scale_up : LinkChoice::all,
                             .symmetries = system.symmetries,
                             .findings = system.findings};
  LimitStudy study(system.topology, request);
  // Whether switches add up is a matter of licence and set-up, too, so sums have both limits.
  const bool has_both = has_reduction(system.topology) && std::ranges::any_of(collectives, reduces);
  const Topology by_ranks = has_both ? without_reduction(system.topology) : Topology{};
  std::optional<LimitStudy> study_by_ranks;
  if (has_both) study_by_ranks.emplace(by_ranks, request);
  const auto tell = [&](const std::vector<CollectiveLimit>& limits, Sums sums) {
    const CollectiveLimit* binding = binding_at(limits, size);
    for (const CollectiveLimit& limit : limits) {
      json.push_back(to_json(limit, ranks, size));
      json.back()["sums"] = sums == Sums::by_ranks ? "by ranks" : "anywhere";
      json.back()["binds"] = &limit == binding;
      if (&limit == binding) table.add(limit, sums);
    }
  };
  for (const Collective collective : collectives) {
    const std::vector<CollectiveLimit> limits = study.of(collective);
    tell(limits, Sums::anywhere);
    if (has_both && reduces(collective)) {
      const std::vector<CollectiveLimit> others = study_by_ranks->of(collective);
      if (time_of(others, size) != time_of(limits, size)) tell(others, Sums::by_ranks);
    }
    if (limits.empty()) {
      std::cerr << "muster: " << name_of(collective) << ": no limit, because no rate on its way is known\n";
    }
  }
  if (options.json) {
    std::cout << to_document(
        Json{{"schema", "muster/limits/1"}, {"system", system.name}, {"ranks", ranks}, {"limits", json}});
    return;
  }
  std::cout << printable(system.name) << ": " << ranks << " ranks, " << format_size(size)
            << " per rank; GB/s at line rate, nothing is faster\n\n";
  table.print();
}

}  // namespace

void add_topology_limits(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("limits", "The least time of each collective by the links, and what binds");
  const auto options = std::make_shared<LimitOptions>();
  add_system_options(*command, options->system);
  command->add_option("--collective", options->collectives, "Only these (default: all)")
      ->allow_extra_args(false);  // files may follow
  command->add_option("--size", options->size, "Size as nccl-tests counts it")->capture_default_str();
  command->add_flag("--scale-up", options->scale_up, "Only links between GPUs and their switches (NVLink, xGMI)");
  command->add_flag("--json", options->json, "Print all bounds as JSON");
  command->callback([options] { print_limits(*options); });
}

}  // namespace muster
