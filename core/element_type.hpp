// SPDX-License-Identifier: Apache-2.0
// The element types of nccl-tests, their sizes and their names. One table; everything else looks things up here.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace muster {

enum class ElementType {
  int8,
  uint8,
  int32,
  uint32,
  int64,
  uint64,
  float16,
  float32,
  float64,
  bfloat16,
  float8_e4m3,
  float8_e5m2
};

struct ElementTypeInfo {
  ElementType type;
  std::string_view name;  ///< as nccl-tests prints and parses it (conventions: `-d`)
  std::size_t size;       ///< bytes
  int significand_bits;   ///< whole numbers up to 2^bits are exact; 0 for integers, which wrap and are always exact
};

inline constexpr std::array<ElementTypeInfo, 12> kElementTypes = {{
    {ElementType::int8, "int8", 1, 0},
    {ElementType::uint8, "uint8", 1, 0},
    {ElementType::int32, "int32", 4, 0},
    {ElementType::uint32, "uint32", 4, 0},
    {ElementType::int64, "int64", 8, 0},
    {ElementType::uint64, "uint64", 8, 0},
    {ElementType::float16, "half", 2, 11},
    {ElementType::float32, "float", 4, 24},
    {ElementType::float64, "double", 8, 53},
    {ElementType::bfloat16, "bfloat16", 2, 8},
    {ElementType::float8_e4m3, "f8e4m3", 1, 4},
    {ElementType::float8_e5m2, "f8e5m2", 1, 3},
}};

constexpr const ElementTypeInfo& info(ElementType type) { return kElementTypes[static_cast<std::size_t>(type)]; }
constexpr std::size_t size_of(ElementType type) { return info(type).size; }
constexpr std::string_view name_of(ElementType type) { return info(type).name; }

/// Throws Error naming the accepted names when `name` is none of them.
ElementType parse_element_type(std::string_view name);

}  // namespace muster
