// SPDX-License-Identifier: Apache-2.0
#include "reports/overlap.hpp"

#include <algorithm>
#include <map>

#include "reports/text_table.hpp"

namespace muster {
namespace {

/// Beyond this share of the shorter half, noise does not explain that both at once took longer.
constexpr double kLostShare = 0.1;

}  // namespace

void add_hidden_shares(std::span<Row> rows) {
  std::map<std::string, const Row*> by_id;
  for (const Row& row : rows) {
    if (row.time && row.verdict == Verdict::pass) by_id[row.item.id] = &row;
  }
  for (Row& row : rows) {
    if (row.item.family != Family::overlap || !by_id.contains(row.item.id)) continue;
    const auto collective = by_id.find(collective_of(row.item).id);
    const auto product = by_id.find(product_of(row.item).id);
    if (collective == by_id.end() || product == by_id.end()) continue;
    const double transfer = collective->second->time->median;
    const double work = product->second->time->median * row.item.products;
    row.hidden_share = (transfer + work - row.time->median) / std::min(transfer, work);
  }
}

std::vector<std::string> find_lost_overlaps(std::span<const Row> rows) {
  std::vector<std::string> findings;
  for (const Row& row : rows) {
    if (!row.hidden_share || *row.hidden_share > -kLostShare || !is_on_gpu(row.item)) continue;
    findings.push_back(row.item.id + " takes longer than the collective and its products one after the other, by " +
                       percent(-*row.hidden_share) +
                       " % of the shorter: try fewer channels (NCCL_MAX_CTAS) and "
                       "CUDA_DEVICE_MAX_CONNECTIONS=1");
  }
  return findings;
}

}  // namespace muster
