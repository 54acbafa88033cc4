// SPDX-License-Identifier: Apache-2.0
// Transport `threads`: ranks are threads of one process, so every rank's memory is everybody's. Always there.
#include "collectives/transports/pull.hpp"
#include "collectives/transports/transports.hpp"
#include "core/buffer.hpp"

namespace muster {
namespace {

class ThreadsTransport final : public PullTransport {
 public:
  using PullTransport::PullTransport;
  TransportKind kind() const override { return TransportKind::threads; }

 private:
  std::vector<std::byte*> share(std::uint64_t bytes) override {
    team().barrier();  // nobody reads the old memory any more
    memory_ = HostBuffer(Bytes{bytes});
    return all_gather(team(), memory_.bytes().data());
  }

  HostBuffer memory_;
};

}  // namespace

std::variant<std::unique_ptr<Transport>, Unsupported> make_threads_transport(Team& team, const ReduceKernels& reduce) {
  if (!team.one_process()) return Unsupported{"the ranks are processes of their own; threads needs --launcher threads"};
  return std::make_unique<ThreadsTransport>(team, reduce.host);
}

}  // namespace muster
