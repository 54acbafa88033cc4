// SPDX-License-Identifier: Apache-2.0
// One table of names per enum, in the enum's order.
#include "core/matmul_options.hpp"

#include <array>

#include "core/names.hpp"

namespace muster {
namespace {

constexpr std::array<std::string_view, 5> kBodies = {"native", "plain", "tiled", "mma", "wgmma"};
constexpr std::array<std::string_view, 4> kLayouts = {"nn", "nt", "tn", "tt"};
constexpr std::array<std::string_view, 2> kMaths = {"full", "tf32"};
constexpr std::array<std::string_view, 4> kEpilogues = {"none", "bias", "relu", "bias_relu"};

}  // namespace

std::string_view name_of(MatmulBody body) { return kBodies.at(static_cast<std::size_t>(body)); }
std::string_view name_of(MatmulLayout layout) { return kLayouts.at(static_cast<std::size_t>(layout)); }
std::string_view name_of(FloatMath math) { return kMaths.at(static_cast<std::size_t>(math)); }
std::string_view name_of(Epilogue epilogue) { return kEpilogues.at(static_cast<std::size_t>(epilogue)); }

MatmulBody parse_matmul_body(std::string_view name) {
  return static_cast<MatmulBody>(index_of_name("matmul body", kBodies, name));
}
MatmulLayout parse_matmul_layout(std::string_view name) {
  return static_cast<MatmulLayout>(index_of_name("matmul layout", kLayouts, name));
}
FloatMath parse_float_math(std::string_view name) {
  return static_cast<FloatMath>(index_of_name("math", kMaths, name));
}
Epilogue parse_epilogue(std::string_view name) {
  return static_cast<Epilogue>(index_of_name("epilogue", kEpilogues, name));
}

}  // namespace muster
