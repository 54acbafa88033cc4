// SPDX-License-Identifier: Apache-2.0
#include "topology/packing/growing_program.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Below this a number is rounding: callers scale to about 1.
constexpr double kTiny = 1e-10;
/// Multiplications of one solve(): about a second.
constexpr double kMostWork = 2e9;

}  // namespace

GrowingProgram::GrowingProgram(std::vector<double> objective)
    : variables_(static_cast<int>(objective.size())), next_slack_(variables_), gain_(std::move(objective)) {
  nonbasic_.resize(gain_.size());
  std::iota(nonbasic_.begin(), nonbasic_.end(), 0);
}

void GrowingProgram::add_row(const std::vector<double>& row, double bound) {
  Row added{.basic = next_slack_++, .value = bound, .coefficient = std::vector<double>(nonbasic_.size(), 0)};
  for (std::size_t column = 0; column < nonbasic_.size(); ++column)
    if (nonbasic_[column] < variables_) added.coefficient[column] = row[at(nonbasic_[column])];
  for (const Row& each : rows_) {
    if (each.basic >= variables_ || row[at(each.basic)] == 0) continue;
    const double factor = row[at(each.basic)];
    added.value -= factor * each.value;
    for (std::size_t column = 0; column < nonbasic_.size(); ++column)
      added.coefficient[column] -= factor * each.coefficient[column];
  }
  rows_.push_back(std::move(added));
}

GrowingProgram::Outcome GrowingProgram::solve() {
  double work = 0;
  const auto afford = [&] {
    work += static_cast<double>(rows_.size() * nonbasic_.size());
    return work <= kMostWork;
  };
  while (!is_solved_ && afford())
    if (!step_up()) is_solved_ = true;
  while (is_solved_ && afford())
    if (!step_back()) return Outcome::optimal;
  return Outcome::out_of_budget;
}

std::vector<double> GrowingProgram::solution() const {
  std::vector<double> solution(at(variables_), 0);
  for (const Row& row : rows_)
    if (row.basic < variables_) solution[at(row.basic)] = std::max(0.0, row.value);
  return solution;
}

/// Primal simplex: the column with the largest gain enters; false when none gains.
bool GrowingProgram::step_up() {
  const auto best = std::ranges::max_element(gain_);
  if (best == gain_.end() || *best <= kTiny) return false;
  const auto column = static_cast<std::size_t>(best - gain_.begin());
  std::size_t leaving = rows_.size();
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    const double coefficient = rows_[row].coefficient[column];
    if (coefficient <= kTiny) continue;
    const double ratio = std::max(0.0, rows_[row].value) / coefficient;
    const bool is_tie = leaving < rows_.size() && std::abs(ratio - least) <= kTiny;
    if (is_tie ? coefficient <= rows_[leaving].coefficient[column] : ratio >= least) continue;
    leaving = row;
    least = std::min(least, ratio);
  }
  if (leaving == rows_.size()) return false;
  pivot(leaving, column);
  return true;
}

/// Dual simplex: the row that is violated most leaves; false when none is, or when nothing can be done about it.
bool GrowingProgram::step_back() {
  const auto worst = std::ranges::min_element(rows_, {}, &Row::value);
  if (worst == rows_.end() || worst->value >= -kTiny) return false;
  std::size_t entering = nonbasic_.size();
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t column = 0; column < nonbasic_.size(); ++column) {
    const double coefficient = worst->coefficient[column];
    if (coefficient >= -kTiny) continue;
    const double ratio = std::max(0.0, -gain_[column]) / -coefficient;
    const bool is_tie = entering < nonbasic_.size() && std::abs(ratio - least) <= kTiny;
    if (is_tie ? coefficient >= worst->coefficient[entering] : ratio >= least) continue;
    entering = column;
    least = std::min(least, ratio);
  }
  if (entering == nonbasic_.size()) return false;
  pivot(static_cast<std::size_t>(worst - rows_.begin()), entering);
  return true;
}

void GrowingProgram::pivot(std::size_t leaving, std::size_t column) {
  Row& row = rows_[leaving];
  const double divisor = row.coefficient[column];
  std::swap(row.basic, nonbasic_[column]);
  row.value /= divisor;
  for (double& each : row.coefficient) each /= divisor;
  row.coefficient[column] = 1 / divisor;
  const auto eliminate = [&](std::vector<double>& coefficients) {
    const double factor = std::exchange(coefficients[column], 0);
    for (std::size_t each = 0; each < coefficients.size() && factor != 0; ++each)
      coefficients[each] -= factor * row.coefficient[each];
    return factor;
  };
  for (Row& other : rows_)
    if (&other != &row && other.coefficient[column] != 0) other.value -= eliminate(other.coefficient) * row.value;
  if (gain_[column] != 0) value_ += eliminate(gain_) * row.value;
}

}  // namespace muster
