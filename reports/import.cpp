// SPDX-License-Identifier: Apache-2.0
// Merges what the readers found: the same case of several files becomes one case with more samples.
#include "reports/import.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "core/error.hpp"
#include "reports/readers/plain_text.hpp"

namespace muster {
namespace {

constexpr Bytes kMaxForeignFile{std::uint64_t{256} << 20};  // the largest log seen is far below 1 MiB

constexpr int kMostCheckIterations = 10'000'000;  // that a run holds

// The same case of several files becomes one case with all their samples; the order is that of the files.
class Merger {
 public:
  void add(ForeignResults results) {
    for (Reading& reading : results.readings) add_reading(std::move(reading));
    std::ranges::move(results.incidents, std::back_inserter(imported_.run.incidents));
    for (const ForeignRank& rank : results.ranks) {
      if (!rank.host.empty()) hosts_.insert(rank.host);
    }
    if (results.ranks.size() > ranks_.size()) ranks_ = std::move(results.ranks);
    if (!results.tool.empty()) versions_[results.tool] = results.version.empty() ? "unknown" : results.version;
  }

  ImportedRun finish() {
    Plan& plan = imported_.plan;
    plan.suite = "custom";
    plan.launcher = kImportLauncher;
    for (const Merged& merged : merged_) plan.ranks = std::max(plan.ranks, merged.item.ranks);
    plan.check_iterations = 0;  // each record says how often it was checked
    for (Merged& merged : merged_) finish(merged);
    imported_.run.headers.push_back(header());
    imported_.run.ended = true;
    for (const std::string& host : hosts_) imported_.topology.hosts.push_back({.name = host});
    return std::move(imported_);
  }

 private:
  struct Merged {
    Case item;
    std::optional<Record> record;
  };

  void add_reading(Reading reading) {
    const auto [place, is_new] = places_.try_emplace(case_id(reading.item), merged_.size());
    if (is_new) {
      merged_.push_back({std::move(reading.item), std::move(reading.record)});
      return;
    }
    std::optional<Record>& before = merged_[place->second].record;
    if (!reading.record) return;
    if (before) {
      append(*reading.record, *before);
    } else {
      before = std::move(reading.record);
    }
  }

  // The largest number where it would wrap round: absurd, but not small.
  static std::uint64_t sum(std::uint64_t left, std::uint64_t right) {
    return left > ~right ? ~std::uint64_t{0} : left + right;
  }

  // Times of ranks are kept only while all samples have them.
  static void append_ranks(const Record& next, Record& record) {
    if (next.rank_seconds.size() != record.rank_seconds.size()) record.rank_seconds.clear();
    for (std::size_t rank = 0; rank < record.rank_seconds.size(); ++rank) {
      const std::vector<double>& more = next.rank_seconds[rank];
      record.rank_seconds[rank].insert(record.rank_seconds[rank].end(), more.begin(), more.end());
    }
  }

  // A failed or wrong attempt is not undone by one that went well.
  static void append(const Record& next, Record& record) {
    append_ranks(next, record);
    record.seconds.insert(record.seconds.end(), next.seconds.begin(), next.seconds.end());
    record.values.insert(record.values.end(), next.values.begin(), next.values.end());
    const bool both_checked = record.check.iterations > 0 && next.check.iterations > 0;
    record.check.elements = sum(record.check.elements, next.check.elements);
    record.check.wrong = sum(record.check.wrong, next.check.wrong);
    record.check.iterations =
        both_checked ? std::min(record.check.iterations + next.check.iterations, kMostCheckIterations) : 0;
    if (record.check.wrong == 0 && !both_checked) record.check = {};
    if (record.check.first_wrong.empty()) record.check.first_wrong = next.check.first_wrong;
    if (record.averaged_over != next.averaged_over) record.averaged_over = 0;
    if (next.status != Status::measured && record.status == Status::measured) {
      record.status = next.status;
      record.reason = next.reason;
    }
  }

