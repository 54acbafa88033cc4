// SPDX-License-Identifier: Apache-2.0
#include "kernels/matmul.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "kernels/matmul_reference.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A product with its operands in memory, so that a result can be tampered with. The sums are formed in double.
struct StoredProduct {
  MatmulDescription description;
  Pattern pattern;
  std::vector<std::byte> a, b;
  std::vector<float> c;

  StoredProduct(const MatmulDescription& wanted, Pattern data) : description(wanted), pattern(data) {
    const auto [m, n, k] = std::array{wanted.m, wanted.n, wanted.k};
    const ElementType type = wanted.type;
    a.resize(static_cast<std::size_t>(m * k) * size_of(type));
    b.resize(static_cast<std::size_t>(k * n) * size_of(type));
    fill_operands(a, b, wanted, data, 1);
    const auto* left = reinterpret_cast<const float*>(a.data());
    const auto* right = reinterpret_cast<const float*>(b.data());
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        double sum = 0;
        for (std::int64_t p = 0; p < k; ++p) sum += static_cast<double>(left[i * k + p]) * right[p * n + j];
        c.push_back(static_cast<float>(sum));
      }
    }
  }

  MatmulCheck check() const { return check_product(description, {a, b, std::as_bytes(std::span(c)), pattern}, 1); }
};

TEST(MatmulReference, Accepts_a_product_summed_in_double_and_compares_all_elements_of_small_ones) {
  for (const Pattern pattern : {Pattern::exact, Pattern::entropy, Pattern::zeros}) {
    const MatmulCheck check = StoredProduct({.m = 37, .n = 70, .k = 19}, pattern).check();
    EXPECT_EQ(check.elements, 37U * 70U);
    EXPECT_EQ(check.wrong, 0U);
    EXPECT_LE(check.worst_error, 1);
  }
}

TEST(MatmulReference, One_wrong_element_is_found_wherever_it_lies) {
  for (const Pattern pattern : {Pattern::exact, Pattern::entropy}) {
    StoredProduct product({.m = 17, .n = 65, .k = 64}, pattern);
    for (const std::size_t place : {std::size_t{0}, std::size_t{64}, product.c.size() / 2, product.c.size() - 1}) {
      const float right = product.c[place];
      product.c[place] += 1;
      const MatmulCheck check = product.check();
      EXPECT_EQ(check.wrong, 1U) << name_of(pattern) << " " << place;
      EXPECT_GT(check.worst_error, 1);
      product.c[place] = right;
    }
    EXPECT_EQ(product.check().wrong, 0U);
  }
}

TEST(MatmulReference, Exact_data_leave_no_tolerance_even_for_the_last_bit) {
  StoredProduct product({.m = 4, .n = 4, .k = 512}, Pattern::exact);
  product.c[5] = std::nextafter(product.c[5], 1e9F);
  EXPECT_EQ(product.check().wrong, 1U);
}

TEST(MatmulReference, A_term_left_out_or_a_nan_is_wrong) {
  StoredProduct product({.m = 8, .n = 8, .k = 256}, Pattern::entropy);
  const auto* left = reinterpret_cast<const float*>(product.a.data());
  const auto* right = reinterpret_cast<const float*>(product.b.data());
  product.c[0] -= left[7] * right[7 * 8];
  product.c[1] = std::numeric_limits<float>::quiet_NaN();
  const MatmulCheck check = product.check();
  EXPECT_EQ(check.wrong, 2U);
  EXPECT_EQ(check.worst_error, 1e9);
}

TEST(MatmulReference, Large_products_are_sampled_in_16_rows_and_16_columns_that_catch_a_wrong_row) {
  const MatmulDescription description{.m = 520, .n = 700, .k = 400};
  StoredProduct product(description, Pattern::exact);
  const MatmulCheck check = product.check();
  EXPECT_EQ(check.elements, 16U * 700U + 16U * 520U);
  EXPECT_EQ(check.wrong, 0U);
  for (std::size_t j = 0; j < 700; ++j) product.c[300 * 700 + j] += 1;
  EXPECT_GE(product.check().wrong, 16U);  // every sampled column crosses the row
}

TEST(Matmul, Counts_two_operations_per_term_and_each_matrix_once) {
  const MatmulDescription description{.m = 2, .n = 3, .k = 5, .type = ElementType::int8};
  EXPECT_EQ(flops_of(description).value, 60);
  EXPECT_EQ(bytes_of(description).value, 10U + 15U + 4U * 6U);
  EXPECT_EQ(bytes_of({.m = 2, .n = 3, .k = 5, .type = ElementType::bfloat16}).value, 2U * (10 + 15 + 6));
}

TEST(Matmul, The_host_body_agrees_with_the_reference_for_every_type_that_it_has) {
  for (const ElementType type :
       {ElementType::float32, ElementType::float16, ElementType::bfloat16, ElementType::int8}) {
    for (const Pattern pattern : {Pattern::exact, Pattern::entropy, Pattern::zeros}) {
      for (const MatmulDescription& shape : {MatmulDescription{.m = 1, .n = 1, .k = 1},
                                             {.m = 33, .n = 65, .k = 127},
                                             {.m = 256, .n = 256, .k = 256},
                                             {.m = 512, .n = 512, .k = 1024}}) {
        MatmulDescription description = shape;
        description.type = type;
        auto made = make_matmul_host(description, pattern, 5);
        if (const auto* unsupported = std::get_if<Unsupported>(&made)) {
          EXPECT_EQ(type, ElementType::float16) << unsupported->reason;
          EXPECT_THAT(unsupported->reason, HasSubstr("half matrices on this CPU"));
          continue;
        }
        Matmul& matmul = *std::get<std::unique_ptr<Matmul>>(made);
        matmul.run();
        const MatmulCheck check = matmul.check();
        EXPECT_GT(check.elements, 0U);
        EXPECT_EQ(check.wrong, 0U) << name_of(type) << " " << name_of(pattern) << " m " << shape.m << " worst "
                                   << check.worst_error;
        EXPECT_THAT(matmul.configuration(), StartsWith("oneDNN "));
      }
    }
  }
}

TEST(Matmul, A_product_that_was_never_run_is_wrong) {
  auto made = make_matmul_host({.m = 16, .n = 16, .k = 16}, Pattern::exact, 5);
  EXPECT_GT(std::get<std::unique_ptr<Matmul>>(made)->check().wrong, 200U);
}

TEST(Matmul, Several_threads_give_the_same_exact_product) {
  auto made = make_matmul_host({.m = 200, .n = 200, .k = 200, .threads = 2}, Pattern::exact, 5);
  Matmul& matmul = *std::get<std::unique_ptr<Matmul>>(made);
  matmul.run();
  EXPECT_EQ(matmul.check().wrong, 0U);
}

TEST(Matmul, A_type_without_a_product_is_unsupported_and_says_so) {
  const auto made = make_matmul_host({.m = 8, .n = 8, .k = 8, .type = ElementType::uint64}, Pattern::exact, 5);
  ASSERT_TRUE(std::holds_alternative<Unsupported>(made));
  EXPECT_THAT(std::get<Unsupported>(made).reason, HasSubstr("uint64"));
}

TEST(Matmul, An_int8_product_so_deep_that_its_sums_may_overflow_is_unsupported) {
  const auto made = make_matmul_host({.m = 1, .n = 1, .k = 1 << 17, .type = ElementType::int8}, Pattern::exact, 5);
  ASSERT_TRUE(std::holds_alternative<Unsupported>(made));
  EXPECT_THAT(std::get<Unsupported>(made).reason, HasSubstr("131071"));
}

}  // namespace
}  // namespace muster
