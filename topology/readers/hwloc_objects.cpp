// SPDX-License-Identifier: Apache-2.0
// Class codes and makers are those of the PCI ID repository.
#include "topology/readers/hwloc_objects.hpp"

#include <algorithm>

namespace muster {

bool is_object(const XmlElement& element) { return element.name == "object"; }

std::string_view hwloc_type(const XmlElement& object) { return attribute(object, "type"); }

std::string_view hwloc_info(const XmlElement& object, std::string_view name) {
  for (const XmlElement& child : object.children) {
    if (child.name == "info" && attribute(child, "name") == name) return attribute(child, "value");
  }
  return {};
}

int count_objects(const XmlElement& object, std::string_view type) {
  int count = 0;
  for (const XmlElement& child : object.children) {
    if (is_object(child)) count += (hwloc_type(child) == type ? 1 : 0) + count_objects(child, type);
  }
  return count;
}

PciType pci_type_of(const XmlElement& object) {
  const std::string_view text = attribute(object, "pci_type");
  if (text.size() < 16 || text[5] != '[' || text[10] != ':') return {};
  return {text.substr(0, 4), text.substr(6, 4), text.substr(11, 4)};
}

bool is_package(const XmlElement& object) {
  return hwloc_type(object) == "Package" || hwloc_type(object) == "Socket";  // the latter in hwloc 1
}

bool is_io(const XmlElement& object) {
  const std::string_view type = hwloc_type(object);
  return type == "Bridge" || type == "PCIDev" || type == "OSDev";
}

// 3D and other display controllers, accelerators; VGA where the maker's cards compute, except the two old chips of ATI
// that show the console of a server.
bool is_gpu(const XmlElement& object) {
  const PciType type = pci_type_of(object);
  if (type.code == "0302" || type.code == "0380" || type.code == "1200") return true;
  const bool shows_console = type.device == "515e" || type.device == "4752";
  return type.code == "0300" && (type.vendor == "10de" || (type.vendor == "1002" && !shows_console));
}

bool is_nvswitch(const XmlElement& object) {
  const PciType type = pci_type_of(object);
  return attribute(object, "subtype") == "NVSwitch" || (type.code == "0680" && type.vendor == "10de");
}

bool is_nic(const XmlElement& object, double version) {
  const std::string_view code = pci_type_of(object).code;
  if (code.starts_with("02") || code == "0c06") return true;  // network controllers; InfiniBand's old class
  return std::ranges::any_of(object.children, [&](const XmlElement& child) {
    return is_object(child) && os_kind_of(child, version) != OsKind::other;
  });
}

// hwloc 3 made a set of bits out of what was a number.
OsKind os_kind_of(const XmlElement& object, double version) {
  const std::int64_t type = whole_number(attribute(object, "osdev_type")).value_or(-1);
  if (hwloc_type(object) != "OSDev" || type < 0) return OsKind::other;
  const bool has_bits = version >= 3;
  if (has_bits ? (type & 32) != 0 : type == 3) return OsKind::fabric;
  return (has_bits ? (type & 16) != 0 : type == 2) ? OsKind::network : OsKind::other;
}

}  // namespace muster
