// SPDX-License-Identifier: Apache-2.0
// Host memory of one NUMA node, as an end of a link. No CUDA in this header.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <variant>

#include "core/units.hpp"
#include "core/unsupported.hpp"

namespace muster {

class NodeMemory {
 public:
  NodeMemory() = default;
  /// Zeroed pages that lie on `node`; `size` > 0. Unsupported: no such node, or the system does not let this process
  /// place memory (a container's filter). Throws Error when memory is short.
  static std::variant<NodeMemory, Unsupported> on_node(int node, Bytes size);

  std::byte* data() const { return memory_.get(); }
  /// "NUMA node 1"; says so when the system did not confirm it.
  const std::string& place() const { return place_; }

 private:
  struct Unmap {
    std::size_t size;
    void operator()(std::byte* memory) const;
  };
  std::unique_ptr<std::byte, Unmap> memory_{nullptr, Unmap{0}};
  std::string place_;
};

}  // namespace muster
