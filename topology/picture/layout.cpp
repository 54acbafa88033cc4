// SPDX-License-Identifier: Apache-2.0
#include "topology/picture/layout.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "topology/picture/picture.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

constexpr int kHostsInDetail = 4;
constexpr double kMargin = 20;
constexpr double kTitle = 30;    // height of the line above everything
constexpr double kName = 18;     // height of a frame's name
constexpr double kGap = 14;      // between boxes of a row
constexpr double kRowGap = 34;   // between rows of a host: room for lines
constexpr double kTierGap = 70;  // between tiers of switches
constexpr double kSwitchWidth = 96;
constexpr double kSwitchHeight = 26;
constexpr int kRacksInARow = 8;

// From the network inwards; a CPU stands between the NICs and the PCIe switches that it is the root of.
constexpr std::array<DeviceKind, 5> kRows = {DeviceKind::nic, DeviceKind::cpu, DeviceKind::pcisw, DeviceKind::gpu,
                                             DeviceKind::nvswitch};

struct Size {
  double width;
  double height;
};

Size size_of(DeviceKind kind, Detail detail) {
  if (kind == DeviceKind::gpu && detail == Detail::hosts) return {22, 18};
  if (kind == DeviceKind::gpu) return {72, 34};
  return {72, 22};
}

/// Devices of one host by row, in order of index.
using Rows = std::array<std::vector<int>, kRows.size()>;

struct HostParts {
  std::string name;
  std::string enclosure;
  Rows rows;
};

std::vector<HostParts> hosts_of(const Topology& topology) {
  std::vector<HostParts> hosts;
  std::map<std::string, std::size_t> known;
  for (int i = 0; i < static_cast<int>(topology.devices.size()); ++i) {
    const Device& device = topology.devices[at(i)];
    const auto row = std::ranges::find(kRows, device.kind);
    const bool is_of_rack = device.kind == DeviceKind::nvswitch && device.host.empty();
    if (row == kRows.end() || is_of_rack) continue;
    const auto [found, is_new] = known.emplace(device.host, hosts.size());
    if (is_new) hosts.push_back({device.host, device.enclosure, {}});
    hosts[found->second].rows[static_cast<std::size_t>(row - kRows.begin())].push_back(i);
  }
  for (HostParts& host : hosts) {
    for (std::vector<int>& row : host.rows) {
      std::ranges::stable_sort(row, {}, [&](int device) { return topology.devices[at(device)].index; });
    }
  }
  return hosts;
}

class LayoutMaker {
 public:
  explicit LayoutMaker(const Topology& topology) : topology_(topology), parts_(hosts_of(topology)) {
    layout_.device.resize(topology.devices.size());
    layout_.host_of.assign(topology.devices.size(), -1);
    layout_.detail = std::ssize(parts_) <= kHostsInDetail ? Detail::parts : Detail::hosts;
    layout_.hosts_left_out = std::max<int>(0, static_cast<int>(parts_.size()) - kMostHostsDrawn);
    parts_.resize(parts_.size() - at(layout_.hosts_left_out));
  }

  PictureLayout make() {
    const double fabric = kMargin + kTitle;
    const double below = fabric + height_of_fabric();
    double x = kMargin;
    double y = below;
    double row_bottom = below;
    int in_row = 0;
    for (const auto& [name, members] : by_enclosure()) {
      if (in_row == kRacksInARow) {
        x = kMargin;
        y = row_bottom + 2 * kGap;
        in_row = 0;
      }
      const Size size = place_enclosure(name, members, {x, y, 0, 0});
      x += size.width + 2 * kGap;
      row_bottom = std::max(row_bottom, y + size.height);
      layout_.width = std::max(layout_.width, x);
      ++in_row;
    }
    layout_.height = row_bottom;
    place_fabric(fabric);
    layout_.width += kMargin;
    layout_.height += kMargin;
    return std::move(layout_);
  }

 private:
  /// In order of appearance; hosts of no enclosure each stand alone.
  std::vector<std::pair<std::string, std::vector<int>>> by_enclosure() const {
    std::vector<std::pair<std::string, std::vector<int>>> groups;
    std::map<std::string, std::size_t> known;
    for (int host = 0; host < static_cast<int>(parts_.size()); ++host) {
      const std::string& name = parts_[at(host)].enclosure;
      const auto found = name.empty() ? known.end() : known.find(name);
      if (found != known.end()) {
        groups[found->second].second.push_back(host);
        continue;
      }
      known.emplace(name, groups.size());
      groups.push_back({name, {host}});
    }
    return groups;
  }

  /// Hosts of a rack stand one above the other, its own scale-up switches as one row below them.
  Size place_enclosure(const std::string& name, const std::vector<int>& members, Box corner) {
    const bool framed = !name.empty();
    const double inset = framed ? kGap : 0;
    double y = corner.y + (framed ? kName + kGap / 2 : 0);
    double width = 0;
    for (const int host : members) {
      const Size size = place_host(host, {corner.x + inset, y, 0, 0});
      width = std::max(width, size.width);
      y += size.height + kGap;
    }
    y = place_rack_switches(name, {corner.x + inset, y, width, 0});
    const Box box{corner.x, corner.y, width + 2 * inset, y - corner.y};
    if (framed) layout_.enclosures.push_back({box, name});
    return {box.width, box.height};
  }

