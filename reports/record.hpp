// SPDX-License-Identifier: Apache-2.0
// What a run leaves behind: one header, one record per case with its raw samples, incidents, one end line.
// JSON lines: run.jsonl (docs/formats.md), appended by rank 0 and by the launcher that watches it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/file.hpp"
#include "core/gpu.hpp"
#include "core/units.hpp"
#include "reports/health.hpp"

namespace muster {

inline constexpr std::string_view kRunSchema = "muster/run/1";  ///< every line says it, so that each can be read alone

enum class Status {
  measured,
  unsupported,  ///< this machine has no such thing; `reason` says what is missing
  failed,       ///< it was tried and broke; `reason` says how
};

std::string_view name_of(Status status);
Status parse_status(std::string_view name);

/// Elements compared over all ranks and checked iterations; wrong > 0 never passes, elements == 0 is "unchecked".
struct CheckResult {
  int iterations = 0;
  std::uint64_t elements = 0;
  std::uint64_t wrong = 0;
  std::string first_wrong;  ///< "rank 1 element 17: expected 3, found 4"; empty when nothing is wrong
};

struct Record {
  std::string case_id;
  int launch = 0;  ///< which start of the ranks measured it: 0, 1, ...
  Status status = Status::measured;
  std::string reason;
  int ranks = 0;
  int warmup = 0;
  int agreed_samples = 0;  ///< what rank 0 settled and all ranks ran
  /// Amount of work of one operation: bytes of the nccl-tests size (collective), bytes read + written per rank (reduce,
  /// memory), 0 where only flops count.
  Bytes bytes;
  Flops flops;                ///< per rank: matmul and peak
  std::string configuration;  ///< what ran, printable
  CheckResult check;
  int averaged_over = 1;         ///< each sample is the mean of so many operations (imported); 0 = unknown how many
  std::string origin{};          ///< imported: "all_reduce.log:31"
  std::vector<double> values{};  ///< family metric: [sample] in the case's unit; no seconds then
  std::vector<double> seconds;   ///< [sample]: the slowest rank's duration
  std::vector<std::vector<double>> rank_seconds;     ///< [rank][sample]
  std::vector<std::vector<double>> arrival_seconds;  ///< [rank][sample]: after the first rank to arrive, clocks aligned
  std::vector<Telemetry> telemetry{};                ///< of ranks on GPUs, where the driver tells; else empty
};

/// What happened to a launch from outside: a dead, stopped or silent rank, a plan that differs, an interrupt.
struct Incident {
  int launch = 0;
  int rank = -1;        ///< -1 = no single rank
  std::string host;     ///< of that rank; empty if unknown
  std::string case_id;  ///< in hand when it happened; empty if none
  std::string what;     ///< one line: "killed by signal 9 (Killed)"
};

struct RunHeader {
  std::string started;  ///< ISO 8601, UTC
  std::string plan_hash;
  std::string launcher;
  int ranks = 0;
  std::vector<std::string> hosts;   ///< [rank]
  std::vector<Gpu> gpus{};          ///< [rank], as CUDA told it; empty where the plan needs none or none is there
  std::vector<double> clock_error;  ///< [rank] seconds: half the best round trip to rank 0; 0 on rank 0's own host
  std::map<std::string, std::string> versions;     ///< "muster", "mpi", "onednn", "compiler", ...
  std::map<std::string, std::string> environment;  ///< allow-listed variables only
};

struct Run {
  std::vector<RunHeader> headers;  ///< one per launch
  std::vector<Record> records;
  std::vector<Incident> incidents;
  std::vector<HealthReport> health{};  ///< in the order of the file
  bool ended = false;                  ///< the end line is there, after all records, and counts them
};

Json to_json(const Gpu& gpu);
/// Throws Error naming `where` and the key.
Gpu gpu_from_json(const Json& json, const std::string& where);
Json to_json(const RunHeader& header);
Json to_json(const Record& record);
Json to_json(const Incident& incident);
Json to_json(const CheckResult& check);
/// The whole line of a reading.
Json health_line(const HealthReport& report);
/// The last line of a run that went through its whole plan; `records` counts the case lines of the last launch.
Json end_line(std::size_t records);

/// Reads run.jsonl. A cut last line (a crash while writing) is dropped and becomes an incident; any other malformed
/// line is an Error naming file and line. Keeps every record: of two of one case the later one counts, but judge() sees
/// both.
Run read_run(const std::string& path);
/// The same of its text; `origin` is what errors call it.
Run run_from_lines(std::string_view text, const std::string& origin);

/// Variables that may stand in a report, by exact name or prefix: OMP_, OMPI_MCA_, NCCL_, CUDA_VISIBLE_DEVICES,
/// SLURM_{JOB_NUM_NODES,NTASKS,CPUS_PER_TASK}. Values are cut at 200 characters and kept in printable ASCII; names that
/// look secret are left out. `environment` ends with a null pointer, as `environ` does.
std::map<std::string, std::string> allowed_environment(const char* const* environment);

}  // namespace muster
