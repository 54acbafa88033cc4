// SPDX-License-Identifier: Apache-2.0
#include "tests/collectives/fake_nccl.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "tests/collectives/fake_cuda.hpp"

namespace {

using Bytes = std::vector<std::byte>;

/// What the ranks of a communicator share.
struct World {
  std::mutex lock;
  std::map<std::pair<int, int>, std::deque<Bytes>> mail;  ///< [source, target]

  void put(int source, int target, Bytes letter) {
    const std::scoped_lock guard(lock);
    mail[{source, target}].push_back(std::move(letter));
  }
  bool take(int source, int target, Bytes& letter) {
    const std::scoped_lock guard(lock);
    std::deque<Bytes>& box = mail[{source, target}];
    if (box.empty()) return false;
    letter = std::move(box.front());
    box.pop_front();
    return true;
  }
};

}  // namespace

struct ncclComm {
  std::shared_ptr<World> world;
  int rank, ranks;
};

namespace {

struct Send {
  const void* data;
  std::size_t bytes;
  int peer;
};
struct Receive {
  void* data;
  std::size_t bytes;
  int peer;
};
struct Group {
  std::vector<Send> sends;
  std::vector<Receive> receives;
  cudaStream_t stream = nullptr;
};

thread_local std::map<ncclComm*, Group> t_group;
thread_local int t_aborts = 0, t_registrations = 0;
thread_local ncclResult_t t_state = ncclSuccess;

std::mutex g_worlds_lock;
std::map<int, std::weak_ptr<World>> g_worlds;
int g_next_world = 0;

/// Sends first, then waits for what it is to receive.
class Exchange {
 public:
  Exchange(const ncclComm& comm, Group group) : comm_(comm), group_(std::move(group)) {}
  bool operator()() {
    for (const Send& send : std::exchange(group_.sends, {})) {
      const auto* begin = static_cast<const std::byte*>(send.data);
      comm_.world->put(comm_.rank, send.peer, {begin, begin + send.bytes});
    }
    while (!group_.receives.empty()) {
      const Receive& next = group_.receives.front();
      Bytes letter;
      if (!comm_.world->take(next.peer, comm_.rank, letter)) return false;
      if (letter.size() != next.bytes) std::abort();
      if (!letter.empty()) std::memcpy(next.data, letter.data(), letter.size());
      group_.receives.erase(group_.receives.begin());
    }
    return true;
  }

