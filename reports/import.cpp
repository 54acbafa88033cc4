// SPDX-License-Identifier: Apache-2.0
// Merges what the readers found: the same case of several files becomes one case with more samples.
#include "reports/import.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "core/error.hpp"
#include "reports/readers/readers.hpp"

namespace muster {
namespace {

constexpr Bytes kMaxForeignFile{std::uint64_t{256} << 20};  // the largest log seen is far below 1 MiB

class Merger {
 public:
  void add(ForeignResults results) {
    for (Reading& reading : results.readings) add_reading(std::move(reading));
    auto& incidents = imported_.run.incidents;
    std::move(results.incidents.begin(), results.incidents.end(), std::back_inserter(incidents));
    hosts_.insert(results.hosts.begin(), results.hosts.end());
    if (results.hosts.size() > ranks_.size()) ranks_ = std::move(results.hosts);
    if (!results.version.empty()) version_ = results.version;
  }

  Imported finish() {
    Plan& plan = imported_.plan;
    plan.suite = "custom";
    plan.launcher = "import";
    plan.ranks = static_cast<int>(std::max<std::size_t>(ranks_.size(), 1));
    plan.check_iterations = 0;  // each record says how many were checked
    for (const std::string& id : order_) {
      const auto record = records_.find(id);
      Case& item = cases_.at(id);
      item.sampling = {};
      item.sampling.warmup = 0;
      item.sampling.fixed = record == records_.end() ? 1 : static_cast<int>(record->second.seconds.size());
      if (item.ranks == 0 || item.ranks == plan.ranks) item.ranks = item.group.empty() ? 0 : item.ranks;
      item.id = case_id(item);
      if (record != records_.end()) {
        record->second.case_id = item.id;
        record->second.agreed_samples = item.sampling.fixed;
        imported_.run.records.push_back(std::move(record->second));
      }
      plan.cases.push_back(std::move(item));
    }
    imported_.run.headers.push_back(header());
    imported_.run.ended = true;
    for (const std::string& host : hosts_) imported_.topology.hosts.push_back({.name = host});
    return std::move(imported_);
  }

 private:
  void add_reading(Reading reading) {
    const std::string id = case_id(reading.item);
    if (cases_.try_emplace(id, std::move(reading.item)).second) order_.push_back(id);
    if (!reading.record) return;
    const auto [at, is_new] = records_.try_emplace(id, *reading.record);
    if (is_new) return;
    Record& before = at->second;
    before.seconds.insert(before.seconds.end(), reading.record->seconds.begin(), reading.record->seconds.end());
    before.check.iterations += reading.record->check.iterations;
    before.check.elements += reading.record->check.elements;
    before.check.wrong += reading.record->check.wrong;
    if (before.averaged_over != reading.record->averaged_over) before.averaged_over = 0;
  }

  RunHeader header() const {
    RunHeader header;
    header.plan_hash = plan_hash(imported_.plan);
    header.launcher = imported_.plan.launcher;
    header.ranks = imported_.plan.ranks;
    header.hosts = ranks_;
    header.hosts.resize(static_cast<std::size_t>(header.ranks));
    header.clock_error.resize(header.hosts.size());
    if (!version_.empty()) header.versions["nccl-tests"] = version_;
    return header;
  }

  Imported imported_;
  std::vector<std::string> order_;
  std::map<std::string, Case> cases_;
  std::map<std::string, Record> records_;
  std::set<std::string> hosts_;
  std::vector<std::string> ranks_;
  std::string version_;
};

}  // namespace

Imported import_files(const std::vector<std::string>& paths, const std::string& format) {
  Merger merger;
  for (const std::string& path : paths) {
    const std::string text = read_file(path, kMaxForeignFile);
    const std::string origin = std::filesystem::path(path).filename().string();
    merger.add(reader_for(text, format, path).read(text, origin));
  }
  Imported imported = merger.finish();
  if (imported.plan.cases.empty()) {
    throw Error(paths.front() + ": holds no result and no plan of one; import a log whose header is there");
  }
  return imported;
}

std::string to_lines(const Run& run) {
  std::string lines;
  for (const RunHeader& header : run.headers) lines += to_line(to_json(header)) + "\n";
  for (const Record& record : run.records) lines += to_line(to_json(record)) + "\n";
  for (const Incident& incident : run.incidents) lines += to_line(to_json(incident)) + "\n";
  return lines + to_line(end_line(run.records.size())) + "\n";
}

}  // namespace muster
