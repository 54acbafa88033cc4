// SPDX-License-Identifier: Apache-2.0
// What an <object> of hwloc's XML is, in any version of it.
#pragma once

#include <string>
#include <string_view>

#include "topology/readers/xml.hpp"

namespace muster {

/// pci_type="0302 [10de:1db8] [10de:131d] a1 00": class, vendor and device; empty where there is none.
struct PciType {
  std::string_view code;
  std::string_view vendor;
  std::string_view device;
};

enum class OsKind { network, fabric, other };

bool is_object(const XmlElement& element);
std::string_view hwloc_type(const XmlElement& object);
/// Value of the <info> of that name; empty when there is none.
std::string_view hwloc_info(const XmlElement& object, std::string_view name);
/// Objects below, itself not counted.
int count_objects(const XmlElement& object, std::string_view type);

PciType pci_type_of(const XmlElement& object);
bool is_package(const XmlElement& object);
bool is_io(const XmlElement& object);
bool is_gpu(const XmlElement& object);
bool is_nvswitch(const XmlElement& object);
bool is_nic(const XmlElement& object, double version);
OsKind os_kind_of(const XmlElement& object, double version);

}  // namespace muster
