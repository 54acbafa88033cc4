// SPDX-License-Identifier: Apache-2.0
// Every key of a layout once: its name in files, its short name on the command line, and where its value lives.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <variant>

#include "core/fields.hpp"
#include "training/layout.hpp"

namespace muster {

struct WholeSize {
  int Layout::*member;
  Range<int> range;
};

using LayoutFlag = bool Layout::*;

/// One of `words`, which stand in the order of the enum; the short text may say one of `short_words` instead.
struct WordChoice {
  std::span<const std::string_view> words;
  std::span<const std::string_view> short_words;
  std::size_t (*get)(const Layout&);
  void (*set)(Layout&, std::size_t);
};

enum class KeyPresence { required, optional };

struct LayoutKey {
  std::string_view key;
  std::string_view short_key;
  std::variant<WholeSize, LayoutFlag, WordChoice> value;
  KeyPresence presence = KeyPresence::optional;
};

std::span<const LayoutKey> layout_keys();

/// "overlap" lists the words of what is on.
struct OverlapWord {
  std::string_view word;
  bool Overlap::*member;
};
inline constexpr std::array<OverlapWord, 6> kOverlapWords = {{
    {"gradients", &Overlap::gradients},
    {"parameters", &Overlap::parameters},
    {"tensor", &Overlap::tensor},
    {"pipeline", &Overlap::pipeline},
    {"context", &Overlap::context},
    {"experts", &Overlap::experts},
}};

}  // namespace muster
