// SPDX-License-Identifier: Apache-2.0
// What the written forms of a comparison share: cells, and which cases are worth a line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/comparison/comparison.hpp"

namespace muster {

/// "1.053": how many times better.
std::string gain_cell(double gain);
std::string gain_cell(const std::optional<double>& gain);
/// "1.031 to 1.075".
std::string interval_cell(double low, double high);
/// Of a case: "-" where nothing could be compared.
std::string gain_cell(const ComparedCase& each);
std::string interval_cell(const ComparedCase& each);

/// Whether any family has a gain per price, per joule.
bool has_price(const ComparedPair& pair);
bool has_joule(const ComparedPair& pair);

/// "12 faster, 280 same, 3 slower, 4 ambiguous; 5 not compared".
std::string counts_text(const ComparedPair& pair);

/// Cases that are not the same: slower, then ambiguous, faster and no data, each by the size of the change.
std::vector<const ComparedCase*> notable_cases(const ComparedPair& pair);

}  // namespace muster
