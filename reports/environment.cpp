// SPDX-License-Identifier: Apache-2.0
// Which environment variables may stand in a report that is sent to a vendor. Whatever is not listed stays at home.
#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "reports/record.hpp"

namespace muster {

namespace {

constexpr std::array<std::string_view, 3> kPrefixes = {"OMP_", "OMPI_MCA_", "NCCL_"};
constexpr std::array<std::string_view, 4> kNames = {"CUDA_VISIBLE_DEVICES", "SLURM_JOB_NUM_NODES", "SLURM_NTASKS",
                                                    "SLURM_CPUS_PER_TASK"};
// Open MPI hands its session key and its contact addresses to the ranks as *_precondition_transports and *_uri.
constexpr std::array<std::string_view, 9> kSecretWords = {"TOKEN", "SECRET", "PASSW", "CREDENTIAL",  "KEY",
                                                          "AUTH",  "COOKIE", "URI",   "PRECONDITION"};
constexpr std::size_t kLongestValue = 200;  // characters

bool is_allowed(std::string_view name) {
  const bool listed = std::ranges::find(kNames, name) != kNames.end() ||
                      std::ranges::any_of(kPrefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
  std::string upper;
  for (const char letter : name) upper += static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  return listed && std::ranges::none_of(kSecretWords,
                                        [&](std::string_view word) { return upper.find(word) != std::string::npos; });
}

// Cut and in printable ASCII: the cut may fall inside a character of several bytes, and JSON must stay valid.
std::string printable(std::string_view value) {
  std::string text(value.substr(0, kLongestValue));
  std::ranges::replace_if(
      text, [](char letter) { return letter < ' ' || letter > '~'; }, '?');
  return text;
}

}  // namespace

std::map<std::string, std::string> allowed_environment(const char* const* environment) {
  std::map<std::string, std::string> allowed;
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    const std::size_t equals = entry.find('=');
    if (equals == std::string_view::npos || !is_allowed(entry.substr(0, equals))) continue;
    allowed.emplace(printable(entry.substr(0, equals)), printable(entry.substr(equals + 1)));
  }
  return allowed;
}

}  // namespace muster
