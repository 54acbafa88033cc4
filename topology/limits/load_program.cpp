// SPDX-License-Identifier: Apache-2.0
#include "topology/limits/load_program.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Below this a number is rounding: loads are scaled to about 1.
constexpr double kTiny = 1e-11;
/// Pivots of one solve(); cycling among equals ends here, and any prices still prove a bound.
constexpr int kMostPivots = 2000;

}  // namespace

// Rows: for each class, sum of mix x load + free - largest = 0; last, sum of mix = 1. The first basis: the first
// routing alone, its fullest class has nothing free.
LoadProgram::LoadProgram(const Loads& first) : classes_(static_cast<int>(first.size())), routings_{first} {
  const int rows = classes_ + 1;
  const int fullest = static_cast<int>(std::ranges::max_element(first) - first.begin());
  inverse_.assign(at(rows) * at(rows), 0);
  const auto inverse = [&](int row, int column) -> double& { return inverse_[at(row) * at(rows) + at(column)]; };
  for (int row = 0; row < classes_; ++row) {
    basis_.push_back(row);
    values_.push_back(first[at(fullest)] - first[at(row)]);
    inverse(row, row) = 1;
    inverse(row, fullest) -= 1;
    inverse(row, classes_) = first[at(fullest)] - first[at(row)];
  }
  load_row_ = fullest;
  basis_[at(fullest)] = classes_;
  values_[at(fullest)] = first[at(fullest)];
  inverse(fullest, fullest) = -1;
  inverse(fullest, classes_) = first[at(fullest)];
  basis_.push_back(classes_ + 1);
  values_.push_back(1);
  inverse(classes_, classes_) = 1;
}

void LoadProgram::add(const Loads& routing) { routings_.push_back(routing); }

double LoadProgram::load() const { return values_[at(load_row_)]; }

std::vector<double> LoadProgram::prices() const {
  const auto row = inverse_.begin() + static_cast<std::ptrdiff_t>(at(load_row_) * at(classes_ + 1));
  std::vector<double> prices;
  for (int each = 0; each < classes_; ++each) prices.push_back(std::max(0.0, -row[each]));
  return prices;
}

double LoadProgram::entry(int column, int row) const {
  if (column < classes_) return column == row ? 1 : 0;
  if (column == classes_) return row < classes_ ? -1 : 0;
  return row < classes_ ? routings_[at(column - classes_ - 1)][at(row)] : 1;
}

/// The column whose reduced cost is most negative; -1 when none is.
int LoadProgram::entering() const {
  const auto dual = inverse_.begin() + static_cast<std::ptrdiff_t>(at(load_row_) * at(classes_ + 1));
  int best = -1;
  double least = -kTiny;
  for (int column = 0; column < classes_ + 1 + static_cast<int>(routings_.size()); ++column) {
    if (column == classes_) continue;
    double cost = 0;
    if (column < classes_) cost = -dual[column];
    for (int row = 0; column > classes_ && row <= classes_; ++row) cost -= dual[row] * entry(column, row);
    if (cost >= least) continue;
    least = cost;
    best = column;
  }
  return best;
}

void LoadProgram::pivot(int column) {
  const int rows = classes_ + 1;
  std::vector<double> direction(at(rows), 0);
  for (int row = 0; row < rows; ++row)
    for (int inner = 0; inner < rows; ++inner)
      direction[at(row)] += inverse_[at(row) * at(rows) + at(inner)] * entry(column, inner);
  int leaving = -1;
  double step = std::numeric_limits<double>::infinity();
  for (int row = 0; row < rows; ++row) {
    if (direction[at(row)] <= kTiny || row == load_row_) continue;
    const double ratio = values_[at(row)] / direction[at(row)];
    if (ratio < step) {
      step = ratio;
      leaving = row;
    }
  }
  if (leaving < 0) return;
  for (int row = 0; row < rows; ++row) {
    if (row == leaving || direction[at(row)] == 0) continue;
    const double factor = direction[at(row)] / direction[at(leaving)];
    for (int each = 0; each < rows; ++each)
      inverse_[at(row) * at(rows) + at(each)] -= factor * inverse_[at(leaving) * at(rows) + at(each)];
    values_[at(row)] = std::max(0.0, values_[at(row)] - factor * values_[at(leaving)]);
  }
  for (int each = 0; each < rows; ++each) inverse_[at(leaving) * at(rows) + at(each)] /= direction[at(leaving)];
  values_[at(leaving)] /= direction[at(leaving)];
  basis_[at(leaving)] = column;
}

void LoadProgram::solve() {
  for (int pivots = 0; pivots < kMostPivots; ++pivots) {
    const int column = entering();
    if (column < 0) return;
    pivot(column);
  }
}

}  // namespace muster
