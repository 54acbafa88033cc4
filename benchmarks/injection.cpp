// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/injection.hpp"

#include <fnmatch.h>
#include <signal.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "core/error.hpp"

namespace muster {
namespace {

constexpr std::array<std::pair<std::string_view, FaultKind>, 5> kKinds = {{
    {"corrupt", FaultKind::corrupt},
    {"kill", FaultKind::kill},
    {"stop", FaultKind::stop},
    {"exit", FaultKind::exit},
    {"hash", FaultKind::hash},
}};

}  // namespace

Fault parse_fault(const std::string& text) {
  const std::size_t at = text.find('@');
  const std::size_t colon = text.find(':', at == std::string::npos ? 0 : at);
  Fault fault;
  bool known = false;
  for (const auto& [word, kind] : kKinds) {
    if (text.substr(0, at) != word) continue;
    fault.kind = kind;
    known = true;
  }
  if (known && at != std::string::npos) {
    const char* end = text.data() + std::min(colon, text.size());
    const auto [stop, status] = std::from_chars(text.data() + at + 1, end, fault.rank);
    if (colon != std::string::npos) fault.cases = text.substr(colon + 1);
    if (status == std::errc() && stop == end && fault.rank >= 0) return fault;
  }
  throw Error("--inject '" + text +
              "': expected KIND@RANK or KIND@RANK:CASES with KIND corrupt, kill, stop, exit or hash");
}

bool Injection::selects(FaultKind kind, const std::string& case_id) const {
  for (const Fault& fault : faults_) {
    if (fault.kind != kind || fault.rank != rank_) continue;
    if (fnmatch(fault.cases.c_str(), case_id.c_str(), 0) == 0) return true;
  }
  return false;
}

bool Injection::changes_hash() const { return selects(FaultKind::hash, ""); }

void Injection::at_case(const std::string& case_id) const {
  if (selects(FaultKind::kill, case_id)) raise(SIGKILL);
  if (selects(FaultKind::stop, case_id)) raise(SIGSTOP);
  if (selects(FaultKind::exit, case_id)) std::_Exit(1);
}

void Injection::arm(const std::string& case_id) {
  corruption_.armed = selects(FaultKind::corrupt, case_id);
  corruption_.fired = false;
}

Tap* Injection::tap() {
  for (const Fault& fault : faults_) {
    if (fault.kind == FaultKind::corrupt && fault.rank == rank_) return &corruption_;
  }
  return nullptr;
}

/// The highest bit but one: a float gains or loses its exponent's top bit, an integer half its range, so the change can
/// not be rounded away by a later sum.
void Injection::Corruption::delivered(std::span<std::byte> data, ElementType type) {
  if (!armed || data.size() < size_of(type)) return;
  armed = false;
  fired = true;
  data[size_of(type) - 1] ^= std::byte{0x40};
}

}  // namespace muster
