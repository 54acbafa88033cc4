// SPDX-License-Identifier: Apache-2.0
// Machines of the TACCL planner: matrices of links and of microseconds per MB, or just the times of the wirings that it
// knows by heart. Its sketches (what a plan may look like) are another kind of file.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "topology/readers/formats.hpp"
#include "topology/readers/json_lists.hpp"
#include "topology/readers/text.hpp"

namespace muster {

namespace {

constexpr Range<int> kGpus{1, 1024};
constexpr Range<int> kNics{-1, 1024};    // -1 = none, as the planner writes it
constexpr Range<double> kTime{-1, 1e9};  // us; -1 = none
constexpr double kMicro = 1e-6;
// The planner asks for times with large whole parts, so people multiply them all by 10 or 100. No link between GPUs
// takes this long to start.
constexpr double kLongestStart = 5;  // us

/// DGX-1 with V100, in the planner's numbers: pairs with two NVLinks, then those with one.
constexpr auto kTwoLinks =
    std::to_array<std::pair<int, int>>({{0, 1}, {0, 4}, {1, 3}, {2, 3}, {2, 6}, {4, 5}, {5, 7}, {6, 7}});
constexpr auto kOneLink =
    std::to_array<std::pair<int, int>>({{0, 2}, {0, 3}, {1, 2}, {1, 5}, {3, 7}, {4, 6}, {4, 7}, {5, 6}});

class TacclReader {
 public:
  TacclReader(const Json& json, const std::string& origin)
      : fields_(json, origin), origin_(origin), gpus_(fields_.integer<int>("gpus_per_node", kGpus)) {}

  Imported read() {
    is_scaled_ = fields_.number("alpha", kTime) > kLongestStart;
    topology_.hosts.push_back({.name = "host0"});
    for (int gpu = 0; gpu < gpus_; ++gpu) {
      add_device(topology_,
                 {.id = "gpu" + std::to_string(gpu), .kind = DeviceKind::gpu, .host = "host0", .index = gpu});
    }
    if (fields_.has("links")) {
      add_matrix();
    } else {
      add_known_wiring();
    }
    add_nics();
    if (is_scaled_) {
      findings_.push_back({Severity::warning, "scaled_times", origin_,
                           "\"alpha\" is too long for a link between GPUs: all times were multiplied for the planner, "
                           "so the rates stay unknown; give the profile for 1 MB"});
    }
    return {.topology = std::move(topology_), .findings = std::move(findings_)};
  }

 private:
  void add_known_wiring() {
    std::vector<double> betas;
    for_each_item(fields_, "node_betas_list", origin_,
                  [&](const Json& item, const std::string& where) { betas.push_back(time_in(item, where)); });
    const Seconds start = latency("alpha");
    if (betas.size() == 1) return add_switch(betas.front(), start);
    if (betas.size() != 2 || gpus_ != 8) {
      throw fields_.error("node_betas_list",
                          "fits no wiring that the planner knows: one time for a switch, or two for "
                          "the 8 GPUs of NDv2; give \"links\" and \"betas\"");
    }
    for (const auto& [one, other] : kTwoLinks) join_gpus(one, other, betas[0], start, 2);
    for (const auto& [one, other] : kOneLink) join_gpus(one, other, betas[1], start, 1);
  }

  void add_switch(double beta, Seconds start) {
    const int nvswitch = add_device(topology_, {.id = "nvswitch0", .kind = DeviceKind::nvswitch, .host = "host0"});
    for (int gpu = 0; gpu < gpus_; ++gpu) {
      join(topology_, gpu, nvswitch,
           {.kind = LinkKind::nvlink, .capacity = rate(beta, "node_betas_list"), .latency = {start.value / 2}});
    }
  }

  void join_gpus(int one, int other, double beta, Seconds start, int count) {
    join(topology_, one, other,
         {.kind = LinkKind::nvlink, .count = count, .capacity = rate(beta, "node_betas_list"), .latency = start});
  }

