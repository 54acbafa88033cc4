// SPDX-License-Identifier: Apache-2.0
#include "tests/collectives/fake_cuda.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <thread>
#include <utility>
#include <vector>

using muster::FakeWork;
using muster::FakeWorkMaker;

struct CUgraphNode_st {
  FakeWorkMaker make;
  std::vector<CUgraphNode_st*> after;
};
struct CUgraph_st {
  std::vector<std::unique_ptr<CUgraphNode_st>> nodes;
};
struct CUgraphExec_st {
  std::unique_ptr<CUgraph_st> graph;
};
struct CUstream_st {
  int gpu = 0;
  std::deque<FakeWork> queue{};
  CUgraph_st* capturing = nullptr;
  std::vector<CUgraphNode_st*> tail{};  ///< what the next captured node follows
};
struct CUevent_st {
  int recorded = 0, reached = 0;
  CUgraph_st* capturing = nullptr;
  std::vector<CUgraphNode_st*> tail{};
};

namespace {

thread_local int t_gpu = 0;
thread_local std::vector<CUstream_st*> t_streams;
thread_local cudaError_t t_error = cudaSuccess;
thread_local std::set<int> t_peers[muster::kFakeGpus];

std::size_t random_below(std::size_t bound) {
  static std::atomic<unsigned> seed{1};
  thread_local std::mt19937_64 random(seed++);
  return random() % bound;
}

struct Allocation {
  std::size_t bytes;
  int gpu;
};
std::mutex g_lock;
std::map<const std::byte*, Allocation> g_allocations;

cudaError_t result(cudaError_t status) {
  if (status != cudaSuccess) t_error = status;
  return status;
}

/// Lets one stream of this thread, chosen at random, do its next piece of work; false when none could.
bool pump() {
  std::vector<CUstream_st*> busy;
  std::ranges::copy_if(t_streams, std::back_inserter(busy), [](CUstream_st* each) { return !each->queue.empty(); });
  while (!busy.empty()) {
    const auto chosen = busy.begin() + static_cast<std::ptrdiff_t>(random_below(busy.size()));
    if ((*chosen)->queue.front()()) {
      (*chosen)->queue.pop_front();
      return true;
    }
    busy.erase(chosen);
  }
  std::this_thread::yield();
  return false;
}

/// One launch: every node whose predecessors are done is tried, in random order, until all are done.
class Run {
 public:
  explicit Run(const CUgraph_st& graph) {
    for (const auto& node : graph.nodes) waiting_.push_back({node.get(), node->make()});
  }
  bool operator()() {
    std::ranges::shuffle(waiting_, std::mt19937_64(random_below(1u << 30)));
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      const auto& [node, work] = waiting_[i];
      const bool may_start =
          std::ranges::all_of(node->after, [&](CUgraphNode_st* each) { return done_.contains(each); });
      if (!may_start || !work()) continue;
      done_.insert(node);
      waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
      return waiting_.empty();
    }
    return waiting_.empty();
  }

 private:
  std::vector<std::pair<CUgraphNode_st*, FakeWork>> waiting_;
  std::set<CUgraphNode_st*> done_;
};

FakeWorkMaker once(std::function<void()> action) {
  return [action = std::move(action)] {
    return [action] {
      action();
      return true;
    };
  };
}

CUgraphNode_st* add_node(CUgraph_st& graph, FakeWorkMaker make, std::vector<CUgraphNode_st*> after) {
  graph.nodes.push_back(std::make_unique<CUgraphNode_st>(CUgraphNode_st{std::move(make), std::move(after)}));
  return graph.nodes.back().get();
}

FakeWorkMaker copy(void* to, const void* from, std::size_t bytes) {
  return once([=] { std::memcpy(to, from, bytes); });
}

}  // namespace

namespace muster {

void queue_fake_work(cudaStream_t stream, const FakeWorkMaker& make) {
  if (stream->capturing == nullptr) {
    stream->queue.push_back(make());
  } else {
    stream->tail = {add_node(*stream->capturing, make, stream->tail)};
  }
}

bool can_fake_kernel_reach(cudaStream_t stream, const std::byte* memory, std::size_t bytes) {
  const std::scoped_lock lock(g_lock);
  auto found = g_allocations.upper_bound(memory);
  if (found == g_allocations.begin()) return false;
  --found;
  const int owner = found->second.gpu;
  return memory + bytes <= found->first + found->second.bytes && (owner == stream->gpu || owner / 2 == stream->gpu / 2);
}

}  // namespace muster

