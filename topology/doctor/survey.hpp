// SPDX-License-Identifier: Apache-2.0
// What all checks of the doctor need to know of a graph, worked out once: links by device, hosts by number, GPUs by
// model. Time and memory grow with devices and links, not with their products.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "topology/graph.hpp"
#include "topology/hardware.hpp"

namespace muster {

class Survey {
 public:
  explicit Survey(const Topology& topology);

  const Topology& topology() const { return topology_; }
  int devices() const { return static_cast<int>(topology_.devices.size()); }
  const Device& device(int index) const { return topology_.devices[static_cast<std::size_t>(index)]; }
  const Link& link(int index) const { return topology_.links[static_cast<std::size_t>(index)]; }
  /// Indices of the links that leave the device.
  std::span<const int> links_of(int device) const;
  /// Devices of each host, hosts in order of first appearance; devices without a host are in none.
  const std::vector<std::vector<int>>& hosts() const { return hosts_; }
  /// nullptr when the device is no GPU, or of a model that the table does not have.
  const GpuModel* model_of(int device) const { return models_[static_cast<std::size_t>(device)]; }

 private:
  const Topology& topology_;
  std::vector<int> first_;  // [device]: into order_; one more at the end
  std::vector<int> order_;
  std::vector<std::vector<int>> hosts_;
  std::vector<const GpuModel*> models_;
};

/// Links, all together.
struct Bundle {
  int cables = 0;
  BytesPerSecond line{};     ///< of those that are known
  bool has_unknown = false;  ///< some are not
  auto operator<=>(const Bundle&) const = default;
};

/// Of the links that leave `device` for which `counts` says so.
Bundle bundle_of(const Survey& survey, int device, const std::function<bool(const Link&)>& counts);

bool is_network(LinkKind kind);
/// To another GPU or an NVLink switch, over NVLink or xGMI.
bool is_scale_up(const Survey& survey, const Link& link);

/// The value that more than half of `values` have; empty when none does.
template <typename Value>
std::optional<Value> most_common(const std::vector<Value>& values) {
  // Boyer and Moore: whoever holds more than half outlives the pairing off.
  std::optional<Value> candidate;
  std::size_t lead = 0;
  for (const Value& value : values) {
    if (lead == 0) candidate = value;
    lead = candidate == value ? lead + 1 : lead - 1;
  }
  std::size_t count = 0;
  for (const Value& value : values) count += candidate == value ? 1 : 0;
  return 2 * count > values.size() ? candidate : std::nullopt;
}

/// "50 GB/s", four digits.
std::string text_of(BytesPerSecond rate);
/// "1 link", "18 links".
std::string count_of(int count, std::string_view noun);

}  // namespace muster
