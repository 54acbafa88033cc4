// SPDX-License-Identifier: Apache-2.0
// muster topology predict: the times that NCCL or RCCL should take for collectives on the machine, by size, beside the
// limit that nothing beats.
#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/report_files.hpp"
#include "cli/topology/commands.hpp"
#include "cli/topology/system.hpp"
#include "collectives/planner/collective_model.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "reports/text_table.hpp"
#include "topology/gpus_per_host.hpp"
#include "topology/limits/limits.hpp"

namespace muster {
namespace {

constexpr double kGiga = 1e9;

struct CollectiveOptions {
  SystemOptions system;
  std::vector<std::string> collectives;
  std::string least = "8";
  std::string most = "8G";
  int factor = 8;
  int gpus_per_node = 0;  ///< 0 = all
  bool json = false;
};

constexpr std::array<Collective, 7> kPredicted = {
    Collective::all_reduce, Collective::all_gather, Collective::reduce_scatter, Collective::all_to_all,
    Collective::broadcast,  Collective::reduce,     Collective::send_recv};

std::vector<Collective> wanted_collectives(const std::vector<std::string>& names) {
  if (names.empty()) return {kPredicted.begin(), kPredicted.end()};
  std::vector<Collective> collectives;
  for (const std::string& name : names) collectives.push_back(parse_collective(name));
  return collectives;
}

std::vector<Bytes> sweep(const CollectiveOptions& options) {
  const Bytes least = parse_size(options.least);
  const Bytes most = parse_size(options.most);
  if (least.value == 0 || least > most) throw Error("-b must be at least 1 and at most -e");
  const auto factor = static_cast<std::uint64_t>(options.factor);
  std::vector<Bytes> sizes;
  for (Bytes size = least;; size = size * factor) {
    sizes.push_back(size);
    if (size.value > most.value / factor) return sizes;
  }
}

struct SizedPrediction {
  Bytes size{};
  CollectiveTime predicted{};
  std::optional<Seconds> limit{};

