// SPDX-License-Identifier: Apache-2.0
// Reader of NCCL Inspector's dumps: JSON lines, one per rank and operation of a running job, a file per process. The
// slowest rank of an operation is its sample. The size is one rank's share for AllGather and ReduceScatter (inspector.cc
// multiplies it by the ranks); bandwidths are worked out anew, element types are not told. Result checks there are none.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "core/error.hpp"
#include "reports/readers/foreign_json.hpp"
#include "reports/readers/mpi_collective.hpp"
#include "reports/readers/text_lines.hpp"

namespace muster {
namespace {

constexpr std::int64_t kMostRanks = 1 << 20;
constexpr double kMostMicroseconds = 86400e6;  // a day: no operation takes longer
constexpr std::size_t kLongestWord = 200;

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

/// Printable and without blanks: it becomes part of a case's name.
std::string word_of(const std::string& text) {
  std::string word;
  for (const char c : std::string_view(text).substr(0, kLongestWord)) word += c > ' ' && c <= '~' ? c : '_';
  return word;
}

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
  const auto time = number_in_json(member(told, prefix + "_exec_time_us"));
  if (!time || *time < 0 || *time >= kMostMicroseconds) throw Error("needs a time " + in_quotes(prefix + "_exec_time_us"));
  operation.microseconds = *time;
  if (!is_possible(operation.bytes, operation.ranks)) throw Error("the size is impossible");
  return operation;
}

class InspectorDump {
 public:
  void take(std::string_view text, const std::string& origin) {
    for (const TextLine& line : lines_of(text)) {
      if (line.words.empty()) continue;
      const std::string place = place_of(origin, line.number);
      try {
        add(operation_in_line(line.text, place));
      } catch (const Error& error) {
        if (first_fault_.empty()) first_fault_ = place + ": is no line of NCCL Inspector: " + error.what();
        add_incident(results_, place, std::string("is no line of NCCL Inspector: ") + error.what());
      }
    }
  }

  ForeignResults finish() {
    if (communicators_.empty()) throw Error(first_fault_ + "; import what NCCL_INSPECTOR_DUMP_DIR holds");
    name_groups();
    for (const auto& [key, operation] : operations_) add_sample(key, operation);
    for (auto& [id, found] : series_) results_.readings.push_back(std::move(found));
    results_.tool = "nccl-inspector";
    tell_ranks();
    return std::move(results_);
  }