 private:
  ncclComm comm_;
  Group group_;
};

/// Gives every rank all inputs, then lets it make its output of them.
ncclResult_t collect(const void* input, std::size_t bytes, ncclComm* comm, cudaStream_t stream,
                     const std::function<void(const std::vector<Bytes>&)>& finish) {
  muster::queue_fake_work(stream, [=] {
    const auto inputs = std::make_shared<std::vector<Bytes>>(static_cast<std::size_t>(comm->ranks), Bytes(bytes));
    Group group;
    for (int peer = 0; peer < comm->ranks; ++peer) {
      group.sends.push_back({input, bytes, peer});
      group.receives.push_back({(*inputs)[static_cast<std::size_t>(peer)].data(), bytes, peer});
    }
    return [exchange = Exchange(*comm, group), inputs, finish]() mutable {
      if (!exchange()) return false;
      finish(*inputs);
      return true;
    };
  });
  return ncclSuccess;
}

std::byte sum_at(const std::vector<Bytes>& inputs, std::size_t i) {
  unsigned sum = 0;
  for (const Bytes& input : inputs) sum += static_cast<unsigned>(input[i]);
  return static_cast<std::byte>(sum);
}

ncclResult_t get_unique_id(ncclUniqueId* id) {
  const std::scoped_lock guard(g_worlds_lock);
  std::memcpy(id->internal, &++g_next_world, sizeof g_next_world);
  return ncclSuccess;
}

ncclResult_t init(ncclComm_t* comm, int ranks, ncclUniqueId id, int rank, ncclConfig_t*) {
  int number = 0;
  std::memcpy(&number, id.internal, sizeof number);
  const std::scoped_lock guard(g_worlds_lock);
  std::shared_ptr<World> world = g_worlds[number].lock();
  if (world == nullptr) g_worlds[number] = world = std::make_shared<World>();
  *comm = new ncclComm{world, rank, ranks};
  return ncclSuccess;
}

ncclResult_t destroy(ncclComm_t comm) {
  delete comm;
  return ncclSuccess;
}
ncclResult_t abort_comm(ncclComm_t comm) {
  ++t_aborts;
  return destroy(comm);
}

ncclResult_t send(const void* data, std::size_t count, ncclDataType_t, int peer, ncclComm_t comm, cudaStream_t stream) {
  t_group[comm].sends.push_back({data, count, peer});
  t_group[comm].stream = stream;
  return ncclSuccess;
}
ncclResult_t receive(void* data, std::size_t count, ncclDataType_t, int peer, ncclComm_t comm, cudaStream_t stream) {
  t_group[comm].receives.push_back({data, count, peer});
  t_group[comm].stream = stream;
  return ncclSuccess;
}
ncclResult_t group_end() {
  for (const auto& [comm, group] : std::exchange(t_group, {})) {
    muster::queue_fake_work(group.stream, [exchange = Exchange(*comm, group)] { return exchange; });
  }
  return ncclSuccess;
}

ncclResult_t all_reduce(const void* in, void* out, std::size_t count, ncclDataType_t, ncclRedOp_t, ncclComm_t comm,
                        cudaStream_t stream) {
  return collect(in, count, comm, stream, [=](const std::vector<Bytes>& inputs) {
    for (std::size_t i = 0; i < count; ++i) static_cast<std::byte*>(out)[i] = sum_at(inputs, i);
  });
}
ncclResult_t all_gather(const void* in, void* out, std::size_t count, ncclDataType_t, ncclComm_t comm,
                        cudaStream_t stream) {
  return collect(in, count, comm, stream, [=](const std::vector<Bytes>& inputs) {
    auto* next = static_cast<std::byte*>(out);
    for (const Bytes& input : inputs) next = std::copy(input.begin(), input.end(), next);
  });
}
ncclResult_t reduce_scatter(const void* in, void* out, std::size_t count, ncclDataType_t, ncclRedOp_t, ncclComm_t comm,
                            cudaStream_t stream) {
  const std::size_t first = count * static_cast<std::size_t>(comm->rank);
  return collect(in, count * static_cast<std::size_t>(comm->ranks), comm, stream, [=](const auto& inputs) {
    for (std::size_t i = 0; i < count; ++i) static_cast<std::byte*>(out)[i] = sum_at(inputs, first + i);
  });
}
ncclResult_t broadcast(const void* in, void* out, std::size_t count, ncclDataType_t, int root, ncclComm_t comm,
                       cudaStream_t stream) {
  static const Bytes kNothing(1 << 16);  // ranks that have no input take part with this
  return collect(comm->rank == root ? in : kNothing.data(), count, comm, stream,
                 [=](const auto& inputs) { std::memcpy(out, inputs[static_cast<std::size_t>(root)].data(), count); });
}
ncclResult_t reduce(const void* in, void* out, std::size_t count, ncclDataType_t, ncclRedOp_t, int root,
                    ncclComm_t comm, cudaStream_t stream) {
  return collect(in, count, comm, stream, [=, is_root = comm->rank == root](const std::vector<Bytes>& inputs) {
    for (std::size_t i = 0; is_root && i < count; ++i) static_cast<std::byte*>(out)[i] = sum_at(inputs, i);
  });
}

}  // namespace

namespace muster {

std::shared_ptr<NcclLibrary> make_fake_nccl() {
  auto nccl = std::make_shared<NcclLibrary>();
  nccl->version = 22809;
  nccl->get_unique_id = get_unique_id;
  nccl->get_error_string = [](ncclResult_t) { return "made up"; };
  nccl->get_last_error = [](ncclComm_t) { return "first\nsecond"; };
  nccl->comm_init_rank_config = init;
  nccl->comm_destroy = destroy;
  nccl->comm_abort = abort_comm;
  nccl->comm_get_async_error = [](ncclComm_t, ncclResult_t* state) {
    *state = t_state;
    return ncclSuccess;
  };
  nccl->group_start = [] { return ncclSuccess; };
  nccl->group_end = group_end;
  nccl->send = send;
  nccl->recv = receive;
  nccl->all_reduce = all_reduce;
  nccl->all_gather = all_gather;
  nccl->reduce_scatter = reduce_scatter;
  nccl->broadcast = broadcast;
  nccl->reduce = reduce;
  nccl->mem_alloc = [](void** memory, std::size_t bytes) {
    return cudaMalloc(memory, bytes) == cudaSuccess ? ncclSuccess : ncclUnhandledCudaError;
  };
  nccl->mem_free = [](void* memory) { return cudaFree(memory) == cudaSuccess ? ncclSuccess : ncclUnhandledCudaError; };
  nccl->comm_register = [](ncclComm_t, void* memory, std::size_t, void** handle) {
    ++t_registrations;
    *handle = memory;
    return ncclSuccess;
  };
  nccl->comm_deregister = [](ncclComm_t, void*) {
    --t_registrations;
    return ncclSuccess;
  };
  return nccl;
}

int fake_nccl_aborts() { return t_aborts; }
void set_fake_nccl_state(ncclResult_t state) { t_state = state; }
int fake_nccl_registrations() { return t_registrations; }

}  // namespace muster
