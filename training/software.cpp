// SPDX-License-Identifier: Apache-2.0
#include "training/software.hpp"

#include "core/names.hpp"

namespace muster {
namespace {

constexpr std::array<std::string_view, kSoftware> kNames = {
    "megatron-2021", "megatron-deepspeed", "bigscience", "megatron-2024", "megatron-2025",
    "megatron-2026", "megatron-2026.06",   "mosaic",     "torch",         "intern",
    "other"};

}  // namespace

std::string_view name_of(Software software) { return kNames.at(static_cast<std::size_t>(software)); }

Software parse_software(std::string_view name) {
  return static_cast<Software>(index_of_name("software", kNames, name));
}

}  // namespace muster
