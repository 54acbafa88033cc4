// SPDX-License-Identifier: Apache-2.0
// The table of programs. A new one is one line here and one in CMakeLists.txt.
#include "benchmarks/nccl_tests/perf_program.hpp"

#include <array>

namespace muster {
namespace {

constexpr std::array<PerfProgram, 10> kPrograms = {{
    {"all_reduce_perf", Collective::all_reduce, "AllReduce", ""},
    {"all_gather_perf", Collective::all_gather, "AllGather", "none"},
    {"reduce_scatter_perf", Collective::reduce_scatter, "ReduceScatter", ""},
    {"alltoallv_perf", Collective::all_to_allv, "AlltoAllv", "none"},
    {"alltoall_perf", Collective::all_to_all, "AlltoAll", "none"},
    {"broadcast_perf", Collective::broadcast, "Broadcast", "none"},
    {"reduce_perf", Collective::reduce, "Reduce", ""},
    {"gather_perf", Collective::gather, "Gather", "none"},
    {"scatter_perf", Collective::scatter, "Scatter", "none"},
    {"sendrecv_perf", Collective::send_recv, "SendRecv", "sum"},
}};

}  // namespace

std::span<const PerfProgram> perf_programs() { return kPrograms; }

const PerfProgram* find_perf_program(std::string_view path) {
  const std::string_view name = path.substr(path.find_last_of('/') + 1);
  for (const PerfProgram& program : kPrograms) {
    if (name.starts_with(program.name)) return &program;
  }
  return nullptr;
}

}  // namespace muster
