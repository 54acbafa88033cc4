// SPDX-License-Identifier: Apache-2.0
// One table of flags; each line says how its value is read and where it goes.
#include "benchmarks/nccl_tests/perf_options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "core/error.hpp"

namespace muster {
namespace {

/// Why a value was refused; empty when it was taken.
using Refusal = std::string;

struct PerfFlag {
  char letter;
  std::string_view name;
  std::string_view value;  ///< in the usage text; empty: takes none
  Refusal (*take)(PerfOptions& options, const std::string& value);
};

std::optional<int> whole_number(const std::string& text, int least, int most) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) return std::nullopt;
  return value;
}

constexpr int kMostCount = 1'000'000'000;

Refusal take_number(int& target, const std::string& text, int least, int most = kMostCount) {
  const std::optional<int> value = whole_number(text, least, most);
  if (!value) return "use a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  target = *value;
  return {};
}

Refusal take_number(std::optional<int>& target, const std::string& text, int least, int most) {
  int value = 0;
  const Refusal refusal = take_number(value, text, least, most);
  if (refusal.empty()) target = value;
  return refusal;
}

/// One place for each flag whose value is a whole number in a range.
template <auto member, int least, int most = kMostCount>
Refusal number(PerfOptions& options, const std::string& text) {
  return take_number(options.*member, text, least, most);
}

template <auto member>
Refusal size(PerfOptions& options, const std::string& text) {
  const std::optional<Bytes> value = parse_perf_size(text);
  if (!value) return "use a size such as 8, 64K, 38.3M or 8G";
  options.*member = *value;
  return {};
}

Refusal step_bytes(PerfOptions& options, const std::string& text) {
  const std::optional<Bytes> value = parse_perf_size(text);
  if (!value || value->value == 0) return "use a size above 0";
  options.step_bytes = value->value;
  return {};
}

Refusal step_factor(PerfOptions& options, const std::string& text) {
  const std::optional<int> value = whole_number(text, 1, kMostCount);
  if (!value) return "use a whole number from 1 on; 1 means steps of -i bytes";
  options.step_factor = static_cast<std::uint64_t>(*value);
  return {};
}

Refusal operations(PerfOptions& options, const std::string& text) {
  using enum ReduceOperation;
  if (text == "all") {
    options.operations = {sum, prod, max, min, avg, mulsum};
    return {};
  }
  try {
    options.operations = {parse_reduce_operation(text)};
  } catch (const Error& error) {
    return error.what() + std::string(", all");
  }
  return {};
}

Refusal types(PerfOptions& options, const std::string& text) {
  if (text == "all") {
    options.types.clear();
    for (const ElementTypeInfo& each : kElementTypes) options.types.push_back(each.type);
    return {};
  }
  try {
    options.types = {parse_element_type(text)};
  } catch (const Error& error) {
    return error.what() + std::string(", all");
  }
  return {};
}

Refusal root(PerfOptions& options, const std::string& text) {
  if (text == "all") {
    options.root = -1;
    return {};
  }
  return take_number(options.root, text, 0);
}

Refusal average(PerfOptions& options, const std::string& text) {
  int value = 0;
  const Refusal refusal = take_number(value, text, 0, 3);
  if (refusal.empty()) options.average = static_cast<PerfAverage>(value);
  return refusal;
}

Refusal output_file(PerfOptions& options, const std::string& text) {
  if (text.empty()) return "name a file";
  options.output_file = text;
  return {};
}

Refusal nothing(PerfOptions&, const std::string&) { return {}; }

constexpr int kMostRanksHere = 1024;

constexpr std::array<PerfFlag, 32> kFlags = {{
    {'t', "nthreads", "num threads", number<&PerfOptions::threads, 1, kMostRanksHere>},
    {'g', "ngpus", "gpus (or host ranks) per thread", number<&PerfOptions::gpus, 1, kMostRanksHere>},
    {'b', "minbytes", "min size in bytes", size<&PerfOptions::min_bytes>},
    {'e', "maxbytes", "max size in bytes", size<&PerfOptions::max_bytes>},
    {'i', "stepbytes", "increment size", step_bytes},
    {'f', "stepfactor", "increment factor", step_factor},
    {'n', "iters", "iteration count", number<&PerfOptions::iterations, 1>},
    {'m', "agg_iters", "aggregated iteration count", number<&PerfOptions::aggregated, 1>},
    {'w', "warmup_iters", "warmup iteration count", number<&PerfOptions::warmup, 0>},
    {'N', "run_cycles", "run & print each cycle, 0=infinite", number<&PerfOptions::cycles, 0>},
    {'p', "parallel_init", "0/1", number<&PerfOptions::parallel_init, 0, 1>},
    {'c', "check", "check iteration count", number<&PerfOptions::checks, 0>},
    {'o', "op", "sum/prod/min/max/avg/mulsum/all", operations},
    {'d', "datatype", "type/all", types},
    {'r', "root", "root/all", root},
    {'z', "blocking", "0=off/1=wait and barrier/2,3=wait", number<&PerfOptions::blocking, 0, 3>},
    {'y', "stream_null", "0/1", number<&PerfOptions::stream_null, 0, 1>},
    {'T', "timeout", "time in seconds", number<&PerfOptions::timeout_seconds, 0>},
    {'G', "cudagraph", "num graph launches", number<&PerfOptions::graph_launches, 0>},
    {'C', "report_cputime", "0/1", number<&PerfOptions::cpu_time, 0, 1>},
    {'S', "report_timestamps", "0/1", number<&PerfOptions::timestamps, 0, 1>},
    {'J', "output_file", "JSON file, replaced if it exists", output_file},
    {'a', "average", "0=RANK0/1=AVG/2=MIN/3=MAX", average},
    {'R', "local_register", "0/1/2", number<&PerfOptions::local_register, 0, 2>},
    {'x', "cta_policy", "0/1/2", number<&PerfOptions::cta_policy, 0, 2>},
    {'D', "device_implementation", "number", number<&PerfOptions::device_implementation, 0>},
    {'V', "device_cta_count", "number", number<&PerfOptions::device_ctas, 1>},
    {'M', "memory", "0/1", number<&PerfOptions::memory_report, 0, 1>},
    {'u', "unalign", "bytes", number<&PerfOptions::unalign, 0>},
    {'I', "per_iter_timing", "0/1", number<&PerfOptions::per_iteration, 0, 1>},
    {'K', "per_iter_skip", "iterations to leave out of -I", number<&PerfOptions::skipped_iterations, 0>},
    {'h', "help", "", nothing},
}};

