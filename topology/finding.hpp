// SPDX-License-Identifier: Apache-2.0
// Something that a person should know about a machine's description or about the machine itself. Readers report what
// they met in a file, the doctor (doctor.hpp) what it sees in the graph.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster {

enum class Severity {
  note,     ///< worth knowing, harmless
  warning,  ///< the description or the machine is doubtful: a limit derived from it may be too low or too high
  error,    ///< the machine is broken or the description cannot be true
};

std::string_view name_of(Severity severity);
/// Throws Error listing the accepted words.
Severity parse_severity(std::string_view name);

struct Finding {
  Severity severity = Severity::note;
  std::string code;     ///< stable word for scripts: "self_link", "gpu_without_nvswitch", "slot_too_slow"
  std::string place;    ///< "topo.xml:17" or a device id
  std::string meaning;  ///< one sentence: what is wrong and what it does to the machine or to the numbers
  /// Devices whose links are touched: a limit whose cut names one of them repeats the finding. Ids, not indices.
  std::vector<std::string> devices{};
};

}  // namespace muster
