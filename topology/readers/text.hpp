// SPDX-License-Identifier: Apache-2.0
// What readers of plain text share: numbered lines, words, and the spelling of GUIDs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace muster {

/// The lines of a text, one after the other, without their ends. The text must outlive the cursor.
class LineCursor {
 public:
  LineCursor(std::string_view text, std::string origin);

  /// False at the end of the text.
  bool next();
  std::string_view line() const { return line_; }
  int number() const { return number_; }
  /// "origin:line: what".
  Error error(const std::string& what) const;

 private:
  std::string_view rest_;
  std::string origin_;
  std::string_view line_;
  int number_ = 0;
};

std::string_view trimmed(std::string_view text);
/// `text` from its first letter on, whatever white space and line ends come before.
std::string_view trimmed_front(std::string_view text);
/// What stands between spaces and tabs.
std::vector<std::string_view> words_of(std::string_view text);
/// What stands between separators; empty parts are kept.
std::vector<std::string_view> split(std::string_view text, char separator);
std::string lower_case(std::string_view text);
bool is_number(std::string_view text);

/// "0x0002:C903:0006:DC31" and "0002c9030006dc31" are one GUID: lower-case hexadecimal without 0x and colons. Empty
/// where the text is no GUID, or the zero that stands for none.
std::string normal_guid(std::string_view text);

/// What describes a machine opens with it; formats are told apart by this much of a file.
inline constexpr std::size_t kRecognisedFrom = 64 << 10;  // bytes: progress lines may come before the first port

}  // namespace muster
