// SPDX-License-Identifier: Apache-2.0
// The fit alternates between hardware and software generations: each block of constants touches only its own rows.
#include <cmath>
#include <map>

#include "training/validation/least_squares.hpp"
#include "training/validation/validation.hpp"

namespace muster {
namespace {

constexpr int kSweeps = 4;  ///< over all blocks
constexpr int kRoundsPerBlock = 6;

struct Weighed {
  const PublishedRun* run;
  double weight;
};

std::vector<Weighed> rows_to_fit(const std::vector<PublishedRun>& runs, const std::vector<Half>& half) {
  std::map<std::string, int> of_table;
  std::vector<Weighed> rows;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (half[i] != Half::fitted || !runs[i].excluded.empty()) continue;
    rows.push_back({.run = &runs[i], .weight = 0});
    ++of_table[runs[i].table];
  }
  for (Weighed& row : rows) row.weight = std::pow(of_table[row.run->table], -0.25);
  return rows;
}

template <typename Block, typename Belongs>
void fit_block(std::span<const ConstantInfo<Block>> table, Block& block, const Constants& constants,
               const std::vector<Weighed>& rows, Belongs belongs) {
  std::vector<Weighed> own;
  for (const Weighed& row : rows) {
    if (belongs(*row.run)) own.push_back(row);
  }
  if (own.empty()) return;
  std::vector<FreeConstant> free;
  for (const ConstantInfo<Block>& info : table) {
    if (info.least == info.most) continue;  // known, not fitted
    free.push_back({.value = &(block.*info.member), .least = info.least, .most = info.most});
  }
  const auto residuals = [&] {
    std::vector<double> values;
    values.reserve(own.size());
    for (const Weighed& row : own) {
      values.push_back(row.weight * std::log(predict(*row.run, constants).total / row.run->step.value));
    }
    return values;
  };
  minimise(free, residuals, {.rounds = kRoundsPerBlock, .huber = 0.05, .pull = 0.03});
}

}  // namespace

Constants fit_constants(const std::vector<PublishedRun>& runs, const std::vector<Half>& half, Constants start) {
  const std::vector<Weighed> rows = rows_to_fit(runs, half);
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    for (std::size_t i = 0; i < start.hardware.size(); ++i) {
      fit_block(hardware_constant_table(), start.hardware[i], start, rows, [&](const PublishedRun& run) {
        return static_cast<std::size_t>(run.machine.accelerator.architecture) == i;
      });
    }
    for (std::size_t i = 0; i < start.software.size(); ++i) {
      fit_block(software_constant_table(), start.software[i], start, rows,
                [&](const PublishedRun& run) { return static_cast<std::size_t>(run.software) == i; });
    }
  }
  return start;
}

}  // namespace muster
