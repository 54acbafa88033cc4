// SPDX-License-Identifier: Apache-2.0
// A small made-up machine, plan and run in which all is well: tests break one thing at a time.
#pragma once

#include <string>
#include <vector>

#include "reports/report.hpp"

namespace muster {

/// Nine cases of all families on two ranks; "peak/half/isolated" is one that the machine does not support.
Plan synthetic_plan();
Topology synthetic_topology();
/// A record per case: 20 samples within 0.5 % around the case's time, checked, as planned.
Run synthetic_run(const Plan& plan);
/// Limits at 40 % of the times of the run, predictions at 80 %.
Expectations synthetic_expectations(const Plan& plan);
/// One rule of each kind, all met by the synthetic run.
Targets synthetic_targets();

/// 20 samples whose median is `seconds`, spread evenly over +- `spread` of it, in a fixed disorder.
std::vector<double> samples_around(double seconds, double spread);

/// The record of a case in a run that may be broken; fails loudly if there is none.
Record& record_of(Run& run, const std::string& case_id);
const Row& row_of(const Report& report, const std::string& case_id);

/// Ids of the synthetic plan that tests name.
inline constexpr const char* kRing = "all_reduce/ring/shm/float/1M/isolated";
inline constexpr const char* kNative = "all_reduce/native/mpi/float/1M/isolated";
inline constexpr const char* kExchange = "all_to_all/pairwise/shm/float/64K/isolated";
inline constexpr const char* kMatmul = "matmul/float/512x512x512/isolated/entropy";
inline constexpr const char* kReduce = "reduce/float/1M/isolated";
inline constexpr const char* kMemory = "memory/read/32K/isolated";
inline constexpr const char* kPeak = "peak/float/isolated";
inline constexpr const char* kUnsupported = "peak/half/isolated";

}  // namespace muster
