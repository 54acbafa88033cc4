// SPDX-License-Identifier: Apache-2.0
// A team of MPI processes, on a communicator of its own so that its messages never meet those that are measured.
#include <exception>

#include "collectives/mpi_call.hpp"
#include "collectives/team.hpp"

namespace muster {
namespace {

class MpiTeam : public Team {
 public:
  /// Takes over the communicator.
  explicit MpiTeam(MPI_Comm communicator) : communicator_(communicator) {
    mpi_call(MPI_Comm_rank(communicator_, &rank_), "MPI_Comm_rank");
    mpi_call(MPI_Comm_size(communicator_, &ranks_), "MPI_Comm_size");
  }
  /// After an error the other ranks never come to free it with us: leave it to MPI_Abort.
  ~MpiTeam() override {
    if (std::uncaught_exceptions() == 0) MPI_Comm_free(&communicator_);
  }

  MPI_Comm communicator() const { return communicator_; }
  int rank() const override { return rank_; }
  int ranks() const override { return ranks_; }
  bool one_process() const override { return false; }

  void barrier() override { mpi_call(MPI_Barrier(communicator_), "MPI_Barrier"); }

  void broadcast(std::span<std::byte> data, int root) override {
    mpi_call(MPI_Bcast(data.data(), size(data), MPI_BYTE, root, communicator_), "MPI_Bcast");
  }

  void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
    mpi_call(MPI_Allgather(mine.data(), size(mine), MPI_BYTE, all.data(), size(mine), MPI_BYTE, communicator_),
             "MPI_Allgather");
  }

  void send(std::span<const std::byte> data, int target) override {
    mpi_call(MPI_Send(data.data(), size(data), MPI_BYTE, target, 0, communicator_), "MPI_Send");
  }

  void receive(std::span<std::byte> data, int source) override {
    mpi_call(MPI_Recv(data.data(), size(data), MPI_BYTE, source, 0, communicator_, MPI_STATUS_IGNORE), "MPI_Recv");
  }

  std::unique_ptr<Team> make_part(int colour) override {
    MPI_Comm part = MPI_COMM_NULL;
    mpi_call(MPI_Comm_split(communicator_, colour, rank_, &part), "MPI_Comm_split");
    return std::make_unique<MpiTeam>(part);
  }

  void abort(int exit_code) override {
    MPI_Abort(MPI_COMM_WORLD, exit_code);
    std::_Exit(exit_code);
  }

 private:
  static int size(std::span<const std::byte> data) {
    if (data.size() > 0x7fffffff) throw Error("a message between ranks exceeds MPI's 2 GiB count limit");
    return static_cast<int>(data.size());
  }

  MPI_Comm communicator_ = MPI_COMM_NULL;
  int rank_ = 0;
  int ranks_ = 1;
};

/// MPI itself, from before the first communicator to after the last.
struct MpiRuntime {
  MpiRuntime() {
    int provided = 0;
    mpi_call(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  }
  ~MpiRuntime() { MPI_Finalize(); }
  MpiRuntime(const MpiRuntime&) = delete;
  MpiRuntime& operator=(const MpiRuntime&) = delete;
};

class WholeMpiTeam final : private MpiRuntime, public MpiTeam {
 public:
  WholeMpiTeam() : MpiTeam(duplicate_of_world()) {}

 private:
  static MPI_Comm duplicate_of_world() {
    MPI_Comm communicator = MPI_COMM_NULL;
    mpi_call(MPI_Comm_dup(MPI_COMM_WORLD, &communicator), "MPI_Comm_dup");
    return communicator;
  }
};

}  // namespace

std::unique_ptr<Team> make_mpi_team() { return std::make_unique<WholeMpiTeam>(); }

MPI_Comm communicator_of(Team& team) {
  const auto* mpi = dynamic_cast<const MpiTeam*>(&team);
  return mpi == nullptr ? MPI_COMM_NULL : mpi->communicator();
}

std::string mpi_version() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = {};
  int length = 0;
  MPI_Get_library_version(text, &length);
  const std::string whole(text, static_cast<std::size_t>(length));
  return whole.substr(0, whole.find(','));
}

}  // namespace muster
