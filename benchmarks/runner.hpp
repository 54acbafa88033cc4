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
  /// On rank 0, after the record is in the file.
  virtual void recorded(std::size_t case_index, const Record& record) = 0;
};

struct RunSettings {
  int launch = 0;
  std::set<std::string> done;  ///< cases that have a record already (rank 0's knowledge counts)
  std::vector<Fault> faults;
  Seconds budget{90};  ///< for the cases that remain
};

/// Collective. `output` is rank 0's file and null elsewhere. Throws Error when the plan's rank count is not the team's;
/// a plan whose hash differs between ranks throws PlanMismatch on all of them.
void run_plan(Team& team, Clock& clock, const Plan& plan, const RunSettings& settings, LineWriter* output,
              RunObserver& observer);

class PlanMismatch : public Error {
 public:
  using Error::Error;
};

}  // namespace muster
