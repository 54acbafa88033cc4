// SPDX-License-Identifier: Apache-2.0
// Files as this program uses them: read whole within a size limit, replaced in one step, or appended line by line.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/units.hpp"

namespace muster {

using Json = nlohmann::ordered_json;  ///< keeps the order of keys, so that the same data give the same bytes

/// Largest JSON file that is read: a full sweep of 10,000 cases with raw samples stays far below it.
inline constexpr Bytes kMaxInputFile{std::uint64_t{1} << 30};

/// Whole text of `path`. Throws Error when it cannot be read or is larger than `limit`.
std::string read_file(const std::string& path, Bytes limit = kMaxInputFile);

/// Writes beside the target, flushes to disk, renames. On failure the old file is untouched and no part is left.
void write_file(const std::string& path, std::string_view text);

/// Parses strict JSON; the error names `origin` (a file name), line and column.
Json parse_json(std::string_view text, const std::string& origin);

/// Compact, one line. Throws Error when a number is not finite: JSON has no NaN and a report must not lie.
std::string to_line(const Json& value);
/// Indented by two, with a final newline; refuses non-finite numbers too.
std::string to_document(const Json& value);

/// Appends whole lines; each is on disk's way (write + fdatasync) before append() returns, so a crash loses no line.
class LineWriter {
 public:
  explicit LineWriter(const std::string& path);
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  /// `line` without newline. On a failure (a full disk) cuts the file back to the last whole line, then throws Error.
  void append(std::string_view line);

 private:
  std::string path_;
  int descriptor_;
};

/// FNV-1a, 64 bit, as 16 hexadecimal digits: names a text (a plan) so that all ranks can compare it. Not for security.
std::string digest(std::string_view text);

}  // namespace muster
