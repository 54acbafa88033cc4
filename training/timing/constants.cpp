// SPDX-License-Identifier: Apache-2.0
#include "training/timing/constants.hpp"

namespace muster {
namespace {

using Hardware = HardwareConstants;
using Program = SoftwareConstants;

constexpr std::array<ConstantInfo<Hardware>, 19> kHardwareTable = {{
    {"product_16", &Hardware::product_16, "share of peak",
     "clock under load and instruction issue keep large 16-bit products below the peak", 0.3, 1.0},
    {"product_8", &Hardware::product_8, "share of peak", "the same for 8 bits, with the casts around each product", 0.2,
     1.0},
    {"product_mx", &Hardware::product_mx, "share of peak", "the same for 8 bits with a scale per 32 elements", 0.2,
     1.0},
    {"product_4", &Hardware::product_4, "share of peak", "the same for 4 bits", 0.1, 1.0},
    {"product_depth", &Hardware::product_depth, "elements of k", "start and end of each tile", 1, 250},
    {"product_waves", &Hardware::product_waves, "share", "part of the last wave's idle processors that is lost", 0.01,
     1.0},
    {"product_unaligned", &Hardware::product_unaligned, "ratio",
     "matrix instructions want rows that start at multiples of 16 bytes", 1, 30},
    {"product_memory", &Hardware::product_memory, "share of memory rate", "operands are read more than once", 0.1, 1.0},
    {"attention_forward", &Hardware::attention_forward, "share of 16-bit peak", "softmax between the two products",
     0.35, 0.8},
    {"attention_backward", &Hardware::attention_backward, "share of 16-bit peak",
     "five products and sums by atomic adds", 0.25, 0.7},
    {"attention_portable", &Hardware::attention_portable, "ratio",
     "kernels without this generation's own matrix instructions (FlashAttention-2 on Hopper)", 0.3, 1},
    {"memory", &Hardware::memory, "share of memory rate", "streaming kernels; measured", 0, 0},
    {"kernel_gap", &Hardware::kernel_gap, "s", "drain and fill of the GPU between kernels", 5e-7, 8e-6},
    {"scale_up", &Hardware::scale_up, "share of link rate",
     "protocol and flags of NCCL; published curves have 0.78 to 0.94", 0.76, 0.95},
    {"scale_up_delay", &Hardware::scale_up_delay, "s", "launch and steps of a collective in a node", 3e-6, 1e-4},
    {"scale_out", &Hardware::scale_out, "share of NIC rate", "headers and protocol; published curves have 0.8 to 0.97",
     0.78, 0.97},
    {"scale_out_delay", &Hardware::scale_out_delay, "s", "steps of a collective between nodes", 1e-5, 1e-3},
    {"contention", &Hardware::contention, "s per s", "copies take processors and memory rate from computation", 0.01,
     0.6},
    {"power", &Hardware::power, "exponent", "the clock under load follows the power limit", 0.05, 1.0},
}};

constexpr std::array<ConstantInfo<Program>, 9> kSoftwareTable = {{
    {"host_per_kernel", &Program::host_per_kernel, "s", "the host's time to launch a kernel", 1e-7, 2e-4},
    {"memory_passes", &Program::memory_passes, "ratio", "element-wise kernels that are not fused", 0.5, 4},
    {"micro_batch", &Program::micro_batch, "s", "the host's work around each micro-batch", 1e-6, 0.02},
    {"step", &Program::step, "s", "input, logging, gradient norm", 1e-4, 0.2},
    {"optimizer_bytes", &Program::optimizer_bytes, "bytes per weight", "reads and writes of Adam and its casts", 10,
     150},
    {"send_busy", &Program::send_busy, "share", "part of a send during which its ranks wait", 0.01, 1},
    {"tensor_exposed", &Program::tensor_exposed, "share", "pieces in which products and transfers alternate", 0.05, 1},
    {"experts_exposed", &Program::experts_exposed, "share", "other micro-batches' work beside dispatch and combine",
     0.05, 1},
    {"jitter", &Program::jitter, "per doubling of nodes", "all wait for the slowest", 1e-5, 0.05},
}};

}  // namespace

std::span<const ConstantInfo<HardwareConstants>> hardware_constant_table() { return kHardwareTable; }
std::span<const ConstantInfo<SoftwareConstants>> software_constant_table() { return kSoftwareTable; }

bool has_portable_attention(Software software) {
  return software == Software::mosaic || software == Software::torch || software == Software::intern;
}

double reference_watts(Architecture architecture) {
  switch (architecture) {
    case Architecture::volta:
      return 300;
    case Architecture::ampere:
      return 400;
    case Architecture::hopper:
      return 700;
    case Architecture::blackwell:
      return 1000;
    case Architecture::cdna3:
      return 750;
    case Architecture::cdna4:
      return 1000;
  }
  return 1000;
}

double formula_error(Architecture architecture) {
  switch (architecture) {
    case Architecture::ampere:
      return 0.15;
    case Architecture::hopper:
      return 0.13;
    case Architecture::blackwell:
      return 0.24;
    case Architecture::volta:
    case Architecture::cdna3:
    case Architecture::cdna4:
      return 0.3;  // too few published runs to tell
  }
  return 0.3;
}

const Constants& expected_constants() {
  static const Constants kExpected = [] {
    Constants all;
    const auto of = [&](Architecture one) -> HardwareConstants& { return all.hardware[static_cast<std::size_t>(one)]; };
    of(Architecture::ampere).attention_portable = 1;  // FlashAttention-2 was made for it
    of(Architecture::blackwell).attention_forward = 0.42;
    of(Architecture::blackwell).attention_backward = 0.36;
    of(Architecture::blackwell).product_16 = 0.7;
    all.software[static_cast<std::size_t>(Software::megatron_deepspeed)].host_per_kernel = 4e-5;
    return all;
  }();
  return kExpected;
}

}  // namespace muster
