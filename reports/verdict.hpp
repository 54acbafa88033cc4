// SPDX-License-Identifier: Apache-2.0
// Four verdicts, how they combine, and the exit code that says them to a script.
#pragma once

#include <string>
#include <string_view>

namespace muster {

enum class Verdict { pass, fail, ambiguous, no_data };

std::string_view name_of(Verdict verdict);
Verdict parse_verdict(std::string_view name);

/// A verdict and why, in one line for people.
struct Judgement {
  Verdict verdict = Verdict::no_data;
  std::string reason;
};

/// The worse of two: fail, then no_data, then ambiguous, then pass.
Verdict worse(Verdict left, Verdict right);

/// 0 pass, 1 fail, 3 ambiguous or no_data (2 is a usage or environment error and never a verdict).
int exit_code(Verdict verdict);

}  // namespace muster
