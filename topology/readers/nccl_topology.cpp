// SPDX-License-Identifier: Apache-2.0
// NCCL_TOPO_DUMP_FILE and what people write by hand for NCCL_TOPO_FILE: NVIDIA's, AMD's and FlagCX's dialect.
#include "core/error.hpp"
#include "topology/readers/formats.hpp"
#include "topology/readers/nccl_machine.hpp"

namespace muster {

bool is_nccl_topology(std::string_view text) { return xml_root_name(text) == "system"; }

Imported read_nccl_topology(const ReadRequest& request) {
  const XmlElement system = parse_xml(request.text, request.origin);
  const std::string_view version = attribute(system, "version");
  if (version != "1" && version != "2") {
    throw Error(request.origin + ":" + std::to_string(system.line) + ": version " + in_quotes(version) +
                " of NCCL's topology is not known; write version=\"1\" (NCCL) or \"2\" (RCCL)");
  }
  NcclDump machine(request);
  add_nccl_devices(machine, system);
  add_nccl_links(machine);
  if (machine.topology.devices.empty()) {
    throw Error(request.origin + ":" + std::to_string(system.line) + ": describes no device; give a whole dump");
  }
  return {.topology = std::move(machine.topology), .findings = machine.findings.take()};
}

}  // namespace muster
