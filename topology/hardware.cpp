// SPDX-License-Identifier: Apache-2.0
// The table of GPUs and the arithmetic of PCIe. Vendors print NVLink and xGMI per GPU and both directions together; the
// table has one link and one direction. "from memory" in a source: not read again when the line was written.
#include "topology/hardware.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

namespace muster {

namespace {

constexpr double kGiga = 1e9;
constexpr double kGen3 = 8;
constexpr double kGen4 = 16;
constexpr double kGen5 = 32;
constexpr double kGen6 = 64;

struct ScaleUp {
  LinkKind kind;
  int links;
  double gigabytes;  // per link and direction
};
constexpr ScaleUp kNone{LinkKind::nvlink, 0, 0};

constexpr GpuModel gpu(std::string_view name, std::string_view aliases, ScaleUp up, double gigatransfers, int lanes,
                       double memory_gigabytes, std::string_view source) {
  return {.name = name,
          .aliases = aliases,
          .link = up.kind,
          .links = up.links,
          .link_rate = {up.gigabytes * kGiga},
          .pcie_gigatransfers = gigatransfers,
          .pcie_lanes = lanes,
          .memory_rate = {memory_gigabytes * kGiga},
          .source = source};
}

constexpr ScaleUp nvlink(int links, double gigabytes) { return {LinkKind::nvlink, links, gigabytes}; }
constexpr ScaleUp xgmi(int links, double gigabytes) { return {LinkKind::xgmi, links, gigabytes}; }
constexpr ScaleUp ethernet(int links, double gigabytes) { return {LinkKind::ethernet, links, gigabytes}; }

// The first of several variants is the one that people mean by the bare name.
constexpr auto kModels = std::to_array<GpuModel>({
    gpu("P100 SXM2", "p100|p100 sxm2", nvlink(4, 20), kGen3, 16, 732,
        "NVIDIA Tesla P100 data sheet: NVLink 160 GB/s, from memory"),
    gpu("P100 PCIe", "p100 pcie", kNone, kGen3, 16, 732, "NVIDIA Tesla P100 data sheet, from memory"),
    gpu("V100 SXM2", "v100|v100 sxm2|v100 sxm3", nvlink(6, 25), kGen3, 16, 980,
        "NVIDIA V100 data sheet: NVLink 300 GB/s; memory of the SXM3 module, from memory"),
    gpu("V100 PCIe", "v100 pcie|v100s pcie|v100s", kNone, kGen3, 16, 1134, "NVIDIA V100 data sheet, from memory"),
    gpu("A100 SXM", "a100|a100 sxm|a100 sxm4", nvlink(12, 25), kGen4, 16, 2039,
        "NVIDIA A100 data sheet 1758950 by glennklockwood.com/garden/processors/A100: NVLink 300+300 GB/s, 80 GB "
        "module"),
    gpu("A100 PCIe", "a100 pcie", nvlink(12, 25), kGen4, 16, 1935,
        "NVIDIA A100 data sheet: 600 GB/s over three bridges of one pair, from memory"),
    gpu("A800", "a800|a800 sxm4|a800 pcie", nvlink(8, 25), kGen4, 16, 2039,
        "NVLink 400 GB/s (aiwiki.ai/wiki/nvidia_a800); all else as A100"),
    gpu("A10", "a10|a10g", kNone, kGen4, 16, 600, "NVIDIA A10 data sheet, from memory"),
    gpu("A30", "a30", nvlink(4, 25), kGen4, 16, 933, "NVIDIA A30 data sheet: NVLink 200 GB/s, from memory"),
    gpu("A40", "a40|rtx a6000|a6000", nvlink(4, 14.0625), kGen4, 16, 768,
        "NVIDIA A40 data sheet: NVLink 112.5 GB/s; memory of the RTX A6000, from memory"),
    gpu("L4", "l4", kNone, kGen4, 16, 300, "NVIDIA L4 data sheet, from memory"),
    gpu("L40S", "l40s|l40", kNone, kGen4, 16, 864, "NVIDIA L40S data sheet, from memory"),
    gpu("RTX 6000 Ada", "rtx 6000 ada|6000 ada", kNone, kGen4, 16, 960, "NVIDIA RTX 6000 Ada data sheet, from memory"),
    gpu("H100 SXM", "h100|h100 sxm|h100 sxm5|h100 80gb hbm3", nvlink(18, 25), kGen5, 16, 3350,
        "NVIDIA H100 data sheet: NVLink 900 GB/s, PCIe 128 GB/s, from memory"),
    gpu("H100 PCIe", "h100 pcie", nvlink(12, 25), kGen5, 16, 2039,
        "NVIDIA H100 PCIe product brief: 600 GB/s over three bridges, from memory"),
    gpu("H100 NVL", "h100 nvl", nvlink(12, 25), kGen5, 16, 3938,
        "NVIDIA H100 NVL product brief: 600 GB/s, from memory"),
    gpu("H800", "h800|h800 sxm5|h800 pcie", nvlink(8, 25), kGen5, 16, 3350,
        "nvidia-smi topo -m shows NV8: 8 usable links; all else as H100, from memory"),
    gpu("H20", "h20", nvlink(18, 25), kGen5, 16, 4800, "NVLink 900 GB/s; memory of the 141 GB version, from memory"),
    gpu("H200", "h200|h200 sxm|h200 sxm5", nvlink(18, 25), kGen5, 16, 4800,
        "lzwjava.github.io/nvidia-h200-gpu-specs-en: NVLink 900 GB/s, 4.8 TB/s"),
    gpu("H200 NVL", "h200 nvl", nvlink(18, 25), kGen5, 16, 4800,
        "NVIDIA H200 NVL: 900 GB/s over a bridge of two or four, from memory"),
    gpu("GH200", "gh200", nvlink(18, 25), kGen5, 16, 4900,
        "NVIDIA GH200 data sheet: NVLink 900 GB/s, 144 GB HBM3e 4.9 TB/s, from memory"),
    gpu("B100", "b100", nvlink(18, 50), kGen5, 16, 8000, "NVIDIA HGX B100: NVLink 1.8 TB/s, from memory"),
    gpu("B200", "b200", nvlink(18, 50), kGen5, 16, 8000,
        "NVIDIA DGX B200 data sheet: NVLink 1.8 TB/s, 8 TB/s, from memory"),
    gpu("B300", "b300", nvlink(18, 50), kGen6, 16, 8000,
        "NVIDIA HGX B300: NVLink 1.8 TB/s, PCIe Gen6, 8 TB/s, from memory"),
    gpu("GB200", "gb200", nvlink(18, 50), kGen5, 16, 8000,
        "fibermall.com/blog/in-depth-analysis-for-nvidia-gb200.htm: 8 TB/s; NVLink 130 TB/s for 72"),
    gpu("GB300", "gb300", nvlink(18, 50), kGen6, 16, 8000,
        "NVIDIA Enterprise Reference Architecture NVL72: 130 TB/s for 72; memory and PCIe from memory"),
    gpu("GB10", "gb10", kNone, kGen5, 8, 301, "NVIDIA DGX Spark: 273 GB/s of LPDDR5X, 301 at 9400 MT/s, from memory"),
    gpu("RTX 5090", "rtx 5090|5090", kNone, kGen5, 16, 1792, "NVIDIA GeForce RTX 5090 specifications, from memory"),
    gpu("MI50", "mi50|mi60|vega20|vega 20", xgmi(2, 46), kGen4, 16, 1024,
        "AMD MI60 data sheet: 2 links, 184 GB/s, from memory"),
    gpu("MI100", "mi100", xgmi(3, 46), kGen4, 16, 1228.8,
        "ROCm GPU architecture, MI100: 23 GT/s; hive of four, all joined; memory rate from memory"),
    gpu("MI210", "mi210", xgmi(3, 50), kGen4, 16, 1638.4, "AMD MI210 data sheet: 3 links, 300 GB/s, from memory"),
    gpu("MI250X GCD", "mi250x|mi250|mi200", xgmi(8, 50), kGen4, 16, 1638.4,
        "ROCm GPU architecture, MI250: two interfaces of four links, 25 GT/s, 16 wide; memory rate from memory"),
    gpu("MI300X", "mi300x|mi300", xgmi(7, 64), kGen5, 16, 5300,
        "AMD MI300X data sheet: 7 links of 128 GB/s, 5.3 TB/s, from memory"),
    gpu("MI300A", "mi300a", xgmi(8, 64), kGen5, 16, 5300,
        "AMD MI300A data sheet: 8 links of 128 GB/s, 4 of them may be PCIe, from memory"),
    gpu("MI325X", "mi325x", xgmi(7, 64), kGen5, 16, 6000, "AMD MI325X data sheet: 7 links of 128 GB/s, from memory"),
    gpu("MI350X", "mi350x|mi350", xgmi(7, 76.8), kGen5, 16, 8000,
        "AMD CDNA 4 white paper: 7 links of 153.6 GB/s, 8 TB/s, from memory"),
    gpu("MI355X", "mi355x|mi355", xgmi(7, 76.8), kGen5, 16, 8000,
        "AMD CDNA 4 white paper: 7 links of 153.6 GB/s, 8 TB/s, from memory"),
    gpu("Gaudi 2", "gaudi2|gaudi 2|hl 225", ethernet(24, 12.5), kGen4, 16, 2450,
        "Intel Gaudi 2 white paper: 24 ports of 100 Gb/s, from memory"),
    gpu("Gaudi 3", "gaudi3|gaudi 3|hl 325", ethernet(24, 25), kGen5, 16, 3700,
        "Intel Gaudi 3 white paper: 24 ports of 200 Gb/s, from memory"),
});

struct NvlinkGeneration {
  int compute_capability;
  int links;
  double gigabytes;
};

// NVLink 1, 2, 2, 3, 3, 4, 5, 5. Ada (89) and Blackwell outside data centres (120, 121) have none.
constexpr auto kNvlink = std::to_array<NvlinkGeneration>({{60, 4, 20},
                                                          {70, 6, 25},
                                                          {72, 6, 25},
                                                          {75, 2, 25},
                                                          {80, 12, 25},
                                                          {86, 4, 14.0625},
                                                          {90, 18, 25},
                                                          {100, 18, 50},
                                                          {103, 18, 50},
                                                          {89, 0, 0},
                                                          {120, 0, 0},
                                                          {121, 0, 0}});

struct XgmiGeneration {
  std::string_view architecture;  // as the driver names it, less "gfx"
  double gigabytes;
};

// RCCL writes 910 for gfx90a: its decimal numbers have no letter.
constexpr auto kXgmi = std::to_array<XgmiGeneration>(
    {{"906", 46}, {"908", 46}, {"90a", 50}, {"910", 50}, {"940", 64}, {"941", 64}, {"942", 64}, {"950", 76.8}});

/// Lower-case runs of letters and digits: what product strings are made of, whatever stands between.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (std::isalnum(byte) == 0) {
      inside = false;
      continue;
    }
    if (!inside) words.emplace_back();
    inside = true;
    words.back() += static_cast<char>(std::tolower(byte));
  }
  return words;
}

