// SPDX-License-Identifier: Apache-2.0
// Rules of health that compare GPUs with each other: links, versions and limits, and how fast each was.
#include <algorithm>
#include <cmath>
#include <map>

#include "reports/health_rules.hpp"
#include "reports/statistics.hpp"
#include "reports/text_table.hpp"

namespace muster {
namespace {

int active_links(const GpuHealth& gpu) {
  return static_cast<int>(
      std::ranges::count_if(gpu.links, [](const NvLinkHealth& link) { return link.state == "active"; }));
}

void judge_link_counts(std::span<const GpuHistory> gpus, std::vector<Finding>& findings) {
  std::map<std::pair<std::string, std::string>, int> most;  // by host and model
  for (const GpuHistory& gpu : gpus) {
    int& links = most[{gpu.last().host, gpu.last().model}];
    links = std::max(links, active_links(gpu.last()));
  }
  for (const GpuHistory& gpu : gpus) {
    const int here = active_links(gpu.last());
    const int there = most[{gpu.last().host, gpu.last().model}];
    if (here == there) continue;
    findings.push_back({Severity::error, "nvlinks_inactive", gpu.place,
                        std::to_string(here) + " NVLinks are active where like GPUs of its host have " +
                            std::to_string(there) + ": reset the GPU; see the fabric manager's log"});
  }
}

// Values of one property with the GPUs that have them.
using Groups = std::map<std::string, std::vector<std::string>>;

void judge_groups(const Groups& groups, const std::string& code, const std::string& what,
                  std::vector<Finding>& findings) {
  if (groups.size() < 2) return;
  std::string text;
  for (const auto& [value, places] : groups) {
    text += (text.empty() ? "" : "; ") + printable(value) + " on " + std::to_string(places.size()) + " GPUs, first " +
            places.front();
  }
  findings.push_back({Severity::warning, code, "fleet", "GPUs differ in " + what + ": " + text});
}

template <typename Value>
void judge_property(std::span<const GpuHistory> gpus, const std::string& code, const std::string& what, Value value_of,
                    std::vector<Finding>& findings) {
  std::map<std::string, Groups> by_model;
  for (const GpuHistory& gpu : gpus) {
    const std::string value = value_of(gpu.last());
    if (!value.empty()) by_model[gpu.last().model][value].push_back(gpu.place);
  }
  for (const auto& [model, groups] : by_model)
    judge_groups(groups, code, what + " (" + printable(model) + ")", findings);
}

void judge_models(std::span<const GpuHistory> gpus, std::vector<Finding>& findings) {
  Groups models;
  for (const GpuHistory& gpu : gpus) models[gpu.last().model].push_back(gpu.place);
  judge_groups(models, "mixed_models", "model", findings);
}

bool measures_each_gpu_apart(const Case& item) {
  return !has_collective(item) && item.family != Family::link && is_on_gpu(item);
}

std::vector<double> rank_medians(const Record& record) {
  std::vector<double> medians;
  for (const std::vector<double>& seconds : record.rank_seconds) {
    if (seconds.empty()) return {};
    medians.push_back(summarise(seconds).median);
  }
  return medians;
}

// How GPUs are named by NVML's index where health tells it, else by host and rank.
std::string name_of_rank(const Run& run, std::size_t rank) {
  const RunHeader& header = run.headers.back();
  const std::string host = rank < header.hosts.size() ? header.hosts[rank] : "unknown";
  if (rank < header.gpus.size()) {
    for (const HealthReport& report : run.health) {
      for (const GpuHealth& gpu : report.gpus) {
        if (!gpu.uuid.empty() && gpu.uuid == header.gpus[rank].uuid) return place_of(gpu);
      }
    }
  }
  return host + "/rank" + std::to_string(rank);
}

// 1.4826 times the median distance from the median estimates the standard deviation of a normal distribution. The
// floor of half a percent keeps a few equal peers from making an outlier of a GPU that is as good.
double robust_deviation(std::span<const double> values, double median) {
  constexpr double kNormal = 1.4826;
  constexpr double kLeastShare = 0.005;
  std::vector<double> distances;
  for (const double value : values) distances.push_back(std::abs(value - median));
  return std::max(kNormal * summarise(distances).median, kLeastShare * median);
}

GpuSpread spread_of(const Run& run, const Record& record, const std::vector<double>& medians) {
  const auto worst = static_cast<std::size_t>(std::ranges::max_element(medians) - medians.begin());
  std::vector<double> others = medians;
  others.erase(others.begin() + static_cast<std::ptrdiff_t>(worst));
  const double usual = summarise(others).median;
  return {.case_id = record.case_id,
          .gpus = static_cast<int>(medians.size()),
          .median_seconds = summarise(medians).median,
          .worst_seconds = medians[worst],
          .worst_rank = static_cast<int>(worst),
          .worst_gpu = name_of_rank(run, worst),
          .slower_by = std::max(0.0, medians[worst] / usual - 1),
          .sigmas = std::max(0.0, (medians[worst] - usual) / robust_deviation(others, usual))};
}

}  // namespace

std::vector<Finding> judge_peers(std::span<const GpuHistory> gpus) {
  std::vector<Finding> findings;
  judge_link_counts(gpus, findings);
  judge_models(gpus, findings);
  judge_property(
      gpus, "mixed_vbios", "VBIOS", [](const GpuHealth& gpu) { return gpu.vbios.value_or(""); }, findings);
  judge_property(
      gpus, "mixed_driver", "driver", [](const GpuHealth& gpu) { return gpu.driver.value_or(""); }, findings);
  const auto limit = [](const GpuHealth& gpu) {
    return gpu.power_limit_watts ? significant(*gpu.power_limit_watts) + " W" : std::string();
  };
  judge_property(gpus, "mixed_power_limit", "power limit", limit, findings);
  return findings;
}

std::vector<GpuSpread> gpu_spreads(const Plan& plan, const Run& run) {
  std::map<std::string, const Record*> last;
  for (const Record& record : run.records) last[record.case_id] = &record;
  std::vector<GpuSpread> spreads;
  for (const Case& item : plan.cases) {
    const auto found = last.find(item.id);
    if (!measures_each_gpu_apart(item) || found == last.end() || run.headers.empty()) continue;
    const std::vector<double> medians = rank_medians(*found->second);
    const bool are_times = std::ranges::all_of(medians, [](double seconds) { return seconds > 0; });
    if (medians.size() > 1 && are_times) spreads.push_back(spread_of(run, *found->second, medians));
  }
  return spreads;
}

std::vector<Finding> judge_spreads(std::span<const GpuSpread> spreads) {
  constexpr int kFewest = 3;           // of two that differ, nobody knows which is wrong
  constexpr double kSlower = 0.03;     // one such GPU slows every synchronous step of a training by as much
  constexpr double kManySigmas = 4.0;  // among a thousand sound GPUs, fewer than one is so far off
  std::vector<Finding> findings;
  for (const GpuSpread& spread : spreads) {
    if (spread.gpus < kFewest || spread.slower_by < kSlower || spread.sigmas < kManySigmas) continue;
    findings.push_back({Severity::warning, "slower_than_peers", spread.worst_gpu,
                        percent(spread.slower_by) + " % slower than its peers at " + spread.case_id + " (" +
                            significant(spread.sigmas) + " robust sigmas)"});
  }
  return findings;
}

}  // namespace muster
