// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/hostfile.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <numeric>
#include <sstream>

#include "core/error.hpp"

namespace muster {
namespace {

constexpr int kMostSlots = 1 << 20;  // per host; a mistake, not a machine

int slots_in(const std::string& word, const std::string& where) {
  const char* end = word.data() + word.size();
  int slots = 0;
  const auto [stop, fault] = std::from_chars(word.data() + std::string_view("slots=").size(), end, slots);
  if (fault != std::errc() || stop != end || slots < 1 || slots > kMostSlots) {
    throw Error(where + ": " + in_quotes(word) + " must be slots=N with N from 1 to " + std::to_string(kMostSlots));
  }
  return slots;
}

}  // namespace

std::vector<HostSlots> parse_hostfile(const std::string& text, const std::string& origin) {
  std::vector<HostSlots> hosts;
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::string where = origin + ":" + std::to_string(++number);
    std::istringstream words(line.substr(0, line.find('#')));
    HostSlots host;
    if (!(words >> host.host)) continue;
    for (std::string word; words >> word;) {
      if (word.starts_with("slots=")) host.slots = slots_in(word, where);
    }
    hosts.push_back(std::move(host));
  }
  if (hosts.empty()) throw Error(origin + ": no host in it; write one per line, such as 'node1 slots=8'");
  return hosts;
}

std::vector<HostSlots> ordered(std::vector<HostSlots> hosts, const std::vector<std::string>& order) {
  std::map<std::string, std::size_t> place;
  for (const std::string& name : order) place.emplace(name, place.size());
  std::ranges::stable_sort(hosts, {}, [&](const HostSlots& host) {
    const auto found = place.find(host.host);
    return found == place.end() ? place.size() : found->second;
  });
  return hosts;
}

std::string to_text(const std::vector<HostSlots>& hosts) {
  std::string text;
  for (const HostSlots& host : hosts) text += host.host + " slots=" + std::to_string(host.slots) + "\n";
  return text;
}

int slots_of(const std::vector<HostSlots>& hosts) {
  return std::accumulate(hosts.begin(), hosts.end(), 0,
                         [](int sum, const HostSlots& host) { return sum + host.slots; });
}

int most_slots(const std::vector<HostSlots>& hosts) { return std::ranges::max(hosts, {}, &HostSlots::slots).slots; }

}  // namespace muster
