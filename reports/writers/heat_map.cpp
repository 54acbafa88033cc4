// SPDX-License-Identifier: Apache-2.0
#include "reports/writers/heat_map.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "reports/table_cells.hpp"
#include "reports/writers/text.hpp"

namespace muster {

namespace {

// Pixels of the drawing; it is scaled to the width of the page.
constexpr int kCell = 56;
constexpr int kSmallCell = 14;
constexpr std::size_t kMostLargeCells = 16;  // in a row: with more of them there is no room for numbers
constexpr int kLetter = 7;                   // width of an average letter of the labels
constexpr std::size_t kLongestLabel = 24;
constexpr int kLine = 16;

std::size_t place_of(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  names.push_back(name);
  return names.size() - 1;
}

double rate_of(const Row& row) { return row.busbw > 0 ? row.busbw : row.algbw; }

// Numbers inside names count as numbers: node2 before node10.
bool comes_before(const std::string& left, const std::string& right) {
  const auto key_of = [](const std::string& name) {
    std::vector<std::pair<std::string, unsigned long>> key = {{"", 0}};
    for (const char letter : name) {
      const bool is_digit = letter >= '0' && letter <= '9';
      if (is_digit) {
        key.back().second = key.back().second * 10 + static_cast<unsigned long>(letter - '0');  // may wrap: order only
      } else {
        if (key.back().second > 0) key.emplace_back("", 0);
        key.back().first += letter;
      }
    }
    return key;
  };
  return std::pair(key_of(left), left) < std::pair(key_of(right), right);
}

struct PairRow {
  std::string source, target;
  const Row* row;
};

HeatMap map_of(const std::string& title, std::vector<PairRow> pairs) {
  HeatMap map{.title = title, .sources = {}, .targets = {}};
  for (const PairRow& pair : pairs) {
    place_of(map.sources, pair.source);
    place_of(map.targets, pair.target);
  }
  std::ranges::sort(map.sources, comes_before);
  std::ranges::sort(map.targets, comes_before);
  std::map<std::string, std::size_t> down, across;
  for (const std::string& name : map.sources) down.emplace(name, down.size());
  for (const std::string& name : map.targets) across.emplace(name, across.size());
  for (const PairRow& pair : pairs) map.cells[{down[pair.source], across[pair.target]}] = pair.row;
  return map;
}

// What a map is made of: rows that share a title, of the largest size seen so far.
struct PairGroup {
  std::string title;
  Bytes size{};
  std::vector<PairRow> pairs{};

  void add(const PairRow& pair) {
    if (pair.row->item.size < size) return;
    if (pair.row->item.size > size) pairs.clear();
    size = pair.row->item.size;
    pairs.push_back(pair);
  }
};

PairGroup& group_titled(std::vector<PairGroup>& groups, const std::string& title) {
  auto found = std::ranges::find(groups, title, &PairGroup::title);
  if (found == groups.end()) found = groups.insert(found, {.title = title});
  return *found;
}

// A link has a direction; two groups that exchange have none, so their cell stands on both sides of the diagonal.
void add_row(const Row& row, std::vector<PairGroup>& groups) {
  const Case& item = row.item;
  if (item.family == Family::link) {
    PairGroup& group = group_titled(groups, "Links, " + std::string(name_of(item.method)));
    group.add({std::string(name_of(item.source)), std::string(name_of(item.target)), &row});
  } else if (is_pair(item)) {
    Case shared = item;
    shared.group.clear();
    PairGroup& group = group_titled(groups, "Pairs, " + comparable_group(shared) + ", " + way_of(item));
    const std::size_t plus = item.group.find('+');
    const std::string one = item.group.substr(0, plus);
    const std::string other = item.group.substr(plus + 1);
    group.add({one, other, &row});
    group.add({other, one, &row});
  }
}

struct Scale {
  double least = 0, most = 0;
  double share(double rate) const { return most > least ? (rate - least) / (most - least) : 1; }
};

Scale scale_of(const HeatMap& map) {
  Scale scale;
  for (const auto& [place, row] : map.cells) {
    const double rate = rate_of(*row);
    if (rate <= 0) continue;
    scale.least = scale.least > 0 ? std::min(scale.least, rate) : rate;
    scale.most = std::max(scale.most, rate);
  }
  return scale;
}

// From pale to deep blue, evenly in lightness to the eye of a colour-blind reader as well.
std::string fill_of(double share) {
  constexpr std::array<double, 3> kPale = {222, 235, 247}, kDeep = {8, 69, 148};
  std::array<char, 8> text{};
  std::array<int, 3> mixed{};
  for (std::size_t i = 0; i < mixed.size(); ++i) {
    mixed[i] = static_cast<int>(std::lround(kPale[i] + (kDeep[i] - kPale[i]) * std::clamp(share, 0.0, 1.0)));
  }
  std::snprintf(text.data(), text.size(), "#%02x%02x%02x", static_cast<unsigned>(mixed[0]) & 0xFFU,
                static_cast<unsigned>(mixed[1]) & 0xFFU, static_cast<unsigned>(mixed[2]) & 0xFFU);
  return text.data();
}

std::string attribute(const char* name, int value) {
  return " " + std::string(name) + "=\"" + std::to_string(value) + "\"";
}

std::string label(const std::string& name) {
  const std::string text = printable(name);
  return markup_text(width_of(text) > kLongestLabel ? "…" + text.substr(text.size() - kLongestLabel) : text);
}

int widest_label(const std::vector<std::string>& names) {
  std::size_t widest = 1;
  for (const std::string& name : names) widest = std::max(widest, std::min(width_of(printable(name)), kLongestLabel));
  return static_cast<int>(widest) * kLetter + 8;
}

class Drawing {
 public:
  explicit Drawing(const HeatMap& map)
      : map_(map),
        scale_(scale_of(map)),
        cell_(map.targets.size() > kMostLargeCells ? kSmallCell : kCell),
        height_(std::min(cell_, 32)),
        left_(widest_label(map.sources)) {
    upright_ = widest_label(map.targets) <= cell_;
    top_ = upright_ ? kLine + 4 : widest_label(map.targets);
  }

