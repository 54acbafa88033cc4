// SPDX-License-Identifier: Apache-2.0
// Rates as data sheets print them, so that a template can be compared with its source by eye.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/error.hpp"
#include "topology/hardware.hpp"
#include "topology/templates/description.hpp"

namespace muster {

namespace {

struct Unit {
  std::string_view name;
  double bytes_per_second;
};
constexpr auto kUnits = std::to_array<Unit>(
    {{"Mb/s", 1e6 / 8}, {"Gb/s", 1e9 / 8}, {"Tb/s", 1e12 / 8}, {"MB/s", 1e6}, {"GB/s", 1e9}, {"TB/s", 1e12}});

// Gigatransfers per second and lane. Source: PCI Express Base Specification 6.0, 7.0.
constexpr auto kPcie = std::to_array<std::pair<std::string_view, double>>(
    {{"1", 2.5}, {"2", 5}, {"3", 8}, {"4", 16}, {"5", 32}, {"6", 64}, {"7", 128}});
constexpr auto kLanes = std::to_array<std::pair<std::string_view, int>>(
    {{"x1", 1}, {"x2", 2}, {"x4", 4}, {"x8", 8}, {"x16", 16}, {"x32", 32}});

Error not_a_rate(std::string_view text) {
  return Error("is no rate: " + in_quotes(text) +
               "; write \"400 Gb/s\", \"50 GB/s\" (M, G or T; b for bits, B for bytes) or \"PCIe 5.0 x16\"");
}

BytesPerSecond parse_pcie_slot(std::string_view text) {
  std::string_view slot = text.substr(std::string_view("PCIe ").size());
  const std::size_t space = std::min(slot.find(' '), slot.size());
  std::string_view generation = slot.substr(0, space);
  if (generation.ends_with(".0")) generation.remove_suffix(2);
  slot.remove_prefix(std::min(space + 1, slot.size()));
  const auto* speed = std::ranges::find(kPcie, generation, &std::pair<std::string_view, double>::first);
  const auto* lanes = std::ranges::find(kLanes, slot, &std::pair<std::string_view, int>::first);
  if (speed == kPcie.end() || lanes == kLanes.end()) throw not_a_rate(text);
  return pcie_rate(speed->second, lanes->second);
}

}  // namespace

BytesPerSecond parse_rate(std::string_view text) {
  constexpr double kSlowest = 1;     // bytes/s; below lies only a mistake
  constexpr double kFastest = 1e16;  // bytes/s: a thousand times the fastest memory of a GPU
  if (text.starts_with("PCIe ")) return parse_pcie_slot(text);
  double number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || rest == text.data() + text.size() || *rest != ' ') throw not_a_rate(text);
  const std::string_view name(rest + 1, static_cast<std::size_t>(text.data() + text.size() - rest - 1));
  const auto* unit = std::ranges::find(kUnits, name, &Unit::name);
  if (unit == kUnits.end()) throw not_a_rate(text);
  const BytesPerSecond rate{std::round(number * unit->bytes_per_second)};
  if (!(rate.value >= kSlowest && rate.value <= kFastest)) throw not_a_rate(text);
  return rate;
}

}  // namespace muster
