// SPDX-License-Identifier: Apache-2.0
// Alignment of cases, their differences, and geometric means. Which differences count is decided in
// reports/statistics/differences.cpp, over all cases of a pair at once.
#include "reports/comparison/comparison.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "reports/rows.hpp"

namespace muster {

namespace {

// Two-sided 95 % of a normal distribution.
constexpr double kSigmas95 = 1.96;

std::string family_of(const Case& item) {
  const std::string type = " " + std::string(item.math == FloatMath::tf32 ? name_of(item.math) : name_of(item.type));
  switch (item.family) {
    case Family::collective:
      return std::string(name_of(item.collective));
    case Family::matmul:
    case Family::reduce:
    case Family::peak:
      return std::string(name_of(item.family)) + type;
    case Family::memory:
      return std::string(name_of(item.family)) + " " + std::string(name_of(item.access));
    case Family::overlap:
      return std::string(name_of(item.family)) + " " + std::string(name_of(item.collective));
    case Family::link:
    case Family::metric:
      break;
  }
  return std::string(name_of(item.family));
}

// The id of a case of which the ways to move the data are all one.
std::string best_key(const Case& item) {
  Case key = item;
  key.algorithm = Algorithm::native;
  key.transport = is_on_gpu(item) ? TransportKind::cuda : TransportKind::threads;
  key.channels = 1;
  key.launch = Launch::plain;
  key.buffers = Buffers::plain;
  return case_id(key);
}

// The id of a case of which all that makes two results unlike is one: finds the partner that must be refused.
std::string loose_key(const Case& item) {
  Case key = item;
  key.cadence = Cadence::isolated;
  key.pattern = Pattern::exact;
  key.type = ElementType::float32;
  key.math = FloatMath::full;
  key.ranks = 0;
  key.operation = ReduceOperation::sum;
  return case_id(key);
}

// Why two cases must not be compared; empty when they may.
std::string unlike(const Case& one, const Case& other, int ranks_one, int ranks_other) {
  std::string text;
  const auto differ = [&text](const auto& left, const auto& right) {
    if (left == right) return;
    text += (text.empty() ? "" : "; ") + std::string(left) + " against " + std::string(right);
  };
  differ(name_of(one.cadence), name_of(other.cadence));
  differ(name_of(one.type), name_of(other.type));
  differ(name_of(one.math), name_of(other.math));
  differ(std::string(name_of(one.pattern)) + " data", std::string(name_of(other.pattern)) + " data");
  differ(name_of(one.operation), name_of(other.operation));
  differ(std::to_string(ranks_one) + " ranks", std::to_string(ranks_other) + " ranks");
  return text;
}

const std::vector<double>& samples_of(const Row& row) {
  static const std::vector<double> kNone;
  if (!row.record) return kNone;
  return row.item.family == Family::metric ? row.record->values : row.record->seconds;
}

// What cannot be trusted is not compared: wrong data are often fast.
std::string unusable(const Row& row) {
  if (is_unsupported(row)) return "unsupported";
  if (is_unchecked(row) || (!row.time && !row.value)) return row.reason.empty() ? "not measured" : row.reason;
  if (row.record && row.record->check.wrong > 0) return "wrong data";
  return "";
}

double typical(const Row& row) { return row.time ? row.time->median : row.value ? row.value->median : 0; }

Better better_of(const Case& item) { return item.family == Family::metric ? item.better : Better::lower; }

class Rows {
 public:
  Rows(const Report& report, Alignment alignment) : report_(&report), alignment_(alignment) {
    for (const Row& row : report.rows) {
      loose_.emplace(loose_key(row.item), &row);
      const auto [place, is_new] = by_key_.emplace(key(row), &row);
      if (is_new) {
        order_.push_back(place->first);
      } else if (is_faster(row, *place->second)) {
        place->second = &row;
      }
    }
  }

  const std::vector<std::string>& keys() const { return order_; }
  const Row* find(const std::string& key) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : found->second;
  }
  const Row* relative_of(const Row& row) const {
    const auto found = loose_.find(loose_key(row.item));
    return found == loose_.end() ? nullptr : found->second;
  }
  int ranks(const Row& row) const { return ranks_of(row.item, report_->plan); }

