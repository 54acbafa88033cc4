// SPDX-License-Identifier: Apache-2.0
// Names written short, as Slurm and topograph do: "node[001-128,130]", "rack[1-4]n[01-18]", "login1,gpu[0-7]".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster {

struct HostlistLimits {
  std::size_t names = 200'000;    ///< 800,000 GPUs at four a host
  std::size_t name_length = 255;  ///< characters, of a host name in DNS (RFC 1035)
};

/// Every name, in the order written; numbers keep the zeros of the lower end ("[08-10]" is 08, 09, 10). Brackets may
/// stand in brackets. Throws Error (without a place) for what is not closed, is no range, or beyond the limits.
std::vector<std::string> expand_hostlist(std::string_view text, const HostlistLimits& limits = {});

}  // namespace muster
