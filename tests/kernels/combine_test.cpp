// SPDX-License-Identifier: Apache-2.0
#include "kernels/combine.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <vector>

#include "kernels/element_format.hpp"

namespace muster {
namespace {

using Data = std::vector<std::byte>;

Data stored(ElementType type, const std::vector<int>& values) {
  Data data(values.size() * size_of(type));
  with_format(type, [&](auto format) {
    using Format = decltype(format);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const typename Format::Bits bits = Format::from_whole(values[i]);
      std::memcpy(data.data() + i * sizeof bits, &bits, sizeof bits);
    }
  });
  return data;
}

const std::vector<int> kLeft = {1, 2, 3, 3, 2}, kRight = {3, 2, 1, 2, 4};

TEST(Combine, Does_each_operation_in_every_type) {
  for (const ElementTypeInfo& type : kElementTypes) {
    const auto expect = [&](ReduceOperation operation, const std::vector<int>& expected) {
      Data target = stored(type.type, kLeft);
      combine_host(operation)(target, target, stored(type.type, kRight), type.type);  // in place
      EXPECT_EQ(target, stored(type.type, expected)) << name_of(operation) << " " << type.name;
    };
    expect(ReduceOperation::sum, {4, 4, 4, 5, 6});
    expect(ReduceOperation::prod, {3, 4, 3, 6, 8});
    expect(ReduceOperation::min, {1, 2, 1, 2, 2});
    expect(ReduceOperation::max, {3, 2, 3, 3, 4});
  }
}

TEST(Combine, Orders_signed_and_unsigned_integers_as_what_they_are) {
  const Data high = stored(ElementType::int8, {-1}), low = stored(ElementType::int8, {1});
  Data least(1);
  combine_host(ReduceOperation::min)(least, high, low, ElementType::int8);
  EXPECT_EQ(least, high);
  combine_host(ReduceOperation::min)(least, high, low, ElementType::uint8);  // 255 and 1
  EXPECT_EQ(least, low);
}

TEST(Combine, Wraps_products_of_integers) {
  Data product(1);
  combine_host(ReduceOperation::prod)(product, stored(ElementType::int8, {100}), stored(ElementType::int8, {3}),
                                      ElementType::int8);
  EXPECT_EQ(product, stored(ElementType::int8, {44}));  // 300 - 256
}

TEST(Scale, Multiplies_and_divides_in_every_type) {
  for (const ElementTypeInfo& type : kElementTypes) {
    Data doubled(4 * size_of(type.type));
    scale_host(doubled, stored(type.type, {1, 2, 3, 6}), {.numerator = 2}, type.type);
    EXPECT_EQ(doubled, stored(type.type, {2, 4, 6, 12})) << type.name;
    scale_host(doubled, doubled, {.denominator = 2}, type.type);
    EXPECT_EQ(doubled, stored(type.type, {1, 2, 3, 6})) << type.name;
  }
}

TEST(Scale, Divides_integers_towards_zero_by_more_than_the_type_holds) {
  Data target = stored(ElementType::int8, {-7, 7, 100});
  scale_host(target, target, {.denominator = 2}, ElementType::int8);
  EXPECT_EQ(target, stored(ElementType::int8, {-3, 3, 50}));
  scale_host(target, target, {.denominator = 1000}, ElementType::int8);
  EXPECT_EQ(target, stored(ElementType::int8, {0, 0, 0}));
}

}  // namespace
}  // namespace muster
