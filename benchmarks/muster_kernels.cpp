// SPDX-License-Identifier: Apache-2.0
// The program muster_kernels: Google Benchmark's command line over our kernels.
#include <cstdio>
#include <exception>

#include "benchmarks/google_front.hpp"

int main(int argc, char** argv) {
  try {
    return muster::run_google_front(
        argc, argv, {muster::Family::matmul, muster::Family::reduce, muster::Family::memory, muster::Family::peak});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "muster_kernels: %s\n", error.what());
    return 2;
  }
}
