// SPDX-License-Identifier: Apache-2.0
// How a model or a machine is named on the command line: a shipped description by its name, else a file.
#pragma once

#include <algorithm>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/file.hpp"

namespace muster {

inline constexpr Bytes kMaxTrainingFile{std::uint64_t{1} << 20};  ///< a description is some thirty lines

/// `kind` ("model") is for the error, which lists the names that ship.
template <typename Entry>
Json described_json(const std::string& name_or_path, std::span<const Entry> library, std::string_view kind) {
  const auto found = std::ranges::find(library, name_or_path, &Entry::name);
  if (found != library.end()) return parse_json(found->text, name_or_path);
  if (std::filesystem::exists(name_or_path)) {
    return parse_json(read_file(name_or_path, kMaxTrainingFile), name_or_path);
  }
  std::string names;
  for (const Entry& entry : library) names += (names.empty() ? "" : ", ") + std::string(entry.name);
  throw Error(in_quotes(name_or_path) + " is neither a file nor a " + std::string(kind) + " that ships; those are " +
              names);
}

}  // namespace muster
