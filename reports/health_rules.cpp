// SPDX-License-Identifier: Apache-2.0
// All rules of health together, and those that look at a host as a whole: GPUs that vanished, the kernel's log.
#include "reports/health_rules.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "reports/text_table.hpp"
#include "reports/xid.hpp"

namespace muster {
namespace {

using Reports = std::vector<const HealthReport*>;

std::map<std::string, Reports> reports_by_host(const Run& run) {
  std::map<std::string, Reports> hosts;
  for (const HealthReport& report : run.health) hosts[report.host].push_back(&report);
  return hosts;
}

void append(std::vector<Finding>& all, std::vector<Finding> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

bool has_gpu(const HealthReport& report, const std::string& uuid) {
  return std::ranges::any_of(report.gpus, [&](const GpuHealth& gpu) { return gpu.uuid == uuid; });
}

void judge_vanished(const HealthReport& earlier, const HealthReport& last, std::set<std::string>& told,
                    std::vector<Finding>& findings) {
  for (const GpuHealth& gpu : earlier.gpus) {
    if (gpu.uuid.empty() || has_gpu(last, gpu.uuid) || !told.insert(gpu.uuid).second) continue;
    findings.push_back({Severity::error, "gpu_vanished", place_of(gpu),
                        "GPU " + gpu.uuid + " at " + gpu.address + " was there " +
                            std::string(name_of(earlier.moment)) + " and is not " + std::string(name_of(last.moment)) +
                            ": it may have fallen off the bus; see the kernel's log"});
  }
}

void judge_driver(const std::string& host, const Reports& reports, std::vector<Finding>& findings) {
  const HealthReport& last = *reports.back();
  if (!last.gpus_unknown) return;
  const bool had_gpus = std::ranges::any_of(reports, [](const HealthReport* report) { return !report->gpus.empty(); });
  if (had_gpus) {
    findings.push_back({Severity::error, "driver_lost", host, "the driver no longer answers: " + *last.gpus_unknown});
  } else {
    findings.push_back(
        {Severity::note, "health_unknown", host, "the state of the GPUs is not known: " + *last.gpus_unknown});
  }
}

int count_in(const HealthReport& report, const XidEvent& event) {
  for (const XidEvent& other : report.xids) {
    if (other.address == event.address && other.code == event.code) return other.count;
  }
  return 0;
}

// The kernel forgets its oldest lines, so the last reading alone may lack some.
std::vector<const XidEvent*> most_of_each(const Reports& reports) {
  std::map<std::pair<std::string, int>, const XidEvent*> most;
  for (const HealthReport* report : reports) {
    for (const XidEvent& event : report->xids) {
      const XidEvent*& found = most[{event.address, event.code}];
      if (found == nullptr || event.count >= found->count) found = &event;
    }
  }
  std::vector<const XidEvent*> events;
  for (const auto& [key, event] : most) events.push_back(event);
  return events;
}

std::string place_of_xid(const Reports& reports, const XidEvent& event) {
  for (const HealthReport* report : reports) {
    for (const GpuHealth& gpu : report->gpus) {
      if (!gpu.address.empty() && gpu.address == event.address) return place_of(gpu);
    }
  }
  return reports.front()->host + "/" + event.address;
}

Finding finding_of_xid(const Reports& reports, const XidEvent& event, int during) {
  const XidMeaning meaning = meaning_of(event);
  // A program that faulted before this run is history; one that faults now may be ours.
  const Severity severity = during > 0 ? std::max(meaning.severity, Severity::warning) : meaning.severity;
  return {severity, "xid_" + std::to_string(event.code), place_of_xid(reports, event),
          "XID " + std::to_string(event.code) + ", " + meaning.text + ": " + std::to_string(event.count) +
              " since boot, " + std::to_string(during) + " in this run; last: " + printable(event.text)};
}

}  // namespace

std::string place_of(const GpuHealth& gpu) { return gpu.host + "/gpu" + std::to_string(gpu.index); }

std::vector<GpuHistory> histories_of(const Run& run) {
  std::map<std::pair<std::string, int>, GpuHistory> histories;
  std::multimap<std::string, const Telemetry*> telemetry;
  for (const Record& record : run.records) {
    for (const Telemetry& series : record.telemetry) telemetry.emplace(series.uuid, &series);
  }
  for (const HealthReport& report : run.health) {
    for (const GpuHealth& gpu : report.gpus) {
      if (gpu.unreadable) continue;
      GpuHistory& history = histories[{gpu.host, gpu.index}];
      history.place = place_of(gpu);
      history.readings.push_back(&gpu);
      if (report.moment == HealthMoment::under_load) history.under_load.push_back(&gpu);
    }
  }
  std::vector<GpuHistory> all;
  for (auto& [key, history] : histories) {
    const auto [begin, end] = telemetry.equal_range(history.last().uuid);
    for (auto series = begin; series != end && !series->first.empty(); ++series) {
      history.telemetry.push_back(series->second);
    }
    all.push_back(std::move(history));
  }
  return all;
}

std::vector<Finding> judge_presence(const Run& run) {
  std::vector<Finding> findings;
  for (const auto& [host, reports] : reports_by_host(run)) {
    const HealthReport& last = *reports.back();
    std::set<std::string> told;
    for (const HealthReport* report : reports) {
      if (!last.gpus_unknown) judge_vanished(*report, last, told, findings);
    }
    for (const GpuHealth& gpu : last.gpus) {
      if (!gpu.unreadable) continue;
      findings.push_back({Severity::error, "gpu_unreadable", place_of(gpu),
                          "the driver tells nothing of this GPU: " + *gpu.unreadable + "; see the kernel's log"});
    }
    judge_driver(host, reports, findings);
  }
  return findings;
}

std::vector<Finding> judge_xids(const Run& run) {
  std::vector<Finding> findings;
  for (const auto& [host, reports] : reports_by_host(run)) {
    for (const XidEvent* event : most_of_each(reports)) {
      // Where the log could not be read before, nobody knows what is new.
      const bool is_known_before = !reports.front()->xids_unknown;
      const int during = is_known_before ? event->count - count_in(*reports.front(), *event) : 0;
      findings.push_back(finding_of_xid(reports, *event, during));
    }
    if (const auto& unknown = reports.back()->xids_unknown) {
      findings.push_back(
          {Severity::note, "xids_unknown", host, "errors in the kernel's log (XIDs) are not known: " + *unknown});
    }
  }
  return findings;
}

HealthSummary judge_health(const Plan& plan, const Run& run) {
  HealthSummary summary;
  const std::vector<GpuHistory> histories = histories_of(run);
  append(summary.findings, judge_presence(run));
  append(summary.findings, judge_xids(run));
  for (const GpuHistory& gpu : histories) {
    summary.gpus.push_back(gpu.under_load.empty() ? gpu.last() : *gpu.under_load.back());
    append(summary.findings, judge_state(gpu));
    append(summary.findings, judge_load(gpu));
  }
  append(summary.findings, judge_peers(histories));
  summary.degraded_cases = degraded_cases(run);
  summary.spreads = gpu_spreads(plan, run);
  append(summary.findings, judge_spreads(summary.spreads));
  std::ranges::stable_sort(summary.findings, std::greater<>{}, &Finding::severity);
  return summary;
}

std::optional<Judgement> verdict_of(const HealthSummary& summary) {
  const auto errors = std::ranges::count(summary.findings, Severity::error, &Finding::severity);
  if (errors == 0) return std::nullopt;
  const auto first = std::ranges::find(summary.findings, Severity::error, &Finding::severity);
  return Judgement{Verdict::fail,
                   std::to_string(errors) + " errors of GPU health; first: " + first->place + ": " + first->meaning};
}

}  // namespace muster
