// SPDX-License-Identifier: Apache-2.0
// Hosts against each other, and NICs against the CPUs and GPUs of their host.
#include <algorithm>
#include <map>
#include <unordered_map>

#include "topology/doctor/checks.hpp"

namespace muster {

namespace {

/// What hosts of one make have in common.
struct Inventory {
  int gpus = 0;
  int nics = 0;
  int scale_up_cables = 0;
  BytesPerSecond network{};
  auto operator<=>(const Inventory&) const = default;
};

Inventory inventory_of(const Survey& survey, const std::vector<int>& host) {
  Inventory found;
  for (const int device : host) {
    const DeviceKind kind = survey.device(device).kind;
    if (kind == DeviceKind::gpu) {
      ++found.gpus;
      found.scale_up_cables +=
          bundle_of(survey, device, [&](const Link& link) { return is_scale_up(survey, link); }).cables;
    } else if (kind == DeviceKind::nic) {
      ++found.nics;
      const Bundle network = bundle_of(survey, device, [](const Link& link) { return is_network(link.kind); });
      found.network.value += network.line.value;
    }
  }
  return found;
}

std::string text_of(const Inventory& inventory) {
  return count_of(inventory.gpus, "GPU") + ", " + count_of(inventory.nics, "NIC") + ", " +
         count_of(inventory.scale_up_cables, "scale-up link") + " and " + text_of(inventory.network) + " of network";
}

std::string_view gpu_model_of(const Survey& survey, const std::vector<int>& host) {
  const auto gpu = std::ranges::find_if(host, [&](int each) { return survey.device(each).kind == DeviceKind::gpu; });
  return gpu == host.end() ? std::string_view() : std::string_view(survey.device(*gpu).model);
}

/// GPUs and NICs that sit below one CPU.
struct Side {
  int gpus = 0;
  std::vector<double> nics;  // line rates, bytes/s
};

/// The CPU above a device: up through PCIe switches, each of which is climbed from once.
class Roots {
 public:
  explicit Roots(const Survey& survey) : survey_(survey) {}

  int of(int device) {
    std::vector<int> way;
    int root = kNone;
    for (int at = device; at != kNone;) {
      const auto known = roots_.find(at);
      if (known != roots_.end()) {
        root = known->second;
        break;
      }
      roots_.emplace(at, kNone);  // a circle of switches ends here
      way.push_back(at);
      if (survey_.device(at).kind == DeviceKind::cpu) {
        root = at;
        break;
      }
      at = above(at);
    }
    for (const int passed : way) roots_[passed] = root;
    return root;
  }

 private:
  static constexpr int kNone = -1;

  // A CPU if there is one, else a switch that is not on the way already.
  int above(int device) const {
    int found = kNone;
    for (const int index : survey_.links_of(device)) {
      const Link& link = survey_.link(index);
      const DeviceKind kind = survey_.device(link.target).kind;
      if (kind == DeviceKind::cpu && link.kind != LinkKind::smp) return link.target;
      const auto known = roots_.find(link.target);
      const bool leads_nowhere = known != roots_.end() && known->second == kNone;
      if (kind == DeviceKind::pcisw && !leads_nowhere) found = link.target;
    }
    return found;
  }

  const Survey& survey_;
  std::unordered_map<int, int> roots_;
};

std::map<int, Side> sides_of(const Survey& survey, const std::vector<int>& host) {
  Roots roots(survey);
  std::map<int, Side> sides;
  for (const int device : host) {
    const DeviceKind kind = survey.device(device).kind;
    if (kind != DeviceKind::gpu && kind != DeviceKind::nic) continue;
    Side& side = sides[roots.of(device)];
    if (kind == DeviceKind::gpu) ++side.gpus;
    if (kind == DeviceKind::nic) {
      side.nics.push_back(bundle_of(survey, device, [](const Link& link) { return is_network(link.kind); }).line.value);
    }
  }
  return sides;
}

}  // namespace

void check_nic_balance(const Survey& survey, CaseNotes& notes) {
  // Slower ones are for management or storage and take no part in collectives.
  constexpr double kLeastShare = 0.5;
  for (const auto& host : survey.hosts()) {
    const std::map<int, Side> sides = sides_of(survey, host);
    double fastest = 0;
    for (const auto& [cpu, side] : sides)
      fastest = std::max(fastest, side.nics.empty() ? 0 : std::ranges::max(side.nics));
    std::string shares;
    std::vector<std::pair<int, int>> counts;
    std::vector<std::string> cpus;
    for (const auto& [cpu, side] : sides) {
      if (side.gpus == 0 || cpu < 0) continue;
      const auto nics = std::ranges::count_if(side.nics, [&](double rate) { return rate >= fastest * kLeastShare; });
      counts.emplace_back(side.gpus, static_cast<int>(nics));
      cpus.push_back(survey.device(cpu).id);
      shares += (shares.empty() ? "" : ", ") + count_of(static_cast<int>(nics), "NIC") + " for " +
                count_of(side.gpus, "GPU") + " at " + cpus.back();
    }
    const auto is_even = [&](const auto& count) {
      return std::int64_t{count.first} * counts.front().second == std::int64_t{counts.front().first} * count.second;
    };
    if (std::ranges::all_of(counts, is_even)) continue;
    notes.add(host.front(), {.severity = Severity::note,
                             .code = "uneven_nics",
                             .place = survey.device(host.front()).host,
                             .meaning = "fast NICs are shared out unevenly: " + shares +
                                        "; some GPUs reach the network through the other CPU or through their peers",
                             .devices = std::move(cpus)});
  }
}

void check_host_peers(const Survey& survey, CaseNotes& notes) {
  std::map<std::string_view, std::vector<const std::vector<int>*>> makes;
  for (const auto& host : survey.hosts()) makes[gpu_model_of(survey, host)].push_back(&host);
  for (const auto& [model, hosts] : makes) {
    if (model.empty()) continue;  // login and storage nodes are of all kinds
    std::vector<Inventory> inventories;
    for (const auto* host : hosts) inventories.push_back(inventory_of(survey, *host));
    const auto usual = most_common(inventories);
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      const Inventory& against = usual ? *usual : inventories.front();
      if (inventories[i] == against) continue;
      const Device& first = survey.device(hosts[i]->front());
      notes.add(hosts[i]->front(), {.severity = Severity::warning,
                                    .code = "uneven_hosts",
                                    .place = first.host,
                                    .meaning = "this host has " + text_of(inventories[i]) + " where " +
                                               (usual ? "most hosts" : survey.device(hosts.front()->front()).host) +
                                               " with the same GPUs have " + text_of(against) +
                                               ": a job over all of them runs at the pace of the poorest",
                                    .devices = {first.id}});
    }
  }
}

}  // namespace muster
