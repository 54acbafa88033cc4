// SPDX-License-Identifier: Apache-2.0
// Lines of health and telemetry of run.jsonl, written and read. One list of keys serves both directions; what is not
// known has no key.
#include <array>

#include "core/fields.hpp"
#include "core/names.hpp"
#include "reports/health.hpp"

namespace muster {
namespace {

constexpr std::array<std::string_view, 3> kMoments = {"before", "under_load", "after"};

// Bounds that no honest reading reaches.
constexpr Range<int> kLaunches = {0, 1'000'000};
constexpr Range<int> kSmallCounts = {0, 1'000'000'000};
constexpr Range<std::uint64_t> kCounters = {0, ~std::uint64_t{0}};
constexpr Range<double> kReadings = {-1000, 1e13};  // degrees Celsius to hertz
constexpr Range<double> kSeconds = {0, 1e9};

template <typename Clock, typename Visit>
void visit_clocks(const std::string& name, Clock& clocks, Visit visit) {
  visit(name + "_multiprocessor_hertz", clocks.multiprocessor_hertz);
  visit(name + "_memory_hertz", clocks.memory_hertz);
}

// The optional members of a GpuHealth with their keys.
template <typename Health, typename Visit>
void visit_members(Health& gpu, Visit visit) {
  visit("unreadable", gpu.unreadable);
  visit("serial", gpu.serial);
  visit("vbios", gpu.vbios);
  visit("driver", gpu.driver);
  visit("persistence", gpu.persistence);
  visit("ecc", gpu.ecc);
  visit("mig", gpu.mig);
  visit("compute_mode", gpu.compute_mode);
  visit("compute_capability", gpu.compute_capability);
  visit("multiprocessors", gpu.multiprocessors);
  visit_clocks("current", gpu.clocks, visit);
  visit_clocks("highest", gpu.highest_clocks, visit);
  visit_clocks("application", gpu.application_clocks, visit);
  visit_clocks("default_application", gpu.default_application_clocks, visit);
  visit("power_watts", gpu.power_watts);
  visit("power_limit_watts", gpu.power_limit_watts);
  visit("default_power_limit_watts", gpu.default_power_limit_watts);
  visit("highest_power_limit_watts", gpu.highest_power_limit_watts);
  visit("temperature_celsius", gpu.temperature_celsius);
  visit("memory_temperature_celsius", gpu.memory_temperature_celsius);
  visit("slowdown_celsius", gpu.slowdown_celsius);
  visit("corrected_errors", gpu.corrected_errors);
  visit("uncorrected_errors", gpu.uncorrected_errors);
  visit("corrected_errors_of_life", gpu.corrected_errors_of_life);
  visit("uncorrected_errors_of_life", gpu.uncorrected_errors_of_life);
  visit("remapped_rows_corrected", gpu.remapped_rows_corrected);
  visit("remapped_rows_uncorrected", gpu.remapped_rows_uncorrected);
  visit("remapping_pending", gpu.remapping_pending);
  visit("remapping_failed", gpu.remapping_failed);
  visit("retired_pages", gpu.retired_pages);
  visit("retirement_pending", gpu.retirement_pending);
  visit("pcie_generation", gpu.pcie_generation);
  visit("pcie_lanes", gpu.pcie_lanes);
  visit("highest_pcie_generation", gpu.highest_pcie_generation);
  visit("highest_pcie_lanes", gpu.highest_pcie_lanes);
  visit("card_pcie_generation", gpu.card_pcie_generation);
  visit("pcie_replays", gpu.pcie_replays);
  visit("other_processes", gpu.other_processes);
}

template <typename Link, typename Visit>
void visit_link(Link& link, Visit visit) {
  visit("state", link.state);
  visit("replay_errors", link.replay_errors);
  visit("recovery_errors", link.recovery_errors);
  visit("failed_recoveries", link.failed_recoveries);
  visit("crc_flit_errors", link.crc_flit_errors);
  visit("crc_data_errors", link.crc_data_errors);
}

// Visits a member: writes it where it is known.
struct Write {
  Json& json;
  template <typename Value>
  void operator()(const std::string& key, const std::optional<Value>& member) const {
    if (member) json[key] = *member;
  }
};

// Visits a member: reads it where the key is there.
struct Read {
  Fields& fields;
  void operator()(const std::string& key, std::optional<std::string>& member) const {
    if (fields.has(key)) member = fields.text(key);
  }
  void operator()(const std::string& key, std::optional<double>& member) const {
    if (fields.has(key)) member = fields.number(key, kReadings);
  }
  void operator()(const std::string& key, std::optional<int>& member) const {
    if (fields.has(key)) member = fields.integer(key, kSmallCounts);
  }
  void operator()(const std::string& key, std::optional<std::uint64_t>& member) const {
    if (fields.has(key)) member = fields.integer(key, kCounters);
  }
};

const Json& list_of(Fields& fields, const std::string& key) {
  const Json& found = fields.value(key);
  if (!found.is_array()) throw fields.error(key, "must be a list");
  return found;
}

std::vector<std::string> texts_of(Fields& fields, const std::string& key) {
  std::vector<std::string> texts;
  for (const Json& entry : list_of(fields, key)) {
    if (!entry.is_string()) throw fields.error(key, "must be a list of texts");
    texts.push_back(entry.get<std::string>());
  }
  return texts;
}

Json to_json(const NvLinkHealth& link) {
  Json json = {{"link", link.number}};
  visit_link(link, Write{json});
  return json;
}

Json to_json(const XidEvent& event) {
  return {{"address", event.address}, {"code", event.code}, {"count", event.count}, {"text", event.text}};
}

template <typename Item>
Json list_json(const std::vector<Item>& items) {
  Json json = Json::array();
  for (const Item& item : items) json.push_back(to_json(item));
  return json;
}

NvLinkHealth link_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where + ": \"links\"");
  NvLinkHealth link{.number = fields.integer("link", kSmallCounts)};
  visit_link(link, Read{fields});
  fields.finish();
  return link;
}

XidEvent xid_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where + ": \"xids\"");
  XidEvent event{.address = fields.text("address"),
                 .code = fields.integer("code", kSmallCounts),
                 .count = fields.integer("count", Range<int>{1, kSmallCounts.at_most}),
                 .text = fields.text("text")};
  fields.finish();
  return event;
}

