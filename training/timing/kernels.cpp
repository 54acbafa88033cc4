// SPDX-License-Identifier: Apache-2.0
#include "training/timing/kernels.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "training/timing/step.hpp"

namespace muster {
namespace {

/// Close to the larger of both and smooth between (docs/training.md "Products"): the fourth norm.
double larger(double a, double b) {
  const double a4 = a * a * a * a;
  const double b4 = b * b * b * b;
  return std::sqrt(std::sqrt(a4 + b4));
}

double share_of_peak(Precision precision, const HardwareConstants& constants) {
  switch (precision) {
    case Precision::fp8:
      return constants.product_8;
    case Precision::mxfp8:
      return constants.product_mx;
    case Precision::nvfp4:
      return constants.product_4;
    case Precision::bf16:
    case Precision::fp16:
    case Precision::fp32:
      return constants.product_16;
  }
  return constants.product_16;
}

double operand_bytes(Precision precision) {
  switch (precision) {
    case Precision::fp8:
    case Precision::mxfp8:
      return 1;
    case Precision::nvfp4:
      return 0.5;
    case Precision::fp32:
      return 4;
    default:
      return 2;
  }
}

/// What a library chooses from: tiles of a product and the share of the best tile's rate that each reaches.
struct Tile {
  double rows, columns, share;
};
constexpr std::array<Tile, 5> kTiles = {
    {{128, 256, 1}, {256, 128, 1}, {128, 128, 0.95}, {128, 64, 0.85}, {64, 64, 0.7}}};

/// Into how many parts k may be split, each at least kShortestPart long, so that few tiles fill all processors.
constexpr std::array<double, 4> kSplits = {1, 2, 4, 8};
constexpr double kShortestPart = 256;

/// By how much idle processors in the last wave of tiles and the ends of each tile prolong a product, with the tile and
/// the split that lose least.
double shape_loss(double m, double n, double k, double batch, int processors, const HardwareConstants& constants) {
  double least = std::numeric_limits<double>::infinity();
  for (const Tile& tile : kTiles) {
    const double tiles = std::ceil(m / tile.rows) * std::ceil(n / tile.columns) * batch;
    for (const double split : kSplits) {
      if (split > 1 && k / split < kShortestPart) break;
      const double waves = tiles * split / processors;
      const double idle = std::ceil(waves) / waves - 1;
      const double ends = 1 + constants.product_depth * split / k;
      least = std::min(least, ends * (1 + constants.product_waves * idle) / tile.share);
    }
  }
  return least;
}

/// Matrix instructions load 16 bytes at once: sizes along memory must be multiples of that.
bool is_aligned(double n, double k, Precision precision) {
  const double elements = 16 / operand_bytes(precision);
  return std::fmod(n, elements) == 0 && std::fmod(k, elements) == 0;
}

}  // namespace

double product_rate(const Machine& machine, Precision precision, const HardwareConstants& constants) {
  const Accelerator& gpu = machine.accelerator;
  const double clock = std::pow(gpu.watts / reference_watts(gpu.architecture), constants.power);
  const double share = std::min(1.0, share_of_peak(precision, constants) * clock);
  return peak_of(machine, precision).value * share;
}

double product_time(double m, double n, double k, double batch, const Machine& machine, Precision precision,
                    const HardwareConstants& constants) {
  const Accelerator& gpu = machine.accelerator;
  const double rate = product_rate(machine, precision, constants);
  const double flops = 2 * m * n * k * batch;
  const double unaligned = is_aligned(n, k, precision) ? 1 : constants.product_unaligned;
  const double loss = unaligned * shape_loss(m, n, k, batch, gpu.processors, constants);
  const double bytes = batch * (operand_bytes(precision) * (m * k + k * n) + 2 * m * n);
  const double moving = bytes / (machine.accelerator.memory_rate.value * constants.product_memory);
  return larger(flops / rate * loss, moving);
}

KernelTime kernel_time(const Operator& one, Precision precision, const Setting& setting) {
  const HardwareConstants& constants = setting.hardware;
  KernelTime time;
  if (one.work == Work::product) {
    const auto corrected = [&](double m, double n, double k) {
      const double formula = product_time(m, n, k, one.batch, setting.machine, precision, constants);
      return setting.corrections == nullptr ? formula
                                            : formula * setting.corrections->of_product(precision, m, n, k).factor;
    };
    time.forward = corrected(one.m, one.n, one.k);
    time.weights = corrected(one.k, one.n, one.m);
    time.backward = corrected(one.m, one.k, one.n) + time.weights;
    if (!one.reads_weights) time.weights = 0;
  } else if (one.work == Work::attention) {
    const double peak = peak_of(setting.machine, sixteen_bits(setting.machine)).value * setting.attention();
    time.forward = one.flops / (peak * constants.attention_forward);
    time.backward = 2.5 * one.flops / (peak * constants.attention_backward);
  } else {
    const double rate = setting.machine.accelerator.memory_rate.value * constants.memory;
    time.forward = setting.software.memory_passes * one.bytes / rate;
    time.backward = setting.software.memory_passes * one.backward_bytes / rate;
  }
  return time;
}

}  // namespace muster
