// SPDX-License-Identifier: Apache-2.0
// Reads the table whatever surrounds it: prompts, colours, the legend. Columns end at tabs or at spaces; cells of
// devices are never empty, those of affinities often are.
#include "topology/readers/nvidia_smi_matrix.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "topology/readers/text.hpp"
#include "topology/readers/xml.hpp"

namespace muster {

namespace {

constexpr std::size_t kMostDevices = 512;  // of one host: a table of 8 GPUs and 64 NICs is the widest known
constexpr int kMostLinks = 64;             // of one GPU: 18 is the most so far

constexpr std::array<std::pair<std::string_view, SmiPath>, 8> kWords = {{{"X", SmiPath::self},
                                                                         {"PIX", SmiPath::pix},
                                                                         {"PXB", SmiPath::pxb},
                                                                         {"PHB", SmiPath::phb},
                                                                         {"NODE", SmiPath::node},
                                                                         {"SYS", SmiPath::sys},
                                                                         {"SOC", SmiPath::sys},  // before driver 384
                                                                         {"N/A", SmiPath::unknown}}};

std::optional<SmiCell> cell_of(std::string_view word) {
  if (word.starts_with("NV") && is_number(word.substr(2))) {
    const auto links = whole_number(word.substr(2));
    if (!links || *links < 1 || *links > kMostLinks) return std::nullopt;
    return SmiCell{SmiPath::nvlink, static_cast<int>(*links)};
  }
  const auto* const found = std::ranges::find(kWords, word, &std::pair<std::string_view, SmiPath>::first);
  if (found == kWords.end()) return std::nullopt;
  return SmiCell{found->second, 0};
}

/// Number behind `prefix`: 3 of "GPU3".
std::optional<int> numbered(std::string_view word, std::string_view prefix) {
  if (!word.starts_with(prefix) || !is_number(word.substr(prefix.size()))) return std::nullopt;
  const auto number = whole_number(word.substr(prefix.size()));
  if (!number || *number > (1 << 20)) return std::nullopt;
  return static_cast<int>(*number);
}

/// Terminals get colours: ESC [ numbers letter.
std::string without_colours(std::string_view line) {
  std::string plain;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\x1b') {
      plain += line[i];
      continue;
    }
    while (i + 1 < line.size() && (line[i + 1] == '[' || line[i + 1] == ';' || is_number(line.substr(i + 1, 1)))) ++i;
    ++i;  // the letter that ends it
  }
  return plain;
}

/// The devices that a head names; empty when the line is none.
std::vector<std::string_view> heads_of(std::string_view line) {
  std::vector<std::string_view> names = words_of(line);
  names.erase(std::ranges::find_if(names, [](auto word) { return word == "CPU" || word == "NUMA"; }), names.end());
  if (names.empty() || !numbered(names.front(), "GPU")) return {};
  if (std::ranges::any_of(names, [](auto word) { return cell_of(word).has_value(); })) return {};
  // A table of one GPU is a head only with its affinities; else any "GPU0" in a text would be one.
  if (names.size() == 1 && line.find("Affinity") == std::string_view::npos) return {};
  return names;
}

class MatrixReader {
 public:
  MatrixReader(std::string_view text, const std::string& origin, FindingList& findings)
      : lines_(text, origin), findings_(findings) {}

  SmiMatrix read() {
    while (lines_.next()) {
      const std::string line = without_colours(lines_.line());
      if (is_smi_head(line)) {
        add_head(line);
      } else if (!matrix_.devices.empty()) {
        add_line(line);
      }
    }
    if (matrix_.devices.empty()) throw lines_.error("there is no table; give what `nvidia-smi topo -m` prints");
    if (rows_ == 0) throw lines_.error("the table has a head and no row; give all that `nvidia-smi topo -m` prints");
    tell_missing_rows();
    agree();
    return std::move(matrix_);
  }

 private:
  void add_head(std::string_view line) {
    if (!matrix_.devices.empty()) {
      throw lines_.error("a second table begins here; give one file for each host");
    }
    const std::vector<std::string_view> names = heads_of(line);
    if (names.size() > kMostDevices) {
      throw lines_.error("more than " + std::to_string(kMostDevices) + " devices in one host; no machine has them");
    }
    int nics = 0;
    for (const std::string_view name : names) {
      if (!columns_.try_emplace(std::string(name), static_cast<int>(columns_.size())).second) {
        throw lines_.error("two columns are headed " + in_quotes(name) + "; give the table as it was printed");
      }
      const auto gpu = numbered(name, "GPU");
      const int nic = gpu ? -1 : nics++;
      matrix_.devices.push_back({.name = std::string(name),
                                 .is_gpu = gpu.has_value(),
                                 .index = gpu ? *gpu : numbered(name, "NIC").value_or(nic),
                                 .adapter = std::string(name)});
    }
    matrix_.line = lines_.number();
    matrix_.has_numa = line.find("NUMA Affinity") != std::string_view::npos;
    matrix_.cells.resize(names.size() * names.size());
  }

  void add_line(std::string_view line) {
    std::string_view rest = trimmed(line);
    const std::string_view name = next_word(rest);
    if (name.ends_with(':')) return add_legend(name.substr(0, name.size() - 1), trimmed(rest));
    const auto column = columns_.find(std::string(name));
    if (column == columns_.end()) return;  // a prompt, the legend, an empty line
    SmiDevice& device = matrix_.devices[static_cast<std::size_t>(column->second)];
    if (device.line != 0) {
      throw lines_.error("a second row of " + in_quotes(name) + "; give the table as it was printed");
    }
    device.line = lines_.number();
    ++rows_;
    add_cells(column->second, rest);
    add_affinity(device, rest);
  }

