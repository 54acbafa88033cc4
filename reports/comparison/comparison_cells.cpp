// SPDX-License-Identifier: Apache-2.0
#include "reports/comparison/comparison_cells.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace muster {

namespace {

// The order in which a reader wants them.
int urgency(Outcome outcome) {
  constexpr std::array<Outcome, 5> kOrder = {Outcome::slower, Outcome::ambiguous, Outcome::faster, Outcome::no_data,
                                             Outcome::same};
  return static_cast<int>(std::ranges::find(kOrder, outcome) - kOrder.begin());
}

}  // namespace

std::string gain_cell(double gain) {
  char text[32];
  std::snprintf(text, sizeof text, gain < 100 ? "%.3f" : "%.4g", gain);
  return text;
}

std::string gain_cell(const std::optional<double>& gain) { return gain ? gain_cell(*gain) : "-"; }

std::string interval_cell(double low, double high) { return gain_cell(low) + " to " + gain_cell(high); }

std::string gain_cell(const ComparedCase& each) {
  return each.difference.outcome == Outcome::no_data ? "-" : gain_cell(each.gain);
}

std::string interval_cell(const ComparedCase& each) {
  return each.difference.outcome == Outcome::no_data ? "-" : interval_cell(each.gain_low, each.gain_high);
}

bool has_price(const ComparedPair& pair) {
  return std::ranges::any_of(pair.families, [](const FamilyMean& mean) { return mean.gain_per_price.has_value(); });
}

bool has_joule(const ComparedPair& pair) {
  return std::ranges::any_of(pair.families, [](const FamilyMean& mean) { return mean.gain_per_joule.has_value(); });
}

std::string counts_text(const ComparedPair& pair) {
  std::string text;
  for (const Outcome outcome :
       {Outcome::slower, Outcome::ambiguous, Outcome::faster, Outcome::same, Outcome::no_data}) {
    const auto found = pair.counts.find(outcome);
    if (found == pair.counts.end()) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(found->second) + " " + std::string(name_of(outcome));
  }
  if (text.empty()) text = "nothing compared";
  if (!pair.refusals.empty()) text += "; " + std::to_string(pair.refusals.size()) + " not compared";
  return text;
}

std::vector<const ComparedCase*> notable_cases(const ComparedPair& pair) {
  std::vector<const ComparedCase*> found;
  for (const ComparedCase& each : pair.cases) {
    if (each.difference.outcome != Outcome::same) found.push_back(&each);
  }
  std::ranges::stable_sort(found, [](const ComparedCase* left, const ComparedCase* right) {
    const int one = urgency(left->difference.outcome);
    const int other = urgency(right->difference.outcome);
    if (one != other) return one < other;
    return std::abs(std::log(left->gain)) > std::abs(std::log(right->gain));
  });
  return found;
}

}  // namespace muster
