// SPDX-License-Identifier: Apache-2.0
// What the readers of printed tables share: lines without launchers' prefixes, metrics of one number, incidents with
// file and line. Used by every reader of such tables.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/readers/readers.hpp"

namespace muster {

struct TextLine {
  int number = 0;
  std::string_view text;                ///< without a launcher's prefix and the end of the line
  std::vector<std::string_view> words;  ///< of it, between blanks
  bool ended = true;                    ///< false: the file ends within it, so that its last number may be cut
};

std::vector<TextLine> lines_of(std::string_view text);

/// True for what launchers and libraries print when a run dies.
bool says_failure(std::string_view line);

/// Whether `part` occurs in `text`.
bool has(std::string_view text, std::string_view part);

/// The word after `name`: "4" of "#processes = 4" and "#processes=4"; empty if there is none.
std::string_view word_after(std::string_view line, std::string_view name);

/// A name for a case: printable, without blanks, at most 200 characters.
std::string word_of(std::string_view text);

std::string place_of(const std::string& origin, int line);

/// One number of a tool under a name of printable characters without blanks.
Reading metric_reading(std::string_view name, std::string_view unit, Better better, double value,
                       const std::string& place);

/// Keeps at most 100: a broken job can print the same line for hours.
void add_incident(ForeignResults& results, const std::string& place, std::string_view what);

}  // namespace muster
