// SPDX-License-Identifier: Apache-2.0
// The command line of nccl-tests: the same flags, short and long, with the same defaults (guides: conventions,
// section 1; src/common.cu there). A new flag is one line in the table of perf_options.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/collective.hpp"
#include "core/element_type.hpp"
#include "core/units.hpp"

namespace muster {

/// `-a`: which rank's mean time is the row's.
enum class PerfAverage { rank0, mean, least, most };

struct PerfOptions {
  std::optional<int> threads;                                        ///< -t; nullopt: neither -t nor -g was given
  std::optional<int> gpus;                                           ///< -g, per thread
  Bytes min_bytes{32 << 20};                                         ///< -b
  Bytes max_bytes{32 << 20};                                         ///< -e
  std::uint64_t step_bytes = 1 << 20;                                ///< -i
  std::uint64_t step_factor = 1;                                     ///< -f; 1 = steps of step_bytes
  int iterations = 20;                                               ///< -n
  int aggregated = 1;                                                ///< -m
  int warmup = 1;                                                    ///< -w
  int cycles = 1;                                                    ///< -N; 0 = for ever
  int parallel_init = 0;                                             ///< -p
  int checks = 1;                                                    ///< -c
  std::vector<ReduceOperation> operations = {ReduceOperation::sum};  ///< -o
  std::vector<ElementType> types = {ElementType::float32};           ///< -d
  int root = 0;                                                      ///< -r; -1 = all
  int blocking = 0;                                                  ///< -z
  int stream_null = 0;                                               ///< -y
  int timeout_seconds = 0;                                           ///< -T; 0 = none
  int graph_launches = 0;                                            ///< -G
  int cpu_time = 0;                                                  ///< -C
  int timestamps = 0;                                                ///< -S
  std::string output_file;                                           ///< -J
  PerfAverage average = PerfAverage::mean;                           ///< -a
  int local_register = 0;                                            ///< -R
  int cta_policy = 0;                                                ///< -x
  int device_implementation = 0;                                     ///< -D
  int device_ctas = 16;                                              ///< -V
  int memory_report = 0;                                             ///< -M
  int unalign = 0;                                                   ///< -u
  int per_iteration = 0;                                             ///< -I
  int skipped_iterations = 0;                                        ///< -K

  int ranks_per_process() const { return threads.value_or(1) * gpus.value_or(1); }
};

/// What to print instead of measuring; standard output for 0, else standard error.
struct PerfUsage {
  int exit_code = 0;
  std::string text;
};

/// nccl-tests ends with -1 on a command line that it does not understand.
inline constexpr int kPerfUsageError = 255;

/// `arguments` without argv[0].
std::variant<PerfOptions, PerfUsage> parse_perf_options(std::string_view program,
                                                        std::span<const char* const> arguments);

/// As nccl-tests reads a size: a number and perhaps one of K, M, G in either case, powers of 1024; what follows that
/// letter is not looked at ("8MB"). nullopt where it is anything else.
std::optional<Bytes> parse_perf_size(const std::string& text);

}  // namespace muster
