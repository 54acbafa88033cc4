// SPDX-License-Identifier: Apache-2.0
// By system calls, because libnuma would be a library for two of them. Numbers: linux/mempolicy.h.
#include "kernels/cuda/node_memory.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/error.hpp"

namespace muster {
namespace {

// All of the width that the system call reads: what a variadic call leaves above an int is anything.
constexpr unsigned long kBind = 2;       ///< MPOL_BIND: these nodes or none
constexpr unsigned long kAskNode = 1;    ///< MPOL_F_NODE
constexpr unsigned long kOfAddress = 2;  ///< MPOL_F_ADDR
constexpr unsigned long kMostNodes = 1024;
constexpr unsigned long kBits = 8 * sizeof(unsigned long);
using NodeMask = std::array<unsigned long, kMostNodes / kBits>;

bool has_node(int node) {
  std::error_code ignored;
  return std::filesystem::exists("/sys/devices/system/node/node" + std::to_string(node), ignored);
}

/// Where this is the only node, every page lies on it and nothing need be asked for.
bool is_only_node(int node) { return node == 0 && !has_node(1); }

bool is_here(int node) { return node == 0 || (node > 0 && has_node(node)); }

/// 0, or why not (errno).
int bind_to_node(std::byte* memory, std::size_t size, int node) {
  NodeMask mask{};
  const auto bit = static_cast<unsigned long>(node);
  mask.at(bit / kBits) = 1UL << (bit % kBits);
  return syscall(SYS_mbind, memory, size, kBind, mask.data(), kMostNodes, 0UL) == 0 ? 0 : errno;
}

/// -1 when the system does not tell.
int node_of(const std::byte* address) {
  int node = -1;
  return syscall(SYS_get_mempolicy, &node, nullptr, 0UL, address, kAskNode | kOfAddress) == 0 ? node : -1;
}

Unsupported refusal(const std::string& place, const std::string& why) {
  return {"memory cannot be placed on " + place + " (" + why + "): give the container the right to place memory"};
}

}  // namespace

void NodeMemory::Unmap::operator()(std::byte* memory) const { munmap(memory, size); }

std::variant<NodeMemory, Unsupported> NodeMemory::on_node(int node, Bytes size) {
  MUSTER_ASSERT(size.value > 0);
  NodeMemory made;
  made.place_ = "NUMA node " + std::to_string(node);
  if (!is_here(node) || static_cast<unsigned long>(node) >= kMostNodes) {
    return Unsupported{"this host has no " + made.place_};
  }
  void* const mapped = mmap(nullptr, size.value, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) {
    throw Error("no " + format_size(size) + " of host memory (" + std::strerror(errno) + "); choose smaller transfers");
  }
  made.memory_ = std::unique_ptr<std::byte, Unmap>(static_cast<std::byte*>(mapped), Unmap{size.value});
  const int failure = is_only_node(node) ? 0 : bind_to_node(made.data(), size.value, node);
  if (failure != 0) return refusal(made.place_, std::string("mbind: ") + std::strerror(failure));
  std::memset(mapped, 0, size.value);  // pages come when they are touched
  const int found = node_of(made.data());
  if (found >= 0 && found != node) return refusal(made.place_, "it came from node " + std::to_string(found));
  if (found < 0) made.place_ += " (not confirmed)";
  return made;
}

}  // namespace muster