  double algbw() const { return (size / predicted.time).value / kGiga; }
};

struct CollectiveRow {
  Collective collective = Collective::all_reduce;
  std::vector<SizedPrediction> at_size{};
};

struct PredictedSystem {
  std::string system{};
  FabricGroup fabric{};
  std::vector<CollectiveRow> collectives{};
};

PredictedSystem answer_to(const CollectiveOptions& options) {
  System system = load_system(options.system);
  tell_findings(system.findings);
  if (options.gpus_per_node > 0) {
    system.topology = with_gpus_per_host(system.topology, options.gpus_per_node, system.name);
    system.symmetries.clear();
  }
  PredictedSystem answer{.system = system.name, .fabric = fabric_of(system.topology, system.name)};
  LimitStudy study(system.topology, {.symmetries = system.symmetries, .findings = system.findings});
  for (const Collective collective : wanted_collectives(options.collectives)) {
    const std::vector<CollectiveLimit> limits = study.of(collective);
    CollectiveRow row{.collective = collective};
    for (const Bytes size : sweep(options)) {
      const CollectiveLimit* limit = binding_at(limits, size);
      row.at_size.push_back(
          {.size = size,
           .predicted = predict_collective(answer.fabric.fabric, collective, answer.fabric.group, size),
           .limit = limit == nullptr ? std::nullopt : std::optional(limit->time(size))});
    }
    answer.collectives.push_back(std::move(row));
  }
  return answer;
}

Json to_json(const SizedPrediction& point, double busbw_over_algbw) {
  Json json = {{"size_bytes", point.size.value},
               {"seconds", point.predicted.time.value},
               {"algbw_gigabytes_per_second", point.algbw()},
               {"busbw_gigabytes_per_second", point.algbw() * busbw_over_algbw},
               {"choice", point.predicted.name()}};
  json["limit_seconds"] = point.limit ? Json(point.limit->value) : Json();
  json["fraction_of_limit"] = point.limit ? Json(*point.limit / point.predicted.time) : Json();
  return json;
}

Json to_json(const PredictedSystem& answer) {
  const auto& [fabric, group] = answer.fabric;
  Json collectives = Json::array();
  for (const CollectiveRow& row : answer.collectives) {
    Json points = Json::array();
    for (const SizedPrediction& point : row.at_size) {
      points.push_back(to_json(point, busbw_factor(row.collective, group.ranks())));
    }
    collectives.push_back({{"collective", name_of(row.collective)}, {"points", points}});
  }
  return {{"schema", "muster/collective-prediction/1"},
          {"system", answer.system},
          {"ranks", group.ranks()},
          {"nodes", group.nodes},
          {"gpus_per_node", group.gpus_per_node},
          {"links", name_of(fabric.links)},
          {"network", group.nodes > 1 ? Json(name_of(fabric.network)) : Json()},
          {"scale_up_bytes_per_second", fabric.scale_up.value},
          {"scale_out_bytes_per_second", fabric.scale_out.value},
          {"reduces_in_switch", fabric.reduces_in_switch},
          {"collectives", collectives}};
}

std::string title_of(const PredictedSystem& answer) {
  const auto& [fabric, group] = answer.fabric;
  std::string title = printable(answer.system) + ": " + std::to_string(group.ranks()) + " GPUs, " +
                      std::to_string(group.gpus_per_node) + " in each NVLink or xGMI domain; " +
                      significant(fabric.scale_up.value / kGiga) + " GB/s to each other (" +
                      std::string(name_of(fabric.links)) + (fabric.reduces_in_switch ? ", sums in switches" : "") + ")";
  if (group.nodes > 1) {
    title += ", " + significant(fabric.scale_out.value / kGiga) + " GB/s to the network (" +
             std::string(name_of(fabric.network)) + ")";
  }
  return title;
}

void print(const PredictedSystem& answer) {
  const int ranks = answer.fabric.group.ranks();
  const TextStyle style = style_of_output();
  std::cout << wrapped(title_of(answer), 2, style) << "\nOne call at a time; bandwidths in GB/s\n\n";
  TextTable table({{"collective", Align::left},
                   {"size"},
                   {"time"},
                   {"algbw"},
                   {"busbw"},
                   {"choice", Align::left},
                   {"limit", Align::right, Need::room},
                   {"% of limit"}});
  for (const CollectiveRow& row : answer.collectives) {
    for (const SizedPrediction& point : row.at_size) {
      table.add({std::string(name_of(row.collective)), format_size(point.size), format_duration(point.predicted.time),
                 significant(point.algbw()), significant(point.algbw() * busbw_factor(row.collective, ranks)),
                 point.predicted.name(), point.limit ? format_duration(*point.limit) : "-",
                 point.limit ? percent(*point.limit / point.predicted.time) : "-"});
    }
  }
  table.print(std::cout, style);
}

}  // namespace

void add_topology_predict(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("predict", "The times that NCCL or RCCL should take for collectives");
  const auto options = std::make_shared<CollectiveOptions>();
  add_system_options(*command, options->system);
  command->add_option("--collective", options->collectives, "Only these (default: all that NCCL has)")
      ->allow_extra_args(false);  // files may follow
  command->add_option("-b,--minbytes", options->least, "Smallest size")->capture_default_str();
  command->add_option("-e,--maxbytes", options->most, "Largest size")->capture_default_str();
  command->add_option("-f,--stepfactor", options->factor, "From one size to the next")
      ->check(CLI::Range(2, 1 << 20))
      ->capture_default_str();
  command->add_option("--gpus-per-node", options->gpus_per_node, "GPUs of each host that take part (default: all)")
      ->check(CLI::Range(1, 1024));
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([options] {
    const PredictedSystem answer = answer_to(*options);
    if (options->json) {
      std::cout << to_document(to_json(answer));
    } else {
      print(answer);
    }
  });
}

}  // namespace muster
