// SPDX-License-Identifier: Apache-2.0
// The check of matrix products that GPUs do: every type, layout and epilogue, right results and tampered ones.
#include "kernels/matmul_reference.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "kernels/element_format.hpp"

namespace muster {
namespace {

using enum ElementType;
using Memory = std::vector<std::byte>;

constexpr std::array kTypes = {float64, float32, float16, bfloat16, float8_e4m3, int8};
constexpr std::array kLayouts = {MatmulLayout::nn, MatmulLayout::nt, MatmulLayout::tn, MatmulLayout::tt};
constexpr std::array kEpilogues = {Epilogue::none, Epilogue::bias, Epilogue::relu, Epilogue::bias_relu};

double load(const Memory& memory, ElementType type, std::int64_t index) {
  return with_format(type, [&](auto format) {
    typename decltype(format)::Bits bits;
    std::memcpy(&bits, memory.data() + static_cast<std::size_t>(index) * sizeof bits, sizeof bits);
    return format.value_of(bits);
  });
}

template <typename Value>
void write(Memory& memory, std::int64_t index, Value value) {
  std::memcpy(memory.data() + static_cast<std::size_t>(index) * sizeof value, &value, sizeof value);
}

void store(Memory& memory, ElementType type, std::int64_t index, double value) {
  if (type == float64) write(memory, index, value);
  if (type == float32) write(memory, index, static_cast<float>(value));
  if (type == float16) write(memory, index, float16_from_float(static_cast<float>(value)));
  if (type == bfloat16) write(memory, index, bfloat16_from_float(static_cast<float>(value)));
  if (type == int32) write(memory, index, static_cast<std::int32_t>(value));
}

/// A product with all that it takes in memory; the result is that of sums in double.
class StoredProduct {
 public:
  using Operand = std::function<double(double)>;

  StoredProduct(
      const MatmulDescription& wanted, Pattern data, const Operand& seen = [](double value) { return value; })
      : description(wanted), pattern(data), result(result_type(wanted)) {
    a.resize(static_cast<std::size_t>(wanted.m * wanted.k) * size_of(wanted.type));
    b.resize(static_cast<std::size_t>(wanted.k * wanted.n) * size_of(wanted.type));
    c.resize(static_cast<std::size_t>(wanted.m * wanted.n) * size_of(result));
    fill_operands(a, b, wanted, data, 1);
    if (adds_bias(wanted.epilogue)) {
      bias.resize(static_cast<std::size_t>(wanted.n) * size_of(result));
      const Pattern of_bias = result == int32 ? Pattern::exact : data;  // as kernels/cuda/matmul_device.cpp does
      fill(bias, {.pattern = of_bias, .seed = 2, .ranks = 2, .type = result}, 0, 0);
    }
    for (std::int64_t i = 0; i < wanted.m; ++i) {
      for (std::int64_t j = 0; j < wanted.n; ++j) {
        double sum = 0;
        for (std::int64_t p = 0; p < wanted.k; ++p) sum += seen(a_at(i, p)) * seen(b_at(p, j));
        store(c, result, i * wanted.n + j, finished(sum, j));
      }
    }
  }

  double a_at(std::int64_t i, std::int64_t p) const {
    return load(a, description.type, transposes_a(description.layout) ? p * description.m + i : i * description.k + p);
  }
  double b_at(std::int64_t p, std::int64_t j) const {
    return load(b, description.type, transposes_b(description.layout) ? j * description.k + p : p * description.n + j);
  }

  double finished(double sum, std::int64_t j) const {
    if (adds_bias(description.epilogue)) sum += load(bias, result, j);
    return clips_below_zero(description.epilogue) ? std::max(sum, 0.0) : sum;
  }

  MatmulCheck check() const {
    return check_product(description, {.a = a, .b = b, .c = c, .pattern = pattern, .bias = bias}, 1);
  }

