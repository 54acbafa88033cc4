// SPDX-License-Identifier: Apache-2.0
// What lstopo writes: hwloc 1, 2 and 3. Read from our own tree, because hwloc refuses versions newer than itself and is
// not made for hostile text.
#include "core/error.hpp"
#include "topology/readers/formats.hpp"
#include "topology/readers/hwloc_machine.hpp"

namespace muster {

bool is_hwloc_xml(std::string_view text) { return xml_root_name(text) == "topology"; }

Imported read_hwloc_xml(const ReadRequest& request) {
  constexpr double kNewest = 4;
  const XmlElement root = parse_xml(request.text, request.origin);
  FindingList findings(request.origin);
  if (finite_number(attribute(root, "version")).value_or(1) >= kNewest) {
    findings.add(root.line,
                 {Severity::warning,
                  "newer_version",
                  {},
                  "version " + in_quotes(attribute(root, "version")) + " of hwloc's XML is newer than this reader"});
  }
  Topology topology = hwloc_machine(root, {.origin = request.origin, .gpu_model = request.gpu_model}, findings);
  return {.topology = std::move(topology), .findings = findings.take()};
}

}  // namespace muster
