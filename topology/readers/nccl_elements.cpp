// SPDX-License-Identifier: Apache-2.0
#include "topology/readers/nccl_elements.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace muster {

namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return lower;
}

}  // namespace

// Class codes from the PCI ID repository. VGA controllers of AMD and NVIDIA compute; others show a console.
PciRole role_of(const XmlElement& pci) {
  const std::string_view code = attribute(pci, "class");
  const std::string_view vendor = attribute(pci, "vendor");
  const bool computes = vendor.empty() || vendor == "0x10de" || vendor == "0x1002";
  if (code.starts_with("0x0302") || code.starts_with("0x0380") || code.starts_with("0x1200")) return PciRole::gpu;
  if (code.starts_with("0x0300")) return computes ? PciRole::gpu : PciRole::other;
  if (code.starts_with("0x02")) return PciRole::nic;
  return code.starts_with("0x06") && !code.starts_with("0x0680") ? PciRole::bridge : PciRole::other;
}

std::vector<const XmlElement*> children_of(const XmlElement& parent, std::string_view name) {
  std::vector<const XmlElement*> found;
  for (const XmlElement& child : parent.children) {
    if (child.name == name) found.push_back(&child);
  }
  return found;
}

std::vector<const XmlElement*> ports_of(const XmlElement& parent) {
  std::vector<const XmlElement*> found;
  for (const XmlElement* nic : children_of(parent, "nic")) {
    const auto ports = children_of(*nic, "net");
    found.insert(found.end(), ports.begin(), ports.end());
  }
  return found;
}

int number_in(std::string_view text) {
  constexpr int kMost = 1 << 20;
  const auto number = whole_number(text);
  return number && *number >= 0 && *number <= kMost ? static_cast<int>(*number) : -1;
}

std::string normal_bus_id(std::string_view text) {
  const std::size_t domain = text.find(':');
  const bool has_long_domain = domain != std::string_view::npos && domain > 4;
  const std::size_t zeros = has_long_domain ? std::min(text.find_first_not_of('0'), domain - 4) : 0;
  return lower_case(text.substr(zeros));
}

// NCCL prints the eight bytes that the verbs library gives as one number of the processor's order, so they stand
// backwards. Mellanox's GUIDs tell: the maker's three bytes are followed by 03.
std::string normal_nccl_guid(std::string_view text) {
  constexpr std::size_t kDigits = 16;
  if (text.starts_with("0x")) text.remove_prefix(2);
  if (text.find_first_not_of('0') == std::string_view::npos) return {};
  std::string guid = lower_case(text);
  if (guid.size() < kDigits) guid.insert(0, kDigits - guid.size(), '0');
  const bool is_backwards = guid.size() == kDigits && guid.substr(8, 2) == "03" && guid.substr(6, 2) != "03";
  if (is_backwards) {
    std::ranges::reverse(guid);
    for (std::size_t i = 0; i < kDigits; i += 2) std::swap(guid[i], guid[i + 1]);
  }
  return guid;
}

}  // namespace muster