  /// links[target][source] counts, betas[target][source] times.
  void add_matrix() {
    const std::vector<double> links = matrix("links");
    const std::vector<double> betas = matrix("betas");
    const Seconds start = latency("alpha");
    for (int target = 0; target < gpus_; ++target) {
      for (int source = 0; source < gpus_; ++source) {
        const auto cell = static_cast<std::size_t>(target * gpus_ + source);
        if (target == source || links[cell] <= 0) continue;
        topology_.links.push_back({.source = source,
                                   .target = target,
                                   .kind = LinkKind::nvlink,
                                   .capacity = rate(betas[cell], "betas"),
                                   .latency = start});
      }
    }
  }

  std::vector<double> matrix(const std::string& key) {
    std::vector<double> cells;
    for_each_item(fields_, key, origin_, [&](const Json& row, const std::string& where) {
      for_each_item(row, where,
                    [&](const Json& cell, const std::string& place) { cells.push_back(time_in(cell, place)); });
    });
    if (cells.size() != static_cast<std::size_t>(gpus_ * gpus_)) {
      throw fields_.error(key, "must have \"gpus_per_node\" rows of as many numbers");
    }
    return cells;
  }

  /// NICs in the order of the GPUs that share them; all reach one network.
  void add_nics() {
    const int nics = fields_.has("nics_per_node") ? fields_.integer<int>("nics_per_node", kNics) : 0;
    if (nics <= 0) return;
    const Capacity capacity = rate(fields_.number("remote_beta", kTime), "remote_beta");
    const Seconds start = latency("remote_alpha");
    const int network = add_device(topology_, {.id = "network", .kind = DeviceKind::network_switch});
    for (int index = 0; index < nics; ++index) {
      const int nic = add_device(
          topology_, {.id = "nic:" + std::to_string(index), .kind = DeviceKind::nic, .host = "host0", .index = index});
      join(topology_, nic, network, {.kind = LinkKind::infiniband, .capacity = capacity, .latency = {start.value / 2}});
      for (int gpu = 0; gpu < gpus_; ++gpu) {
        if (gpu * nics / gpus_ != index && index * gpus_ / nics != gpu) continue;
        join(topology_, gpu, nic,
             {.kind = LinkKind::pcie, .capacity = unknown_rate(origin_ + ": the planner does not model PCIe")});
      }
    }
  }

  Capacity rate(double microseconds_per_megabyte, const std::string& key) const {
    const std::string place = origin_ + ": " + key;
    if (is_scaled_ || microseconds_per_megabyte <= 0) return unknown_rate(place + ": no time that can be trusted");
    constexpr double kMegabytePerMicrosecond = 1e12;  // bytes/s
    return assumed_rate({std::floor(kMegabytePerMicrosecond / microseconds_per_megabyte)},
                        place + ": microseconds per MB, as the planner takes them");
  }

  Seconds latency(const std::string& key) {
    return {is_scaled_ ? 0 : std::max(0.0, fields_.number(key, kTime)) * kMicro};
  }

  static double time_in(const Json& json, const std::string& where) {
    if (json.is_number() && json.get<double>() >= 0 && json.get<double>() <= kTime.at_most) return json.get<double>();
    throw Error(where + " must be a number from 0 on");
  }

  Fields fields_;
  std::string origin_;
  int gpus_;
  bool is_scaled_ = false;
  std::vector<Finding> findings_;
  Topology topology_;
};

}  // namespace

bool is_taccl(std::string_view text) {
  const std::string_view start = text.substr(0, kRecognisedFrom);
  return trimmed_front(start).starts_with('{') && start.find("\"gpus_per_node\"") != std::string_view::npos &&
         (start.find("\"node_betas_list\"") != std::string_view::npos ||
          start.find("\"node_invbws_list\"") != std::string_view::npos ||
          start.find("\"invbws\"") != std::string_view::npos);
}

Imported read_taccl(const ReadRequest& request) {
  const Json json = parse_json(request.text, request.origin);
  return TacclReader(json, request.origin).read();
}

}  // namespace muster
