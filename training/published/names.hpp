// SPDX-License-Identifier: Apache-2.0
// Tables call models and machines by many names ("LLAMA3.1_405B", "DGX-GB200", "NVIDIA H100-SXM5-80GB"); readers of
// published tables find the shipped description here.
#pragma once

#include <optional>
#include <string_view>

#include "training/machine.hpp"
#include "training/model.hpp"

namespace muster {

/// The shipped model whose name begins the text, whatever the case and the signs between words; nothing where the name
/// goes on ("Kimi K2.5" is not Kimi K2).
std::optional<Model> model_called(std::string_view text);

/// The shipped machine of the GPU that the text names; nothing for cards and chips that only share its name (PCIe, NVL,
/// GH200).
std::optional<Machine> machine_called(std::string_view text);

}  // namespace muster
