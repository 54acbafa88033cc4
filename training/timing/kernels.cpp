// SPDX-License-Identifier: Apache-2.0
#include "training/timing/kernels.hpp"

#include <algorithm>
#include <cmath>

#include "training/timing/step.hpp"

namespace muster {
namespace {

constexpr double kTileRows = 128, kTileColumns = 256;

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

/// By how much the last, partly filled wave of tiles prolongs a product.
double wave_loss(double m, double n, double batch, int processors, double exponent) {
  const double tiles = std::ceil(m / kTileRows) * std::ceil(n / kTileColumns) * batch;
  const double filled = std::ceil(tiles / processors) * processors / tiles;
  return std::pow(filled, exponent);
}

}  // namespace

double product_time(double m, double n, double k, double batch, const Machine& machine, Precision precision,
                    const HardwareConstants& constants) {
  const Accelerator& gpu = machine.accelerator;
  const double clock = std::pow(gpu.watts / reference_watts(gpu.architecture), constants.power);
  const double share = std::min(1.0, share_of_peak(precision, constants) * clock);
  const double rate = peak_of(machine, precision).value * share;
  const double flops = 2 * m * n * k * batch;
  const double loss = (1 + constants.product_depth / k) *
                      wave_loss(m, n, batch, machine.accelerator.processors, constants.product_waves);
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
