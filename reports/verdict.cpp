// SPDX-License-Identifier: Apache-2.0
#include "reports/verdict.hpp"

#include <array>

#include "core/names.hpp"

namespace muster {

namespace {

constexpr std::array<std::string_view, 4> kVerdicts = {"pass", "fail", "ambiguous", "no_data"};

int badness(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return 0;
    case Verdict::ambiguous:
      return 1;
    case Verdict::no_data:
      return 2;
    case Verdict::fail:
      return 3;
  }
  return 3;
}

}  // namespace

std::string_view name_of(Verdict verdict) { return kVerdicts.at(static_cast<std::size_t>(verdict)); }

Verdict parse_verdict(std::string_view name) { return static_cast<Verdict>(index_of_name("verdict", kVerdicts, name)); }

Verdict worse(Verdict left, Verdict right) { return badness(left) >= badness(right) ? left : right; }

int exit_code(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return 0;
    case Verdict::fail:
      return 1;
    case Verdict::ambiguous:
    case Verdict::no_data:
      return 3;
  }
  return 3;
}

}  // namespace muster
