// SPDX-License-Identifier: Apache-2.0
#include "collectives/transports/gpu_graph.hpp"

#include <map>
#include <memory>

namespace muster {
namespace {

struct DestroyGraph {
  void operator()(cudaGraph_t graph) const { cudaGraphDestroy(graph); }
};
using GraphOwner = std::unique_ptr<CUgraph_st, DestroyGraph>;

GraphOwner empty_graph() {
  cudaGraph_t graph = nullptr;
  check_cuda(cudaGraphCreate(&graph, 0), "cudaGraphCreate");
  return GraphOwner(graph);
}

/// What the sum launches (one kernel or two), as a graph of its own. The stream tells the kernel's GPU.
GraphOwner sum_graph(const GpuNode& node, cudaStream_t stream, ElementType type, DeviceReduceFunction reduce) {
  check_cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
  cudaGraph_t graph = nullptr;
  try {
    reduce(node.to, node.own, node.from, Bytes{node.bytes}, type, stream);
  } catch (...) {
    cudaStreamEndCapture(stream, &graph);
    if (graph != nullptr) cudaGraphDestroy(graph);
    throw;
  }
  check_cuda(cudaStreamEndCapture(stream, &graph), "cudaStreamEndCapture");
  return GraphOwner(graph);
}

}  // namespace

CudaGraph make_gpu_graph(const GpuPlan& plan, std::span<const int> ordinals, ElementType type,
                         DeviceReduceFunction reduce) {
  GraphOwner graph = empty_graph();
  std::map<int, CudaStream> streams;  ///< [ordinal]: to capture on
  std::vector<cudaGraphNode_t> nodes;
  for (const GpuNode& node : plan) {
    const int ordinal = ordinals[static_cast<std::size_t>(node.rank)];
    const CurrentGpu current(ordinal);  // nodes belong to the GPU that is current when they are added
    std::vector<cudaGraphNode_t> after;
    for (const int before : node.after) after.push_back(nodes[static_cast<std::size_t>(before)]);
    cudaGraphNode_t added = nullptr;
    if (node.combine == Combine::copy) {
      check_cuda(cudaGraphAddMemcpyNode1D(&added, graph.get(), after.data(), after.size(), node.to, node.from,
                                          node.bytes, cudaMemcpyDefault),
                 "cudaGraphAddMemcpyNode1D");
    } else {
      const GraphOwner sum = sum_graph(node, streams[ordinal].get(), type, reduce);
      check_cuda(cudaGraphAddChildGraphNode(&added, graph.get(), after.data(), after.size(), sum.get()),
                 "cudaGraphAddChildGraphNode");
    }
    nodes.push_back(added);
  }
  return CudaGraph(graph.release());
}

}  // namespace muster
