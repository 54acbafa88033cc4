// SPDX-License-Identifier: Apache-2.0
// Reader of the list that rccl-tests writes with -x FILE -Z json (its src/common.cu, class Reporter): one object per
// row and placement, without header, hosts and footer. It is written at the end, so that a whole file is a whole run.
#include "core/error.hpp"
#include "reports/readers/foreign_json.hpp"
#include "reports/readers/nccl_tests_section.hpp"
#include "reports/readers/text_lines.hpp"

namespace muster {
namespace {

constexpr std::int64_t kMostRanks = std::int64_t{1} << 20;

std::int64_t count_in(const Json& row, const std::string& key) {
  const auto count = whole_in_json(member(row, key));
  return count && *count > 0 && *count <= kMostRanks ? *count : 0;
}

/// With MPI it tells processes and the GPUs of each, else all GPUs; 0 where it tells neither.
int ranks_of(const Json& row) {
  const std::int64_t ranks =
      row.contains("gpus") ? count_in(row, "gpus") : count_in(row, "ranks") * count_in(row, "gpusPerRank");
  return static_cast<int>(ranks <= kMostRanks ? ranks : 0);
}

std::optional<LogRow> row_of(const Json& json) {
  const auto size = whole_in_json(member(json, "size"));
  const auto type = element_type_in(text_in_json(member(json, "type")));
  const auto operation = operation_in(text_in_json(member(json, "redop")));
  const auto in_place = truth_in_json(member(json, "inPlace"));
  if (!size || *size < 0 || !type || !operation || !in_place) return std::nullopt;
  RowNumbers numbers;
  if (number_in_json(member(json, "busBw"))) numbers.seconds = seconds_of(number_in_json(member(json, "time")));
  if (const auto wrong = whole_in_json(member(json, "wrong")); wrong && *wrong >= 0) {
    numbers.wrong = static_cast<std::uint64_t>(*wrong);
  }
  const auto bytes = static_cast<std::uint64_t>(*size);
  LogRow row{.size = bytes, .count = bytes / size_of(*type), .type = *type, .operation = *operation, .placements = {}};
  row.placements[*in_place ? 1 : 0] = std::move(numbers);
  return row;
}

Section section_for(const Json& row, const std::string& origin) {
  const std::string name = text_in_json(member(row, "name"));
  Section section;
  section.title = "the test of " + in_quotes(name);
  section.collective = collective_in(name.empty() ? origin : name);
  section.rank_count = ranks_of(row);
  section.check_iterations = 1;  // of a row that says how much is wrong; how often it looked is not told
  section.concluded = true;
  section.in_bounds = true;
  return section;
}

}  // namespace

bool is_rccl_tests_json(std::string_view text) {
  return first_character(text) == '[' && has(text, "\"busBw\"") && has(text, "\"inPlace\"");
}

ForeignResults read_rccl_tests_json(std::string_view text, const std::string& origin) {
  const Json document = parse_foreign_json(text, origin);
  if (!document.is_array()) throw Error(origin + ":1: is no list of rows; import what -x FILE -Z json wrote");
  ForeignResults results;
  results.tool = "rccl-tests";
  std::optional<Section> section;
  for (std::size_t i = 0; i < document.size(); ++i) {
    const std::string place = origin + ": [" + std::to_string(i) + "]";
    const auto row = row_of(document[i]);
    if (!row) {
      add_incident(results, place, "is no row of rccl-tests; it is left out");
      continue;
    }
    Section found = section_for(document[i], origin);
    if (!section || section->title != found.title || section->rank_count != found.rank_count) {
      if (section) finish_section(std::move(*section), origin, results);
      section = std::move(found);
    }
    add_row(*section, *row, place);
  }
  if (section) finish_section(std::move(*section), origin, results);
  return results;
}

}  // namespace muster
