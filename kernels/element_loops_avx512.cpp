// SPDX-License-Identifier: Apache-2.0
// The loops of fill and verify, compiled for AVX-512.
#include "kernels/element_loops.hpp"

namespace muster {
namespace {
struct Avx512 {};
}  // namespace

extern const ElementLoops kElementAvx512;
const ElementLoops kElementAvx512 = element_loops<Avx512>("avx512");

}  // namespace muster
