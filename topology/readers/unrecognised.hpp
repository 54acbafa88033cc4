// SPDX-License-Identifier: Apache-2.0
// For files that no reader knows: what they plainly are, so that the error can say what to do.
#pragma once

#include <string>
#include <string_view>

namespace muster {

/// "an archive packed by gzip; unpack it and give what lies inside", or that nothing is known about it.
std::string describe_unrecognised(std::string_view text);

}  // namespace muster
