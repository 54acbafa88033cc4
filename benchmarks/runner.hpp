// SPDX-License-Identifier: Apache-2.0
// Runs a plan on a team of ranks: what `muster run` does between reading plan.json and its last line of run.jsonl.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/injection.hpp"
#include "collectives/team.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "reports/case.hpp"
#include "reports/record.hpp"

namespace muster {

/// Hears where the run is. Called outside of timed parts only.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  /// On every rank. `phase`: "preparing", "checking", "measuring".
  virtual void at(std::size_t case_index, const std::string& case_id, std::string_view phase) = 0;
  /// On every rank, before each timed operation; within a stream it is timed and must not cost more than a counter.
  virtual void step() {}
  /// On rank 0, after the record is in the file.
  virtual void recorded(std::size_t case_index, const Record& record) = 0;
};

struct RunSettings {
  int launch = 0;
  std::set<std::string> done;  ///< cases that have a record already (rank 0's knowledge counts)
  std::vector<Fault> faults;
  Seconds budget{90};  ///< for the cases that remain
};

/// An error that all ranks meet alike, so that one of them can say it and all can end in order.
class AgreedError : public Error {
 public:
  using Error::Error;
};

/// The ranks hold different plans.
class PlanMismatch : public AgreedError {
 public:
  using AgreedError::AgreedError;
};

/// Throws AgreedError when the plan is for another number of ranks.
void check_ranks(const Team& team, const Plan& plan);

/// Collective. `output` is rank 0's file and null elsewhere. Throws AgreedError as check_ranks(), PlanMismatch when the
/// plan's hash differs between ranks, and Error when the environment fails on this rank.
void run_plan(Team& team, Clock& clock, const Plan& plan, const RunSettings& settings, LineWriter* output,
              RunObserver& observer);

}  // namespace muster
