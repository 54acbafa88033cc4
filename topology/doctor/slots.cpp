// SPDX-License-Identifier: Apache-2.0
// PCIe slots: narrower or slower than the device that sits in them.
#include <algorithm>
#include <map>

#include "topology/doctor/checks.hpp"

namespace muster {

namespace {

/// Four lanes of Gen4, one lane of Gen6, sixteen of Gen1: no GPU for computing is sold for less.
const BytesPerSecond kNarrow = pcie_rate(16, 4);

bool is_slot(const Link& link) { return link.kind == LinkKind::pcie; }

void note_slow_slot(const Survey& survey, CaseNotes& notes, int device, const std::string& what) {
  notes.add(device,
            {.severity = Severity::warning,
             .code = "slot_too_slow",
             .place = "",
             .meaning = what + ": reseat the card or check the riser and the BIOS, unless the link was read while it "
                               "slept (look again under load); all traffic through the slot is that slow",
             .devices = {survey.device(device).id}});
}

void check_gpu_slot(const Survey& survey, CaseNotes& notes, int gpu) {
  // A slot of one generation less is a choice of the maker; less than that, or half of the lanes gone, is a fault.
  constexpr double kLeastShare = 0.45;
  const Bundle slot = bundle_of(survey, gpu, is_slot);
  if (slot.cables == 0 || slot.has_unknown) return;
  const GpuModel* model = survey.model_of(gpu);
  const BytesPerSecond full = model == nullptr ? slot.line : pcie_rate(model->pcie_gigatransfers, model->pcie_lanes);
  if (slot.line > kNarrow && slot.line.value >= full.value * kLeastShare) return;
  note_slow_slot(
      survey, notes, gpu,
      "the PCIe slot of this GPU runs at " + text_of(slot.line) +
          (model == nullptr ? " (x1, x4 or Gen1)" : " where a " + std::string(model->name) + " has " + text_of(full)));
}

/// What the fabric side of a NIC carries: its cables, or what it says of itself where there are none.
BytesPerSecond network_rate(const Survey& survey, int nic) {
  const Bundle network = bundle_of(survey, nic, [](const Link& link) { return is_network(link.kind); });
  return std::max(network.line, survey.device(nic).through.line);
}

/// Ports of one card have one address but for the function after the dot, and share its slot.
std::string card_of(const Survey& survey, int nic) {
  const Device& device = survey.device(nic);
  if (device.address.empty()) return device.id;
  return device.address.substr(0, device.address.rfind('.'));
}

struct Card {
  std::vector<int> ports;
  BytesPerSecond network{};
  BytesPerSecond slot{};  // 0 = not known
};

std::vector<Card> cards_of(const Survey& survey, const std::vector<int>& host) {
  std::map<std::string, Card> cards;
  for (const int device : host) {
    if (survey.device(device).kind != DeviceKind::nic) continue;
    Card& card = cards[card_of(survey, device)];
    const Bundle slot = bundle_of(survey, device, is_slot);
    card.ports.push_back(device);
    card.network.value += network_rate(survey, device).value;
    if (!slot.has_unknown) card.slot = std::max(card.slot, slot.line);
  }
  std::vector<Card> found;
  for (auto& [name, card] : cards) found.push_back(std::move(card));
  return found;
}

void compare_nic_slots(const Survey& survey, CaseNotes& notes, const std::vector<int>& host) {
  std::map<std::string_view, std::vector<int>> models;
  for (const int device : host) {
    if (survey.device(device).kind == DeviceKind::nic && !survey.device(device).model.empty()) {
      models[survey.device(device).model].push_back(device);
    }
  }
  for (const auto& [model, nics] : models) {
    std::vector<BytesPerSecond> slots;
    for (const int nic : nics) slots.push_back(bundle_of(survey, nic, is_slot).line);
    const auto usual = most_common(slots);
    for (std::size_t i = 0; i < nics.size() && usual; ++i) {
      if (slots[i].value == 0 || slots[i] >= *usual) continue;
      note_slow_slot(
          survey, notes, nics[i],
          "the PCIe slot of this NIC runs at " + text_of(slots[i]) + " where its like have " + text_of(*usual));
    }
  }
}

}  // namespace

void check_slots(const Survey& survey, CaseNotes& notes) {
  for (int device = 0; device < survey.devices(); ++device) {
    if (survey.device(device).kind == DeviceKind::gpu) check_gpu_slot(survey, notes, device);
  }
  for (const auto& host : survey.hosts()) compare_nic_slots(survey, notes, host);
}

void check_nic_slots(const Survey& survey, CaseNotes& notes) {
  for (const auto& host : survey.hosts()) {
    for (const Card& card : cards_of(survey, host)) {
      if (card.slot.value == 0 || card.network <= card.slot) continue;
      std::vector<std::string> ports;
      for (const int port : card.ports) ports.push_back(survey.device(port).id);
      notes.add(card.ports.front(),
                {.severity = Severity::warning,
                 .code = "nic_faster_than_slot",
                 .place = "",
                 .meaning = (card.ports.size() == 1 ? "this NIC brings " : "the ports of this NIC together bring ") +
                            text_of(card.network) + " from the network into a PCIe slot of " + text_of(card.slot) +
                            ": the slot is the limit, and the NIC never reaches its rate",
                 .devices = std::move(ports)});
    }
  }
}

}  // namespace muster
