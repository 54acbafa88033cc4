// SPDX-License-Identifier: Apache-2.0
// Reference product in double precision and the error bound of each element; see matmul_reference.hpp for the formula.
#include "kernels/matmul_reference.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include "core/error.hpp"
#include "kernels/element_format.hpp"
#include "kernels/element_function.hpp"

namespace muster {
namespace {

constexpr int kRowsAtOnce = 16;        ///< also the number of sampled rows and columns
constexpr int kTile = 64;              ///< columns at once: 16 x 64 sums and magnitudes in double fill 16 KiB
constexpr double kFullCheck = 0x1p27;  ///< multiply-adds, 0.2 s
constexpr double kWorstError = 1e9;    ///< stands for NaN and for any difference where none is allowed

struct Matrix {
  const std::byte* data;
  ElementType type;
  std::int64_t rows, columns;
  std::int64_t row_stride, column_stride;  ///< elements

  double at(std::int64_t row, std::int64_t column) const {
    return with_format(type, [&](auto format) {
      typename decltype(format)::Bits bits;
      std::memcpy(&bits, data + (row * row_stride + column * column_stride) * std::int64_t{sizeof(bits)}, sizeof(bits));
      return format.value_of(bits);
    });
  }
  Matrix transposed() const { return {data, type, columns, rows, column_stride, row_stride}; }
};

Matrix row_major(std::span<const std::byte> data, ElementType type, std::int64_t rows, std::int64_t columns) {
  MUSTER_ASSERT(data.size() == static_cast<std::size_t>(rows * columns) * size_of(type));
  return {data.data(), type, rows, columns, columns, 1};
}

/// rows x columns, kept as it is or with columns as rows.
Matrix stored(std::span<const std::byte> data, ElementType type, std::int64_t rows, std::int64_t columns,
              bool is_transposed) {
  return is_transposed ? row_major(data, type, columns, rows).transposed() : row_major(data, type, rows, columns);
}

struct Product {
  Matrix a, b, c;
  Matrix bias;  ///< m x n, of strides that repeat a row (or, transposed, a column); no data where nothing is added
  FloatMath math = FloatMath::full;
  Epilogue epilogue = Epilogue::none;
  Product transposed() const {
    return {b.transposed(), a.transposed(), c.transposed(), bias.transposed(), math, epilogue};
  }
};

/// An element of the product in double precision, and the sum of the magnitudes of its terms.
struct Exact {
  double value = 0, magnitude = 0;
};

/// Bound of what the sums may lose, relative to the sum of the terms' magnitudes.
double relative_loss(const Product& product) {
  const double unit = product.a.type == ElementType::float64 ? 0x1p-52 : 0x1p-24;
  const double ku = static_cast<double>(product.a.columns) * unit;
  const double sums = ku / (1 - ku);
  const bool is_float8 = product.a.type == ElementType::float8_e4m3 || product.a.type == ElementType::float8_e5m2;
  if (is_float8) return sums + 0x1p-11;
  return product.math == FloatMath::tf32 ? sums + 0x1p-9 : sums;
}

double allowed_error(const Product& product, Pattern pattern, Exact exact) {
  if (product.c.type == ElementType::int32) return 0;
  // 14 bits of a tensor core hold whole numbers up to 2^13 only.
  const double largest_whole = size_of(product.a.type) == 1 ? 0x1p13 : 0x1p24;
  const bool whole = pattern == Pattern::exact && exact.magnitude <= largest_whole;
  const double gamma = whole ? 0 : relative_loss(product) * exact.magnitude;
  if (product.c.type == ElementType::float32 || product.c.type == ElementType::float64) return gamma;
  const double unit = std::ldexp(1.0, -info(product.c.type).significand_bits);
  const double denormal = product.c.type == ElementType::float16 ? 0x1p-25 : 0;
  return gamma + unit * (std::abs(exact.value) + gamma) + denormal;
}

/// What the epilogue makes of a sum. It moves no two values further apart, so that bounds stay bounds.
Exact finished(const Product& product, Exact exact, std::int64_t row, std::int64_t column) {
  if (adds_bias(product.epilogue)) {
    const double bias = product.bias.at(row, column);
    exact.value += bias;
    exact.magnitude += std::abs(bias);
  }
  if (clips_below_zero(product.epilogue)) exact.value = std::max(exact.value, 0.0);
  return exact;
}

void compare(MatmulCheck& check, double found, Exact exact, double allowed) {
  const double error = std::abs(found - exact.value);
  const bool right = error <= allowed;  // false for a NaN
  ++check.elements;
  check.wrong += right ? 0 : 1;
  const double ratio = error == 0 ? 0 : error / allowed;
  check.worst_error = std::max(check.worst_error, ratio <= kWorstError ? ratio : kWorstError);
}

using Rows = std::vector<std::int64_t>;

/// Exact values of C at `rows` x [first, first + width), one row of kTile after the other.
std::vector<Exact> exact_tile(const Product& product, const Rows& rows, std::int64_t first, std::int64_t width) {
  std::vector<Exact> tile(rows.size() * kTile);
  double b[kTile];
  for (std::int64_t p = 0; p < product.a.columns; ++p) {
    for (std::int64_t j = 0; j < width; ++j) b[j] = product.b.at(p, first + j);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const double a = product.a.at(rows[r], p);
      Exact* const row = &tile[r * kTile];
      for (std::int64_t j = 0; j < width; ++j) {
        row[j].value += a * b[j];
        row[j].magnitude += std::abs(a * b[j]);
      }
    }
  }
  return tile;
}

void check_rows(MatmulCheck& check, const Product& product, Pattern pattern, const Rows& rows) {
  for (std::int64_t first = 0; first < product.c.columns; first += kTile) {
    const std::int64_t width = std::min<std::int64_t>(kTile, product.c.columns - first);
    const std::vector<Exact> tile = exact_tile(product, rows, first, width);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      for (std::int64_t j = 0; j < width; ++j) {
        const Exact exact = finished(product, tile[r * kTile + static_cast<std::size_t>(j)], rows[r], first + j);
        compare(check, product.c.at(rows[r], first + j), exact, allowed_error(product, pattern, exact));
      }
    }
  }
}

