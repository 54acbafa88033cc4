// SPDX-License-Identifier: Apache-2.0
// Reader of NCCL Inspector's dumps: JSON lines, one per rank and operation of a running job, a file per process. The
// slowest rank of an operation is its sample. The size is one rank's share for AllGather and ReduceScatter
// (inspector.cc multiplies it by the ranks); bandwidths are worked out anew, element types are not told. Result checks
// there are none.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "core/fields.hpp"
#include "reports/readers/foreign_json.hpp"
#include "reports/readers/mpi_collective.hpp"
#include "reports/readers/text_lines.hpp"

namespace muster {
namespace {

constexpr std::int64_t kMostRanks = 1 << 20;
constexpr double kLeastMicroseconds = 1e-3;    // clocks tick in nanoseconds
constexpr double kMostMicroseconds = 86400e6;  // a day: no operation takes longer

struct InspectorCollective {
  std::string_view name;
  Collective collective;
  bool counts_share;  ///< the size is that of one rank's block
};

// AllGatherV, Send and Recv have no case of ours that means the same: they become metrics.
constexpr auto kInspectorCollectives = std::to_array<InspectorCollective>({
    {"AllReduce", Collective::all_reduce, false},
    {"AllGather", Collective::all_gather, true},
    {"ReduceScatter", Collective::reduce_scatter, true},
    {"Broadcast", Collective::broadcast, false},
    {"Reduce", Collective::reduce, false},
});

/// What one rank says of one operation.
struct RankOperation {
  std::string communicator, communicator_name, host, function, version;
  int rank = 0, ranks = 0;
  std::int64_t number = 0;  ///< counts the operations of this function in the communicator
  int peer = -1;            ///< of Send and Recv
  std::uint64_t bytes = 0;
  double microseconds = 0;  ///< 0: NCCL could not tell
  std::string place;
};

std::int64_t whole_of(const Json& object, const std::string& key, Range<std::int64_t> range) {
  const auto found = whole_in_json(member(object, key));
  if (!found) throw Error("needs a whole number " + in_quotes(key));
  if (*found < range.at_least || *found > range.at_most) throw Error(in_quotes(key) + " is out of range");
  return *found;
}

std::string word_at(const Json& object, const std::string& key) {
  const std::string text = word_of(text_in_json(member(object, key)));
  if (text.empty()) throw Error("needs a text " + in_quotes(key));
  return text;
}

/// Throws Error saying what is missing.
RankOperation operation_in_line(std::string_view line, const std::string& place) {
  const Json json = parse_foreign_json(line, place);
  const Json& header = member(json, "header");
  const Json& metadata = member(json, "metadata");
  const bool is_pair = member(json, "coll_perf").is_null();
  const Json& told = member(json, is_pair ? "p2p_perf" : "coll_perf");
  if (!told.is_object()) throw Error("has neither \"coll_perf\" nor \"p2p_perf\"");
  const std::string prefix = is_pair ? "p2p" : "coll";
  RankOperation operation;
  operation.place = place;
  operation.communicator = word_at(header, "id");
  operation.communicator_name = word_of(text_in_json(member(header, "comm_name")));
  operation.ranks = static_cast<int>(whole_of(header, "n_ranks", {1, kMostRanks}));
  operation.rank = static_cast<int>(whole_of(header, "rank", {0, operation.ranks - 1}));
  operation.host = word_at(metadata, "hostname");
  operation.version = word_of(text_in_json(member(metadata, "inspector_output_format_version")));
  operation.function = word_at(told, prefix);
  operation.number = whole_of(told, prefix + "_sn", {0, std::int64_t{1} << 53});
  if (is_pair) operation.peer = static_cast<int>(whole_of(told, "p2p_peer", {0, kMostRanks}));
  operation.bytes = static_cast<std::uint64_t>(whole_of(told, prefix + "_msg_size_bytes", {1, std::int64_t{1} << 50}));
  const std::string time_key = prefix + "_exec_time_us";
  const auto time = number_in_json(member(told, time_key));
  const bool is_time = time && *time >= kLeastMicroseconds && *time < kMostMicroseconds;
  if (!is_time && time != 0) throw Error("needs a time " + in_quotes(time_key));
  operation.microseconds = *time;
  if (!is_possible(operation.bytes, operation.ranks)) throw Error("the size is impossible");
  return operation;
}

/// Of one group of ranks; the same identifier with another number of ranks is another one.
struct Communicator {
  std::string name;
  int ranks = 0;
  std::map<int, std::string> hosts;  ///< by rank, as far as the files tell
  std::string group;                 ///< as cases name it
};

/// An operation that all ranks of a communicator take part in. A CUDA graph that runs again gives the same number
/// again.
struct OperationKey {
  std::size_t communicator;
  std::string function;
  int rank, peer;  ///< of Send and Recv, which every rank counts for itself; else -1
  std::uint64_t bytes;
  std::int64_t number;
  int repetition;
  auto operator<=>(const OperationKey&) const = default;
};

struct Operation {
  double slowest = 0;  ///< microseconds
  int ranks = 0;       ///< that tell a time
  std::string place;
};

/// Hosts in the order of ranks, without their domains: "node1+node2".
std::string hosts_of(const Communicator& communicator) {
  std::set<std::string> seen;
  std::string group;
  for (const auto& [rank, host] : communicator.hosts) {
    const std::string name = host.substr(0, host.find('.'));
    if (seen.insert(name).second) group += (group.empty() ? "" : "+") + name;
  }
  return group;
}

class InspectorDump {
 public:
  void take(std::string_view text, const std::string& origin) {
    if (origin_.empty()) origin_ = origin;
    for (const TextLine& line : lines_of(text)) {
      if (line.words.empty()) continue;
      const std::string place = place_of(origin, line.number);
      try {
        add(operation_in_line(line.text, place));
      } catch (const Error& error) {
        add_fault(place, error.what());
      }
    }
  }