extern "C" {

cudaError_t cudaGetDeviceCount(int* count) {
  *count = muster::kFakeGpus;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int* gpu) {
  *gpu = t_gpu;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int gpu) {
  t_gpu = gpu;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int gpu) {
  *properties = {};
  std::snprintf(properties->name, sizeof properties->name, "Fake");
  properties->uuid.bytes[15] = static_cast<char>(gpu);
  properties->major = 9;
  return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr, int) {
  *value = 1;
  return cudaSuccess;
}
cudaError_t cudaDeviceGetPCIBusId(char* text, int length, int gpu) {
  std::snprintf(text, static_cast<std::size_t>(length), "0000:%02x:00.0", gpu);
  return cudaSuccess;
}
cudaError_t cudaDeviceCanAccessPeer(int* possible, int gpu, int peer) {
  *possible = gpu / 2 == peer / 2;
  return cudaSuccess;
}
cudaError_t cudaDeviceEnablePeerAccess(int peer, unsigned) {
  return result(t_peers[t_gpu].insert(peer).second ? cudaSuccess : cudaErrorPeerAccessAlreadyEnabled);
}
const char* cudaGetErrorString(cudaError_t) { return "made up"; }
cudaError_t cudaGetLastError() { return std::exchange(t_error, cudaSuccess); }

cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
  *memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  std::memset(*memory, 0xCC, bytes);
  const std::scoped_lock lock(g_lock);
  g_allocations[static_cast<std::byte*>(*memory)] = {bytes, t_gpu};
  return cudaSuccess;
}
cudaError_t cudaFree(void* memory) {
  const std::scoped_lock lock(g_lock);
  g_allocations.erase(static_cast<std::byte*>(memory));
  std::free(memory);
  return cudaSuccess;
}
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* all) {
  *free = *all = 0;
  return cudaSuccess;
}
cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind) {
  std::memcpy(to, from, bytes);
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind, cudaStream_t stream) {
  muster::queue_fake_work(stream, copy(to, from, bytes));
  return cudaSuccess;
}
cudaError_t cudaMemset(void* memory, int value, std::size_t bytes) {
  std::memset(memory, value, bytes);
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  *stream = new CUstream_st{.gpu = t_gpu};
  t_streams.push_back(*stream);
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  std::erase(t_streams, stream);
  delete stream;
  return cudaSuccess;
}
cudaError_t cudaStreamQuery(cudaStream_t stream) {
  pump();
  return result(stream->queue.empty() ? cudaSuccess : cudaErrorNotReady);
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  while (stream != cudaStreamLegacy && !stream->queue.empty()) pump();
  return cudaSuccess;
}
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  stream->capturing = new CUgraph_st;
  stream->tail.clear();
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  *graph = stream->capturing;
  for (CUstream_st* each : t_streams) {
    if (each->capturing != *graph) continue;
    each->capturing = nullptr;
    each->tail.clear();
  }
  return cudaSuccess;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  if (event->capturing != nullptr) {
    stream->capturing = event->capturing;
    stream->tail.insert(stream->tail.end(), event->tail.begin(), event->tail.end());
  } else {
    stream->queue.push_back([event, awaited = event->recorded] { return event->reached >= awaited; });
  }
  return cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = new CUevent_st;
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  event->capturing = stream->capturing;
  event->tail = stream->tail;
  if (stream->capturing != nullptr) return cudaSuccess;
  stream->queue.push_back([event, number = ++event->recorded] {
    event->reached = number;
    return true;
  });
  return cudaSuccess;
}
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t, cudaEvent_t) {
  *milliseconds = 1;
  return cudaSuccess;
}

cudaError_t cudaGraphCreate(cudaGraph_t* graph, unsigned) {
  *graph = new CUgraph_st;
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}
cudaError_t cudaGraphAddMemcpyNode1D(cudaGraphNode_t* node, cudaGraph_t graph, const cudaGraphNode_t* after,
                                     std::size_t count, void* to, const void* from, std::size_t bytes, cudaMemcpyKind) {
  *node = add_node(*graph, copy(to, from, bytes), {after, after + count});
  return cudaSuccess;
}
cudaError_t cudaGraphAddChildGraphNode(cudaGraphNode_t* node, cudaGraph_t graph, const cudaGraphNode_t* after,
                                       std::size_t count, cudaGraph_t child) {
  const auto clone = std::make_shared<std::vector<FakeWorkMaker>>();
  for (const auto& each : child->nodes) clone->push_back(each->make);
  const auto run_all = [clone] {
    for (const FakeWorkMaker& make : *clone) make()();
  };
  *node = add_node(*graph, once(run_all), {after, after + count});
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* ready, cudaGraph_t graph, unsigned long long) {
  *ready = new CUgraphExec_st{std::make_unique<CUgraph_st>()};
  std::map<CUgraphNode_st*, CUgraphNode_st*> clones;
  for (const auto& node : graph->nodes) {
    std::vector<CUgraphNode_st*> after;
    for (CUgraphNode_st* each : node->after) after.push_back(clones.at(each));
    clones[node.get()] = add_node(*(*ready)->graph, node->make, after);
  }
  return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph) {
  delete graph;
  return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream) {
  stream->queue.push_back(Run(*graph->graph));
  return cudaSuccess;
}

}  // extern "C"
