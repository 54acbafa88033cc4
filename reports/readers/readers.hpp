// SPDX-License-Identifier: Apache-2.0
// Readers of other tools' results: one file per format, one line each in the table of readers.cpp. Each turns a text
// into planned cases with what was measured of them; reports/import.cpp makes one plan and one run of all files.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/case.hpp"
#include "reports/record.hpp"

namespace muster {

/// A case that a file says was planned; without a record it was never measured.
struct Reading {
  Case item;  ///< without an id: import gives it once the sampling of all files is known
  std::optional<Record> record;
};

/// Where a rank ran, as far as the file says it.
struct ForeignRank {
  std::string host;
  std::string model;  ///< of its GPU
  int group = 0;      ///< those of one group work together (NCCL_TESTS_SPLIT)
};

struct ForeignResults {
  std::vector<ForeignRank> ranks;  ///< of the largest set of ranks in the file; empty where it does not say
  std::string tool;                ///< that made the file: "nccl-tests"
  std::string version;             ///< of the tool, as it says it; empty if it does not
  std::vector<Reading> readings;
  std::vector<Incident> incidents;
};

struct ForeignText {
  std::string_view text;
  std::string origin;
};

struct Reader {
  std::string_view format;
  bool (*recognises)(std::string_view text);
  ForeignResults (*read)(std::string_view text, const std::string& origin);
  /// Where one sample is spread over several files; else null, and each file is read by itself.
  ForeignResults (*read_files)(std::span<const ForeignText> files) = nullptr;
};

std::span<const Reader> readers();

/// The reader that recognises the text, or the one of that `format` where it is not empty. Throws Error naming
/// `origin` and the known formats when there is none.
const Reader& reader_for(std::string_view text, std::string_view format, const std::string& origin);

bool is_nccl_tests_text(std::string_view text);
ForeignResults read_nccl_tests_text(std::string_view text, const std::string& origin);

bool is_nccl_tests_json(std::string_view text);
ForeignResults read_nccl_tests_json(std::string_view text, const std::string& origin);

bool is_rccl_tests_json(std::string_view text);
ForeignResults read_rccl_tests_json(std::string_view text, const std::string& origin);

bool is_google_benchmark(std::string_view text);
ForeignResults read_google_benchmark(std::string_view text, const std::string& origin);

bool is_osu(std::string_view text);
ForeignResults read_osu(std::string_view text, const std::string& origin);

bool is_imb(std::string_view text);
ForeignResults read_imb(std::string_view text, const std::string& origin);

bool is_perftest(std::string_view text);
ForeignResults read_perftest(std::string_view text, const std::string& origin);

bool is_nvbandwidth(std::string_view text);
ForeignResults read_nvbandwidth(std::string_view text, const std::string& origin);

bool is_nccl_inspector(std::string_view text);
ForeignResults read_nccl_inspector(std::string_view text, const std::string& origin);
/// The files of the ranks of one job.
ForeignResults read_nccl_inspector_files(std::span<const ForeignText> files);

bool is_superbench(std::string_view text);
ForeignResults read_superbench(std::string_view text, const std::string& origin);

}  // namespace muster
