// SPDX-License-Identifier: Apache-2.0
#include "topology/doctor/survey.hpp"

#include <array>
#include <cstdio>
#include <numeric>
#include <unordered_map>

namespace muster {

Survey::Survey(const Topology& topology)
    : topology_(topology), first_(topology.devices.size() + 1, 0), order_(topology.links.size()) {
  for (const Link& link : topology.links) ++first_[static_cast<std::size_t>(link.source) + 1];
  std::partial_sum(first_.begin(), first_.end(), first_.begin());
  std::vector<int> next(first_.begin(), first_.end() - 1);
  for (std::size_t link = 0; link < topology.links.size(); ++link) {
    int& place = next[static_cast<std::size_t>(topology.links[link].source)];
    order_[static_cast<std::size_t>(place++)] = static_cast<int>(link);
  }
  std::unordered_map<std::string_view, std::size_t> hosts;
  std::unordered_map<std::string_view, const GpuModel*> models;
  for (int index = 0; index < devices(); ++index) {
    const Device& each = device(index);
    if (!each.host.empty()) {
      const std::size_t host = hosts.emplace(each.host, hosts.size()).first->second;
      if (host == hosts_.size()) hosts_.emplace_back();
      hosts_[host].push_back(index);
    }
    const bool is_new = each.kind == DeviceKind::gpu && !models.contains(each.model);
    if (is_new) models.emplace(each.model, find_gpu_model(each.model));
    models_.push_back(each.kind == DeviceKind::gpu ? models.at(each.model) : nullptr);
  }
}

std::span<const int> Survey::links_of(int device) const {
  const auto index = static_cast<std::size_t>(device);
  return std::span(order_).subspan(static_cast<std::size_t>(first_[index]),
                                   static_cast<std::size_t>(first_[index + 1] - first_[index]));
}

Bundle bundle_of(const Survey& survey, int device, const std::function<bool(const Link&)>& counts) {
  Bundle bundle;
  for (const int index : survey.links_of(device)) {
    const Link& link = survey.link(index);
    if (!counts(link)) continue;
    bundle.cables += link.count;
    bundle.line.value += link.capacity.line.value;
    bundle.has_unknown = bundle.has_unknown || link.capacity.line.value == 0;
  }
  return bundle;
}

bool is_network(LinkKind kind) { return kind == LinkKind::infiniband || kind == LinkKind::ethernet; }

bool is_scale_up(const Survey& survey, const Link& link) {
  const DeviceKind target = survey.device(link.target).kind;
  return (link.kind == LinkKind::nvlink || link.kind == LinkKind::xgmi) &&
         (target == DeviceKind::gpu || target == DeviceKind::nvswitch);
}

std::string text_of(BytesPerSecond rate) {
  constexpr double kGiga = 1e9;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g GB/s", rate.value / kGiga);
  return text.data();
}

std::string count_of(int count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace muster
