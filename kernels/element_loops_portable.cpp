// SPDX-License-Identifier: Apache-2.0
// The loops of fill and verify, compiled for any CPU.
#include "kernels/element_loops.hpp"

namespace muster {
namespace {
struct Portable {};
}  // namespace

extern const ElementLoops kElementPortable;
const ElementLoops kElementPortable = element_loops<Portable>("portable");

}  // namespace muster