/// How much of `words` the alias explains: its length when all of its words are there, else 0.
std::size_t match(std::string_view alias, const std::vector<std::string>& words) {
  for (const std::string& word : words_of(alias)) {
    if (std::ranges::find(words, word) == words.end()) return 0;
  }
  return alias.size();
}

std::size_t best_match(std::string_view aliases, const std::vector<std::string>& words) {
  std::size_t best = 0;
  while (!aliases.empty()) {
    const std::size_t end = std::min(aliases.find('|'), aliases.size());
    best = std::max(best, match(aliases.substr(0, end), words));
    aliases.remove_prefix(std::min(end + 1, aliases.size()));
  }
  return best;
}

const NvlinkGeneration* find_nvlink(int compute_capability) {
  const auto* found = std::ranges::find(kNvlink, compute_capability, &NvlinkGeneration::compute_capability);
  return found == kNvlink.end() ? nullptr : found;
}

}  // namespace

std::span<const GpuModel> gpu_models() { return kModels; }

const GpuModel* find_gpu_model(std::string_view text) {
  // A product string is short; more of it would only cost time.
  constexpr std::size_t kLongestName = 256;
  const std::vector<std::string> words = words_of(text.substr(0, kLongestName));
  const GpuModel* best = nullptr;
  std::size_t best_size = 0;
  for (const GpuModel& model : kModels) {
    const std::size_t size = std::max(best_match(model.aliases, words), match(model.name, words));
    if (size <= best_size) continue;
    best = &model;
    best_size = size;
  }
  return best;
}

