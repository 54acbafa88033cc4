// SPDX-License-Identifier: Apache-2.0
#include "training/measured_report.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "reports/rows.hpp"
#include "reports/statistics.hpp"

namespace muster {
namespace {

std::optional<Precision> precision_of(ElementType type) {
  switch (type) {
    case ElementType::bfloat16:
      return Precision::bf16;
    case ElementType::float16:
      return Precision::fp16;
    case ElementType::float8_e4m3:
    case ElementType::float8_e5m2:
      return Precision::fp8;
    case ElementType::float32:
      return Precision::fp32;
    default:
      return std::nullopt;
  }
}

bool is_trusted(const Row& row) {
  return row.time && row.time->median > 0 && row.record && row.record->status == Status::measured &&
         row.record->check.wrong == 0 && !is_unchecked(row);
}

MeasuredTime time_of(const Row& row) {
  return {.seconds = row.time->median, .least = row.time->low, .most = row.time->high};
}

/// Median of what was not hidden; both at once never gain over the longer alone, and never cost more than both.
std::optional<double> contention_of(const Report& report) {
  std::vector<double> found;
  for (const Row& row : report.rows) {
    if (row.hidden_share && is_trusted(row)) found.push_back(std::clamp(1 - *row.hidden_share, 0.0, 1.0));
  }
  if (found.empty()) return std::nullopt;
  return summarise(found).median;
}

/// Of the case's first group, the most ranks on one host.
int ranks_per_node(const Report& report, const Row& row, const Machine& machine) {
  const int ranks = ranks_of(row.item, report.plan);
  const bool told =
      !report.run.headers.empty() && report.run.headers.back().hosts.size() >= static_cast<std::size_t>(ranks);
  if (!told) return std::min(ranks, machine.gpus_per_node);
  const std::vector<std::string>& hosts = report.run.headers.back().hosts;
  std::map<std::string, int> on_host;
  int most = 1;
  for (std::size_t rank = 0; rank < hosts.size(); ++rank) {
    if (seat_of(row.item, static_cast<int>(rank)).group == 0) most = std::max(most, ++on_host[hosts[rank]]);
  }
  return most;
}

/// Lower is preferred: the library's own way, one operation at a time, then the shortest.
auto preference(const Row& row, bool native) {
  return std::make_tuple(!native, row.item.cadence != Cadence::isolated, row.time->median);
}

/// Keeps the preferred row of each key.
template <typename Key>
class Preferred {
 public:
  void offer(const Key& key, const Row& row, bool native) {
    const auto [place, is_new] = rows_.try_emplace(key, &row, native);
    if (!is_new && preference(row, native) < preference(*place->second.first, place->second.second)) {
      place->second = {&row, native};
    }
  }
  auto begin() const { return rows_.begin(); }
  auto end() const { return rows_.end(); }

 private:
  std::map<Key, std::pair<const Row*, bool>> rows_;
};

}  // namespace

Measured measured_of(const Report& report, const Machine& machine, const std::string& origin) {
  Measured measured{.origin = origin, .contention = contention_of(report)};
  Preferred<std::tuple<Precision, std::int64_t, std::int64_t, std::int64_t>> products;
  Preferred<std::tuple<Collective, int, int, std::uint64_t>> exchanges;
  std::uint64_t largest = 0;
  for (const Row& row : report.rows) {
    if (!is_trusted(row)) continue;
    const Case& item = row.item;
    if (item.family == Family::matmul) {
      const std::optional<Precision> precision = precision_of(item.type);
      const bool native = item.body == MatmulBody::native;
      if (precision) products.offer({*precision, item.m, item.n, item.k}, row, native);
    } else if (item.family == Family::collective && row.record->bytes.value > 0) {
      const int per_node = ranks_per_node(report, row, machine);
      exchanges.offer({item.collective, ranks_of(item, report.plan), per_node, row.record->bytes.value}, row,
                      item.algorithm == Algorithm::native);
    } else if (item.family == Family::memory && item.access == MemoryAccess::copy && item.size.value > largest) {
      largest = item.size.value;
      measured.memory_rate = (row.record->bytes / Seconds{row.time->median}).value;
    }
  }
  for (const auto& [key, row] : products) {
    const auto [precision, m, n, k] = key;
    measured.products.push_back({.precision = precision,
                                 .m = static_cast<double>(m),
                                 .n = static_cast<double>(n),
                                 .k = static_cast<double>(k),
                                 .time = time_of(*row.first)});
  }
  for (const auto& [key, row] : exchanges) {
    const auto [collective, ranks, per_node, bytes] = key;
    measured.exchanges.push_back({.collective = collective,
                                  .ranks = ranks,
                                  .per_node = per_node,
                                  .bytes = static_cast<double>(bytes),
                                  .time = time_of(*row.first)});
  }
  return measured;
}

}  // namespace muster
