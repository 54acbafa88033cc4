// SPDX-License-Identifier: Apache-2.0
// What NCCL chose for a collective: it tells profiler plugins, and with NCCL_PROFILER_PLUGIN=STATIC_PLUGIN it looks for
// their symbols in the program itself (NCCL 2.27: ncclProfiler_v4; 2.28 and later: ncclProfiler_v5). We are such a
// plugin and only take notes.
#pragma once

#include <atomic>
#include <string>

namespace muster {

/// Notes about the last operation of one communicator. Its address must not change: the plugin writes into it.
class NcclObservation {
 public:
  /// From now on, a communicator with the configured name (ncclConfig_t::commName) name() reports here.
  NcclObservation();
  ~NcclObservation();
  NcclObservation(const NcclObservation&) = delete;
  NcclObservation& operator=(const NcclObservation&) = delete;

  const char* name() const { return name_.c_str(); }
  /// "ring, LL128, 16 channels"; for sends and receives "4 channels"; empty when nothing was told.
  std::string text() const;
  void clear();

  // By the plugin, from NCCL's threads: no lock, no allocation. The words are literals of NCCL's.
  void note_collective(const char* algorithm, const char* protocol, int channels);
  void note_point_to_point(int channels);

 private:
  std::string name_;
  std::atomic<const char*> algorithm_{nullptr}, protocol_{nullptr};
  std::atomic<int> channels_{0};
};

/// Makes NCCL ask this program for a plugin, unless the user has set NCCL_PROFILER_PLUGIN or the program does not
/// export ours. Before NCCL's first call, while no other thread reads the environment.
void offer_nccl_profiler();

}  // namespace muster
