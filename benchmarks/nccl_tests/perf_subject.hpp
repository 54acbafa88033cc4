// SPDX-License-Identifier: Apache-2.0
// What a row times: one collective with one operation on this rank's memory, by the library where it can, else by a
// schedule of our own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "benchmarks/nccl_tests/perf_data.hpp"
#include "collectives/transports/transport.hpp"

namespace muster {

/// The transport of one team, remade when another operation needs other sums.
class PerfTransport {
 public:
  /// Collective; throws Error when the transport cannot be had.
  PerfTransport(Team& team, TransportKind kind, const GpuOptions& options);

  Transport& combining(ReduceOperation operation);
  Team& team() { return team_; }
  TransportKind kind() const { return kind_; }

 private:
  Team& team_;
  TransportKind kind_;
  GpuOptions options_;
  ReduceFunction combine_ = nullptr;
  std::unique_ptr<Transport> transport_;
};

class PerfSubject {
 public:
  virtual ~PerfSubject() = default;
  virtual void run() = 0;
  /// As Execution::stream().
  virtual std::vector<Seconds> stream(int count) = 0;
  /// Fresh inputs and spoilt outputs.
  virtual void reset() = 0;
  /// Wrong elements of this rank's output after a run that followed reset().
  virtual std::uint64_t wrong() = 0;
  virtual std::string configuration() const = 0;
};

using MadePerfSubject = std::variant<std::unique_ptr<PerfSubject>, Unsupported>;

/// Collective. `tap` may be null; the subject is valid until the next one is made.
MadePerfSubject make_perf_subject(PerfTransport& transport, const Problem& problem, Tap* tap);

}  // namespace muster
