// SPDX-License-Identifier: Apache-2.0
// Generations of training frameworks: how well kernels are fused, what the host spends on each, which transfers hide.
// Constants of each are in timing/constants.cpp.
#pragma once

#include <array>
#include <string_view>

namespace muster {

enum class Software {
  megatron_2021,       ///< Megatron-LM of 2021 and 2022 as NVIDIA ran it: kernels fused, attention not
  megatron_deepspeed,  ///< Megatron-DeepSpeed of those years as others ran it
  bigscience,          ///< Megatron-DeepSpeed as BigScience ran it before BLOOM
  megatron_2024,       ///< Megatron-Core and NeMo of 2023 and 2024; MLPerf v4.x by NVIDIA
  megatron_2025,       ///< NeMo and Megatron-Bridge 25.x; MLPerf v5.x by NVIDIA
  megatron_2026,       ///< Megatron-Bridge 26.02 to 26.04
  megatron_2026_06,    ///< Megatron-Bridge 26.06 and later: graphs around expert layers
  mosaic,              ///< llm-foundry and Composer over PyTorch FSDP
  torch,               ///< torchtitan and FSDP by PyTorch alone
  intern,              ///< InternEvo
  other,
};
inline constexpr int kSoftware = 11;

std::string_view name_of(Software software);
/// Throws Error listing the names.
Software parse_software(std::string_view name);

}  // namespace muster
