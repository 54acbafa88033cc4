// SPDX-License-Identifier: Apache-2.0
#include "collectives/transports/nccl_execution.hpp"

#include "collectives/transports/gpu_memory.hpp"

namespace muster {

void NcclExecution::run() {
  launch();
  loan_.communicators.wait(loan_.streams.front(), call_, 1);
  deliver_output(loan_.tap, memory_, type_);
}

std::vector<Seconds> NcclExecution::stream(int count) {
  std::vector<CudaEvent> ends;  // ends[0]: the start
  for (int i = 0; i <= count; ++i) ends.emplace_back(Timing::enabled);
  ends.front().record(stream_of(0));
  for (int i = 1; i <= count; ++i) {
    launch();
    ends[static_cast<std::size_t>(i)].record(stream_of(0));
  }
  loan_.communicators.wait(loan_.streams.front(), call_, count);
  std::vector<Seconds> durations;
  for (std::size_t i = 1; i < ends.size(); ++i) durations.push_back(between(ends[i - 1], ends[i]));
  return durations;
}

void NcclExecution::launch() {
  if (graph_) {
    graph_->launch(stream_of(0));
  } else {
    queue();
  }
}

void NcclExecution::make_ready() {
  queue();
  loan_.communicators.wait(loan_.streams.front(), call_, 1);
  if (loan_.options.launch == Launch::graph) graph_ = captured(stream_of(0), [this](cudaStream_t) { queue(); });
}

std::string NcclExecution::options_text() const {
  return std::string(loan_.options.launch == Launch::graph ? ", CUDA graph" : "") +
         (loan_.options.buffers == Buffers::registered ? ", registered buffers" : "");
}

}  // namespace muster
