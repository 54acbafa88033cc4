// SPDX-License-Identifier: Apache-2.0
// CSV (RFC 4180): a row per case, for spreadsheets and data frames. The columns are a table: a new one goes to its end,
// because scripts count; what is unknown is empty, and every number carries its unit in the heading.
#include <array>

#include "reports/rows.hpp"
#include "reports/table_cells.hpp"
#include "reports/writers/text.hpp"
#include "reports/writers/writers.hpp"

namespace muster {

namespace {

struct CsvColumn {
  std::string_view heading;
  std::string (*cell)(const Row& row, const Plan& plan);
};

bool is(const Row& row, Family family) { return row.item.family == family; }

template <typename Word>
std::string word_if(bool has_meaning, Word word) {
  return has_meaning ? std::string(name_of(word)) : std::string();
}

std::string positive(double value) { return value > 0 ? exact_number(value) : std::string(); }

std::string known(const std::optional<double>& value) { return value ? exact_number(*value) : std::string(); }

std::string of_time(const Row& row, double Summary::*number) {
  return row.time ? exact_number((*row.time).*number) : std::string();
}

std::string of_value(const Row& row, double Summary::*number) {
  return row.value ? exact_number((*row.value).*number) : std::string();
}

std::string bound_seconds(const std::optional<Bound>& bound) {
  return bound ? exact_number(bound->time.value) : std::string();
}

std::string of_check(const Row& row, std::uint64_t CheckResult::*number) {
  const bool is_measured = row.record && row.record->status == Status::measured;
  return is_measured ? std::to_string(row.record->check.*number) : std::string();
}

std::string samples(const Row& row) {
  const std::optional<Summary>& summary = row.time ? row.time : row.value;
  return std::to_string(summary ? summary->count : 0);
}

constexpr auto kColumns = std::to_array<CsvColumn>({
    {"case", [](const Row& row, const Plan&) { return csv_text(row.item.id); }},
    {"verdict", [](const Row& row, const Plan&) { return verdict_cell(row); }},
    {"reason", [](const Row& row, const Plan&) { return csv_text(row.reason); }},
    {"family", [](const Row& row, const Plan&) { return word_if(true, row.item.family); }},
    {"collective",
     [](const Row& row, const Plan&) { return word_if(is(row, Family::collective), row.item.collective); }},
    {"algorithm", [](const Row& row, const Plan&) { return word_if(is(row, Family::collective), row.item.algorithm); }},
    {"transport", [](const Row& row, const Plan&) { return word_if(is(row, Family::collective), row.item.transport); }},
    {"type", [](const Row& row, const Plan&) { return word_if(!is(row, Family::metric), row.item.type); }},
    {"cadence", [](const Row& row, const Plan&) { return word_if(!is(row, Family::metric), row.item.cadence); }},
    {"placement", [](const Row& row, const Plan&) { return word_if(is(row, Family::collective), row.item.placement); }},
    {"operation",
     [](const Row& row, const Plan&) {
       return word_if(is(row, Family::collective) && reduces(row.item.collective), row.item.operation);
     }},
    {"channels",
     [](const Row& row, const Plan&) {
       return is(row, Family::collective) ? std::to_string(row.item.channels) : std::string();
     }},
    {"ranks", [](const Row& row, const Plan& plan) { return std::to_string(ranks_of(row.item, plan)); }},
    {"group", [](const Row& row, const Plan&) { return csv_text(row.item.group); }},
    {"size_bytes",
     [](const Row& row, const Plan&) {
       return row.item.size > Bytes{0} ? std::to_string(row.item.size.value) : std::string();
     }},
    {"m", [](const Row& row, const Plan&) { return is(row, Family::matmul) ? std::to_string(row.item.m) : ""; }},
    {"n", [](const Row& row, const Plan&) { return is(row, Family::matmul) ? std::to_string(row.item.n) : ""; }},
    {"k", [](const Row& row, const Plan&) { return is(row, Family::matmul) ? std::to_string(row.item.k) : ""; }},
    {"source", [](const Row& row, const Plan&) { return is(row, Family::link) ? name_of(row.item.source) : ""; }},
    {"target", [](const Row& row, const Plan&) { return is(row, Family::link) ? name_of(row.item.target) : ""; }},
    {"samples", [](const Row& row, const Plan&) { return samples(row); }},
    {"median_seconds", [](const Row& row, const Plan&) { return of_time(row, &Summary::median); }},
    {"low_seconds", [](const Row& row, const Plan&) { return of_time(row, &Summary::low); }},
    {"high_seconds", [](const Row& row, const Plan&) { return of_time(row, &Summary::high); }},
    {"min_seconds", [](const Row& row, const Plan&) { return of_time(row, &Summary::min); }},
    {"max_seconds", [](const Row& row, const Plan&) { return of_time(row, &Summary::max); }},
    {"p99_seconds", [](const Row& row, const Plan&) { return of_time(row, &Summary::p99); }},
    {"algbw_bytes_per_second", [](const Row& row, const Plan&) { return positive(row.algbw); }},
    {"busbw_bytes_per_second", [](const Row& row, const Plan&) { return positive(row.busbw); }},
    {"flops_per_second", [](const Row& row, const Plan&) { return positive(row.flops_per_second); }},
    {"limit_seconds", [](const Row& row, const Plan&) { return bound_seconds(row.expectation.limit); }},
    {"prediction_seconds", [](const Row& row, const Plan&) { return bound_seconds(row.expectation.prediction); }},
    {"fraction_of_limit", [](const Row& row, const Plan&) { return known(row.fraction_of_limit); }},
    {"fraction_of_prediction", [](const Row& row, const Plan&) { return known(row.fraction_of_prediction); }},
    {"checked_elements", [](const Row& row, const Plan&) { return of_check(row, &CheckResult::elements); }},
    {"wrong_elements", [](const Row& row, const Plan&) { return of_check(row, &CheckResult::wrong); }},
    {"metric_unit", [](const Row& row, const Plan&) { return csv_text(row.item.unit); }},
    {"metric_median", [](const Row& row, const Plan&) { return of_value(row, &Summary::median); }},
    {"metric_low", [](const Row& row, const Plan&) { return of_value(row, &Summary::low); }},
    {"metric_high", [](const Row& row, const Plan&) { return of_value(row, &Summary::high); }},
    {"origin", [](const Row& row, const Plan&) { return row.record ? csv_text(row.record->origin) : std::string(); }},
});

}  // namespace

std::string write_csv(const Report& report, const WriteOptions&) {
  std::string text;
  const auto add_line = [&](auto cell_of) {
    for (const CsvColumn& column : kColumns) {
      text.append(&column == kColumns.data() ? "" : ",").append(cell_of(column));
    }
    text.append("\r\n");
  };
  add_line([](const CsvColumn& column) { return std::string(column.heading); });
  for (const Row& row : report.rows) add_line([&](const CsvColumn& column) { return column.cell(row, report.plan); });
  return text;
}

}  // namespace muster