 private:
  std::string key(const Row& row) const {
    return alignment_ == Alignment::best && row.item.family == Family::collective ? best_key(row.item) : row.item.id;
  }
  static bool is_faster(const Row& row, const Row& than) {
    if (!unusable(row).empty()) return false;
    return !unusable(than).empty() || typical(row) < typical(than);
  }

  const Report* report_;
  Alignment alignment_;
  std::map<std::string, const Row*> by_key_, loose_;
  std::vector<std::string> order_;
};

double weight_of(const std::string& id, const std::vector<CaseWeight>& weights) {
  double found = 1;
  for (const CaseWeight& each : weights) {
    if (fnmatch(each.pattern.c_str(), id.c_str(), 0) == 0) found = each.weight;
  }
  return found;
}

struct Matched {
  const Row* first;
  const Row* other;
};

// Pairs of rows that are alike; the others become refusals.
std::vector<Matched> match(const Rows& first, const Rows& other, std::vector<std::string>& refusals) {
  std::vector<Matched> found;
  const auto refuse = [&refusals](const Row& row, const std::string& why) {
    refusals.push_back(row.item.id + ": " + why);
  };
  for (const std::string& key : first.keys()) {
    const Row& row = *first.find(key);
    const Row* partner = other.find(key);
    const Row* relative = partner == nullptr ? other.relative_of(row) : partner;
    if (relative == nullptr) {
      refuse(row, "only in the first report");
      continue;
    }
    const std::string why = unlike(row.item, relative->item, first.ranks(row), other.ranks(*relative));
    if (!why.empty()) {
      refuse(row, why);
    } else if (partner == nullptr) {
      refuse(row, "only in the first report");
    } else if (const std::string here = unusable(row); !here.empty()) {
      refuse(row, "first report: " + here);
    } else if (const std::string there = unusable(*partner); !there.empty()) {
      refuse(row, "other report: " + there);
    } else {
      found.push_back({&row, partner});
    }
  }
  for (const std::string& key : other.keys()) {
    const Row& row = *other.find(key);
    if (first.find(key) == nullptr && first.relative_of(row) == nullptr) refuse(row, "only in the other report");
  }
  return found;
}

ComparedCase compared_case(const Matched& rows, const Difference& difference, const ComparisonOptions& options) {
  const std::string& id = rows.first->item.id;
  const bool is_same_case = rows.other->item.id == id;
  ComparedCase found{.id = id,
                     .other = is_same_case ? "" : rows.other->item.id,
                     .family = family_of(rows.first->item),
                     .weight = weight_of(id, options.weights),
                     .difference = difference};
  const bool is_higher_better = better_of(rows.first->item) == Better::higher;
  found.gain = is_higher_better ? difference.ratio : 1 / difference.ratio;
  found.gain_low = is_higher_better ? difference.low : 1 / difference.high;
  found.gain_high = is_higher_better ? difference.high : 1 / difference.low;
  return found;
}

std::optional<double> quotient(const std::optional<double>& first, const std::optional<double>& other) {
  if (!first || !other) return std::nullopt;
  return *first / *other;
}

// Weighted means of logarithms; the errors of cases are taken as independent of each other.
std::vector<FamilyMean> means_of(const std::vector<ComparedCase>& cases, const ComparedReport& first,
                                 const ComparedReport& other) {
  struct Sums {
    std::string family;
    int cases = 0;
    double weight = 0, logarithm = 0, variance = 0;
  };
  std::vector<Sums> all;
  for (const ComparedCase& each : cases) {
    if (each.difference.outcome == Outcome::no_data || each.weight <= 0) continue;
    auto sums = std::ranges::find(all, each.family, &Sums::family);
    if (sums == all.end()) sums = all.insert(all.end(), Sums{.family = each.family});
    const double error = (std::log(each.gain_high) - std::log(each.gain_low)) / (2 * kSigmas95);
    ++sums->cases;
    sums->weight += each.weight;
    sums->logarithm += each.weight * std::log(each.gain);
    sums->variance += each.weight * each.weight * error * error;
  }
  const auto per_price = quotient(first.price, other.price);
  const auto per_joule = quotient(first.watts, other.watts);
  std::vector<FamilyMean> means;
  for (const Sums& sums : all) {
    const double mean = sums.logarithm / sums.weight;
    const double half = kSigmas95 * std::sqrt(sums.variance) / sums.weight;
    FamilyMean found{.family = sums.family,
                     .cases = sums.cases,
                     .gain = std::exp(mean),
                     .low = std::exp(mean - half),
                     .high = std::exp(mean + half)};
    if (per_price) found.gain_per_price = found.gain * *per_price;
    if (per_joule) found.gain_per_joule = found.gain * *per_joule;
    means.push_back(found);
  }
  return means;
}

ComparedPair compare_pair(const ComparedReport& first, const ComparedReport& other, const ComparisonOptions& options) {
  ComparedPair pair{.label = other.label, .cases = {}, .families = {}, .refusals = {}, .counts = {}};
  const std::vector<Matched> rows =
      match(Rows(first.report, options.alignment), Rows(other.report, options.alignment), pair.refusals);
  std::vector<SamplePair> samples;
  for (const Matched& each : rows) {
    samples.push_back({samples_of(*each.first), samples_of(*each.other), better_of(each.first->item)});
  }
  const std::vector<Difference> found = differences(samples, options.differences);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    pair.cases.push_back(compared_case(rows[i], found[i], options));
    ++pair.counts[found[i].outcome];
  }
  pair.families = means_of(pair.cases, first, other);
  return pair;
}

