// SPDX-License-Identifier: Apache-2.0
// hwloc's matrices of bandwidths: <distances2hetero name="NVLinkBandwidth"> with a list of objects and a square of
// numbers, MB/s per direction.
#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "core/error.hpp"
#include "topology/hardware.hpp"
#include "topology/readers/hwloc_machine.hpp"

namespace muster {

namespace {

constexpr std::size_t kMostObjects = 256;
constexpr double kMostMegabytes = 1e8;  // per second

struct Matrix {
  LinkKind kind;
  const XmlElement& element;
};

std::optional<LinkKind> kind_of(std::string_view name) {
  if (name == "NVLinkBandwidth") return LinkKind::nvlink;
  if (name == "XGMIBandwidth") return LinkKind::xgmi;
  if (name == "XeLinkBandwidth") return LinkKind::internal;
  return std::nullopt;
}

/// Words of all children of that name, in order; at most `most`, so that a hostile file stays small.
std::vector<std::string_view> words_of(const XmlElement& element, std::string_view name, std::size_t most) {
  std::vector<std::string_view> words;
  for (const XmlElement& child : element.children) {
    if (child.name != name) continue;
    std::string_view rest = child.text;
    while (words.size() <= most) {
      rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
      if (rest.empty()) break;
      const std::string_view word = rest.substr(0, rest.find_first_of(" \t\r\n"));
      words.push_back(word);
      rest.remove_prefix(word.size());
    }
  }
  return words;
}

class MatrixReader {
 public:
  MatrixReader(Topology& topology, const std::map<std::int64_t, int>& devices, FindingList& findings)
      : topology_(topology), devices_(devices), findings_(findings) {}

  void add(const Matrix& matrix) {
    const auto objects = words_of(matrix.element, "indexes", kMostObjects);
    const auto numbers = words_of(matrix.element, "u64values", kMostObjects * kMostObjects);
    if (objects.size() > kMostObjects || numbers.size() != objects.size() * objects.size()) {
      return tell(matrix, "bad_matrix", "is no square of its objects: these links are left out");
    }
    std::map<std::pair<int, int>, std::pair<double, int>> links;  // by ends: MB/s, number of entries
    for (std::size_t from = 0; from < objects.size(); ++from) {
      for (std::size_t to = 0; to < objects.size(); ++to) {
        const auto megabytes = finite_number(numbers[from * objects.size() + to]);
        const int source = device_of(objects[from]);
        const int target = device_of(objects[to]);
        if (!megabytes || *megabytes <= 0 || *megabytes > kMostMegabytes || source == target) continue;
        if (source < 0 || target < 0) continue;
        auto& [sum, entries] = links[{source, target}];
        sum += *megabytes;
        ++entries;
      }
    }
    for (const auto& [ends, link] : links) add_link(matrix, ends, link.first, link.second);
  }

 private:
  // "OSDev:802", or "802" where all objects are of one type.
  int device_of(std::string_view word) const {
    const auto number = whole_number(word.substr(word.find(':') + 1));  // npos + 1 is 0
    const auto found = number ? devices_.find(*number) : devices_.end();
    return found == devices_.end() ? -1 : found->second;
  }

  void add_link(const Matrix& matrix, std::pair<int, int> ends, double megabytes, int entries) {
    const GpuModel* model = find_gpu_model(topology_.devices[static_cast<std::size_t>(ends.first)].model);
    if (model == nullptr) model = find_gpu_model(topology_.devices[static_cast<std::size_t>(ends.second)].model);
    const BytesPerSecond line{std::floor(megabytes * 1e6)};
    const double one = model != nullptr && model->link == matrix.kind ? model->link_rate.value : 0;
    const int count = one > 0 ? std::max(1, static_cast<int>(std::lround(line.value / one))) : entries;
    const std::string place =
        findings_.place(matrix.element.line) + ": " + std::string(attribute(matrix.element, "name"));
    // hwloc's plugin for AMD writes one figure for all generations; NVIDIA's asks the driver for the version.
    topology_.links.push_back(
        {.source = ends.first,
         .target = ends.second,
         .kind = matrix.kind,
         .count = count,
         .capacity = matrix.kind == LinkKind::nvlink ? stated_rate(line, place) : assumed_rate(line, place)});
  }

  void tell(const Matrix& matrix, const char* code, const std::string& what) {
    findings_.add(matrix.element.line,
                  {Severity::warning, code, {}, "matrix " + in_quotes(attribute(matrix.element, "name")) + " " + what});
  }

  Topology& topology_;
  const std::map<std::int64_t, int>& devices_;
  FindingList& findings_;
};

}  // namespace

void add_hwloc_links(Topology& topology, const XmlElement& root, const std::map<std::int64_t, int>& devices,
                     FindingList& findings) {
  MatrixReader reader(topology, devices, findings);
  for (const XmlElement& child : root.children) {
    const auto kind = child.name.starts_with("distances2") ? kind_of(attribute(child, "name")) : std::nullopt;
    if (kind) reader.add({*kind, child});
  }
}

}  // namespace muster
