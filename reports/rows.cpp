// SPDX-License-Identifier: Apache-2.0
// Fails closed: each way in which a measurement can be worth nothing has its own line here and its own reason.
#include "reports/rows.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "reports/statistics/series.hpp"
#include "reports/text_table.hpp"

namespace muster {

namespace {

// Nothing happened that speaks against the row.
const Judgement kSound = {Verdict::pass, ""};

Judgement no_data(const std::string& reason) { return {Verdict::no_data, reason}; }

// An earlier attempt that went wrong is not undone by a later one that went well: that is how flapping hides.
Judgement judge_earlier(const Attempts& attempts) {
  for (std::size_t i = 0; i + 1 < attempts.size(); ++i) {
    const Record& record = *attempts[i];
    const std::string launch = "launch " + std::to_string(record.launch);
    if (record.check.wrong > 0) return {Verdict::fail, "wrong data in " + launch + ", whatever came later"};
    if (record.status == Status::failed) return no_data("failed in " + launch + ": " + record.reason);
  }
  return kSound;
}

// The first of the worst.
Judgement worst_of(std::initializer_list<Judgement> judgements) {
  Judgement found = kSound;
  for (const Judgement& next : judgements) {
    if (worse(found.verdict, next.verdict) != found.verdict) found = next;
  }
  return found;
}

Judgement judge_status(const Record& record) {
  switch (record.status) {
    case Status::measured:
      return kSound;
    case Status::unsupported:
      return no_data("unsupported: " + record.reason);
    case Status::failed:
      return no_data("failed: " + record.reason);
  }
  return no_data("unknown status");
}

// Ceilings have no result that could be wrong.
bool has_result(Family family) {
  return family != Family::memory && family != Family::peak && family != Family::metric;
}

Judgement judge_check(const Plan& plan, const Case& item, const CheckResult& check) {
  if (check.wrong > 0) {
    return {Verdict::fail, std::to_string(check.wrong) + " of " + std::to_string(check.elements) +
                               " elements wrong: " + check.first_wrong};
  }
  if (!has_result(item.family)) return kSound;
  if (check.elements == 0) return no_data("unchecked: no element of the result was compared");
  const int planned = plan.check_iterations + 1;  // the last timed operation is checked, too
  if (check.iterations < planned) {
    return no_data("checked " + std::to_string(check.iterations) + " times where " + std::to_string(planned) +
                   " were planned");
  }
  return kSound;
}

bool is_time(double seconds) { return std::isfinite(seconds) && seconds > 0; }

const std::vector<double>& samples_of(const Case& item, const Record& record) {
  return item.family == Family::metric ? record.values : record.seconds;
}

Judgement judge_samples(const Plan& plan, const Case& item, const Record& record) {
  const std::vector<double>& samples = samples_of(item, record);
  const std::string found = std::to_string(samples.size());
  const int planned_ranks = ranks_of(item, plan);
  if (record.ranks != planned_ranks) {
    return no_data("ran on " + std::to_string(record.ranks) + " ranks where " + std::to_string(planned_ranks) +
                   " were planned");
  }
  if (samples.empty()) return no_data("no samples");
  if (samples.size() != static_cast<std::size_t>(record.agreed_samples)) {
    return no_data(found + " samples where " + std::to_string(record.agreed_samples) + " were agreed");
  }
  if (item.sampling.fixed > 0 && record.agreed_samples != item.sampling.fixed) {
    return no_data(found + " samples where " + std::to_string(item.sampling.fixed) + " were planned");
  }
  // A run whose time is up may take fewer samples than planned, but never fewer than an interval needs.
  constexpr int kLeastSamples = 6;
  const int least = std::min(item.sampling.at_least, kLeastSamples);
  if (item.sampling.fixed == 0 && record.agreed_samples < least) {
    return no_data(found + " samples where at least " + std::to_string(least) + " were planned");
  }
  if (item.family == Family::metric) return kSound;
  if (!std::ranges::all_of(record.seconds, is_time)) return no_data("a sample is not a positive time");
  return kSound;
}

// Elements that fit the asked size, cut to whole ones of 16 bytes for each rank as nccl-tests does: at most this is
// lost.
Bytes rounding_of(const Case& item, int ranks) {
  constexpr std::uint64_t kUnit = 16;
  const auto blocks = static_cast<std::uint64_t>(has_collective(item) ? ranks : 3);
  return Bytes{std::max<std::uint64_t>(kUnit, size_of(item.type)) * blocks};
}

Judgement judge_bytes(Bytes moved, Bytes planned, Bytes rounding) {
  if (moved <= planned && moved + rounding > planned && moved.value > 0) return kSound;
  return no_data("worked on " + std::to_string(moved.value) + " bytes where " + std::to_string(planned.value) +
                 " were planned");
}

Judgement judge_flops(const Case& item, Flops done) {
  const double product = 2.0 * static_cast<double>(item.m) * static_cast<double>(item.n) * static_cast<double>(item.k);
  const double planned = product * (item.family == Family::overlap ? item.products : 1);
  // A relative 1e-9 covers the rounding of a product of three numbers.
  if (std::abs(done.value - planned) <= 1e-9 * planned) return kSound;
  return no_data("did " + significant(done.value) + " flops where " + significant(planned) + " were planned");
}

// A sweep that was shortened to fit the memory must not look like the one that was asked for.
Judgement judge_work(const Case& item, const Record& record) {
  const Bytes rounding = rounding_of(item, record.ranks);
  switch (item.family) {
    case Family::collective:
      if (item.collective == Collective::all_to_allv) break;  // the traffic decides
      return judge_bytes(record.bytes, item.size, rounding);
    case Family::reduce:
      return judge_bytes(record.bytes, item.size * 3, rounding);  // two vectors read, one written
    case Family::link:
      return judge_bytes(record.bytes, item.size, rounding);
    case Family::matmul:
      return judge_flops(item, record.flops);
    case Family::overlap:
      if (item.collective == Collective::all_to_allv) return judge_flops(item, record.flops);
      return worst_of({judge_bytes(record.bytes, item.size, rounding), judge_flops(item, record.flops)});
    case Family::peak:
      return record.flops.value > 0 ? kSound : no_data("no operations counted");
    case Family::metric:
      return kSound;
    case Family::memory:
      break;
  }
  return record.bytes.value > 0 ? kSound : no_data("no bytes counted");
}

// Design, invariant 3: nothing measured or predicted is faster than its limit.
Judgement judge_limit(const Row& row) {
  const auto& [limit, prediction, unknown] = row.expectation;
  if (!limit) return kSound;
  const Seconds least = limit->time * (1 - kLimitTolerance);
  const std::string bound = format_duration(limit->time) + " (" + limit->binds + "): wrong topology or wrong clock";
  if (Seconds{row.time->median} < least) {
    return {Verdict::fail, format_duration(Seconds{row.time->median}) + " is faster than its limit of " + bound};
  }
  if (prediction && prediction->time < least) {
    return {Verdict::fail, "predicted " + format_duration(prediction->time) + ", faster than its limit of " + bound};
  }
  return kSound;
}

// A bound that is no time bounds nothing; a rule on it then finds no data.
void keep_usable(std::optional<Bound>& bound, std::string& unknown, const std::string& name) {
  if (!bound || is_time(bound->time.value)) return;
  bound.reset();
  unknown = "the " + name + " is not a positive time";
}

void compute_rates(Row& row) {
  const Record& record = *row.record;
  const Seconds median = {row.time->median};
  const Family family = row.item.family;
  if (family != Family::matmul && family != Family::peak) {
    row.algbw = (record.bytes / median).value;
  }
  if (has_collective(row.item)) row.busbw = row.algbw * busbw_factor(row.item.collective, record.ranks);
  row.flops_per_second = (record.flops / median).value;
  if (row.expectation.limit) row.fraction_of_limit = row.expectation.limit->time / median;
  if (row.expectation.prediction) row.fraction_of_prediction = row.expectation.prediction->time / median;
}

// The interval is as wide as the series makes it, and the row says why.
Summary summarise_watched(Row& row, const std::vector<double>& samples) {
  const SeriesCheck check = check_series(samples);
  row.remarks = remarks_of(check);
  return summarise_series(samples, check);
}

void compute_numbers(Row& row) {
  const Record& record = *row.record;
  if (row.item.family == Family::metric) {
    row.value = summarise_watched(row, record.values);
    return;
  }
  row.time = summarise_watched(row, record.seconds);
  for (const std::vector<double>& of_rank : record.rank_seconds) row.rank_medians.push_back(summarise(of_rank).median);
  compute_rates(row);
}

Judgement judge_measurement(const Plan& plan, Row& row, const Attempts& attempts) {
  if (attempts.empty()) return no_data("missing: planned, but not in the run");
  const Record& record = *row.record;
  const Judgement status = judge_status(record);
  const Judgement check = judge_check(plan, row.item, record.check);
  const Judgement earlier = judge_earlier(attempts);
  const Judgement samples = judge_samples(plan, row.item, record);
  // An unmeasured case has no data to check, so its status comes first; wrong data outweigh whatever else is amiss.
  const Judgement found = worst_of({status, check, earlier, samples});
  const bool is_timed = worst_of({status, earlier, samples}).verdict == Verdict::pass;
  if (!is_timed || (check.verdict != Verdict::pass && !is_unchecked(row))) return found;
  compute_numbers(row);
  if (row.item.family == Family::metric) return found;
  return worst_of({found, judge_work(row.item, record), judge_limit(row)});
}

}  // namespace

Row make_row(const Plan& plan, const Case& item, const Attempts& attempts, const Expectation& expectation) {
  Row row;
  row.item = item;
  row.expectation = expectation;
  keep_usable(row.expectation.limit, row.expectation.unknown, "limit");
  keep_usable(row.expectation.prediction, row.expectation.unknown, "prediction");
  if (!attempts.empty()) row.record = *attempts.back();
  const Judgement judgement = judge_measurement(plan, row, attempts);
  row.verdict = judgement.verdict;
  row.reason = judgement.reason;
  return row;
}

// An earlier attempt that failed or gave wrong data is not undone by a later one that found the case impossible.
bool is_unsupported(const Row& row) {
  return row.record && row.record->status == Status::unsupported && row.verdict == Verdict::no_data;
}

bool is_unchecked(const Row& row) {
  return row.record && row.record->status == Status::measured && has_result(row.item.family) &&
         row.record->check.elements == 0 && row.record->check.wrong == 0;
}

std::uint64_t element_count(const Case& item, Bytes bytes, int ranks) {
  const std::uint64_t elements = bytes.value / size_of(item.type);
  switch (item.collective) {
    case Collective::all_gather:
    case Collective::reduce_scatter:
    case Collective::all_to_all:
    case Collective::all_to_allv:
    case Collective::gather:
    case Collective::scatter:
      return elements / static_cast<std::uint64_t>(ranks);
    case Collective::all_reduce:
    case Collective::broadcast:
    case Collective::reduce:
    case Collective::send_recv:
      return elements;
  }
  return elements;
}

}  // namespace muster
