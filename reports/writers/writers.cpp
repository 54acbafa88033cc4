// SPDX-License-Identifier: Apache-2.0
#include "reports/writers/writers.hpp"

#include <algorithm>
#include <array>
#include <sstream>

#include "core/error.hpp"
#include "reports/table.hpp"

namespace muster {

namespace {

constexpr std::array<Writer, 7> kWriters = {{{"table", ".txt", write_text},
                                             {"markdown", ".md", write_markdown},
                                             {"junit", ".xml", write_junit},
                                             {"prometheus", ".prom", write_prometheus},
                                             {"csv", ".csv", write_csv},
                                             {"html", ".html", write_html},
                                             {"json", ".json", write_json}}};

std::string listed(std::string_view Writer::*word) {
  std::string list;
  for (const Writer& writer : kWriters) list.append(list.empty() ? "" : ", ").append(writer.*word);
  return list;
}

}  // namespace

std::span<const Writer> report_writers() { return kWriters; }

const Writer& writer_named(std::string_view name) {
  const auto* found = std::ranges::find(kWriters, name, &Writer::name);
  if (found == kWriters.end()) {
    throw Error("unknown format " + in_quotes(std::string(name)) + "; known are " + listed(&Writer::name));
  }
  return *found;
}

const Writer& writer_for_file(std::string_view path) {
  const auto* found =
      std::ranges::find_if(kWriters, [&](const Writer& writer) { return path.ends_with(writer.ending); });
  if (found == kWriters.end()) {
    throw Error(std::string(path) + ": no format has this ending; use " + listed(&Writer::ending) +
                " or name a format by --format");
  }
  return *found;
}

std::string write_text(const Report& report, const WriteOptions& options) {
  std::ostringstream out;
  print_table(out, report, options.style);
  return out.str();
}

std::string write_json(const Report& report, const WriteOptions&) { return to_document(to_json(report)); }

}  // namespace muster
