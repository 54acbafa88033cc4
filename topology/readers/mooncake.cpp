// SPDX-License-Identifier: Apache-2.0
// Mooncake's cluster-topology.json: what its transfer engine measured between the NICs of each pair of hosts. A NIC can
// do at least what its fastest pair did; that much, and no line rate, is what the graph gets.
#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "topology/readers/formats.hpp"
#include "topology/readers/json_lists.hpp"
#include "topology/readers/text.hpp"

namespace muster {

namespace {

constexpr double kMegabyte = 1e6;  // bandwidth is in MB/s
constexpr double kMicro = 1e-6;    // latency is in us
constexpr Range<int> kNuma{-1, 1024};
constexpr Range<double> kBandwidth{0, 1e7};  // MB/s: ten times the fastest NIC that is planned
constexpr Range<double> kLatency{0, 1e9};

class MeasuredReader {
 public:
  explicit MeasuredReader(std::string origin) : origin_(std::move(origin)) {}

  Imported read(const Json& file) {
    network_ = add_device(topology_, {.id = "network", .kind = DeviceKind::network_switch});
    for_each_item(file, origin_, [&](const Json& pair, const std::string& where) {
      Fields fields(pair, where);
      const std::string source = fields.text("src_host");
      const std::string target = fields.text("dst_host");
      for_each_item(fields, "endpoints", where, [&](const Json& endpoint, const std::string& place) {
        add(Fields(endpoint, place), {source, target}, place);
      });
    });
    if (nics_.empty()) throw Error(origin_ + ": nothing was measured; give the file of a finished run");
    return {.topology = std::move(topology_),
            .findings = {{Severity::note, "measured_only", origin_,
                          "the rates are what one run measured: they predict, and limit nothing"}}};
  }

 private:
  struct HostPair {
    const std::string& source;
    const std::string& target;
  };

  void add(Fields endpoint, const HostPair& hosts, const std::string& place) {
    const double rate = endpoint.number("bandwidth", kBandwidth) * kMegabyte;
    const Seconds latency{endpoint.number("latency", kLatency) * kMicro};
    const int source = nic(hosts.source, endpoint.text("src_dev"), endpoint.integer<int>("src_numa", kNuma));
    const int target = nic(hosts.target, endpoint.text("dst_dev"), endpoint.integer<int>("dst_numa", kNuma));
    if (source == target) throw endpoint.error("dst_dev", "is the source itself");
    see(out_of(source), rate, latency, place);
    see(into(target), rate, latency, place);
  }

  // Half of the way each; the fastest message tells most of the wire and least of the waiting.
  void see(Link& link, double rate, Seconds latency, const std::string& place) {
    const double half = latency.value / 2;
    link.latency.value = link.latency.value == 0 ? half : std::min(link.latency.value, half);
    if (rate <= link.capacity.measured.value) return;
    link.capacity.measured.value = rate;
    link.capacity.provenance = place + ": measured by Mooncake";
  }

  Link& out_of(int nic) { return topology_.links[nics_.at(nic)]; }
  Link& into(int nic) { return topology_.links[nics_.at(nic) + 1]; }

  int nic(const std::string& host, const std::string& name, int numa) {
    const auto [known, is_new] = devices_.try_emplace({host, "nic:" + name}, -1);
    if (!is_new) return known->second;
    const int cpu = cpu_of(host, numa);
    known->second = add_device(topology_, {.id = host + "/nic:" + name, .kind = DeviceKind::nic, .host = host});
    nics_[known->second] = topology_.links.size();
    join(topology_, known->second, network_,
         {.kind = LinkKind::infiniband, .capacity = unknown_rate(origin_ + ": no measurement this way")});
    join(topology_, cpu, known->second, {.kind = LinkKind::pcie, .capacity = unknown_rate(origin_ + ": not told")});
    return known->second;
  }

  int cpu_of(const std::string& host, int numa) {
    if (hosts_.try_emplace(host).second) topology_.hosts.push_back({.name = host});
    const std::string name = numa < 0 ? "cpu" : "cpu" + std::to_string(numa);
    const auto [known, is_new] = devices_.try_emplace({host, name}, -1);
    if (is_new) {
      known->second =
          add_device(topology_, {.id = host + "/" + name, .kind = DeviceKind::cpu, .host = host, .index = numa});
      for (const int other : hosts_[host]) {
        join(topology_, other, known->second,
             {.kind = LinkKind::smp, .capacity = unknown_rate(origin_ + ": not told")});
      }
      hosts_[host].push_back(known->second);
    }
    return known->second;
  }

  std::string origin_;
  std::map<std::pair<std::string, std::string>, int> devices_;  // by host and name
  std::map<int, std::size_t> nics_;                             // first of the two links to the network, by device
  std::map<std::string, std::vector<int>> hosts_;               // CPUs, by name
  int network_ = 0;
  Topology topology_;
};

}  // namespace

bool is_mooncake(std::string_view text) {
  const std::string_view start = text.substr(0, kRecognisedFrom);
  return trimmed_front(start).starts_with('[') && start.find("\"src_host\"") != std::string_view::npos &&
         start.find("\"endpoints\"") != std::string_view::npos;
}

Imported read_mooncake(const ReadRequest& request) {
  return MeasuredReader(request.origin).read(parse_json(request.text, request.origin));
}

}  // namespace muster
