// SPDX-License-Identifier: Apache-2.0
// A small linear program in floating point whose rows come one by one, as they are found to be violated. What it finds
// is rounded to fractions and checked exactly before it is used. Private to packing/.
#pragma once

#include <cstddef>
#include <vector>

namespace muster {

/// Maximises objective * x for x >= 0 under rows of the form row * x <= bound. Dense; some hundreds of variables.
class GrowingProgram {
 public:
  enum class Outcome { optimal, out_of_budget };

  explicit GrowingProgram(std::vector<double> objective);

  /// Before the first solve(), bounds must not be negative, and the rows must bound the objective.
  void add_row(const std::vector<double>& row, double bound);
  Outcome solve();

  double value() const { return value_; }
  /// [variable]
  std::vector<double> solution() const;

 private:
  /// Basic variable = value - sum of coefficient * nonbasic variables.
  struct Row {
    int basic;
    double value;
    std::vector<double> coefficient;  // [column]
  };
  bool step_up();
  bool step_back();
  void pivot(std::size_t row, std::size_t column);

  int variables_;
  int next_slack_;
  double value_ = 0;
  std::vector<double> gain_;   // [column] of the objective, per unit of the nonbasic variable
  std::vector<int> nonbasic_;  // [column] variable
  std::vector<Row> rows_;
  bool is_solved_ = false;
};

}  // namespace muster