  MatmulDescription description;
  Pattern pattern;
  ElementType result;
  Memory a, b, c, bias;
};

MatmulDescription described(ElementType type, MatmulLayout layout, Epilogue epilogue) {
  return {.m = 17, .n = 21, .k = 19, .type = type, .layout = layout, .epilogue = epilogue};
}

template <typename Body>
void for_each_product(Body body) {
  for (const ElementType type : kTypes) {
    for (const MatmulLayout layout : kLayouts) {
      for (const Epilogue epilogue : kEpilogues) {
        SCOPED_TRACE(std::string(name_of(type)) + " " + std::string(name_of(layout)) + " " +
                     std::string(name_of(epilogue)));
        body(described(type, layout, epilogue));
      }
    }
  }
}

TEST(MatmulReferenceOfGpus, Accepts_a_product_of_every_type_layout_and_epilogue) {
  for_each_product([](const MatmulDescription& description) {
    for (const Pattern pattern : {Pattern::exact, Pattern::entropy, Pattern::zeros}) {
      const MatmulCheck check = StoredProduct(description, pattern).check();
      EXPECT_EQ(check.elements, 17U * 21U);
      EXPECT_EQ(check.wrong, 0U) << name_of(pattern) << " " << check.worst_error;
    }
  });
}

TEST(MatmulReferenceOfGpus, One_element_off_by_four_units_in_its_last_place_is_found) {
  for_each_product([](const MatmulDescription& description) {
    StoredProduct product(description, Pattern::exact);
    const std::size_t size = size_of(product.result);
    for (const std::size_t place : {std::size_t{0}, std::size_t{20}, std::size_t{177}, std::size_t{17 * 21 - 1}}) {
      product.c[place * size] ^= std::byte{4};
      EXPECT_EQ(product.check().wrong, 1U) << place;
      product.c[place * size] ^= std::byte{4};
    }
  });
}

TEST(MatmulReferenceOfGpus, A_term_left_out_of_random_data_is_found) {
  for (const ElementType type : kTypes) {
    for (const MatmulLayout layout : kLayouts) {
      StoredProduct product(described(type, layout, Epilogue::none), Pattern::entropy);
      double lost = 0;
      for (std::int64_t p = 0; p < 19; ++p) {
        const double term = product.a_at(3, p) * product.b_at(p, 5);
        if (std::abs(term) > std::abs(lost)) lost = term;
      }
      const std::int64_t place = 3 * 21 + 5;
      store(product.c, product.result, place, load(product.c, product.result, place) - lost);
      EXPECT_EQ(product.check().wrong, 1U) << name_of(type) << " " << name_of(layout);
    }
  }
}

TEST(MatmulReferenceOfGpus, A_bias_that_is_forgotten_or_comes_after_clipping_is_found) {
  for (const ElementType type : kTypes) {
    StoredProduct product(described(type, MatmulLayout::nt, Epilogue::bias_relu), Pattern::exact);
    const StoredProduct forgotten(described(type, MatmulLayout::nt, Epilogue::relu), Pattern::exact);
    const Memory right = product.c;
    product.c = forgotten.c;
    EXPECT_GT(product.check().wrong, 50U) << name_of(type);
    product.c = right;
    for (std::int64_t i = 0; i < 17 * 21; ++i) {
      store(product.c, product.result, i,
            load(forgotten.c, product.result, i) + load(product.bias, product.result, i % 21));
    }
    EXPECT_GT(product.check().wrong, 50U) << name_of(type);
  }
}

TEST(MatmulReferenceOfGpus, A_product_of_another_layout_is_wrong) {
  for (const MatmulLayout layout : kLayouts) {
    for (const MatmulLayout other : kLayouts) {
      const MatmulDescription description{.m = 16, .n = 16, .k = 16, .type = bfloat16, .layout = layout};
      StoredProduct product(description, Pattern::exact);
      product.description.layout = other;
      EXPECT_EQ(product.check().wrong == 0, layout == other) << name_of(layout) << " " << name_of(other);
    }
  }
}

/// To 10 bits of mantissa, ties away from zero, as cvt.rna.tf32.f32 does; or cut off.
double rounded_to_tf32(double value) {
  return static_cast<double>(
      std::bit_cast<float>((std::bit_cast<std::uint32_t>(static_cast<float>(value)) + 0x1000U) & 0xFFFFE000U));
}
double cut_to_tf32(double value) {
  return static_cast<double>(
      std::bit_cast<float>(std::bit_cast<std::uint32_t>(static_cast<float>(value)) & 0xFFFFE000U));
}

TEST(MatmulReferenceOfGpus, Operands_of_ten_bits_are_right_only_where_tf32_was_asked_for) {
  for (const auto& seen : {rounded_to_tf32, cut_to_tf32}) {
    MatmulDescription description{.m = 32, .n = 32, .k = 200, .layout = MatmulLayout::nt, .math = FloatMath::tf32};
    EXPECT_EQ(StoredProduct(description, Pattern::entropy, seen).check().wrong, 0U);
    description.math = FloatMath::full;
    EXPECT_GT(StoredProduct(description, Pattern::entropy, seen).check().wrong, 500U);
  }
}

TEST(MatmulReferenceOfGpus, Sums_of_doubles_that_went_through_float_are_found) {
  StoredProduct product({.m = 16, .n = 16, .k = 64, .type = float64}, Pattern::entropy);
  for (std::int64_t i = 0; i < 256; ++i) {
    store(product.c, float64, i, static_cast<double>(static_cast<float>(load(product.c, float64, i))));
  }
  EXPECT_GT(product.check().wrong, 200U);
}

}  // namespace
}  // namespace muster
