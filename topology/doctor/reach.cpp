// SPDX-License-Identifier: Apache-2.0
// Which devices can speak to each other at all, whatever the direction of the links.
#include <numeric>
#include <set>

#include "topology/doctor/checks.hpp"

namespace muster {

namespace {

enum class Ways { all, inside_hosts };

/// [device] = a number that all devices of its island share.
std::vector<int> islands_of(const Survey& survey, Ways ways) {
  std::vector<int> parent(static_cast<std::size_t>(survey.devices()));
  std::iota(parent.begin(), parent.end(), 0);
  const auto find = [&](int device) {
    while (parent[static_cast<std::size_t>(device)] != device) {
      int& up = parent[static_cast<std::size_t>(device)];
      up = parent[static_cast<std::size_t>(up)];
      device = up;
    }
    return device;
  };
  for (const Link& link : survey.topology().links) {
    if (ways == Ways::inside_hosts && is_network(link.kind)) continue;
    parent[static_cast<std::size_t>(find(link.source))] = find(link.target);
  }
  std::vector<int> islands;
  for (int device = 0; device < survey.devices(); ++device) islands.push_back(find(device));
  return islands;
}

void note_unreachable(const Survey& survey, CaseNotes& notes, int device, Severity severity, std::string_view what) {
  const bool is_gpu = survey.device(device).kind == DeviceKind::gpu;
  notes.add(device,
            {.severity = severity,
             .code = is_gpu ? "gpu_unreachable" : "nic_unreachable",
             .place = "",
             .meaning = "no link leads from this " + std::string(is_gpu ? "GPU" : "NIC") + " to " + std::string(what),
             .devices = {survey.device(device).id}});
}

void check_gpus(const Survey& survey, CaseNotes& notes, const std::vector<int>& host, const std::vector<int>& islands) {
  std::vector<int> gpus;
  std::vector<int> of_gpus;
  for (const int device : host) {
    if (survey.device(device).kind != DeviceKind::gpu) continue;
    gpus.push_back(device);
    of_gpus.push_back(islands[static_cast<std::size_t>(device)]);
  }
  const auto main = most_common(of_gpus);
  for (std::size_t i = 0; i < gpus.size() && main; ++i) {
    if (of_gpus[i] == *main) continue;
    note_unreachable(survey, notes, gpus[i], Severity::error,
                     "most GPUs of its host: no collective over all of them can run");
  }
}

void check_nics(const Survey& survey, CaseNotes& notes, const std::vector<int>& host, const std::vector<int>& islands) {
  std::set<int> computing;  // islands that hold a GPU or a CPU of this host
  for (const int device : host) {
    const DeviceKind kind = survey.device(device).kind;
    if (kind == DeviceKind::gpu || kind == DeviceKind::cpu) computing.insert(islands[static_cast<std::size_t>(device)]);
  }
  for (const int device : host) {
    const bool is_lost = !computing.contains(islands[static_cast<std::size_t>(device)]);
    if (survey.device(device).kind != DeviceKind::nic || computing.empty() || !is_lost) continue;
    note_unreachable(survey, notes, device, Severity::warning,
                     "any GPU or CPU of its host: it counts for nothing in limits and plans");
  }
}

}  // namespace

void check_reach(const Survey& survey, CaseNotes& notes) {
  const std::vector<int> islands = islands_of(survey, Ways::all);
  const std::vector<int> inside = islands_of(survey, Ways::inside_hosts);
  for (const auto& host : survey.hosts()) {
    check_gpus(survey, notes, host, islands);
    check_nics(survey, notes, host, inside);
  }
  std::set<int> with_gpus;
  int second = survey.devices();  // the first GPU of another island than the first GPU's
  for (int device = 0; device < survey.devices(); ++device) {
    if (survey.device(device).kind != DeviceKind::gpu) continue;
    const bool is_new = with_gpus.insert(islands[static_cast<std::size_t>(device)]).second;
    if (is_new && with_gpus.size() == 2) second = device;
  }
  if (with_gpus.size() < 2) return;
  notes.add(second, {.severity = Severity::note,
                     .code = "separate_islands",
                     .place = "",
                     .meaning = "GPUs are in " + std::to_string(with_gpus.size()) +
                                " parts that no link joins, this being the first of the second: give the fabric's "
                                "description too, or collectives over all of them have no limit"});
}

}  // namespace muster
