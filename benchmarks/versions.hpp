// SPDX-License-Identifier: Apache-2.0
// Which software measured: what a report needs so that a difference between two nights can be explained.
#pragma once

#include <map>
#include <string>

namespace muster {

/// "muster", "compiler", "kernel", "onednn", and "mpi" where it was compiled in.
std::map<std::string, std::string> versions();

}  // namespace muster
