// SPDX-License-Identifier: Apache-2.0
// The program muster_collectives: Google Benchmark's command line over our collectives.
#include <cstdio>
#include <exception>

#include "benchmarks/google_front.hpp"

int main(int argc, char** argv) {
  try {
    return muster::run_google_front(argc, argv, {muster::Family::collective});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "muster_collectives: %s\n", error.what());
    return 2;
  }
}
