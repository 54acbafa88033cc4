// SPDX-License-Identifier: Apache-2.0
// The end of a program with a bug, and the quoting that keeps an error on one line.
#include "core/error.hpp"

#include <cstdio>
#include <cstdlib>

namespace muster {

namespace {

constexpr std::size_t kLongestQuote = 120;  // characters: one line of a terminal, enough to recognise the text

}  // namespace

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "muster: bug at %s:%d: expected %s; please report this line\n", file, line, condition);
  std::abort();
}

std::string in_quotes(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string result = "\"";
  for (const char letter : text.substr(0, kLongestQuote)) {
    const auto code = static_cast<unsigned char>(letter);
    if (code < 0x20 || code == 0x7f) {
      result += {'\\', 'x', kDigits[code >> 4], kDigits[code & 15]};
    } else {
      result += letter;
    }
  }
  return result + (text.size() > kLongestQuote ? "...\"" : "\"");
}

}  // namespace muster