  std::string draw() {
    for (std::size_t i = 0; i < map_.targets.size(); ++i) draw_column_name(i);
    for (std::size_t i = 0; i < map_.sources.size(); ++i) {
      body_ += "<text" + attribute("x", left_ - 6) + attribute("y", y_of(i) + height_ / 2 + 4) +
               " text-anchor=\"end\">" + label(map_.sources[i]) + "</text>\n";
    }
    for (const auto& [place, row] : map_.cells) draw_cell(place.first, place.second, *row);
    const int width = x_of(map_.targets.size()) + 2;
    const int height = y_of(map_.sources.size()) + 2;
    return "<svg class=\"heat\" role=\"img\" aria-label=\"" + markup_text(map_.title + ": GB/s of each pair") + "\"" +
           attribute("width", width) + attribute("height", height) + " viewBox=\"0 0 " + std::to_string(width) + " " +
           std::to_string(height) + "\">\n" + body_ + "</svg>\n";
  }

 private:
  int x_of(std::size_t column) const { return left_ + static_cast<int>(column) * cell_; }
  int y_of(std::size_t row) const { return top_ + static_cast<int>(row) * height_; }

  void draw_column_name(std::size_t i) {
    const int x = x_of(i) + cell_ / 2;
    const int y = top_ - 6;
    const std::string turn = "rotate(-90 " + std::to_string(x + 4) + " " + std::to_string(y) + ")";
    body_ += "<text" + attribute("x", upright_ ? x : x + 4) + attribute("y", y) +
             (upright_ ? std::string(" text-anchor=\"middle\"") : " transform=\"" + turn + "\"") + ">" +
             label(map_.targets[i]) + "</text>\n";
  }

  void draw_cell(std::size_t down, std::size_t across, const Row& row) {
    const double rate = rate_of(row);
    const double share = scale_.share(rate);
    const bool has_failed = row.verdict == Verdict::fail;
    const std::string number = gigabytes_cell(rate);
    body_ += "<g><title>" + markup_text(map_.sources[down]) + " → " + markup_text(map_.targets[across]) + ": " +
             number + " GB/s, " + verdict_cell(row) + "</title><rect" + attribute("x", x_of(across) + 1) +
             attribute("y", y_of(down) + 1) + attribute("width", cell_ - 2) + attribute("height", height_ - 2) +
             " rx=\"2\" class=\"" + (has_failed ? "failed" : "cell") + "\" fill=\"" +
             (rate > 0 ? fill_of(share) : "none") + "\"/>";
    if (cell_ == kCell) {
      body_ += "<text" + attribute("x", x_of(across) + cell_ / 2) + attribute("y", y_of(down) + height_ / 2 + 4) +
               " text-anchor=\"middle\" class=\"" + (rate > 0 ? share > 0.5 ? "on-deep" : "on-pale" : "empty") + "\">" +
               number + "</text>";
    }
    body_ += "</g>\n";
  }

  const HeatMap& map_;
  Scale scale_;
  int cell_;
  int height_;
  int left_;
  int top_ = 0;
  bool upright_ = true;
  std::string body_;
};

}  // namespace

bool is_pair(const Case& item) { return std::ranges::count(item.group, '+') == 1; }

std::vector<HeatMap> heat_maps_of(const Report& report) {
  std::vector<PairGroup> groups;
  for (const Row& row : report.rows) add_row(row, groups);
  std::vector<HeatMap> maps;
  for (const PairGroup& group : groups) {
    HeatMap map = map_of(group.title + ", " + format_size(group.size), group.pairs);
    if (map.sources.size() + map.targets.size() > 2) maps.push_back(std::move(map));
  }
  return maps;
}

std::string to_svg(const HeatMap& map) { return Drawing(map).draw(); }

}  // namespace muster