void check_length(const Fields& fields, const std::string& key, std::size_t length, const Telemetry& telemetry) {
  if (length == 0 || length == telemetry.seconds.size()) return;
  throw fields.error(key, "has " + std::to_string(length) + " entries beside " +
                              std::to_string(telemetry.seconds.size()) + " of \"seconds\"");
}

std::vector<double> readings_of(Fields& fields, const std::string& key, Range<double> range) {
  std::vector<double> series;
  for (const Json& entry : list_of(fields, key)) {
    // Written so that a NaN is refused too.
    if (!entry.is_number() || !(entry.get<double>() >= range.at_least && entry.get<double>() <= range.at_most)) {
      throw fields.error(key, "has " + in_quotes(entry.dump()) + ", which is no possible reading");
    }
    series.push_back(entry.get<double>());
  }
  return series;
}

}  // namespace

std::string_view name_of(HealthMoment moment) { return kMoments.at(static_cast<std::size_t>(moment)); }

HealthMoment parse_health_moment(std::string_view name) {
  return static_cast<HealthMoment>(index_of_name("moment", kMoments, name));
}

Json to_json(const GpuHealth& gpu) {
  Json json = {
      {"host", gpu.host}, {"index", gpu.index}, {"uuid", gpu.uuid}, {"model", gpu.model}, {"address", gpu.address}};
  visit_members(gpu, Write{json});
  json["throttle_reasons"] = gpu.throttle_reasons;
  json["links"] = list_json(gpu.links);
  return json;
}

Json to_json(const HealthReport& report) {
  Json json = {{"moment", name_of(report.moment)}, {"launch", report.launch}, {"host", report.host}};
  json["gpus"] = list_json(report.gpus);
  Write{json}("gpus_unknown", report.gpus_unknown);
  json["xids"] = list_json(report.xids);
  Write{json}("xids_unknown", report.xids_unknown);
  return json;
}

GpuHealth gpu_health_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where + ": \"gpus\"");
  GpuHealth gpu{.host = fields.text("host"),
                .index = fields.integer("index", kSmallCounts),
                .uuid = fields.text("uuid"),
                .model = fields.text("model"),
                .address = fields.text("address")};
  visit_members(gpu, Read{fields});
  gpu.throttle_reasons = texts_of(fields, "throttle_reasons");
  for (const Json& link : list_of(fields, "links")) gpu.links.push_back(link_from_json(link, where));
  fields.finish();
  return gpu;
}

HealthReport health_report_from_json(Fields& fields, const std::string& where) {
  HealthReport report{.moment = fields.word("moment", parse_health_moment),
                      .launch = fields.integer("launch", kLaunches),
                      .host = fields.text("host")};
  for (const Json& gpu : list_of(fields, "gpus")) report.gpus.push_back(gpu_health_from_json(gpu, where));
  Read{fields}("gpus_unknown", report.gpus_unknown);
  for (const Json& xid : list_of(fields, "xids")) report.xids.push_back(xid_from_json(xid, where));
  Read{fields}("xids_unknown", report.xids_unknown);
  return report;
}

Json to_json(const Telemetry& telemetry) {
  Json json = {{"rank", telemetry.rank},
               {"uuid", telemetry.uuid},
               {"seconds", telemetry.seconds},
               {"multiprocessor_hertz", telemetry.multiprocessor_hertz},
               {"memory_hertz", telemetry.memory_hertz},
               {"watts", telemetry.watts},
               {"celsius", telemetry.celsius},
               {"throttle_bits", telemetry.throttle_bits}};
  Write{json}("pcie_generation", telemetry.pcie_generation);
  Write{json}("pcie_lanes", telemetry.pcie_lanes);
  return json;
}

Telemetry telemetry_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where + ": \"telemetry\"");
  Telemetry telemetry{.rank = fields.integer("rank", Range<int>{0, 1 << 20}), .uuid = fields.text("uuid")};
  telemetry.seconds = readings_of(fields, "seconds", kSeconds);
  if (telemetry.seconds.size() > kMostReadings) {
    throw fields.error("seconds", "has more than " + std::to_string(kMostReadings) + " readings");
  }
  const auto read = [&](const std::string& key, std::vector<double>& series) {
    series = readings_of(fields, key, kReadings);
    check_length(fields, key, series.size(), telemetry);
  };
  read("multiprocessor_hertz", telemetry.multiprocessor_hertz);
  read("memory_hertz", telemetry.memory_hertz);
  read("watts", telemetry.watts);
  read("celsius", telemetry.celsius);
  for (const Json& entry : list_of(fields, "throttle_bits")) {
    if (!entry.is_number_unsigned()) throw fields.error("throttle_bits", "must be a list of whole numbers");
    telemetry.throttle_bits.push_back(entry.get<std::uint64_t>());
  }
  check_length(fields, "throttle_bits", telemetry.throttle_bits.size(), telemetry);
  Read{fields}("pcie_generation", telemetry.pcie_generation);
  Read{fields}("pcie_lanes", telemetry.pcie_lanes);
  fields.finish();
  return telemetry;
}

}  // namespace muster