/// One random row of each of 16 equal parts of `count` rows; all rows when there are no more than 16.
Rows sampled_rows(std::int64_t count, std::uint64_t seed) {
  const std::int64_t parts = std::min<std::int64_t>(kRowsAtOnce, count);
  Rows rows;
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t first = part * count / parts, size = (part + 1) * count / parts - first;
    const std::uint64_t random = element_function::mix(seed + static_cast<std::uint64_t>(part));
    rows.push_back(first + static_cast<std::int64_t>(random % static_cast<std::uint64_t>(size)));
  }
  return rows;
}

}  // namespace

ElementType result_type(const MatmulDescription& description) {
  switch (description.type) {
    case ElementType::int8:
      return ElementType::int32;
    case ElementType::float8_e4m3:
    case ElementType::float8_e5m2:
      return ElementType::bfloat16;
    default:
      return description.type;
  }
}

bool adds_bias(Epilogue epilogue) { return epilogue == Epilogue::bias || epilogue == Epilogue::bias_relu; }
bool clips_below_zero(Epilogue epilogue) { return epilogue == Epilogue::relu || epilogue == Epilogue::bias_relu; }
bool transposes_a(MatmulLayout layout) { return layout == MatmulLayout::tn || layout == MatmulLayout::tt; }
bool transposes_b(MatmulLayout layout) { return layout == MatmulLayout::nt || layout == MatmulLayout::tt; }

void fill_operands(std::span<std::byte> a, std::span<std::byte> b, const MatmulDescription& description,
                   Pattern pattern, std::uint64_t seed) {
  const DataSpec spec{.pattern = pattern, .seed = seed, .ranks = 2, .type = description.type};
  fill(a, spec, 0, 0);
  fill(b, spec, 1, 0);
}

MatmulCheck check_product(const MatmulDescription& description, const MatmulOperands& operands, std::uint64_t seed) {
  const auto [m, n, k] = std::array{description.m, description.n, description.k};
  const ElementType type = description.type;
  const ElementType result = result_type(description);
  Product product{.a = stored(operands.a, type, m, k, transposes_a(description.layout)),
                  .b = stored(operands.b, type, k, n, transposes_b(description.layout)),
                  .c = row_major(operands.c, result, m, n),
                  .bias = {},
                  .math = description.math,
                  .epilogue = description.epilogue};
  if (adds_bias(description.epilogue)) {
    MUSTER_ASSERT(operands.bias.size() == static_cast<std::size_t>(n) * size_of(result));
    product.bias = {operands.bias.data(), result, m, n, 0, 1};
  }
  MatmulCheck check;
  if (flops_of(description).value / 2 <= kFullCheck) {
    for (std::int64_t first = 0; first < m; first += kRowsAtOnce) {
      Rows rows;
      for (std::int64_t row = first; row < std::min(first + kRowsAtOnce, m); ++row) rows.push_back(row);
      check_rows(check, product, operands.pattern, rows);
    }
  } else {
    check_rows(check, product, operands.pattern, sampled_rows(m, seed));
    check_rows(check, product.transposed(), operands.pattern, sampled_rows(n, seed + 1));
  }
  return check;
}

}  // namespace muster
