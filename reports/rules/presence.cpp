// SPDX-License-Identifier: Apache-2.0
// Demands on what must be there: rows, sizes, ranks, groups, pairs. Only what was measured and can be trusted counts,
// so a shortened sweep, a missing node and a missing GPU cannot pass.
#include <algorithm>
#include <set>

#include "reports/rules/selection.hpp"
#include "reports/targets/quantities.hpp"

namespace muster {

namespace {

bool is_there(const Row* row) { return row->verdict == Verdict::pass; }

Judgement judge_count(const Rule& rule, std::size_t found, const std::string& what) {
  const std::string text = std::to_string(found) + " " + what;
  if (static_cast<double>(found) >= rule.demanded) return {Verdict::pass, text};
  return {Verdict::no_data, text + " where " + demanded_text(rule) + " must be there"};
}

// nccl-tests cuts a size to whole units of 16 bytes for each rank, so that 16G on 10 ranks ends a little below 16G.
bool reaches(const Row& row, Bytes end) {
  return row.item.size + Bytes{16 * static_cast<std::uint64_t>(row.record->ranks)} > end;
}

}  // namespace

Judgement judge_rows(const Rule& rule, const RowSet& rows, const JudgingContext&) {
  return judge_count(rule, static_cast<std::size_t>(std::ranges::count_if(rows, is_there)), "rows");
}

Judgement judge_sizes(const Rule& rule, const RowSet& rows, const JudgingContext&) {
  std::set<Bytes> sizes;
  bool has_from = false;
  bool has_to = false;
  for (const Row* row : rows) {
    if (!is_there(row)) continue;
    if (reaches(*row, *rule.from) && row->item.size <= *rule.to) sizes.insert(row->item.size);
    has_from = has_from || row->item.size <= *rule.from;
    has_to = has_to || reaches(*row, *rule.to);
  }
  const std::string curve = rows.front()->item.id;
  if (!has_from) return {Verdict::no_data, "the curve of " + curve + " begins above " + format_size(*rule.from)};
  if (!has_to) return {Verdict::no_data, "the curve of " + curve + " ends below " + format_size(*rule.to)};
  return judge_count(rule, sizes.size(), "sizes");
}

// How many took part is known even where the row is no good for anything else.
Judgement judge_ranks(const Rule& rule, const RowSet& rows, const JudgingContext&) {
  const Row& row = *rows.front();
  if (!row.record) return {Verdict::no_data, row.reason};
  const std::string text = std::to_string(row.record->ranks) + " ranks";
  if (row.record->ranks >= rule.demanded) return {row.verdict, row.verdict == Verdict::pass ? text : row.reason};
  return {Verdict::fail, text + " where " + demanded_text(rule) + " must take part"};
}

Judgement judge_groups(const Rule& rule, const RowSet& rows, const JudgingContext&) {
  std::set<std::string> groups;
  for (const Row* row : rows) {
    if (is_there(row) && !row->item.group.empty()) groups.insert(row->item.group);
  }
  return judge_count(rule, groups.size(), "groups");
}

Judgement judge_pairs(const Rule&, const RowSet& rows, const JudgingContext& context) {
  std::set<std::set<std::string>> there;
  for (const Row* row : rows) {
    if (!is_there(row)) continue;
    const std::vector<std::string> hosts = hosts_of_group(row->item.group);
    there.emplace(hosts.begin(), hosts.end());
  }
  const std::vector<std::string>& hosts = context.who.hosts;
  if (hosts.size() < 2) return {Verdict::no_data, "the run names fewer than two hosts"};
  std::size_t missing = 0;
  std::string first;
  for (std::size_t one = 0; one < hosts.size(); ++one) {
    for (std::size_t other = one + 1; other < hosts.size(); ++other) {
      if (there.contains({hosts[one], hosts[other]})) continue;
      if (missing++ == 0) first = hosts[one] + "+" + hosts[other];
    }
  }
  const std::size_t all = hosts.size() * (hosts.size() - 1) / 2;
  if (missing == 0) return {Verdict::pass, "all " + std::to_string(all) + " pairs"};
  return {Verdict::no_data,
          std::to_string(missing) + " of " + std::to_string(all) + " pairs are missing, first " + first};
}

Judgement judge_self_consistent(const Rule&, const RowSet& rows, const JudgingContext& context) {
  const Row& row = *rows.front();
  const auto found = std::ranges::find(context.violations, row.item.id, &GuidelineViolation::case_id);
  if (found != context.violations.end()) return {Verdict::fail, text_of(*found)};
  return {row.verdict, row.reason};
}

}  // namespace muster