  ForeignResults finish() {
    if (communicators_.empty()) {
      throw Error((first_fault_.empty() ? origin_ + ": is empty" : first_fault_) +
                  "; import the files that NCCL Inspector dumped");
    }
    name_groups();
    for (const auto& [key, operation] : operations_) add_sample(key, operation);
    tell_missing_ranks();
    tell_hosts();
    results_.tool = "nccl-inspector";
    return std::move(results_);
  }

 private:
  void add_fault(const std::string& place, const std::string& what) {
    // The parser's own words name the place and the column; what is left of a line does not deserve them.
    const std::string fault = "is no line of NCCL Inspector: " + (what.starts_with(place) ? "no JSON" : what);
    if (first_fault_.empty()) first_fault_ = place + ": " + fault;
    add_incident(results_, place, fault);
  }

  void add(RankOperation told) {
    const auto [found, is_new] = numbers_.try_emplace({told.communicator, told.ranks}, communicators_.size());
    if (is_new)
      communicators_.push_back({.name = told.communicator_name, .ranks = told.ranks, .hosts = {}, .group = {}});
    communicators_[found->second].hosts.try_emplace(told.rank, told.host);
    if (!told.version.empty()) results_.version = told.version;
    const bool is_pair = told.peer >= 0;
    OperationKey key{found->second, told.function, is_pair ? told.rank : -1, told.peer, told.bytes, told.number, 0};
    key.repetition = repetitions_[{key, told.rank}]++;
    Operation& operation = operations_[key];
    if (operation.place.empty()) operation.place = std::move(told.place);
    operation.slowest = std::max(operation.slowest, told.microseconds);
    if (told.microseconds > 0) ++operation.ranks;
  }

  /// Communicators of the same hosts and size are told apart by the name that the job gave them, else by a number.
  void name_groups() {
    std::map<std::pair<std::string, int>, int> alike;
    for (Communicator& communicator : communicators_) {
      communicator.group = hosts_of(communicator);
      if (!communicator.name.empty() && communicator.name != "unknown") communicator.group += "/" + communicator.name;
      const int nth = ++alike[{communicator.group, communicator.ranks}];
      if (nth > 1) communicator.group += "#" + std::to_string(nth);
    }
  }

