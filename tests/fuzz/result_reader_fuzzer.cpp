// SPDX-License-Identifier: Apache-2.0
// One body for all fuzzers of other tools' results; CMakeLists.txt beside it says which format each of them reads.
// Whatever the text, a reader gives a plan, hosts and a run that our own files hold unchanged, or an Error of one line.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/error.hpp"
#include "reports/import.hpp"
#include "topology/graph.hpp"

namespace {

constexpr std::size_t kMostCases = 64;  // more are the same again, and slow: each is written and read several times

bool is_one_line(std::string_view text) { return text.find('\n') == std::string_view::npos; }

const muster::Reader& fuzzed_reader() {
  static const muster::Reader& reader = muster::reader_for("", MUSTER_FUZZED_FORMAT, "fuzzed");
  return reader;
}

void read_back(const muster::ImportedRun& imported) {
  for (const muster::Incident& incident : imported.run.incidents) MUSTER_ASSERT(is_one_line(incident.what));
  if (imported.plan.cases.empty() || imported.plan.cases.size() > kMostCases) return;
  const std::string plan = muster::to_document(muster::to_json(imported.plan));
  const muster::Plan read = muster::plan_from_json(muster::parse_json(plan, "written"), "written");
  MUSTER_ASSERT(muster::to_document(muster::to_json(read)) == plan);
  const std::string cluster = muster::to_document(muster::to_json(imported.topology));
  const muster::Topology hosts = muster::topology_from_json(muster::parse_json(cluster, "written"), "written");
  MUSTER_ASSERT(muster::to_document(muster::to_json(hosts)) == cluster);
  const std::string lines = muster::to_lines(imported.run);
  const muster::Run run = muster::run_from_lines(lines, "written");
  MUSTER_ASSERT(run.ended && muster::to_lines(run) == lines);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  muster::ImportedRun imported;
  try {
    const muster::ForeignResults results = fuzzed_reader().read(text, "all_reduce_perf.log");
    imported = muster::merged({results, results});
  } catch (const muster::Error& error) {
    MUSTER_ASSERT(is_one_line(error.what()));
    return 0;
  }
  read_back(imported);
  // Recognising may see any text, too.
  for (const muster::Reader& reader : muster::readers()) reader.recognises(text);
  return 0;
}
