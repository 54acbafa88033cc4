// SPDX-License-Identifier: Apache-2.0
// Two tables. Per clock: NVIDIA's architecture white papers (V100, A100, GA102, AD102, H100), and for Blackwell the
// data sheet's peak over multiprocessors and boost clock, rounded to the power of two that fits.
#include "topology/gpu_arithmetic.hpp"

#include <algorithm>
#include <array>

#include "topology/hardware.hpp"

namespace muster {
namespace {

/// What a product is computed in. bfloat16 and float16 share a unit from Ampere on.
enum class Unit { f64, f32, tf32, f16, bf16, fp8, int8 };
constexpr std::size_t kUnits = 7;
using Rates = std::array<double, kUnits>;  ///< 0 = none, or not known

std::optional<Unit> unit_of(ElementType type, FloatMath math) {
  switch (type) {
    case ElementType::float64:
      return Unit::f64;
    case ElementType::float32:
      return math == FloatMath::tf32 ? Unit::tf32 : Unit::f32;
    case ElementType::float16:
      return Unit::f16;
    case ElementType::bfloat16:
      return Unit::bf16;
    case ElementType::float8_e4m3:
    case ElementType::float8_e5m2:
      return Unit::fp8;
    case ElementType::int8:
      return Unit::int8;
    default:
      return std::nullopt;
  }
}

struct Generation {
  int compute_capability;
  Rates flops_per_clock;  ///< of one multiprocessor
};

constexpr std::array<Generation, 8> kGenerations = {{
    // f64, f32, tf32, f16, bf16, fp8, int8
    {70, {64, 128, 0, 1024, 0, 0, 0}},
    {80, {128, 128, 1024, 2048, 2048, 0, 4096}},
    {86, {4, 256, 512, 1024, 1024, 0, 2048}},
    {89, {4, 256, 512, 1024, 1024, 2048, 2048}},
    {90, {256, 256, 2048, 4096, 4096, 8192, 8192}},
    {100, {128, 256, 4096, 8192, 8192, 16384, 16384}},
    {103, {8, 256, 4096, 8192, 8192, 16384, 0}},
    {120, {4, 256, 0, 0, 0, 0, 0}},
}};

struct DataSheet {
  std::string_view model;  ///< GpuModel::name
  Rates teraflops;
};

/// NVIDIA's data sheets, dense (printed sparse figures halved). B300: int8 not listed, its integer rate was cut.
constexpr std::array<DataSheet, 12> kDataSheets = {{
    {"V100 SXM2", {7.8, 15.7, 0, 125, 0, 0, 0}},
    {"A100 SXM", {19.5, 19.5, 156, 312, 312, 0, 624}},
    {"A100 PCIe", {19.5, 19.5, 156, 312, 312, 0, 624}},
    {"L40S", {0, 91.6, 183, 362, 362, 733, 733}},
    {"H100 SXM", {67, 67, 494.7, 989.4, 989.4, 1978.9, 1978.9}},
    {"H100 PCIe", {51, 51, 378, 756, 756, 1513, 1513}},
    {"H200", {67, 67, 494.7, 989.4, 989.4, 1978.9, 1978.9}},
    {"GH200", {67, 67, 494.7, 989.4, 989.4, 1978.9, 1978.9}},
    {"B200", {37, 75, 1125, 2250, 2250, 4500, 4500}},
    {"GB200", {40, 80, 1250, 2500, 2500, 5000, 5000}},
    {"B300", {1.2, 75, 1125, 2250, 2250, 4500, 0}},
    {"GB300", {1.3, 80, 1250, 2500, 2500, 5000, 0}},
}};

std::optional<double> rate_in(const Rates& rates, ElementType type, FloatMath math) {
  const std::optional<Unit> unit = unit_of(type, math);
  const double rate = unit ? rates[static_cast<std::size_t>(*unit)] : 0;
  return rate > 0 ? std::optional(rate) : std::nullopt;
}

}  // namespace

std::optional<double> flops_per_clock(int compute_capability, ElementType type, FloatMath math) {
  const auto found = std::ranges::find(kGenerations, compute_capability, &Generation::compute_capability);
  return found == kGenerations.end() ? std::nullopt : rate_in(found->flops_per_clock, type, math);
}

std::optional<double> data_sheet_flops(std::string_view model, ElementType type, FloatMath math) {
  const GpuModel* known = find_gpu_model(model);
  if (known == nullptr) return std::nullopt;
  const auto found = std::ranges::find(kDataSheets, known->name, &DataSheet::model);
  if (found == kDataSheets.end()) return std::nullopt;
  const std::optional<double> teraflops = rate_in(found->teraflops, type, math);
  return teraflops ? std::optional(*teraflops * 1e12) : std::nullopt;
}

}  // namespace muster