  void add_sample(const OperationKey& key, const Operation& operation) {
    Reading reading = reading_of(key, operation);
    const auto [found, is_new] = series_.try_emplace(case_id(reading.item), results_.readings.size());
    if (is_new) {
      results_.readings.push_back({reading.item, {}});
      const int all = key.peer < 0 ? communicators_[key.communicator].ranks : 1;
      least_ranks_.push_back({all, all});
    }
    if (!reading.record) return;
    least_ranks_[found->second].told = std::min(least_ranks_[found->second].told, operation.ranks);
    std::optional<Record>& record = results_.readings[found->second].record;
    if (!record) {
      record = std::move(reading.record);
      return;
    }
    std::ranges::move(reading.record->seconds, std::back_inserter(record->seconds));
    std::ranges::move(reading.record->values, std::back_inserter(record->values));
  }

  Reading reading_of(const OperationKey& key, const Operation& operation) const {
    const Communicator& communicator = communicators_[key.communicator];
    const auto* const known = std::ranges::find(kInspectorCollectives, key.function, &InspectorCollective::name);
    Reading reading;
    if (known == kInspectorCollectives.end()) {
      std::string name = "nccl-inspector/" + key.function + "/" + format_size(Bytes{key.bytes});
      if (key.peer >= 0) name += "/" + std::to_string(key.rank) + ">" + std::to_string(key.peer);
      reading = metric_reading(name, "us", Better::lower, operation.slowest, operation.place);
    } else {
      reading.item.collective = known->collective;
      reading.item.type = ElementType::int8;  // bytes: the type is not told
      reading.item.transport = TransportKind::nccl;
      reading.item.cadence = Cadence::streaming;
      const auto shares = static_cast<std::uint64_t>(known->counts_share ? communicator.ranks : 1);
      reading.item.size = Bytes{key.bytes * shares};
      reading.record.emplace();
      reading.record->bytes = reading.item.size;
      reading.record->origin = operation.place;
      reading.record->seconds = {operation.slowest / 1e6};
    }
    reading.item.ranks = communicator.ranks;
    reading.item.group = communicator.group;
    if (operation.ranks == 0) reading.record.reset();
    return reading;
  }

  void tell_missing_ranks() {
    for (std::size_t i = 0; i < results_.readings.size(); ++i) {
      std::optional<Record>& record = results_.readings[i].record;
      const auto& [told, all] = least_ranks_[i];
      if (!record || told == all) continue;
      record->configuration = "slowest of as few as " + std::to_string(told) + " of " + std::to_string(all) +
                              " ranks: times are lower bounds; import the files of the others, too";
    }
  }

  /// Ranks of the largest communicator; where no file tells of a rank, its host stays unknown.
  void tell_hosts() {
    const auto largest = std::ranges::max_element(communicators_, {}, &Communicator::ranks);
    results_.ranks.resize(static_cast<std::size_t>(largest->ranks));
    for (const auto& [rank, host] : largest->hosts) results_.ranks[static_cast<std::size_t>(rank)].host = host;
  }

  struct RankCount {
    int told, all;
  };

  ForeignResults results_;
  std::string origin_;                                          // of the first file
  std::string first_fault_;                                     // of a line
  std::map<std::pair<std::string, int>, std::size_t> numbers_;  // in communicators_, by identifier and ranks
  std::vector<Communicator> communicators_;
  std::map<std::pair<OperationKey, int>, int> repetitions_;  // of what a rank told
  std::map<OperationKey, Operation> operations_;
  std::map<std::string, std::size_t> series_;  // in results_.readings, by the id of the case
  std::vector<RankCount> least_ranks_;         // beside results_.readings: in any operation of the series
};

}  // namespace

bool is_nccl_inspector(std::string_view text) {
  return has(text, "\"header\"") && (has(text, "\"coll_perf\"") || has(text, "\"p2p_perf\""));
}

ForeignResults read_nccl_inspector(std::string_view text, const std::string& origin) {
  const ForeignText file{text, origin};
  return read_nccl_inspector_files({&file, 1});
}

ForeignResults read_nccl_inspector_files(std::span<const ForeignText> files) {
  InspectorDump dump;
  for (const ForeignText& file : files) dump.take(file.text, file.origin);
  return dump.finish();
}

}  // namespace muster
