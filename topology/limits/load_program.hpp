// SPDX-License-Identifier: Apache-2.0
// A small linear program in floating point: how to mix routings so that the fullest class of links is as empty as it
// can be. Its prices are the lengths that distance_bound.cpp then proves a bound with, exactly.
#pragma once

#include <vector>

namespace muster {

/// Load of each class of links over its capacity, for a routing of all the data.
using Loads = std::vector<double>;

/// Minimises the largest load of a mix of routings; more routings may be added as they are found. Revised simplex with
/// an explicit inverse; a few hundred classes and routings at most.
class LoadProgram {
 public:
  explicit LoadProgram(const Loads& first);

  void add(const Loads& routing);
  /// Best mix of the routings so far, or as far as a bounded number of steps leads.
  void solve();

  /// Largest load of the mix.
  double load() const;
  /// [class] >= 0, sum 1: what a further routing must undercut, summed over its loads, to help.
  std::vector<double> prices() const;

 private:
  /// Columns are numbered: classes (what is free of each), then the largest load, then the routings.
  double entry(int column, int row) const;
  int entering() const;
  void pivot(int column);

  int classes_;
  std::vector<Loads> routings_;
  std::vector<int> basis_;       // [row] column
  std::vector<double> inverse_;  // rows x rows, of the basis
  std::vector<double> values_;   // [row] of the basic variables
  int load_row_ = 0;
};

}  // namespace muster
