// SPDX-License-Identifier: Apache-2.0
// NCCL_GRAPH_DUMP_FILE: the channels that NCCL's search found. What they carry between two devices together is what
// NCCL believes to be usable there; line rates stand in the topology dump of the same run, whose numbers of devices
// agree.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "topology/readers/finding_list.hpp"
#include "topology/readers/formats.hpp"
#include "topology/readers/xml.hpp"

namespace muster {

namespace {

constexpr int kHostShift = 56;  // from this bit on, `dev` holds the number of the host
constexpr std::int64_t kMostDevices = 1 << 20;
constexpr double kMostGigabytes = 1e5;      // per second and channel
constexpr double kFallbackGigabytes = 0.1;  // what the search ends with when nothing fits

constexpr std::string_view kRing = "4";
constexpr std::string_view kNvls = "5";

struct Speed {
  double intra = 0;  // GB/s per channel
  double inter = 0;
};

struct GraphLink {
  LinkKind kind = LinkKind::internal;
  double gigabytes = 0;
  int line = 0;
};

using Links = std::map<std::pair<int, int>, GraphLink>;  // by (source, target)

class GraphReader {
 public:
  explicit GraphReader(const ReadRequest& request) : model_(request.gpu_model), findings_(request.origin) {}

  Imported read(const XmlElement& graphs) {
    for (const XmlElement& graph : graphs.children) {
      for (const XmlElement& channel : graph.children) note_hosts(channel);
    }
    for (const XmlElement& graph : graphs.children) {
      if (graph.name == "graph") add_graph(graph);
    }
    if (topology_.devices.empty()) throw error(graphs, "holds no channel; give the dump of a run that found some");
    for (const auto& [ends, link] : links_) {
      Capacity capacity = unknown_rate(findings_.place(link.line) + ": sum over NCCL's channels");
      capacity.usable = {link.gigabytes * 1e9};
      topology_.links.push_back(
          {.source = ends.first, .target = ends.second, .kind = link.kind, .capacity = std::move(capacity)});
    }
    return {.topology = std::move(topology_), .findings = findings_.take()};
  }

 private:
  Error error(const XmlElement& element, const std::string& what) const {
    return Error(findings_.place(element.line) + ": " + what);
  }

  std::int64_t number_of(const XmlElement& element) const {
    const auto number = whole_number(attribute(element, "dev"));
    const std::int64_t low = number.value_or(-1) & ((std::int64_t{1} << kHostShift) - 1);
    if (!number || *number < 0 || low >= kMostDevices) {
      throw error(element, "dev " + in_quotes(attribute(element, "dev")) + " is no number of a device; see the dump");
    }
    return *number;
  }

  void note_hosts(const XmlElement& channel) {
    for (const XmlElement& element : channel.children) {
      if (element.name == "gpu") hosts_.insert(number_of(element) >> kHostShift);
    }
  }

  double speed_of(const XmlElement& graph, std::string_view name) const {
    const auto speed = finite_number(attribute(graph, name));
    if (!speed || *speed < 0 || *speed > kMostGigabytes) {
      throw error(graph, std::string(name) + " " + in_quotes(attribute(graph, name)) + " is no speed in GB/s");
    }
    return *speed;
  }

  void add_graph(const XmlElement& graph) {
    const auto channels = std::ranges::count(graph.children, "channel", &XmlElement::name);
    const std::string name = "graph " + in_quotes(attribute(graph, "id"));
    if (channels == 0) {
      return findings_.add(graph.line,
                           {Severity::note, "no_channels", {}, name + " has none: NCCL cannot use it here"});
    }
    const Speed speed{speed_of(graph, "speedintra"), speed_of(graph, "speedinter")};
    if (whole_number(attribute(graph, "nchannels")) != channels) {
      findings_.add(
          graph.line,
          {Severity::warning, "channel_count", {}, name + " announces another number of channels than it has"});
    }
    if (channels == 1 && (speed.intra <= kFallbackGigabytes || attribute(graph, "typeintra") == "SYS")) {
      findings_.add(graph.line,
                    {Severity::error,
                     "search_fallback",
                     {},
                     name + " is what NCCL falls back to when its search fails: the topology that it saw is broken"});
    }
    Links used;
    for (const XmlElement& channel : graph.children) {
      if (channel.name == "channel") add_channel(graph, channel, speed, used);
    }
    // Graphs are alternatives on the same wires: each pair of ends has what the best of them gives it.
    for (const auto& [ends, link] : used) {
      GraphLink& known = links_.try_emplace(ends, link).first->second;
      if (link.gigabytes > known.gigabytes) known = link;
    }
  }