std::string source_of(const ComparedReport& compared) {
  const Report& report = compared.report;
  std::string text = compared.label + ": ";
  if (!report.run.headers.empty()) {
    const RunHeader& header = report.run.headers.front();
    if (!header.gpus.empty()) text += std::to_string(header.gpus.size()) + " x " + header.gpus.front().model + ", ";
    text += std::to_string(header.ranks) + " ranks on " + header.hosts.front() + ", " + header.started + ", ";
  }
  return text + "verdict " + std::string(name_of(report.verdict));
}

void check_weights(std::span<const ComparedReport> reports, const std::vector<CaseWeight>& weights) {
  for (const CaseWeight& each : weights) {
    const bool is_used = std::ranges::any_of(reports.front().report.rows, [&each](const Row& row) {
      return fnmatch(each.pattern.c_str(), row.item.id.c_str(), 0) == 0;
    });
    if (!is_used) throw Error("weight " + in_quotes(each.pattern) + " matches no case: correct the pattern");
  }
}

}  // namespace

Comparison compare(std::span<const ComparedReport> reports, const ComparisonOptions& options) {
  MUSTER_ASSERT(reports.size() >= 2);
  check_weights(reports, options.weights);
  Comparison comparison{.baseline = reports.front().label, .sources = {}, .pairs = {}};
  for (const ComparedReport& each : reports) comparison.sources.push_back(source_of(each));
  for (const ComparedReport& other : reports.subspan(1)) {
    comparison.pairs.push_back(compare_pair(reports.front(), other, options));
  }
  return comparison;
}

std::optional<double> watts_of(const Report& report) {
  double sum = 0;
  int known = 0;
  for (const GpuHealth& gpu : report.health.gpus) {
    if (!gpu.power_watts) continue;
    sum += *gpu.power_watts;
    ++known;
  }
  if (known == 0) return std::nullopt;
  return sum / known;
}

Judgement judgement_of(const Comparison& comparison) {
  Judgement found = {Verdict::pass, "no case is slower"};
  for (const ComparedPair& pair : comparison.pairs) {
    const auto count = [&pair](Outcome outcome) {
      const auto place = pair.counts.find(outcome);
      return place == pair.counts.end() ? 0 : place->second;
    };
    const int told = count(Outcome::same) + count(Outcome::faster) + count(Outcome::slower);
    Judgement next = {Verdict::pass, ""};
    if (count(Outcome::slower) > 0) {
      next = {Verdict::fail, std::to_string(count(Outcome::slower)) + " cases of " + pair.label + " are slower"};
    } else if (told + count(Outcome::ambiguous) == 0) {
      next = {Verdict::no_data, "no case of " + pair.label + " could be compared"};
    } else if (count(Outcome::ambiguous) > 0) {
      next = {Verdict::ambiguous,
              std::to_string(count(Outcome::ambiguous)) + " cases of " + pair.label + " cannot be told apart"};
    }
    if (worse(found.verdict, next.verdict) != found.verdict) found = next;
  }
  return found;
}

}  // namespace muster
