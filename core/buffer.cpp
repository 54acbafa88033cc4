// SPDX-License-Identifier: Apache-2.0
#include "core/buffer.hpp"

#include <cstring>
#include <new>

#include "core/error.hpp"

namespace muster {

HostBuffer::HostBuffer(Bytes size) {
  if (size.value == 0) return;
  void* const memory = ::operator new[](size.value, std::align_val_t{kBufferAlignment}, std::nothrow);
  if (memory == nullptr) {
    throw Error("no memory for a host buffer of " + format_size(size) + " bytes: choose a smaller maximum size");
  }
  memory_.reset(static_cast<std::byte*>(memory));
  size_ = size.value;
  std::memset(memory, 0, size_);
}

void HostBuffer::Free::operator()(std::byte* memory) const {
  ::operator delete[](memory, std::align_val_t{kBufferAlignment});
}

}  // namespace muster