  void add_channel(const XmlElement& graph, const XmlElement& channel, Speed speed, Links& used) {
    const std::string_view pattern = attribute(graph, "pattern");
    const std::string_view type = attribute(graph, "typeintra");
    const LinkKind inside = type == "NVL" || type == "NVB" ? LinkKind::nvlink : LinkKind::pcie;
    std::vector<std::pair<int, bool>> path;  // device, is a NIC
    for (const XmlElement& element : channel.children) {
      if (element.name == "gpu") path.emplace_back(gpu(number_of(element)), false);
      if (element.name == "net") path.emplace_back(nic(number_of(element)), true);
    }
    const bool is_ring = pattern == kRing;
    const auto add = [&](std::size_t i, std::size_t j) {
      const bool leaves = path[i].second || path[j].second;
      if (path[i].first == path[j].first) return;
      const GraphLink link{leaves ? LinkKind::pcie : inside, leaves ? speed.inter : speed.intra, channel.line};
      carry(used, {path[i].first, path[j].first}, link, is_ring ? 0 : link.gigabytes);
    };
    for (std::size_t i = 1; i < path.size(); ++i) add(i - 1, i);
    if (is_ring && path.size() > 1 && !path.back().second) add(path.size() - 1, 0);
    for (const auto& [device, is_nic] : path) {
      if (is_nic) carry(used, {device, network()}, {LinkKind::ethernet, speed.inter, channel.line}, speed.inter);
      if (!is_nic && pattern == kNvls) {
        carry(used, {device, nvswitch()}, {LinkKind::nvlink, speed.intra, channel.line}, speed.intra);
      }
    }
  }

  // A wire has two directions, also where a channel uses but one.
  static void carry(Links& used, std::pair<int, int> ends, GraphLink link, double back) {
    const auto add = [&](std::pair<int, int> direction, double gigabytes) {
      link.gigabytes = 0;
      used.try_emplace(direction, link).first->second.gigabytes += gigabytes;
    };
    const double forth = link.gigabytes;
    add(ends, forth);
    add({ends.second, ends.first}, back);
  }

  int gpu(std::int64_t number) { return device("gpu", DeviceKind::gpu, number); }
  int nic(std::int64_t number) { return device("nic", DeviceKind::nic, number); }

  int device(const std::string& name, DeviceKind kind, std::int64_t number) {
    const auto [found, is_new] = devices_.try_emplace({kind, number}, 0);
    if (!is_new) return found->second;
    const std::string host = "host" + std::to_string(number >> kHostShift);
    const auto index = static_cast<int>(number & (kMostDevices - 1));
    found->second = add_device(topology_, {.id = (hosts_.size() > 1 ? host + "/" : "") + name + std::to_string(index),
                                           .kind = kind,
                                           .model = kind == DeviceKind::gpu ? model_ : std::string(),
                                           .host = host,
                                           .index = index});
    if (std::ranges::find(topology_.hosts, host, &Host::name) == topology_.hosts.end()) {
      topology_.hosts.push_back({.name = host});
    }
    return found->second;
  }

  int network() { return shared(network_, {.id = "network", .kind = DeviceKind::network_switch}); }
  int nvswitch() { return shared(nvswitch_, {.id = "nvswitch", .kind = DeviceKind::nvswitch}); }

  int shared(int& index, Device device) {
    if (index < 0) index = add_device(topology_, std::move(device));
    return index;
  }

  std::string model_;
  FindingList findings_;
  Topology topology_{};
  std::set<std::int64_t> hosts_;
  std::map<std::pair<DeviceKind, std::int64_t>, int> devices_;
  Links links_;
  int network_ = -1;
  int nvswitch_ = -1;
};

}  // namespace

bool is_nccl_graph(std::string_view text) { return xml_root_name(text) == "graphs"; }

Imported read_nccl_graph(const ReadRequest& request) {
  return GraphReader(request).read(parse_xml(request.text, request.origin));
}

}  // namespace muster