  void finish(Merged& merged) {
    Case& item = merged.item;
    if (item.ranks == imported_.plan.ranks) {
      item.ranks = 0;
      if (places_.contains(case_id(item))) item.ranks = imported_.plan.ranks;  // of a file that does not tell its ranks
    }
    const std::size_t samples =
        merged.record ? std::max(merged.record->seconds.size(), merged.record->values.size()) : 0;
    item.sampling = {.warmup = 0, .fixed = static_cast<int>(std::max<std::size_t>(samples, 1))};
    item.id = case_id(item);
    if (merged.record) {
      merged.record->case_id = item.id;
      merged.record->ranks = item.ranks > 0 ? item.ranks : imported_.plan.ranks;
      merged.record->agreed_samples = static_cast<int>(samples);
      imported_.run.records.push_back(std::move(*merged.record));
    }
    imported_.plan.cases.push_back(std::move(item));
  }

  // Times, clocks and most of the GPUs are not known; what is known is said.
  RunHeader header() const {
    RunHeader header;
    header.plan_hash = plan_hash(imported_.plan);
    header.launcher = imported_.plan.launcher;
    header.ranks = imported_.plan.ranks;
    const auto ranks = static_cast<std::size_t>(header.ranks);
    for (const ForeignRank& rank : ranks_) header.hosts.push_back(rank.host.empty() ? "unknown" : rank.host);
    header.hosts.resize(ranks, "unknown");
    header.clock_error.resize(ranks);
    header.versions = versions_;
    const bool has_models =
        ranks_.size() == ranks && std::ranges::none_of(ranks_, &std::string::empty, &ForeignRank::model);
    for (const ForeignRank& rank : ranks_) {
      if (has_models) header.gpus.push_back({.model = rank.model});
    }
    return header;
  }

  ImportedRun imported_;
  std::vector<Merged> merged_;
  std::map<std::string, std::size_t> places_;  // in merged_, by the id of the case
  std::set<std::string> hosts_;
  std::vector<ForeignRank> ranks_;
  std::map<std::string, std::string> versions_;
};

std::string name_of_file(const std::string& path) { return std::filesystem::path(path).filename().string(); }

// Files that only together hold a sample.
class JoinedFiles {
 public:
  void add(const Reader& reader, std::string text, const std::string& path) {
    size_ = size_ + Bytes{text.size()};
    if (size_ > kMaxInputFile) throw Error(path + ": with it the files of one job exceed 1 GiB; import fewer of them");
    files_[reader.format].push_back({std::move(text), name_of_file(path)});
  }

  std::vector<ForeignResults> results() const {
    std::vector<ForeignResults> all;
    for (const Reader& reader : readers()) {
      const auto found = files_.find(reader.format);
      if (found == files_.end()) continue;
      const std::vector<File>& files = found->second;
      all.push_back(reader.read_files(std::vector<ForeignText>(files.begin(), files.end())));
    }
    return all;
  }

 private:
  struct File {
    std::string text, origin;
    operator ForeignText() const { return {text, origin}; }
  };

  std::map<std::string_view, std::vector<File>> files_;  // by format
  Bytes size_;
};

}  // namespace

ImportedRun merged(std::vector<ForeignResults> files) {
  Merger merger;
  for (ForeignResults& file : files) merger.add(std::move(file));
  return merger.finish();
}

ImportedRun import_files(const std::vector<std::string>& paths, const std::string& format) {
  std::vector<ForeignResults> files;
  JoinedFiles joined;
  for (const std::string& path : paths) {
    std::string text = plain_text(read_file(path, kMaxForeignFile));
    const Reader& reader = reader_for(text, format, path);
    if (reader.read_files == nullptr) {
      files.push_back(reader.read(text, name_of_file(path)));
    } else {
      joined.add(reader, std::move(text), path);
    }
  }
  std::ranges::move(joined.results(), std::back_inserter(files));
  ImportedRun imported = merged(std::move(files));
  if (imported.plan.cases.empty()) {
    const std::vector<Incident>& incidents = imported.run.incidents;
    throw Error(paths.front() + ": holds no result and no plan of one" +
                (incidents.empty() ? "; import a log whose header is there" : ": " + incidents.front().what));
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
