// SPDX-License-Identifier: Apache-2.0
#include "kernels/ceilings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/host_bodies.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;

TEST(PeakKernel, Every_multiply_add_that_a_loop_claims_is_done) {
  for (const PeakLoop* loop : peak_loops_here()) {
    for (const std::uint64_t iterations : {1U, 7U, 100U}) {
      const double multiply_adds = loop->run(iterations);
      EXPECT_EQ(2 * multiply_adds, static_cast<double>(iterations) * loop->flops_per_iteration)
          << loop->name << " " << name_of(loop->type);
    }
  }
}

TEST(PeakKernel, Runs_about_the_wanted_work_and_returns_the_exact_one) {
  for (const ElementType type :
       {ElementType::float32, ElementType::float64, ElementType::bfloat16, ElementType::int8}) {
    auto made = make_peak_kernel(type, Flops{1e7});
    auto& kernel = *std::get<std::unique_ptr<PeakKernel>>(made);
    const double work = kernel.run().value;
    EXPECT_NEAR(work, 1e7, 2e5) << name_of(type);
    EXPECT_EQ(kernel.run().value, work) << name_of(type);
    EXPECT_FALSE(kernel.configuration().empty());
  }
}

TEST(PeakKernel, Never_runs_nothing) {
  auto made = make_peak_kernel(ElementType::float32, Flops{1});
  EXPECT_GT(std::get<std::unique_ptr<PeakKernel>>(made)->run().value, 0);
}

TEST(PeakKernel, A_type_that_nothing_multiplies_is_unsupported_and_named) {
  const auto made = make_peak_kernel(ElementType::uint64, Flops{1e6});
  ASSERT_TRUE(std::holds_alternative<Unsupported>(made));
  EXPECT_THAT(std::get<Unsupported>(made).reason, HasSubstr("uint64"));
}

/// One pass of `loops` over arrays of whole numbers, checked element by element.
void expect_pass(const MemoryLoops& loops, const MemoryLoop (&variant)[4], std::size_t bytes) {
  HostBuffer left{Bytes{bytes}}, right{Bytes{bytes}}, target{Bytes{bytes}};
  const auto a = left.as<std::uint64_t>(), b = right.as<std::uint64_t>(), c = target.as<std::uint64_t>();
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = 3 * i + 1;
    b[i] = i * i;
    sum += a[i];
  }
  const auto run = [&](MemoryAccess access) {
    return variant[static_cast<std::size_t>(access)](target.bytes().data(), left.bytes().data(), right.bytes().data(),
                                                     bytes);
  };
  EXPECT_EQ(run(MemoryAccess::read), sum) << loops.name;
  run(MemoryAccess::copy);
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_EQ(c[i], a[i]) << loops.name << " copy " << i;
  run(MemoryAccess::add);
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_EQ(c[i], a[i] + b[i]) << loops.name << " add " << i;
  run(MemoryAccess::write);
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_EQ(c[i], 0U) << loops.name << " write " << i;
}

TEST(MemoryKernel, Every_body_touches_every_byte_once_with_ordinary_and_with_non_temporal_stores) {
  for (const MemoryLoops* loops : memory_loops_here()) {
    for (const std::size_t steps : {1U, 2U, 7U}) {
      expect_pass(*loops, loops->ordinary, steps * kMemoryStep);
      expect_pass(*loops, loops->streaming, steps * kMemoryStep);
    }
  }
}

TEST(MemoryKernel, Moves_at_least_a_mebibyte_per_run_in_whole_passes) {
  for (const MemoryAccess access : {MemoryAccess::read, MemoryAccess::write, MemoryAccess::copy, MemoryAccess::add}) {
    for (const std::uint64_t size : {std::uint64_t{1}, std::uint64_t{32} << 10, std::uint64_t{3} << 20}) {
      MemoryKernel kernel(access, Bytes{size});
      const std::uint64_t moved = kernel.run().value;
      EXPECT_GE(moved, kMinStreamBytes.value) << name_of(access) << " " << size;
      EXPECT_LE(moved, kMinStreamBytes.value + std::max<std::uint64_t>(size, 3 * kMemoryStep)) << name_of(access);
      EXPECT_EQ(moved % kMemoryStep, 0U);
      EXPECT_THAT(kernel.configuration(), HasSubstr(memory_loops_here().front()->name));
    }
  }
}

}  // namespace
}  // namespace muster
