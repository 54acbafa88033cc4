// SPDX-License-Identifier: Apache-2.0
// The loops of fill and verify, compiled for AVX2.
#include "kernels/element_loops.hpp"

namespace muster {
namespace {
struct Avx2 {};
}  // namespace

extern const ElementLoops kElementAvx2;
const ElementLoops kElementAvx2 = element_loops<Avx2>("avx2");

}  // namespace muster
