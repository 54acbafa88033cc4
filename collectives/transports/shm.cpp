// SPDX-License-Identifier: Apache-2.0
// Transport `shm`: MPI processes of one host that share their buffers through an MPI-3 shared-memory window.
#include <sys/statvfs.h>

#include <cstring>
#include <exception>

#include "collectives/mpi_call.hpp"
#include "collectives/transports/pull.hpp"
#include "collectives/transports/transports.hpp"

namespace muster {
namespace {

/// A window over memory that all ranks of a host can read and write.
class SharedWindow {
 public:
  SharedWindow(MPI_Comm communicator, std::uint64_t bytes) {
    void* base = nullptr;
    // Ranks need not lie beside each other, so that each gets pages close to its own core.
    MPI_Info info = MPI_INFO_NULL;
    mpi_call(MPI_Info_create(&info), "MPI_Info_create");
    mpi_call(MPI_Info_set(info, "alloc_shared_noncontig", "true"), "MPI_Info_set");
    const int status =
        MPI_Win_allocate_shared(static_cast<MPI_Aint>(bytes + kPage), 1, info, communicator, &base, &window_);
    MPI_Info_free(&info);
    mpi_call(status, "MPI_Win_allocate_shared (is /dev/shm large enough?)");
    std::memset(aligned(base), 0, bytes);
    mpi_call(MPI_Win_lock_all(MPI_MODE_NOCHECK, window_), "MPI_Win_lock_all");
  }

  /// After an error the other ranks never come to free it with us: leave it to MPI_Abort.
  ~SharedWindow() {
    if (std::uncaught_exceptions() > 0) return;
    MPI_Win_unlock_all(window_);
    MPI_Win_free(&window_);
  }

  SharedWindow(const SharedWindow&) = delete;
  SharedWindow& operator=(const SharedWindow&) = delete;

  std::byte* base_of(int rank) const {
    MPI_Aint size = 0;
    int unit = 0;
    void* base = nullptr;
    mpi_call(MPI_Win_shared_query(window_, rank, &size, &unit, &base), "MPI_Win_shared_query");
    return aligned(base);
  }

 private:
  /// The library may start a window anywhere. Mappings begin at pages in every process, so rounding up to a page gives
  /// the same byte everywhere.
  static constexpr std::uint64_t kPage = 4096;
  static std::byte* aligned(void* base) {
    return reinterpret_cast<std::byte*>((reinterpret_cast<std::uintptr_t>(base) + kPage - 1) / kPage * kPage);
  }

  MPI_Win window_ = MPI_WIN_NULL;
};

class ShmTransport final : public PullTransport {
 public:
  using PullTransport::PullTransport;
  TransportKind kind() const override { return TransportKind::shm; }

 private:
  std::vector<std::byte*> share(std::uint64_t bytes) override {
    window_.reset();
    check_room(bytes);
    window_ = std::make_unique<SharedWindow>(communicator_of(team()), bytes);
    std::vector<std::byte*> bases;
    for (int rank = 0; rank < team().ranks(); ++rank) bases.push_back(window_->base_of(rank));
    return bases;
  }

  /// Windows lie in /dev/shm; a page of it that cannot be had ends the process by SIGBUS, so it is asked before.
  void check_room(std::uint64_t bytes) {
    std::uint64_t needed = 0;
    for (const std::uint64_t each : all_gather(team(), bytes)) needed += each;
    struct statvfs room {};
    const bool is_known = statvfs("/dev/shm", &room) == 0;
    const std::uint64_t free = is_known ? std::uint64_t{room.f_bavail} * room.f_frsize : UINT64_MAX;
    const std::uint64_t agreed_free = agree(team(), free);
    if (needed <= agreed_free) return;
    throw NoRoom("shared memory for " + std::to_string(needed) + " bytes does not fit /dev/shm, which has " +
                 std::to_string(agreed_free) + " free: make it larger (docker run --shm-size)");
  }

  std::unique_ptr<SharedWindow> window_;
};

int ranks_of_this_host(MPI_Comm communicator) {
  MPI_Comm host = MPI_COMM_NULL;
  mpi_call(MPI_Comm_split_type(communicator, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host), "MPI_Comm_split_type");
  int here = 0;
  MPI_Comm_size(host, &here);
  MPI_Comm_free(&host);
  return here;
}

}  // namespace

std::variant<std::unique_ptr<Transport>, Unsupported> make_shm_transport(Team& team, const ReduceKernels& reduce) {
  const MPI_Comm communicator = communicator_of(team);
  if (communicator == MPI_COMM_NULL) return Unsupported{"shm needs ranks started by an MPI launcher (mpirun or srun)"};
  // Rank 0's host holds all ranks or none of the ranks may think so.
  const int agreed_here = agree(team, ranks_of_this_host(communicator));
  if (agreed_here != team.ranks()) return Unsupported{"the ranks are on several hosts; shm joins ranks of one host"};
  return std::make_unique<ShmTransport>(team, reduce.host);
}

}  // namespace muster
