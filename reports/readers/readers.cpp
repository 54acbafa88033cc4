// SPDX-License-Identifier: Apache-2.0
// The table of readers: a format is added by its file and one line here.
#include "reports/readers/readers.hpp"

#include <algorithm>
#include <array>

#include "core/error.hpp"

namespace muster {
namespace {

// JSON comes first: it may hold anything in its strings, tables hold no JSON.
constexpr std::array kReaders = {
    Reader{"nccl-tests-json", is_nccl_tests_json, read_nccl_tests_json},
    Reader{"rccl-tests-json", is_rccl_tests_json, read_rccl_tests_json},
    Reader{"google-benchmark", is_google_benchmark, read_google_benchmark},
    Reader{"nccl-tests", is_nccl_tests_text, read_nccl_tests_text},
    Reader{"osu", is_osu, read_osu},
    Reader{"imb", is_imb, read_imb},
    Reader{"perftest", is_perftest, read_perftest},
    Reader{"nvbandwidth", is_nvbandwidth, read_nvbandwidth},
    Reader{"nccl-inspector", is_nccl_inspector, read_nccl_inspector, read_nccl_inspector_files},
    Reader{"superbench", is_superbench, read_superbench},
};

std::string known_formats() {
  std::string all;
  for (const Reader& reader : kReaders) all += (all.empty() ? "" : ", ") + std::string(reader.format);
  return all;
}

/// What looks like one of these in a form that holds too little.
std::string advice_on(std::string_view text) {
  const auto says = [text](std::string_view word) { return text.find(word) != std::string_view::npos; };
  if (says("UserCounters") || (says("Benchmark") && says("CPU") && says("Iterations"))) {
    return "Google Benchmark tells all it knows with --benchmark_format=json";
  }
  return "what describes a machine is for --topology";
}

}  // namespace

std::span<const Reader> readers() { return kReaders; }

const Reader& reader_for(std::string_view text, std::string_view format, const std::string& origin) {
  const auto* found = std::find_if(kReaders.begin(), kReaders.end(), [&](const Reader& reader) {
    return format.empty() ? reader.recognises(text) : reader.format == format;
  });
  if (found != kReaders.end()) return *found;
  if (!format.empty()) throw Error("unknown format " + in_quotes(format) + ": use one of " + known_formats());
  throw Error(origin + ": is in none of the formats that can be imported (" + known_formats() + "); " +
              advice_on(text));
}

}  // namespace muster
