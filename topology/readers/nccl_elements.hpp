// SPDX-License-Identifier: Apache-2.0
// What the elements of an NCCL topology say, each by itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "topology/readers/xml.hpp"

namespace muster {

enum class PciRole { gpu, nic, bridge, other };

/// By class code and maker.
PciRole role_of(const XmlElement& pci);

std::vector<const XmlElement*> children_of(const XmlElement& parent, std::string_view name);
/// All <net> of all <nic> right below.
std::vector<const XmlElement*> ports_of(const XmlElement& parent);

/// The number of a device, a NUMA node or a rail; -1 where there is none.
int number_in(std::string_view text);

/// "00000000:0C:00.0" and "0000:0c:00.0" are one address: lower case, domain of four digits.
std::string normal_bus_id(std::string_view text);

/// 16 digits as the fabric writes them, "506b4b030027bbf2", for "0xf2bb2700034b6b50"; empty for 0.
std::string normal_nccl_guid(std::string_view text);

}  // namespace muster
