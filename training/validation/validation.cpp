// SPDX-License-Identifier: Apache-2.0
#include "training/validation/validation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>

#include "core/error.hpp"

namespace muster {
namespace {

constexpr std::size_t kFewestOfSweep = 4;

double error_of(const PublishedRun& run, const Constants& constants) {
  return predict(run, constants).total / run.step.value - 1;
}

StepErrors summary_of(std::vector<double> errors) {
  StepErrors summary;
  if (errors.empty()) return summary;
  const auto count = static_cast<double>(errors.size());
  summary.runs = static_cast<int>(errors.size());
  for (const double one : errors) {
    summary.bias += one / count;
    summary.mean_absolute += std::fabs(one) / count;
    if (std::fabs(one) > std::fabs(summary.worst)) summary.worst = one;
  }
  for (double& one : errors) one = std::fabs(one);
  std::sort(errors.begin(), errors.end());
  summary.ninetieth = errors[static_cast<std::size_t>(0.9 * (count - 1) + 0.5)];
  const std::size_t middle = errors.size() / 2;
  summary.median_absolute = errors.size() % 2 == 1 ? errors[middle] : (errors[middle - 1] + errors[middle]) / 2;
  return summary;
}

std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<double>(begin + end - 1) / 2;
    begin = end;
  }
  return ranks;
}

/// By run: its table, and which kind of model where the table has both.
std::vector<std::string> table_names(const std::vector<PublishedRun>& runs) {
  std::map<std::string, std::pair<bool, bool>> kinds;  // dense, experts
  for (const PublishedRun& run : runs) {
    if (!run.excluded.empty()) continue;
    (run.model.experts ? kinds[run.table].second : kinds[run.table].first) = true;
  }
  std::vector<std::string> names;
  for (const PublishedRun& run : runs) {
    const auto [dense, experts] = kinds[run.table];
    const char* kind = !run.excluded.empty() ? ", left out" : run.model.experts ? ", experts" : ", dense";
    names.push_back(run.table + (dense && experts ? kind : ""));
  }
  return names;
}

/// Errors of the runs that `belongs` to one table, summed up.
template <typename Belongs>
TableErrors errors_of(const std::string& name, const std::vector<PublishedRun>& runs, const Validation& validation,
                      Belongs belongs) {
  TableErrors table{.name = name};
  std::vector<double> fitted, checked, shipped;
  std::map<std::string, std::pair<std::vector<double>, std::vector<double>>> sweeps;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (!belongs(runs[i])) continue;
    if (!runs[i].excluded.empty()) {
      ++table.excluded;
      continue;
    }
    (validation.half[i] == Half::fitted ? fitted : checked).push_back(validation.fitted_error[i]);
    shipped.push_back(validation.shipped_error[i]);
    auto& [measured, predicted] = sweeps[runs[i].table + runs[i].sweep];
    measured.push_back(runs[i].step.value);
    predicted.push_back(runs[i].step.value * (1 + validation.shipped_error[i]));
  }
  table.fitted = summary_of(fitted);
  table.checked = summary_of(checked);
  table.shipped = summary_of(shipped);
  double sum = 0;
  for (const auto& [sweep, series] : sweeps) {
    if (series.first.size() < kFewestOfSweep) continue;
    sum += rank_correlation(series.first, series.second);
    ++table.sweeps;
  }
  if (table.sweeps > 0) table.rank_correlation = sum / table.sweeps;
  return table;
}

}  // namespace

StepTime predict(const PublishedRun& run, const Constants& constants) {
  const Setting setting{.machine = run.machine,
                        .hardware = constants.of(run.machine.accelerator.architecture),
                        .software = constants.of(run.software),
                        .generation = run.software};
  return step_time(run.model, run.layout, setting);
}

double rank_correlation(const std::vector<double>& a, const std::vector<double>& b) {
  MUSTER_ASSERT(a.size() == b.size() && a.size() >= 2);
  const std::vector<double> x = ranks_of(a);
  const std::vector<double> y = ranks_of(b);
  const double middle = static_cast<double>(a.size() - 1) / 2;
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - middle) * (y[i] - middle);
    xx += (x[i] - middle) * (x[i] - middle);
    yy += (y[i] - middle) * (y[i] - middle);
  }
  return xx == 0 || yy == 0 ? 0 : xy / std::sqrt(xx * yy);
}

std::vector<Half> halves(const std::vector<PublishedRun>& runs, std::uint64_t seed) {
  std::map<Architecture, std::vector<std::size_t>> of_generation;
  for (std::size_t i = 0; i < runs.size(); ++i) of_generation[runs[i].machine.accelerator.architecture].push_back(i);
  std::vector<Half> half(runs.size(), Half::checked);
  for (auto& [architecture, indices] : of_generation) {
    std::sort(indices.begin(), indices.end(), [&](std::size_t a, std::size_t b) {
      return std::tie(runs[a].table, runs[a].line) < std::tie(runs[b].table, runs[b].line);
    });
    // Not std::shuffle: its result is not the same in every standard library.
    std::mt19937_64 random(seed + static_cast<std::uint64_t>(architecture));
    for (std::size_t left = indices.size(); left > 1; --left) std::swap(indices[left - 1], indices[random() % left]);
    for (std::size_t i = 0; i < indices.size() / 2; ++i) half[indices[i]] = Half::fitted;
  }
  return half;
}

Validation validate(const std::vector<PublishedRun>& runs, std::uint64_t seed) {
  Validation validation;
  validation.half = halves(runs, seed);
  validation.fitted = fit_constants(runs, validation.half, expected_constants());
  const std::vector<std::string> names = table_names(runs);
  std::vector<std::string> tables;
  std::vector<Architecture> architectures;
  for (const PublishedRun& run : runs) {
    const bool counts = run.excluded.empty();
    const double none = std::numeric_limits<double>::quiet_NaN();
    validation.fitted_error.push_back(counts ? error_of(run, validation.fitted) : none);
    validation.shipped_error.push_back(counts ? error_of(run, shipped_constants()) : none);
    const Architecture architecture = run.machine.accelerator.architecture;
    if (counts && std::find(architectures.begin(), architectures.end(), architecture) == architectures.end()) {
      architectures.push_back(architecture);
    }
  }
  for (const std::string& name : names) {
    if (std::find(tables.begin(), tables.end(), name) != tables.end()) continue;
    tables.push_back(name);
    validation.tables.push_back(errors_of(name, runs, validation, [&](const PublishedRun& run) {
      return names[static_cast<std::size_t>(&run - runs.data())] == name;
    }));
  }
  for (const Architecture one : architectures) {
    validation.architectures.push_back(
        errors_of(std::string(name_of(one)), runs, validation,
                  [&](const PublishedRun& run) { return run.machine.accelerator.architecture == one; }));
  }
  validation.all = errors_of("all", runs, validation, [](const PublishedRun&) { return true; });
  return validation;
}

}  // namespace muster
