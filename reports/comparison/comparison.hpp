// SPDX-License-Identifier: Apache-2.0
// Reports beside each other: what is alike is compared case by case against the first report, what is not is refused
// with the reason, and each family gets one number. Pure; made by `muster compare`, printed by the files beside this.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reports/report.hpp"
#include "reports/statistics/differences.hpp"

namespace muster {

struct ComparedReport {
  std::string label;  ///< unique among the compared ones: "vendor-a"
  Report report;
  std::optional<double> price{};  ///< of one GPU (or rank) for an hour, in any one currency
  std::optional<double> watts{};  ///< drawn by one GPU (or rank) while it measured
};

/// Cases that a shell pattern matches count so many times in geometric means; of several patterns the last one.
struct CaseWeight {
  std::string pattern;
  double weight = 1;  ///< 0 leaves them out
};

/// Which cases are compared with which.
enum class Alignment {
  cases,  ///< one with itself
  best,   ///< per collective, type, size, cadence: the fastest algorithm, transport and number of channels of each side
};

struct ComparisonOptions {
  DifferenceOptions differences;
  std::vector<CaseWeight> weights;
  Alignment alignment = Alignment::cases;
};

/// One case of the first report against one of another.
struct ComparedCase {
  std::string id;      ///< of the first report
  std::string other;   ///< of the other one where it is not the same (Alignment::best), else empty
  std::string family;  ///< "all_reduce", "matmul bfloat16", "memory copy": what a geometric mean is taken over
  double weight = 1;
  Difference difference;  ///< of durations (metrics: of their values), other / first
  double gain = 1;        ///< how much better the other one is: 2 = twice as fast; meaningless for no_data
  double gain_low = 1, gain_high = 1;
};

struct FamilyMean {
  std::string family;
  int cases = 0;
  double gain = 1;           ///< weighted geometric mean
  double low = 1, high = 1;  ///< 95 %, from the intervals of its cases; says nothing of cases that were not measured
  std::optional<double> gain_per_price{};
  std::optional<double> gain_per_joule{};
};

/// One report against the first.
struct ComparedPair {
  std::string label;
  std::vector<ComparedCase> cases;    ///< in the order of the first report
  std::vector<FamilyMean> families;   ///< in the order of their first case
  std::vector<std::string> refusals;  ///< "CASE: isolated there, streaming here", one line each
  std::map<Outcome, int> counts;
};

struct Comparison {
  std::string baseline;              ///< label of the first report
  std::vector<std::string> sources;  ///< one line per report: label, machine, versions, verdict
  std::vector<ComparedPair> pairs;
};

/// At least two reports (asserted). Throws Error when a weight's pattern matches no case.
Comparison compare(std::span<const ComparedReport> reports, const ComparisonOptions& options);

/// Power that one GPU drew under load by the report's own health readings, in watts; empty where none is known.
std::optional<double> watts_of(const Report& report);

/// fail: something is slower; ambiguous: something cannot be told, or (no_data) nothing could be compared.
Judgement judgement_of(const Comparison& comparison);

Json to_json(const Comparison& comparison);

}  // namespace muster