const PerfFlag* flag_of(char letter) {
  const auto found = std::ranges::find(kFlags, letter, &PerfFlag::letter);
  return found == kFlags.end() ? nullptr : &*found;
}

/// As getopt_long does: the whole name, or a beginning that only one name has.
const PerfFlag* flag_named(std::string_view name) {
  const PerfFlag* found = nullptr;
  for (const PerfFlag& flag : kFlags) {
    if (flag.name == name) return &flag;
    if (!flag.name.starts_with(name)) continue;
    if (found != nullptr) return nullptr;
    found = &flag;
  }
  return found;
}

std::string usage_of(std::string_view program) {
  std::string text = "USAGE: " + std::string(program) + "\n";
  for (const PerfFlag& flag : kFlags) {
    text += "\t[-" + std::string(1, flag.letter) + ",--" + std::string(flag.name);
    if (!flag.value.empty()) text += " <" + std::string(flag.value) + ">";
    text += "]\n";
  }
  return text;
}

/// One word of the command line, taken apart.
struct Given {
  const PerfFlag* flag = nullptr;
  std::optional<std::string> value;
};

Given given_in(std::string_view word) {
  if (word.starts_with("--")) {
    const std::size_t equals = word.find('=');
    Given given{.flag = flag_named(word.substr(2, equals == word.npos ? equals : equals - 2)), .value = {}};
    if (equals != word.npos) given.value = std::string(word.substr(equals + 1));
    return given;
  }
  if (word.size() < 2 || word.front() != '-') return {};
  Given given{.flag = flag_of(word[1]), .value = {}};
  if (word.size() > 2) given.value = std::string(word.substr(2));
  return given;
}

/// What no single flag can see.
Refusal contradiction_in(const PerfOptions& options) {
  if (options.min_bytes > options.max_bytes) {
    return "invalid sizes for 'minbytes' and 'maxbytes': " + std::to_string(options.min_bytes.value) + " > " +
           std::to_string(options.max_bytes.value);
  }
  if (options.min_bytes.value == 0 && options.max_bytes.value > 0 && options.step_factor > 1) {
    return "-b 0 never grows by a factor: start from 1 or more, or use -i";
  }
  if (options.per_iteration != 0 && options.skipped_iterations >= options.iterations) {
    return "-K leaves no iteration of -n " + std::to_string(options.iterations) + ": use a smaller one";
  }
  if (options.ranks_per_process() > kMostRanksHere) {
    return "-t times -g must not exceed " + std::to_string(kMostRanksHere);
  }
  return {};
}

}  // namespace

std::optional<Bytes> parse_perf_size(const std::string& text) {
  double number = 0;
  char unit[2] = {};
  const int found = std::sscanf(text.c_str(), "%lf %1s", &number, unit);
  if (found < 1 || !std::isfinite(number) || number < 0) return std::nullopt;
  double scale = 1;
  if (found == 2) {
    constexpr std::string_view kUnits = "KMG";
    const std::size_t power = kUnits.find(static_cast<char>(unit[0] & ~0x20));
    if (power == kUnits.npos) return std::nullopt;
    scale = std::pow(1024.0, static_cast<double>(power + 1));
  }
  constexpr double kLargest = 1152921504606846976.0;  // 2^60: sums and products of a few sizes stay in 64 bits
  if (number * scale > kLargest) return std::nullopt;
  return Bytes{static_cast<std::uint64_t>(number * scale)};
}

std::variant<PerfOptions, PerfUsage> parse_perf_options(std::string_view program,
                                                        std::span<const char* const> arguments) {
  PerfOptions options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string word = arguments[i];
    Given given = given_in(word);
    const auto refuse = [&](const std::string& why) {
      return PerfUsage{kPerfUsageError, "invalid option " + in_quotes(word) + why + "\n" + usage_of(program)};
    };
    if (given.flag == nullptr) return refuse("");
    if (given.flag->letter == 'h') return PerfUsage{0, usage_of(program)};
    if (!given.value) {
      if (i + 1 == arguments.size()) return refuse(": it needs a value");
      given.value = arguments[++i];
    }
    const Refusal refusal = given.flag->take(options, *given.value);
    if (!refusal.empty()) return refuse(": " + in_quotes(*given.value) + " is refused: " + refusal);
  }
  const Refusal refusal = contradiction_in(options);
  if (!refusal.empty()) return PerfUsage{kPerfUsageError, refusal + "\n"};
  return options;
}

}  // namespace muster
