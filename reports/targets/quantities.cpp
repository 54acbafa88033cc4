// SPDX-License-Identifier: Apache-2.0
// The table of what can be required, and "require" read by it.
#include "reports/targets/quantities.hpp"

#include <array>
#include <cmath>

#include "core/fields.hpp"
#include "core/names.hpp"
#include "reports/text_table.hpp"

namespace muster {

namespace {

constexpr DemandSense kAtMost = DemandSense::at_most;
constexpr DemandSense kAtLeast = DemandSense::at_least;

// In the order of Quantity. GB/s = 1e9 bytes/s, TFLOPS = 1e12 flop/s.
constexpr auto kTraits = std::to_array<QuantityTraits>({
    {Quantity::correct, "correct", "correct", DemandForm::truth},
    {Quantity::self_consistent, "self_consistent", "self-consistent", DemandForm::truth},
    {Quantity::fraction_of_limit, "fraction_of_limit", "fraction of limit", DemandForm::fraction},
    {Quantity::fraction_of_prediction, "fraction_of_prediction", "fraction of prediction", DemandForm::fraction},
    {Quantity::fraction_of_data_sheet, "fraction_of_data_sheet", "fraction of data sheet", DemandForm::fraction},
    {Quantity::fraction_at_clock, "fraction_at_clock", "fraction at clock", DemandForm::fraction},
    {Quantity::algbw, "algbw_bytes_per_second", "algbw", DemandForm::rate, kAtLeast, 1e9, " GB/s"},
    {Quantity::busbw, "busbw_bytes_per_second", "busbw", DemandForm::rate, kAtLeast, 1e9, " GB/s"},
    {Quantity::flops_per_second, "flops_per_second", "flop rate", DemandForm::rate, kAtLeast, 1e12, " TFLOPS"},
    {Quantity::seconds_at_most, "seconds_at_most", "time", DemandForm::seconds, kAtMost, 1e-6, " us"},
    {Quantity::value_at_least, "value_at_least", "value", DemandForm::value},
    {Quantity::value_at_most, "value_at_most", "value", DemandForm::value, kAtMost},
    {Quantity::rank_spread, "rank_spread_at_most", "slowest rank over median rank", DemandForm::ratio, kAtMost},
    {Quantity::group_spread, "group_spread_at_most", "slowest group over median group", DemandForm::ratio, kAtMost},
    {Quantity::bandwidth_fall, "bandwidth_fall_at_most", "fall of bandwidth with size", DemandForm::share, kAtMost},
    {Quantity::time_fall, "time_fall_at_most", "fall of time with size", DemandForm::share, kAtMost},
    {Quantity::rows, "rows_at_least", "rows", DemandForm::count},
    {Quantity::sizes, "sizes_at_least", "sizes", DemandForm::sizes},
    {Quantity::ranks, "ranks_at_least", "ranks", DemandForm::count},
    {Quantity::groups, "groups_at_least", "groups", DemandForm::count},
    {Quantity::pairs, "pairs", "pairs of hosts", DemandForm::all},
});

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kTraits.size(); ++i) {
    if (kTraits[i].quantity != static_cast<Quantity>(i)) return false;
  }
  return true;
}
static_assert(is_in_order());

constexpr auto kKeys = [] {
  std::array<std::string_view, kTraits.size()> keys;
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = kTraits[i].key;
  return keys;
}();

// In the order of Scope.
constexpr std::array<std::string_view, 5> kScopeWords = {"", ", best way of each size", ", median of the groups",
                                                         ", smallest size", ", largest size"};

// Nothing is faster than its limit, so more than the whole of it can never be met.
constexpr Range<double> kFraction = {1e-9, 1};
// Bytes or floating-point operations per second: up to 1e21, a million times what one device does.
constexpr Range<double> kRate = {1e-9, 1e21};
constexpr Range<double> kSeconds = {1e-12, 86400};  // up to a day
constexpr Range<double> kValue = {-1e21, 1e21};     // in any unit
constexpr Range<double> kRatio = {1, 1e6};
constexpr Range<double> kShare = {0, 1};
constexpr Range<int> kCount = {1, 1 << 24};

void read_value(const Json& json, const std::string& where, Rule& rule) {
  Fields fields(json, where);
  rule.demanded = fields.number("number", kValue);
  rule.unit = fields.text("unit");
  fields.finish();
}

void read_sizes(const Json& json, const std::string& where, Rule& rule) {
  Fields fields(json, where);
  rule.demanded = fields.integer("count", kCount);
  rule.from = fields.word("from", parse_size);
  rule.to = fields.word("to", parse_size);
  fields.finish();
  if (*rule.from > *rule.to) throw fields.error("from", "is larger than \"to\"");
}

std::string suffix_of(const Rule& rule) {
  return rule.unit.empty() ? std::string(traits_of(rule.quantity).suffix) : " " + rule.unit;
}

}  // namespace

const QuantityTraits& traits_of(Quantity quantity) { return kTraits.at(static_cast<std::size_t>(quantity)); }

std::string_view name_of(Quantity quantity) { return traits_of(quantity).key; }

Quantity parse_quantity(std::string_view key) {
  return static_cast<Quantity>(index_of_name("requirement", kKeys, key));
}

std::string quantity_text(const Rule& rule, double value) {
  return significant(value / traits_of(rule.quantity).unit) + suffix_of(rule);
}

std::string demanded_text(const Rule& rule) {
  return without_zeros(significant(rule.demanded / traits_of(rule.quantity).unit)) + suffix_of(rule);
}

std::string requirement_of(const Rule& rule) {
  const QuantityTraits& traits = traits_of(rule.quantity);
  std::string text(traits.label);
  if (traits.form == DemandForm::all) {
    text += ": all";
  } else if (traits.form != DemandForm::truth) {
    text += (traits.sense == DemandSense::at_least ? " >= " : " <= ") + demanded_text(rule);
  }
  if (rule.from) text += " from " + format_size(*rule.from) + " to " + format_size(*rule.to);
  return text.append(kScopeWords.at(static_cast<std::size_t>(rule.scope)));
}

void read_requirement(const Json& json, const std::string& where, Rule& rule) {
  const std::string place = where + ": \"require\"";
  Fields fields(json, place);
  if (json.size() != 1) throw Error(place + " must have exactly one key; write one rule for each demand");
  const std::string& key = json.begin().key();
  try {
    rule.quantity = parse_quantity(key);
  } catch (const Error& error) {
    throw Error(place + ": " + error.what());
  }
  switch (traits_of(rule.quantity).form) {
    case DemandForm::truth:
      if (fields.value(key) != true) throw fields.error(key, "can only be true");
      break;
    case DemandForm::all:
      if (fields.value(key) != "all") throw fields.error(key, "can only be \"all\"");
      break;
    case DemandForm::fraction:
      rule.demanded = fields.number(key, kFraction);
      break;
    case DemandForm::rate:
      rule.demanded = fields.number(key, kRate);
      break;
    case DemandForm::seconds:
      rule.demanded = fields.number(key, kSeconds);
      break;
    case DemandForm::ratio:
      rule.demanded = fields.number(key, kRatio);
      break;
    case DemandForm::share:
      rule.demanded = fields.number(key, kShare);
      break;
    case DemandForm::count:
      rule.demanded = fields.integer(key, kCount);
      break;
    case DemandForm::value:
      read_value(fields.value(key), place + ": " + in_quotes(key), rule);
      break;
    case DemandForm::sizes:
      read_sizes(fields.value(key), place + ": " + in_quotes(key), rule);
      break;
  }
}

}  // namespace muster
