// SPDX-License-Identifier: Apache-2.0
// NCCL's graph file: the order in which a ring passes the GPUs of one host, and the NICs where it enters and leaves.
// NCCL joins hosts by itself, and uses the same chains for its trees, so both graphs are written.
#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <vector>

#include "collectives/exporters/exporters.hpp"
#include "core/error.hpp"
#include "topology/routes.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

Error not_a_ring() {
  return Error("an NCCL graph file holds rings: export a plan of ring or rings over GPUs in it, or another format");
}

/// Ranks in ring order from rank 0 on.
std::vector<int> ring_of(const Channel& channel, int ranks) {
  std::vector<int> next(at(ranks), -1);
  for (const Round& round : channel.rounds) {
    for (const Transfer& transfer : round.transfers) {
      int& known = next[at(transfer.source)];
      if (known >= 0 && known != transfer.target) throw not_a_ring();
      known = transfer.target;
    }
  }
  std::vector<int> ring{0};
  while (next[at(ring.back())] > 0 && ring.size() < next.size()) ring.push_back(next[at(ring.back())]);
  if (ring.size() != next.size() || next[at(ring.back())] != 0) throw not_a_ring();
  return ring;
}

struct HostChannel {
  std::vector<int> gpus;  ///< indices in the host, in ring order
  int entry = -1;         ///< index of the NIC; -1 = one host
  int exit = -1;
};

class GraphWriter {
 public:
  explicit GraphWriter(const Topology& topology) : topology_(topology), routes_(topology) {}

  void add(const std::vector<int>& ring) {
    const auto is_here = [&](int rank) { return host_of(rank) == host_of(0); };
    const int ranks = static_cast<int>(ring.size());
    int first = 0;  // place in the ring where it enters the host
    while (first < ranks && (!is_here(ring[at(first)]) || is_here(ring[at((first + ranks - 1) % ranks)]))) ++first;
    const bool is_one_host = first == ranks;
    if (is_one_host) first = 0;
    HostChannel channel;
    for (int i = 0; i < ranks; ++i) {
      const int rank = ring[at((first + i) % ranks)];
      const int next = ring[at((first + i + 1) % ranks)];
      use(rank, next);
      if (is_here(rank)) channel.gpus.push_back(device(rank).index);
      if (is_here(rank) && !is_here(next)) channel.exit = nic_on(rank, next, Leg::out);
      if (!is_here(rank) && is_here(next)) channel.entry = nic_on(rank, next, Leg::in);
    }
    channels_.push_back(channel);
  }

  std::string text() const { return "<graphs version=\"1\">\n" + graph("0", "4") + graph("1", "3") + "</graphs>\n"; }

 private:
  enum class Leg { out, in };

  const Device& device(int rank) const { return topology_.devices[at(routes_.rank_devices()[at(rank)])]; }
  const std::string& host_of(int rank) const { return device(rank).host; }

  /// The first NIC on the way out, the last on the way in.
  int nic_on(int source, int target, Leg leg) {
    int found = -1;
    for (const int link : routes_.between({.source = source, .target = target}).path) {
      const Device& passed = topology_.devices[at(topology_.links[at(link)].target)];
      if (passed.kind != DeviceKind::nic) continue;
      if (leg == Leg::in || found < 0) found = passed.index;
    }
    return found;
  }

  void use(int source, int target) {
    const Route& route = routes_.between({.source = source, .target = target});
    const bool is_inside = host_of(source) == host_of(target);
    PathType& type = is_inside ? inside_ : between_;
    type = std::max(type, is_inside ? route.type : route.to_network);
    for (const LinkShare& part : route.links) {
      used_.resize(topology_.links.size());
      inside_only_.resize(topology_.links.size(), 1);
      used_[at(part.link)] += part.share.value();
      if (!is_inside) inside_only_[at(part.link)] = 0;
    }
  }

  enum class Kind { inside, between };
  /// GB/s that each channel has on its tightest link of this kind.
  double speed(Kind kind) const {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t link = 0; link < used_.size(); ++link) {
      const double rate = best_known(topology_.links[link].capacity).value;
      if (used_[link] <= 0 || rate <= 0 || (inside_only_[link] != 0) != (kind == Kind::inside)) continue;
      least = std::min(least, rate / used_[link] / 1e9);
    }
    return least < std::numeric_limits<double>::infinity() ? least : 0;
  }

  static std::string number(double value) {
    const auto tenths = static_cast<long long>(value * 10);
    return std::to_string(tenths / 10) + (tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10));
  }

  /// NCCL reads devices as hexadecimal.
  static std::string hexadecimal(int value) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (; value > 15; value /= 16) text.insert(text.begin(), kDigits[at(value % 16)]);
    text.insert(text.begin(), kDigits[at(value)]);
    return text;
  }

  std::string graph(const std::string& id, const std::string& pattern) const {
    const double inside = speed(Kind::inside);
    const double between = channels_.front().exit < 0 ? inside : speed(Kind::between);
    std::string text = "  <graph id=\"" + id + "\" pattern=\"" + pattern + "\" crossnic=\"0\" nchannels=\"" +
                       std::to_string(channels_.size()) + "\" speedintra=\"" + number(inside > 0 ? inside : between) +
                       "\" speedinter=\"" + number(between) + "\" latencyinter=\"0\" typeintra=\"" +
                       std::string(name_of(inside_)) + "\" typeinter=\"" + std::string(name_of(between_)) +
                       "\" samechannels=\"0\">\n";
    for (const HostChannel& channel : channels_) {
      text += "    <channel>\n";
      if (channel.entry >= 0) text += "      <net dev=\"" + hexadecimal(channel.entry) + "\"/>\n";
      for (const int gpu : channel.gpus) text += "      <gpu dev=\"" + hexadecimal(gpu) + "\"/>\n";
      if (channel.exit >= 0) text += "      <net dev=\"" + hexadecimal(channel.exit) + "\"/>\n";
      text += "    </channel>\n";
    }
    return text + "  </graph>\n";
  }

  const Topology& topology_;
  Routes routes_;
  std::vector<HostChannel> channels_;
  std::vector<double> used_;       // [link]: channels that pass it
  std::vector<char> inside_only_;  // [link]
  PathType inside_ = PathType::loc;
  PathType between_ = PathType::pix;
};

}  // namespace

std::string write_nccl_graph_xml(const ExportRequest& request) {
  if (request.topology == nullptr) throw Error("an NCCL graph file names GPUs and NICs: give the topology too");
  const std::vector<int> devices = rank_devices(*request.topology);
  if (devices.size() != at(request.schedule.ranks) || request.schedule.ranks < 2) {
    throw Error("the schedule has " + std::to_string(request.schedule.ranks) + " ranks and the topology " +
                std::to_string(devices.size()) + " GPUs: give the topology that it was made for");
  }
  for (const int device : devices) {
    if (request.topology->devices[at(device)].index < 0) throw not_a_ring();
  }
  GraphWriter writer(*request.topology);
  for (const Channel& channel : request.schedule.channels) writer.add(ring_of(channel, request.schedule.ranks));
  return writer.text();
}

}  // namespace muster
