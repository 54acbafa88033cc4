// SPDX-License-Identifier: Apache-2.0
// Faults of the made-up driver library (tests/topology/fake_nvml.hpp) as long as an object of this type lives.
#pragma once

#include <cstdlib>

namespace muster {

class FakeFaults {
 public:
  explicit FakeFaults(const char* words) { setenv(kVariable, words, 1); }
  ~FakeFaults() { unsetenv(kVariable); }
  FakeFaults(const FakeFaults&) = delete;
  FakeFaults& operator=(const FakeFaults&) = delete;

 private:
  static constexpr const char* kVariable = "FAKE_NVML_FAULTS";
};

}  // namespace muster