  double place_rack_switches(const std::string& name, Box room) {
    std::vector<int> switches;
    for (int i = 0; i < static_cast<int>(topology_.devices.size()) && !name.empty(); ++i) {
      const Device& device = topology_.devices[at(i)];
      if (device.kind == DeviceKind::nvswitch && device.host.empty() && device.enclosure == name) switches.push_back(i);
    }
    if (switches.empty()) return room.y;
    const double each =
        (room.width - kGap * static_cast<double>(switches.size() - 1)) / static_cast<double>(switches.size());
    double x = room.x;
    for (const int device : switches) {
      layout_.device[at(device)] = {x, room.y + kGap, std::max(each, 8.0), 22};
      x += each + kGap;
    }
    return room.y + 22 + 2 * kGap;
  }

  Size place_host(int host, Box corner) {
    const HostParts& parts = parts_[at(host)];
    const double inner = width_inside(parts);
    double y = corner.y + kName;
    for (std::size_t row = 0; row < kRows.size(); ++row) {
      if (!is_drawn(kRows[row]) || parts.rows[row].empty()) continue;
      place_row(parts.rows[row], host, {corner.x + kGap, y, inner, 0});
      y += size_of(kRows[row], layout_.detail).height + (layout_.detail == Detail::parts ? kRowGap : kGap / 2);
    }
    y -= layout_.detail == Detail::parts ? kRowGap - kGap : 0;
    const Box box{corner.x, corner.y, inner + 2 * kGap, y - corner.y};
    // Frames are found by number of host, and hosts are placed by rack.
    layout_.hosts.resize(std::max(layout_.hosts.size(), at(host) + 1));
    layout_.hosts[at(host)] = {box, parts.name};
    return {box.width, box.height};
  }

  bool is_drawn(DeviceKind kind) const {
    return layout_.detail == Detail::parts || kind == DeviceKind::gpu || (kind == DeviceKind::nic && !has_gpus_);
  }

  double width_inside(const HostParts& parts) const {
    double width = 60;
    for (std::size_t row = 0; row < kRows.size(); ++row) {
      if (!is_drawn(kRows[row])) continue;
      const double gap = layout_.detail == Detail::parts ? kGap : 4;
      width = std::max(width,
                       static_cast<double>(parts.rows[row].size()) * (size_of(kRows[row], layout_.detail).width + gap));
    }
    return width;
  }

  /// Spread evenly over the width; a lone scale-up switch is as wide as what it joins.
  void place_row(const std::vector<int>& devices, int host, Box room) {
    const DeviceKind kind = topology_.devices[at(devices.front())].kind;
    const Size size = size_of(kind, layout_.detail);
    const double share = room.width / static_cast<double>(devices.size());
    const double width = kind == DeviceKind::nvswitch ? std::max(size.width, share - kGap) : size.width;
    for (std::size_t i = 0; i < devices.size(); ++i) {
      const double middle = room.x + share * (static_cast<double>(i) + 0.5);
      layout_.device[at(devices[i])] = {middle - width / 2, room.y, width, size.height};
      layout_.host_of[at(devices[i])] = host;
    }
  }

  /// [tier] from the leaves up; a switch of no known tier is taken for a leaf.
  std::vector<std::vector<int>> tiers() const {
    std::vector<std::vector<int>> tiers;
    for (int i = 0; i < static_cast<int>(topology_.devices.size()); ++i) {
      const Device& device = topology_.devices[at(i)];
      if (device.kind != DeviceKind::network_switch) continue;
      const std::size_t tier = at(std::clamp(device.tier, 0, 7));
      tiers.resize(std::max(tiers.size(), tier + 1));
      tiers[tier].push_back(i);
    }
    return tiers;
  }

  double height_of_fabric() const { return static_cast<double>(tiers().size()) * (kSwitchHeight + kTierGap); }

  void place_fabric(double top) {
    const std::vector<std::vector<int>> rows = tiers();
    for (const std::vector<int>& row : rows) {
      layout_.width = std::max(layout_.width, static_cast<double>(std::min<std::size_t>(row.size(), 64)) * 34);
    }
    double y = top;
    for (auto row = rows.rbegin(); row != rows.rend(); ++row, y += kSwitchHeight + kTierGap) {
      const double share = (layout_.width - kMargin) / static_cast<double>(std::max<std::size_t>(row->size(), 1));
      const double width = std::min(kSwitchWidth, share * 0.8);
      for (std::size_t i = 0; i < row->size(); ++i) {
        layout_.device[at((*row)[i])] = {kMargin + share * (static_cast<double>(i) + 0.5) - width / 2, y, width,
                                         kSwitchHeight};
      }
    }
  }

  const Topology& topology_;
  std::vector<HostParts> parts_;
  bool has_gpus_ = std::ranges::any_of(topology_.devices, [](const Device& d) { return d.kind == DeviceKind::gpu; });
  PictureLayout layout_;
};

}  // namespace

PictureLayout lay_out(const Topology& topology) { return LayoutMaker(topology).make(); }

}  // namespace muster
