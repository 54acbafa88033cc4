// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/nccl_tests/perf_environment.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdlib>

#include "core/error.hpp"

namespace muster {
namespace {

struct SplitWord {
  std::string_view word, sign;
  PerfSplit::Rule rule;
};

constexpr std::array<SplitWord, 4> kSplitWords = {{
    {"AND", "&", PerfSplit::Rule::bitwise_and},
    {"OR", "|", PerfSplit::Rule::bitwise_or},
    {"MOD", "%", PerfSplit::Rule::modulo},
    {"DIV", "/", PerfSplit::Rule::division},
}};

constexpr long kLargestOperand = 0x7fffffff;

/// Decimal, 0x or 0b; a mask is hexadecimal with or without its 0x.
std::optional<int> operand_in(std::string_view text, int base) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  if (text.starts_with("0b")) return operand_in(text.substr(2), 2);
  const std::string digits(text);
  char* end = nullptr;
  const long value = std::strtol(digits.c_str(), &end, base);
  if (digits.empty() || *end != '\0' || value < 0 || value > kLargestOperand) return std::nullopt;
  return static_cast<int>(value);
}

PerfSplit parse_split(const std::string& text) {
  std::string upper = text;
  std::ranges::transform(upper, upper.begin(), [](unsigned char letter) { return std::toupper(letter); });
  for (const SplitWord& each : kSplitWords) {
    for (const std::string_view name : {each.word, each.sign}) {
      if (!upper.starts_with(name)) continue;
      const std::optional<int> operand = operand_in(std::string_view(text).substr(name.size()), 0);
      const bool divides = each.rule == PerfSplit::Rule::modulo || each.rule == PerfSplit::Rule::division;
      if (!operand || (divides && *operand == 0)) break;
      return {each.rule, *operand};
    }
  }
  throw Error("NCCL_TESTS_SPLIT=" + in_quotes(text) + " is not understood: use AND, OR, MOD or DIV (or & | % /) and " +
              "a whole number, such as \"MOD 8\"");
}

PerfSplit split_in(const Environment& environment) {
  if (const auto mask = environment.find("NCCL_TESTS_SPLIT_MASK"); mask != environment.end()) {
    const std::optional<int> operand = operand_in(mask->second, 16);
    if (!operand) throw Error("NCCL_TESTS_SPLIT_MASK=" + in_quotes(mask->second) + " is not a hexadecimal number");
    return {PerfSplit::Rule::bitwise_and, *operand};
  }
  const auto split = environment.find("NCCL_TESTS_SPLIT");
  return split == environment.end() ? PerfSplit{} : parse_split(split->second);
}

std::optional<double> number_in(const Environment& environment, const char* name, double least, double most) {
  const auto found = environment.find(name);
  if (found == environment.end()) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(found->second.c_str(), &end);
  if (end == found->second.c_str() || *end != '\0' || !(value >= least && value <= most)) {
    throw Error(std::string(name) + "=" + in_quotes(found->second) + " is not a number from " + std::to_string(least) +
                " to " + std::to_string(most));
  }
  return value;
}

std::optional<std::string> text_in(const Environment& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

int PerfSplit::colour_of(int rank) const {
  switch (rule) {
    case Rule::none:
      return 0;
    case Rule::bitwise_and:
      return rank & operand;
    case Rule::bitwise_or:
      return rank | operand;
    case Rule::modulo:
      return rank % operand;
    case Rule::division:
      return rank / operand;
  }
  return 0;
}

PerfEnvironment read_perf_environment(const Environment& environment) {
  constexpr double kMostGigabytes = 1e9;  // per second: far above any machine
  PerfEnvironment read{.split = split_in(environment), .device = text_in(environment, "NCCL_TESTS_DEVICE")};
  const std::optional<double> least = number_in(environment, "NCCL_TESTS_MIN_BW", 0, kMostGigabytes);
  if (least) read.least_bandwidth = BytesPerSecond{*least * 1e9};
  PerfTraffic& traffic = read.traffic;
  traffic.spread = number_in(environment, "NCCL_TESTS_ALLTOALLV_SPREAD", 0, 1).value_or(1);
  traffic.matrix_file = text_in(environment, "NCCL_TESTS_ALLTOALLV_MATRIX_FILE").value_or("");
  traffic.matrix_scale = number_in(environment, "NCCL_TESTS_ALLTOALLV_MATRIX_SCALE", 0, kMostGigabytes).value_or(1);
  traffic.is_summarised = text_in(environment, "NCCL_TESTS_ALLTOALLV_PRINT_SUMMARY").value_or("0") != "0";
  return read;
}

}  // namespace muster