std::optional<BytesPerSecond> nvlink_rate(int compute_capability) {
  const NvlinkGeneration* found = find_nvlink(compute_capability);
  if (found == nullptr || found->links == 0) return std::nullopt;
  return BytesPerSecond{found->gigabytes * kGiga};
}

std::optional<int> nvlink_count(int compute_capability) {
  const NvlinkGeneration* found = find_nvlink(compute_capability);
  return found == nullptr ? std::nullopt : std::optional(found->links);
}

std::optional<BytesPerSecond> xgmi_rate(std::string_view architecture) {
  const std::vector<std::string> words = words_of(architecture);  // "gfx90a:sramecc+:xnack-"
  if (words.empty()) return std::nullopt;
  std::string_view number = words.front();
  if (number.starts_with("gfx")) number.remove_prefix(3);
  const auto* found = std::ranges::find(kXgmi, number, &XgmiGeneration::architecture);
  if (found == kXgmi.end()) return std::nullopt;
  return BytesPerSecond{found->gigabytes * kGiga};
}

BytesPerSecond pcie_rate(double gigatransfers, int lanes) {
  struct LineCode {
    double data;
    double sent;
  };
  constexpr double kBitsPerByte = 8;
  LineCode code{242, 256};  // flits of 256 bytes: 6 of check, 8 of correction
  if (gigatransfers <= 5) {
    code = {8, 10};
  } else if (gigatransfers <= kGen5) {
    code = {128, 130};
  }
  return {std::floor(gigatransfers * kGiga * lanes * code.data / (code.sent * kBitsPerByte))};
}

std::optional<double> parse_pcie_speed(std::string_view text) {
  constexpr double kFastest = 1024;  // Gen9, should it come: more is no speed of a lane
  double gigatransfers = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), gigatransfers);
  if (error != std::errc{} || !(gigatransfers >= 1 && gigatransfers <= kFastest)) return std::nullopt;
  std::string_view unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  unit.remove_prefix(std::min(unit.find_first_not_of(' '), unit.size()));
  return unit.starts_with("GT/s") ? std::optional(gigatransfers) : std::nullopt;
}

}  // namespace muster
