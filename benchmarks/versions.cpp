// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/versions.hpp"

#include <sys/utsname.h>

#include "collectives/team.hpp"
#include "collectives/transports/transports.hpp"
#include "kernels/gpu_versions.hpp"
#include "kernels/matmul.hpp"

namespace muster {

std::map<std::string, std::string> versions() {
  std::map<std::string, std::string> all = {
      {"muster", MUSTER_VERSION}, {"compiler", __VERSION__}, {"onednn", matmul_library_version()}};
  utsname system{};
  if (uname(&system) == 0) all["kernel"] = std::string(system.sysname) + " " + system.release;
  if (const std::string mpi = mpi_version(); !mpi.empty()) all["mpi"] = mpi;
  return all;
}

std::map<std::string, std::string> gpu_versions() {
  std::map<std::string, std::string> all = gpu_library_versions();
  if (const std::string nccl = nccl_version_text(); !nccl.empty()) all["nccl"] = nccl;
  return all;
}

}  // namespace muster
