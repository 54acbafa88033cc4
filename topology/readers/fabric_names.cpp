// SPDX-License-Identifier: Apache-2.0
#include "topology/readers/fabric_names.hpp"

#include <algorithm>

#include "topology/readers/text.hpp"
#include "topology/readers/xml.hpp"

namespace muster {

namespace {

constexpr int kMostAdapters = 1024;  // of one host

/// 5 of "mlx5_5", 5 of "HCA-6": the kernel's description counts from 1, the names of devices from 0.
int index_of_adapter(std::string_view adapter) {
  const std::size_t digits = adapter.find_last_not_of("0123456789") + 1;
  const auto number = whole_number(adapter.substr(digits));
  if (!number || *number > kMostAdapters) return -1;
  const bool counts_from_one = adapter.starts_with("HCA-");
  return static_cast<int>(*number) - (counts_from_one ? 1 : 0);
}

}  // namespace

std::optional<AdapterName> parse_adapter_name(std::string_view description) {
  const auto words = words_of(description);
  if (words.size() != 2 || words[0] == "localhost" || words[0] == "(none)") return std::nullopt;
  const std::string_view adapter = words[1];
  const bool has_letter = adapter.find_first_not_of("0123456789_-") == 0;
  const int index = index_of_adapter(adapter);
  if (!has_letter || index < 0) return std::nullopt;
  return AdapterName{std::string(words[0]), std::string(adapter), index};
}

bool is_aggregation_node(std::string_view description) {
  return description.find("Aggregation Node") != std::string_view::npos;
}

SwitchName parse_switch_name(std::string_view description) {
  const std::string_view text = trimmed(description);
  const std::size_t colon = text.rfind(':');
  if (text.starts_with("MF0;") && colon != std::string_view::npos) {
    const std::string_view product = text.substr(colon + 1);
    const std::size_t slash = std::min(product.find('/'), product.size());
    const std::string_view unit = product.substr(slash);
    std::string name(text.substr(4, colon - 4));
    if (unit != "/U1") name += unit;  // a second chip in the same box
    return {std::move(name), std::string(product.substr(0, slash))};
  }
  // What vendors burn in names the product; many switches bear the same.
  if (text.ends_with("Technologies")) return {{}, std::string(text)};
  return {std::string(text), {}};
}

}  // namespace muster
