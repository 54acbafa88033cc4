// SPDX-License-Identifier: Apache-2.0
#include "kernels/reduce_cuda.hpp"

#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "kernels/element_format.hpp"
#include "kernels/fill.hpp"
#include "kernels/reduce.hpp"

namespace muster {
namespace {

using Data = std::vector<std::byte>;

void check(cudaError_t status) {
  if (status != cudaSuccess) throw Error(cudaGetErrorString(status));
}

/// Device memory with a copy of `data`.
class DeviceBuffer {
 public:
  explicit DeviceBuffer(std::span<const std::byte> data) : size_(data.size()) {
    check(cudaMalloc(&memory_, size_ + 1));
    check(cudaMemcpy(memory_, data.data(), size_, cudaMemcpyHostToDevice));
  }
  ~DeviceBuffer() { cudaFree(memory_); }
  DeviceBuffer(const DeviceBuffer&) = delete;
  DeviceBuffer& operator=(const DeviceBuffer&) = delete;

  std::byte* data() { return static_cast<std::byte*>(memory_); }
  Data read() const {
    Data data(size_);
    check(cudaMemcpy(data.data(), memory_, size_, cudaMemcpyDeviceToHost));
    return data;
  }

 private:
  void* memory_ = nullptr;
  std::size_t size_;
};

class ReduceCuda : public ::testing::Test {
 protected:
  void SetUp() override {
    int devices = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
      GTEST_SKIP() << "no CUDA device here: the device body of reduce is not tested";
    }
  }
};

/// Raw random bits: for floats with every exponent, denormals, infinities and NaN.
Data random_bits(std::size_t bytes, std::uint64_t seed) {
  Data data(bytes);
  fill(data, {.pattern = Pattern::entropy, .seed = seed, .type = ElementType::uint8}, 0, 0);
  return data;
}

void expect_same(const Data& found, const Data& expected, ElementType type, const std::string& what) {
  with_format(type, [&](auto format) {
    typename decltype(format)::Bits a, b;
    for (std::size_t i = 0; i < found.size(); i += sizeof(a)) {
      std::memcpy(&a, &found[i], sizeof(a));
      std::memcpy(&b, &expected[i], sizeof(b));
      const bool both_nan = std::isnan(format.value_of(a)) && std::isnan(format.value_of(b));
      if (both_nan) continue;
      ASSERT_EQ(a, b) << name_of(type) << " " << what << ", byte " << i;
    }
  });
}

TEST_F(ReduceCuda, Gives_the_sums_of_the_host_body_for_every_type_and_length) {
  for (const ElementTypeInfo& type : kElementTypes) {
    for (const std::size_t count : {0U, 1U, 3U, 15U, 16U, 17U, 1000U, 1U << 20}) {
      const Data left = random_bits(count * type.size, 1), right = random_bits(count * type.size, 2);
      Data expected(left.size());
      reduce_host(expected, left, right, type.type);
      DeviceBuffer a(left), b(right), target(Data(left.size()));
      reduce_cuda(target.data(), a.data(), b.data(), Bytes{left.size()}, type.type, nullptr);
      expect_same(target.read(), expected, type.type, std::to_string(count));
    }
  }
}

TEST_F(ReduceCuda, Works_in_place_and_where_nothing_is_aligned_to_16_bytes) {
  for (const ElementTypeInfo& type : kElementTypes) {
    const Data left = random_bits(777 * type.size, 3), right = random_bits(777 * type.size, 4);
    Data expected = left;
    const auto tail = std::span(expected).subspan(type.size);
    reduce_host(tail, tail, std::span(right).subspan(type.size), type.type);
    DeviceBuffer target(left), b(right);
    reduce_cuda(target.data() + type.size, target.data() + type.size, b.data() + type.size, Bytes{tail.size()},
                type.type, nullptr);
    expect_same(target.read(), expected, type.type, "in place");
  }
}

}  // namespace
}  // namespace muster