  // "NIC0: mlx5_0" below the table.
  void add_legend(std::string_view name, std::string_view adapter) {
    const auto column = columns_.find(std::string(name));
    if (column == columns_.end() || adapter.empty()) return;
    matrix_.devices[static_cast<std::size_t>(column->second)].adapter = std::string(adapter);
  }

  void add_cells(int row, std::string_view& rest) {
    const int columns = static_cast<int>(matrix_.devices.size());
    for (int column = 0; column < columns; ++column) {
      const std::string_view word = next_word(rest);
      if (word.empty()) {
        return tell(Severity::warning, "row_cut",
                    "the row of " + name_of(row) + " ends before the column of " + name_of(column) +
                        ": the rows of the others are taken for both directions");
      }
      if (word == "OK" || word == "CNS" || word == "GNS" || word == "TNS" || word == "NS" || word == "DR") {
        throw lines_.error("this is the table of `nvidia-smi topo -p2p`; give that of `nvidia-smi topo -m`");
      }
      const auto cell = cell_of(word);
      if (!cell) {
        tell(Severity::error, "unknown_cell",
             in_quotes(word) + " between " + name_of(row) + " and " + name_of(column) + " is no path that is known");
      } else if ((row == column) != (cell->path == SmiPath::self)) {
        tell(Severity::error, "unknown_cell",
             in_quotes(word) + " between " + name_of(row) + " and " + name_of(column) +
                 " cannot be: is the row shifted?");
      } else {
        at(row, column) = *cell;
      }
    }
  }

  // Between tabs an affinity may be empty; between spaces one that is empty cannot be told from one that is missing.
  void add_affinity(SmiDevice& device, std::string_view rest) {
    std::vector<std::string_view> columns;
    if (rest.starts_with('\t')) {
      columns = split(rest.substr(1), '\t');
    } else {
      columns = words_of(rest);
    }
    const auto told = [&](std::size_t column) {
      const std::string_view text = column < columns.size() ? trimmed(columns[column]) : std::string_view();
      return text == "N/A" ? std::string() : std::string(text);
    };
    device.cpus = told(0);
    if (matrix_.has_numa) device.numa = told(1);
  }

  static std::string_view next_word(std::string_view& rest) {
    rest = rest.substr(std::min(rest.find_first_not_of(" \t"), rest.size()));
    const std::string_view word = rest.substr(0, std::min(rest.find_first_of(" \t"), rest.size()));
    rest.remove_prefix(word.size());
    // What aligns the table is no column.
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    return word;
  }

  void tell_missing_rows() {
    std::string missing;
    for (const SmiDevice& device : matrix_.devices) {
      if (device.line == 0) missing += (missing.empty() ? "" : ", ") + device.name;
    }
    if (missing.empty()) return;
    findings_.add(matrix_.line,
                  {Severity::warning,
                   "row_missing",
                   {},
                   "the table has no row of " + missing + ": it was cut, and how these reach each other is not known"});
  }

  /// Each path stands in the table twice. What is missing is taken from the other place; where the two differ, from the
  /// one that promises less.
  void agree() {
    const int count = static_cast<int>(matrix_.devices.size());
    for (int one = 0; one < count; ++one) {
      for (int other = 0; other < one; ++other) {
        SmiCell& there = at(one, other);
        SmiCell& back = at(other, one);
        if (there.path == SmiPath::unknown) there = back;
        if (back.path == SmiPath::unknown) back = there;
        if (there == back) continue;
        Finding finding{Severity::error,
                        "contradicting_cells",
                        {},
                        name_of(one) + " reaches " + name_of(other) + " by " + text_of(there) + " and is reached by " +
                            text_of(back) + ": the worse one is taken for both"};
        findings_.add(matrix_.devices[static_cast<std::size_t>(one)].line, std::move(finding));
        const bool is_worse = std::pair(there.path, -there.links) > std::pair(back.path, -back.links);
        (is_worse ? back : there) = is_worse ? there : back;
      }
    }
  }

  SmiCell& at(int row, int column) {
    return matrix_.cells[static_cast<std::size_t>(row) * matrix_.devices.size() + static_cast<std::size_t>(column)];
  }

  const std::string& name_of(int device) const { return matrix_.devices[static_cast<std::size_t>(device)].name; }

  void tell(Severity severity, const char* code, std::string meaning) {
    findings_.add(lines_.number(), {severity, code, {}, std::move(meaning)});
  }

  LineCursor lines_;
  FindingList& findings_;
  SmiMatrix matrix_;
  std::map<std::string, int> columns_;  // by name
  int rows_ = 0;
};

}  // namespace

std::string text_of(const SmiCell& cell) {
  if (cell.path == SmiPath::nvlink) return "NV" + std::to_string(cell.links);
  if (cell.path == SmiPath::unknown) return "?";
  return std::string(std::ranges::find(kWords, cell.path, &std::pair<std::string_view, SmiPath>::second)->first);
}

bool is_smi_head(std::string_view line) {
  const std::string plain = without_colours(line);
  return !heads_of(plain).empty();
}

SmiMatrix read_smi_matrix(std::string_view text, const std::string& origin, FindingList& findings) {
  return MatrixReader(text, origin, findings).read();
}

}  // namespace muster
