// SPDX-License-Identifier: Apache-2.0
#include "reports/health.hpp"

#include <array>

namespace muster {

std::vector<std::string> throttle_words(std::uint64_t bits) {
  constexpr std::array<std::string_view, 9> kWords = {
      "idle",          "application_clocks", "software_power_cap", "hardware_slowdown",
      "sync_boost",    "software_thermal",   "hardware_thermal",   "power_brake",
      "display_clocks"};
  std::vector<std::string> words;
  for (std::size_t bit = 0; bit < 64; ++bit) {
    if ((bits >> bit & 1) == 0) continue;
    words.push_back(bit < kWords.size() ? std::string(kWords[bit]) : "bit_" + std::to_string(bit));
  }
  return words;
}

}  // namespace muster
