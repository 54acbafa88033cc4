// SPDX-License-Identifier: Apache-2.0
#include "reports/readers/nccl_tests_rates.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "reports/text_table.hpp"

namespace muster {
namespace {

constexpr double kRounding = 0.01;    // GB/s: of a printed algbw and busbw together
constexpr double kPlausible = 0.005;  // a ratio that is off by less is another version's rounding

// Without all_to_allv, whose shares are uneven.
constexpr std::array kEvenCollectives = {Collective::all_reduce, Collective::all_gather, Collective::reduce_scatter,
                                         Collective::all_to_all, Collective::broadcast,  Collective::reduce,
                                         Collective::send_recv,  Collective::gather,     Collective::scatter};

double ratio_of(const LogRow& row) { return row.placements[0]->busbw / row.placements[0]->algbw; }

double doubt_of(const LogRow& row) { return 2 * kRounding / row.placements[0]->algbw; }

double distance_to(Collective collective, int ranks, const LogRow& row) {
  return std::abs(ratio_of(row) / busbw_factor(collective, ranks) - 1);
}

/// Whether the row can be one of this collective. Where nothing was checked, a half that the collective has not looks
/// like one that it has.
bool can_be(Collective collective, const LogRow& row) {
  const auto is_checked = [](const std::optional<RowNumbers>& half) { return half && (half->wrong || half->error); };
  const auto& [out_of_place, in_place] = row.placements;
  if (reduces(collective) != row.has_operation || has_root(collective) != (row.root >= 0)) return false;
  return !in_place || !is_checked(out_of_place) || has_no_place(collective) != is_checked(in_place);
}

}  // namespace

bool has_no_place(Collective collective) {
  return collective == Collective::all_to_all || collective == Collective::all_to_allv ||
         collective == Collective::send_recv;
}

void keep_fastest(std::optional<LogRow>& fastest, const LogRow& row) {
  constexpr double kLeastRate = 0.5;  // GB/s: a ratio is then known to 2 %
  const auto& numbers = row.placements[0];
  if (!numbers || numbers->algbw < kLeastRate || numbers->busbw <= 0) return;
  if (fastest && numbers->algbw <= fastest->placements[0]->algbw) return;
  fastest = row;
  for (auto& half : fastest->placements) {
    if (!half) continue;
    half->samples.clear();
    half->rank_samples.clear();
  }
}

int ranks_by_rates(const std::optional<LogRow>& fastest) {
  if (!fastest || !fastest->has_operation) return 0;
  const double missing = 2 - ratio_of(*fastest);
  if (!(missing > 0 && missing < 0.95)) return 0;
  const double found = 2 / missing;
  const double doubt = found / missing * doubt_of(*fastest) / 2;
  const bool is_told = doubt < 0.3 && std::abs(found - std::round(found)) <= doubt + 0.01;
  return is_told ? static_cast<int>(std::round(found)) : 0;
}

std::optional<Collective> collective_by_rates(const std::optional<LogRow>& fastest, int ranks) {
  if (!fastest || ranks < 2) return std::nullopt;
  std::optional<Collective> found;
  for (const Collective collective : kEvenCollectives) {
    if (!can_be(collective, *fastest) || distance_to(collective, ranks, *fastest) >= doubt_of(*fastest)) continue;
    if (found) return std::nullopt;
    found = collective;
  }
  return found;
}

std::string contradiction_in(const std::optional<LogRow>& fastest, const Case& item) {
  if (!fastest || item.ranks < 2 || item.collective == Collective::all_to_allv) return {};
  const double near = std::max(kPlausible, doubt_of(*fastest));
  if (distance_to(item.collective, item.ranks, *fastest) < near) return {};
  return ": busbw is " + significant(ratio_of(*fastest)) + " of algbw, which is not that of " +
         std::string(name_of(item.collective)) + " on " + std::to_string(item.ranks) +
         " ranks: lines of ranks are missing, or its name is wrong";
}

}  // namespace muster
