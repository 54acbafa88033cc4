// SPDX-License-Identifier: Apache-2.0
// Names that hardware has only once: PCI addresses in a host, GUIDs anywhere.
#include <algorithm>
#include <map>

#include "topology/doctor/checks.hpp"

namespace muster {

namespace {

std::string list_of(const Survey& survey, const std::vector<int>& devices) {
  constexpr std::size_t kMostNamed = 4;
  std::string text;
  for (std::size_t i = 0; i < devices.size() && i < kMostNamed; ++i) {
    text += (i == 0 ? "" : ", ") + survey.device(devices[i]).id;
  }
  return devices.size() > kMostNamed ? text + " and " + std::to_string(devices.size() - kMostNamed) + " more" : text;
}

std::vector<std::string> ids_of(const Survey& survey, const std::vector<int>& devices) {
  std::vector<std::string> ids;
  for (const int device : devices) ids.push_back(survey.device(device).id);
  return ids;
}

/// Two functions of one card share its GUID; only what is not one card's is doubtful.
bool is_one_card(const Survey& survey, const std::vector<int>& nics) {
  const Device& first = survey.device(nics.front());
  const std::string card = first.address.substr(0, first.address.rfind('.'));
  for (const int nic : nics) {
    const Device& each = survey.device(nic);
    if (each.host != first.host || each.address.substr(0, each.address.rfind('.')) != card) return false;
  }
  return true;
}

}  // namespace

void check_addresses(const Survey& survey, CaseNotes& notes) {
  for (const auto& host : survey.hosts()) {
    std::map<std::string_view, std::vector<int>> addresses;
    for (const int device : host) {
      const Device& each = survey.device(device);
      const bool is_card = each.kind == DeviceKind::gpu || each.kind == DeviceKind::nic;
      if (is_card && !each.address.empty()) addresses[each.address].push_back(device);
    }
    for (const auto& [address, devices] : addresses) {
      if (devices.size() == 1) continue;
      const bool has_gpu =
          std::ranges::any_of(devices, [&](int device) { return survey.device(device).kind == DeviceKind::gpu; });
      notes.add(devices.front(),
                {.severity = has_gpu ? Severity::warning : Severity::note,
                 .code = "duplicate_address",
                 .place = "",
                 .meaning = list_of(survey, devices) + " have one PCI address, " + std::string(address) + ": " +
                            (has_gpu ? "a device is counted several times, and limits come out too high"
                                     : "ports of one function, or a virtual machine that hides addresses"),
                 .devices = ids_of(survey, devices)});
    }
  }
}

void check_guids(const Survey& survey, CaseNotes& notes) {
  // Shorter ones are numbers that hint files of clouds make up; the same in every host.
  constexpr std::size_t kShortestGuid = 8;
  std::map<std::string_view, std::vector<int>> guids;
  for (int device = 0; device < survey.devices(); ++device) {
    const Device& each = survey.device(device);
    if (each.kind == DeviceKind::nic && each.guid.size() >= kShortestGuid) guids[each.guid].push_back(device);
  }
  for (const auto& [guid, nics] : guids) {
    if (nics.size() == 1 || is_one_card(survey, nics)) continue;
    notes.add(nics.front(), {.severity = Severity::warning,
                             .code = "shared_guid",
                             .place = "",
                             .meaning = list_of(survey, nics) + " have one GUID, " + std::string(guid) +
                                        ": one card is described several times, or hosts were copied with their "
                                        "identity, and joining them with a fabric mixes them up",
                             .devices = ids_of(survey, nics)});
  }
}

}  // namespace muster
