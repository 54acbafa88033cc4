// SPDX-License-Identifier: Apache-2.0
// Rates of slots and ports as an NCCL topology writes them, and what is odd about the texts that real files have.
#include <cmath>
#include <optional>

#include "core/error.hpp"
#include "topology/hardware.hpp"
#include "topology/readers/nccl_machine.hpp"
#include "topology/readers/nccl_rates.hpp"

namespace muster {

namespace {

constexpr double kFastestTransfers = 128;  // GT/s: PCIe 7
constexpr double kFastestPort = 1.6e6;     // Mbit/s: the fastest that can be bought
constexpr int kDefaultLanes = 16;          // what NCCL takes for 0

struct Speaker {
  FindingList& findings;
  int line;
  const std::string& device;

  void tell(Severity severity, const char* code, std::string meaning) const {
    findings.add(line, {severity, code, {}, std::move(meaning), {device}});
  }
};

std::optional<double> transfers_of(std::string_view text, const Speaker& speaker) {
  const auto transfers = parse_pcie_speed(text);
  if (!transfers || *transfers <= 0 || *transfers > kFastestTransfers) {
    speaker.tell(
        Severity::warning, "unknown_speed",
        "link_speed " + in_quotes(text) + " says no speed: the rate of this slot is not known (NCCL takes 8 GT/s)");
    return std::nullopt;
  }
  if (!nccl_knows_pcie_speed(text)) {
    speaker.tell(Severity::warning, "speed_misread_by_nccl",
                 "NCCL does not know the text " + in_quotes(text) + " and takes it for 8 GT/s; add \" PCIe\" to it");
  }
  return transfers;
}

}  // namespace

Capacity nccl_slot_rate(const XmlElement& pci, const std::string& device, FindingList& findings) {
  const Speaker speaker{findings, pci.line, device};
  const std::string place = findings.place(pci.line);
  const std::string* speed = find_attribute(pci, "link_speed");
  if (speed == nullptr) return unknown_rate(place + ": no link_speed");
  const auto transfers = transfers_of(*speed, speaker);
  if (!transfers) return unknown_rate(place + ": link_speed " + in_quotes(*speed));
  const std::string_view width = attribute(pci, "link_width");
  const auto lanes = whole_number(width);
  const bool is_stated = lanes && *lanes >= 1 && *lanes <= 32;
  if (!is_stated) {
    speaker.tell(Severity::warning, lanes == 0 ? "width_zero" : "unknown_width",
                 "link_width " + in_quotes(width) + " says no number of lanes: 16 are assumed, as NCCL does");
  }
  const int count = is_stated ? static_cast<int>(*lanes) : kDefaultLanes;
  const BytesPerSecond line = pcie_rate(*transfers, count);
  Capacity capacity = is_stated ? stated_rate(line, place) : assumed_rate(line, place);
  capacity.usable = nccl_pcie_rate(*transfers, count);
  return capacity;
}

Capacity nccl_port_rate(const XmlElement& net, const std::string& device, FindingList& findings) {
  const Speaker speaker{findings, net.line, device};
  const std::string place = findings.place(net.line);
  const std::string_view text = attribute(net, "speed");
  const auto megabits = finite_number(text);
  constexpr double kBytesPerMegabit = 1e6 / 8;
  if (!megabits || *megabits <= 0) {
    speaker.tell(Severity::warning, "unknown_speed",
                 "speed " + in_quotes(text) + " of this NIC is none: its rate is not known (NCCL takes 10 Gb/s)");
    return unknown_rate(place + ": speed " + in_quotes(text));
  }
  if (*megabits <= kFastestPort) return stated_rate({std::floor(*megabits * kBytesPerMegabit)}, place);
  const double thousandth = *megabits / 1000;
  if (thousandth > kFastestPort) {
    speaker.tell(Severity::error, "unit_suspicion",
                 "speed " + in_quotes(text) + " is no number of Mbit/s: it is ignored");
    return unknown_rate(place + ": speed " + in_quotes(text));
  }
  speaker.tell(Severity::warning, "unit_suspicion",
               "no NIC has " + in_quotes(text) + " Mbit/s: taken as kbit/s; NCCL takes it as it stands");
  return assumed_rate({std::floor(thousandth * kBytesPerMegabit)}, place + ": read as kbit/s");
}

}  // namespace muster
