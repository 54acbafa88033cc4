// SPDX-License-Identifier: Apache-2.0
// Peaks are dense: data sheets print twice as much, with sparsity. Memory is decimal, as data sheets have it: the 5 to
// 7 % that a driver shows beyond it stay for contexts and communicators. "from memory": not read again for this table.
#include "training/accelerators.hpp"

#include <algorithm>
#include <array>

#include "topology/hardware.hpp"

namespace muster {
namespace {

constexpr double kTera = 1e12;
constexpr double kGiga = 1e9;

/// TFLOP/s of matrix products; 0: the part has no such format. fp32 without TF32, which frameworks leave off.
struct Peaks {
  double bf16, fp16, fp8, mxfp8, nvfp4, fp32;
};

struct Memory {
  double gigabytes;
  double gigabytes_per_second;
};

struct AcceleratorLine {
  std::string_view name;
  std::string_view part;  ///< in the table of topology/hardware.cpp, which knows product strings
  Architecture architecture;
  Peaks peaks;
  Memory memory;
  int processors;
  double watts;
  std::string_view source;
};

constexpr std::string_view kAmpereSource = "NVIDIA A100 data sheet; 108 multiprocessors: NVIDIA A100 white paper";
constexpr std::string_view kHopperSource = "NVIDIA H100 data sheet; 132 multiprocessors: NVIDIA H100 white paper";

// A part's first line is the one that a product string without a size of memory means.
constexpr auto kAccelerators = std::to_array<AcceleratorLine>({
    {"V100 SXM2",
     "V100 SXM2",
     Architecture::volta,
     {0, 125, 0, 0, 0, 15.7},
     {32, 900},
     80,
     300,
     "NVIDIA V100 data sheet, 32 GB module, from memory"},
    {"V100 SXM2 16GB",
     "V100 SXM2",
     Architecture::volta,
     {0, 125, 0, 0, 0, 15.7},
     {16, 900},
     80,
     300,
     "NVIDIA V100 data sheet, 16 GB module, from memory"},
    {"A100 SXM", "A100 SXM", Architecture::ampere, {312, 312, 0, 0, 0, 19.5}, {80, 2039}, 108, 400, kAmpereSource},
    {"A100 SXM 40GB", "A100 SXM", Architecture::ampere, {312, 312, 0, 0, 0, 19.5}, {40, 1555}, 108, 400, kAmpereSource},
    {"A100 PCIe", "A100 PCIe", Architecture::ampere, {312, 312, 0, 0, 0, 19.5}, {80, 1935}, 108, 300, kAmpereSource},
    {"A800",
     "A800",
     Architecture::ampere,
     {312, 312, 0, 0, 0, 19.5},
     {80, 2039},
     108,
     400,
     "as the A100 but for NVLink, from memory"},
    {"H100 SXM",
     "H100 SXM",
     Architecture::hopper,
     {989.4, 989.4, 1978.9, 0, 0, 67},
     {80, 3350},
     132,
     700,
     kHopperSource},
    {"H100 PCIe",
     "H100 PCIe",
     Architecture::hopper,
     {756, 756, 1513, 0, 0, 51},
     {80, 2039},
     114,
     350,
     "NVIDIA H100 PCIe product brief; power and 114 multiprocessors from memory"},
    {"H800",
     "H800",
     Architecture::hopper,
     {989.4, 989.4, 1978.9, 0, 0, 67},
     {80, 3350},
     132,
     700,
     "as the H100 SXM but for NVLink and fp64, from memory"},
    {"H200",
     "H200",
     Architecture::hopper,
     {989.4, 989.4, 1978.9, 0, 0, 67},
     {141, 4800},
     132,
     700,
     "NVIDIA H200 data sheet: the H100's processor with 141 GB at 4.8 TB/s"},
    {"GH200",
     "GH200",
     Architecture::hopper,
     {989.4, 989.4, 1978.9, 0, 0, 67},
     {96, 4000},
     132,
     900,
     "NVIDIA GH200 data sheet, 96 GB HBM3"},
    {"B200",
     "B200",
     Architecture::blackwell,
     {2250, 2250, 4500, 4500, 9000, 80},
     {180, 8000},
     148,
     1000,
     "NVIDIA DGX B200 data sheet (per GPU an eighth, dense half); 148 multiprocessors from memory"},
    {"GB200",
     "GB200",
     Architecture::blackwell,
     {2500, 2500, 5000, 5000, 10000, 80},
     {186, 8000},
     152,
     1200,
     "NVIDIA GB200 NVL72 data sheet (NVIDIA's own MFU takes 2450 bf16); 152 multiprocessors from memory"},
    {"B300",
     "B300",
     Architecture::blackwell,
     {2250, 2250, 4500, 4500, 13500, 80},
     {270, 8000},
     148,
     1000,
     "NVIDIA DGX B300 data sheet: 108 PFLOP/s fp4 and 2.1 to 2.3 TB in 8; 148 multiprocessors from memory"},
    {"GB300",
     "GB300",
     Architecture::blackwell,
     {2500, 2500, 5000, 5000, 15000, 80},
     {288, 8000},
     152,
     1400,
     "NVIDIA GB300 NVL72 data sheet (NVIDIA's own MFU takes 2450 bf16); 152 multiprocessors from memory"},
    {"MI300X",
     "MI300X",
     Architecture::cdna3,
     {1307.4, 1307.4, 2614.9, 0, 0, 163.4},
     {192, 5300},
     304,
     750,
     "AMD MI300X data sheet: 304 compute units"},
    {"MI325X",
     "MI325X",
     Architecture::cdna3,
     {1307.4, 1307.4, 2614.9, 0, 0, 163.4},
     {256, 6000},
     304,
     1000,
     "AMD MI325X data sheet: 304 compute units"},
    {"MI350X",
     "MI350X",
     Architecture::cdna4,
     {2300, 2300, 4600, 4600, 9200, 144.2},
     {288, 8000},
     256,
     1000,
     "AMD MI350X data sheet: 256 compute units; fp4 is OCP MXFP4"},
    {"MI355X",
     "MI355X",
     Architecture::cdna4,
     {2500, 2500, 5000, 5000, 10100, 157.3},
     {288, 8000},
     256,
     1400,
     "AMD MI355X data sheet: 256 compute units; fp4 is OCP MXFP4"},
});

Accelerator accelerator_of(const AcceleratorLine& line) {
  const Peaks& peaks = line.peaks;
  Accelerator made{.name = std::string(line.name),
                   .source = std::string(line.source),
                   .architecture = line.architecture,
                   .memory = {static_cast<std::uint64_t>(line.memory.gigabytes * kGiga)},
                   .memory_rate = {line.memory.gigabytes_per_second * kGiga},
                   .processors = line.processors,
                   .watts = line.watts};
  const std::array<double, kPrecisions> tera = {peaks.bf16,  peaks.fp16,  peaks.fp8,
                                                peaks.mxfp8, peaks.nvfp4, peaks.fp32};
  std::ranges::transform(tera, made.peak.begin(), [](double rate) { return FlopsPerSecond{rate * kTera}; });
  return made;
}

/// "A100 SXM 40GB": what stands behind the part's name must be in the product string too.
bool has_memory_of(const AcceleratorLine& line, std::string_view text) {
  const std::size_t gap = line.name.rfind(' ');
  return line.name != line.part && text.find(line.name.substr(gap + 1)) != std::string_view::npos;
}

}  // namespace

std::vector<std::string_view> accelerator_names() {
  std::vector<std::string_view> names;
  for (const AcceleratorLine& line : kAccelerators) names.push_back(line.name);
  return names;
}

std::optional<Accelerator> find_accelerator(std::string_view text) {
  const auto exact = std::ranges::find(kAccelerators, text, &AcceleratorLine::name);
  if (exact != kAccelerators.end()) return accelerator_of(*exact);
  const GpuModel* part = find_gpu_model(text);
  if (part == nullptr) return std::nullopt;
  const auto is_part = [&](const AcceleratorLine& line) { return line.part == part->name; };
  const auto sized = std::ranges::find_if(
      kAccelerators, [&](const AcceleratorLine& line) { return is_part(line) && has_memory_of(line, text); });
  if (sized != kAccelerators.end()) return accelerator_of(*sized);
  const auto first = std::ranges::find_if(kAccelerators, is_part);
  if (first == kAccelerators.end()) return std::nullopt;
  return accelerator_of(*first);
}

}  // namespace muster
