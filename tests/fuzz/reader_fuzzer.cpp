// SPDX-License-Identifier: Apache-2.0
// One body for all fuzzers of readers; CMakeLists.txt beside it says which function each of them calls. Whatever the
// text, a reader gives a graph that its own file can hold, or an Error of one line.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/error.hpp"
#include "topology/readers/formats.hpp"

namespace {

constexpr std::size_t kMostDevices = 10'000;  // more are the same again, and slow: each is written and read twice

bool is_one_line(std::string_view text) { return text.find('\n') == std::string_view::npos; }

void read_back(const muster::Imported& imported) {
  for (const muster::Finding& finding : imported.findings) MUSTER_ASSERT(is_one_line(finding.meaning));
  if (imported.topology.devices.size() > kMostDevices) return;
  const muster::Json json = muster::to_json(imported.topology);
  MUSTER_ASSERT(muster::to_json(muster::topology_from_json(json, "written")) == json);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    read_back(muster::MUSTER_FUZZED_READER({.text = text, .origin = "fuzzed"}));
  } catch (const muster::Error& error) {
    MUSTER_ASSERT(is_one_line(error.what()));
  }
  return 0;
}
