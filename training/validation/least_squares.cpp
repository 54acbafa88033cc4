// SPDX-License-Identifier: Apache-2.0
#include "training/validation/least_squares.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace muster {
namespace {

using Vector = std::vector<double>;
using Matrix = std::vector<Vector>;

constexpr double kDifference = 0.01;  ///< of ln value, for the derivative
constexpr double kLongestStep = 0.5;  ///< of ln value, per round
constexpr double kEnough = 1e-6;      ///< relative gain under which a round is the last

/// Gauss-Jordan with pivots; the matrix is positive definite by its damping.
Vector solve(Matrix a, Vector b) {
  const std::size_t n = b.size();
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t pivot = i;
    for (std::size_t row = i; row < n; ++row) {
      if (std::fabs(a[row][i]) > std::fabs(a[pivot][i])) pivot = row;
    }
    std::swap(a[i], a[pivot]);
    std::swap(b[i], b[pivot]);
    for (std::size_t row = 0; row < n; ++row) {
      if (row == i) continue;
      const double factor = a[row][i] / a[i][i];
      for (std::size_t column = i; column < n; ++column) a[row][column] -= factor * a[i][column];
      b[row] -= factor * b[i];
    }
  }
  for (std::size_t i = 0; i < n; ++i) b[i] /= a[i][i];
  return b;
}

class Search {
 public:
  Search(const std::vector<FreeConstant>& constants, const std::function<Vector()>& residuals,
         const LeastSquares& options)
      : constants_(constants), residuals_(residuals), options_(options) {
    for (const FreeConstant& one : constants) start_.push_back(std::log(std::clamp(*one.value, one.least, one.most)));
    at_ = start_;
  }

  double run() {
    Vector now = residuals_at(at_);
    double cost = cost_of(now, at_);
    for (int round = 0; round < options_.rounds; ++round) {
      const double before = cost;
      if (!improve(now, cost) || before - cost < kEnough * before) break;
    }
    set(at_);
    return cost;
  }

 private:
  void set(const Vector& logs) const {
    for (std::size_t i = 0; i < logs.size(); ++i) *constants_[i].value = std::exp(logs[i]);
  }
  Vector residuals_at(const Vector& logs) const {
    set(logs);
    return residuals_();
  }

  double cost_of(const Vector& residuals, const Vector& logs) const {
    double cost = 0;
    for (const double one : residuals) {
      const double size = std::fabs(one);
      cost += size < options_.huber ? size * size : options_.huber * (2 * size - options_.huber);
    }
    for (std::size_t i = 0; i < logs.size(); ++i) cost += options_.pull * std::pow(logs[i] - start_[i], 2);
    return cost;
  }

  Matrix derivatives(const Vector& now) const {
    Matrix columns;
    for (std::size_t i = 0; i < at_.size(); ++i) {
      Vector moved = at_;
      moved[i] += kDifference;
      Vector column = residuals_at(moved);
      for (std::size_t k = 0; k < column.size(); ++k) column[k] = (column[k] - now[k]) / kDifference;
      columns.push_back(std::move(column));
    }
    return columns;
  }

  /// One round: tries shorter steps until the cost falls; false where none does.
  bool improve(Vector& now, double& cost) {
    const Matrix columns = derivatives(now);
    for (int attempt = 0; attempt < 8; ++attempt) {
      const Vector next = step(columns, now);
      Vector residuals = residuals_at(next);
      const double reached = cost_of(residuals, next);
      if (reached < cost) {
        at_ = next;
        now = std::move(residuals);
        cost = reached;
        damping_ /= 3;
        return true;
      }
      damping_ *= 4;
    }
    return false;
  }

  Vector step(const Matrix& columns, const Vector& now) const {
    const std::size_t n = at_.size();
    const auto dot = [&](const Vector& a, const Vector& b) {
      double sum = 0;
      for (std::size_t k = 0; k < now.size(); ++k) sum += weight(now[k]) * a[k] * b[k];
      return sum;
    };
    Matrix normal(n, Vector(n));
    Vector gradient(n);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) normal[i][j] = dot(columns[i], columns[j]);
      gradient[i] = -dot(columns[i], now) - options_.pull * (at_[i] - start_[i]);
      normal[i][i] = (normal[i][i] + options_.pull) * (1 + damping_) + 1e-9;
    }
    const Vector change = solve(std::move(normal), std::move(gradient));
    Vector next = at_;
    for (std::size_t i = 0; i < n; ++i) {
      next[i] = std::clamp(at_[i] + std::clamp(change[i], -kLongestStep, kLongestStep), std::log(constants_[i].least),
                           std::log(constants_[i].most));
    }
    return next;
  }

  double weight(double residual) const {
    const double size = std::fabs(residual);
    return size < options_.huber ? 1 : options_.huber / size;
  }

  const std::vector<FreeConstant>& constants_;
  const std::function<Vector()>& residuals_;
  const LeastSquares& options_;
  Vector start_, at_;
  double damping_ = 0.01;
};

}  // namespace

double minimise(const std::vector<FreeConstant>& constants, const std::function<std::vector<double>()>& residuals,
                const LeastSquares& options) {
  return Search(constants, residuals, options).run();
}

}  // namespace muster
