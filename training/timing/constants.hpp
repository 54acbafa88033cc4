// SPDX-License-Identifier: Apache-2.0
// The free constants of the time model. Each belongs to a hardware generation or to a generation of software, never to
// a row or table of published results; each has a unit and a reason (constants.cpp). Fitted by validation.hpp.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "training/machine.hpp"
#include "training/software.hpp"

namespace muster {

/// Of a generation of GPUs and its links.
struct HardwareConstants {
  double product_16 = 0.7;          ///< share of the peak that a large 16-bit product reaches, sustained
  double product_8 = 0.6;           ///< the same of 8-bit formats, casts included
  double product_mx = 0.58;         ///< the same of 8-bit formats with a scale per 32 elements
  double product_4 = 0.5;           ///< the same of 4-bit formats
  double product_depth = 80;        ///< elements of k that the start of a tile costs
  double product_waves = 0.5;       ///< exponent of the loss by a last wave of tiles that is not full
  double product_unaligned = 6;     ///< times longer where rows do not start at multiples of 16 bytes
  double product_memory = 0.35;     ///< share of the memory rate that a product's operands reach
  double attention_forward = 0.55;  ///< share of the 16-bit peak, on pairs that are not masked
  double attention_backward = 0.45;
  double attention_portable = 0.6;  ///< of these rates, what kernels made for the generation before reach
  double memory = 0.85;             ///< share of the memory rate that element-wise kernels reach
  double kernel_gap = 2e-6;         ///< s from one kernel to the next on the GPU
  double scale_up = 0.8;            ///< share of the links' rate that a bus bandwidth reaches within a node
  double scale_up_delay = 15e-6;    ///< s of a collective within a node
  double scale_out = 0.85;          ///< share of the NICs' rate between nodes
  double scale_out_delay = 30e-6;   ///< s of a collective between nodes
  double contention = 0.15;         ///< s by which a second of hidden transfers slows the computation
  double power = 0.3;               ///< exponent of (board power / reference_watts()) in the rate of products
};

/// Of a generation of frameworks.
struct SoftwareConstants {
  double host_per_kernel = 5e-6;  ///< s of the host for each kernel
  double memory_passes = 1;       ///< traffic of element-wise work over that of fused kernels
  double micro_batch = 1e-5;      ///< s of the host per micro-batch and pipeline rank
  double step = 10e-3;            ///< s per step that nothing else explains: data, logging, clipping
  double optimizer_bytes = 30;    ///< read and written per local weight
  double send_busy = 1;           ///< share of a send during which both stages wait
  double tensor_exposed = 0.35;   ///< of overlapped tensor-group transfers, what computation cannot hide
  double experts_exposed = 1;     ///< of expert-group transfers, what computation does not hide
  double jitter = 2e-3;           ///< relative growth of the step per doubling of the nodes (slowest of many)
};

template <typename Constants>
struct ConstantInfo {
  std::string_view name;
  double Constants::*member;
  std::string_view unit;
  std::string_view why;
  double least, most;  ///< what a fit may try
};

std::span<const ConstantInfo<HardwareConstants>> hardware_constant_table();
std::span<const ConstantInfo<SoftwareConstants>> software_constant_table();

/// Whether its attention kernels are FlashAttention-2 or its like, which have no wgmma or tcgen05.
bool has_portable_attention(Software software);

/// 90th percentile of the absolute relative error of step times predicted from formulas alone, over the published runs
/// of that generation (docs/training-validation.md).
double formula_error(Architecture architecture);

/// Board power of the generation's first part, at which the rates above hold.
double reference_watts(Architecture architecture);

inline constexpr int kArchitectures = 6;

struct Constants {
  std::array<HardwareConstants, kArchitectures> hardware = {};
  std::array<SoftwareConstants, kSoftware> software = {};

  const HardwareConstants& of(Architecture one) const { return hardware[static_cast<std::size_t>(one)]; }
  const SoftwareConstants& of(Software one) const { return software[static_cast<std::size_t>(one)]; }
};

/// What kernels and libraries are known to reach by themselves: where a fit starts and what it is pulled towards.
const Constants& expected_constants();

/// Fitted on half of the published rows (docs/training-validation.md has the command); what predictions use.
const Constants& shipped_constants();

}  // namespace muster
