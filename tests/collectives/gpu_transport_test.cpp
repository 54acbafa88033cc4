// SPDX-License-Identifier: Apache-2.0
// The transports over GPU memory, whole, on a runtime made of host memory (fake_cuda.hpp) that does work as late and as
// disorderly as streams, events and graphs allow. What this cannot show: that NVIDIA's runtime accepts the calls.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "collectives/generators.hpp"
#include "collectives/transports/gpu_memory.hpp"
#include "collectives/transports/nccl_execution.hpp"
#include "collectives/transports/nccl_memory.hpp"
#include "collectives/transports/transports.hpp"
#include "core/error.hpp"
#include "tests/collectives/fake_cuda.hpp"
#include "tests/collectives/fake_nccl.hpp"

namespace muster {
namespace {

using testing::HasSubstr;

void add_bytes(std::byte* to, const std::byte* own, const std::byte* from, Bytes size, ElementType,
               CUstream_st* stream) {
  for (const std::byte* each : {static_cast<const std::byte*>(to), own, from}) {
    if (!can_fake_kernel_reach(stream, each, size.value)) throw Error("the kernel touches memory that it cannot reach");
  }
  queue_fake_work(stream, [=] {
    return [=] {
      for (std::uint64_t i = 0; i < size.value; ++i) {
        to[i] = static_cast<std::byte>(static_cast<unsigned>(own[i]) + static_cast<unsigned>(from[i]));
      }
      return true;
    };
  });
}

std::byte input(int rank, std::uint64_t i) {
  return static_cast<std::byte>((i * 2654435761u + static_cast<unsigned>(rank) * 40503u) >> 7);
}

struct Wish {
  Problem problem{};
  Algorithm algorithm = Algorithm::ring;
  int channels = 1;
};

std::string text_of(const Wish& wish) {
  return std::string(name_of(wish.problem.collective)) + " " + std::string(name_of(wish.algorithm)) + ", " +
         std::to_string(wish.problem.ranks) + " ranks, " + std::to_string(wish.channels) + " channels, " +
         std::to_string(size_of(wish.problem).value) + " bytes, " + std::string(name_of(wish.problem.placement));
}

std::vector<Wish> wishes(int ranks) {
  std::vector<Wish> all;
  for (const GeneratorEntry& entry : generator_table()) {
    for (const Placement placement : {Placement::out_of_place, Placement::in_place}) {
      Problem problem = problem_of_size(entry.collective, ranks, Bytes{999}, ElementType::uint8);
      problem.placement = placement;
      const bool has_root = entry.collective == Collective::broadcast || entry.collective == Collective::reduce;
      problem.root = has_root ? ranks / 2 : 0;
      if (placement == Placement::in_place && !in_place_offsets(problem, 0)) continue;
      all.push_back({problem, entry.algorithm, 6});
      if (entry.collective != Collective::all_to_all) continue;
      problem.collective = Collective::all_to_allv;
      for (int pair = 0; pair < ranks * ranks; ++pair) {
        problem.traffic.push_back(static_cast<unsigned>(pair % 5 * 31));  // some empty
      }
      all.push_back({problem, entry.algorithm, 1});
    }
  }
  all.push_back({problem_of_size(Collective::all_reduce, ranks, Bytes{0}, ElementType::uint8)});
  return all;
}

void fill_buffers(const RankMemory& memory, int rank) {
  std::vector<std::byte> host(memory.output.size(), std::byte{0xA5});
  copy_to_gpu(memory.output, host);
  host.resize(memory.input.size());
  for (std::size_t i = 0; i < host.size(); ++i) host[i] = input(rank, i);
  copy_to_gpu(memory.input, host);
}

int wrong_bytes(const Problem& problem, const RankMemory& memory, int rank) {
  std::vector<std::byte> host(memory.output.size());
  copy_to_host(host, memory.output);
  int wrong = 0;
  for (int block = 0; block < block_count(problem.collective, problem.ranks); ++block) {
    if (!needs(problem, rank, block)) continue;
    const RankRange sources = contributors(problem, block);
    const ElementRange out = output_range(problem, rank, block);
    for (std::uint64_t i = 0; i < out.count; ++i) {
      unsigned sum = 0;
      for (int source = sources.first; source < sources.first + sources.count; ++source) {
        sum += static_cast<unsigned>(input(source, input_range(problem, source, block).first + i));
      }
      wrong += host[out.first + i] != static_cast<std::byte>(sum);
    }
  }
  return wrong;
}

Program program_of(const Wish& wish, int rank) {
  const Problem& problem = wish.problem;
  return expand(make_schedule({problem.collective, wish.algorithm, problem.ranks, wish.channels, problem.root,
                               (problem.ranks + 1) / 2}),
                problem, rank);
}

/// Fresh buffers, one run, the check.
int wrong_after(Team& team, Execution& execution, const Problem& problem, const RankMemory& memory) {
  fill_buffers(memory, team.rank());
  team.barrier();
  execution.run();
  const int wrong = wrong_bytes(problem, memory, team.rank());
  team.barrier();
  return wrong;
}

class OnFakeGpus : public testing::TestWithParam<int> {};

TEST_P(OnFakeGpus, TheTransportCudaMovesEveryByteOfEverySchedule) {
  std::atomic<int> wrong{0};
  run_on_threads(GetParam(), [&](Team& team) {
    auto made = make_transport(TransportKind::cuda, team, {.device = add_bytes});
    Transport& transport = *std::get<std::unique_ptr<Transport>>(made);
    for (const Wish& wish : wishes(GetParam())) {
      const Program program = program_of(wish, team.rank());
      const RankMemory memory = transport.allocate(wish.problem, program.scratch_bytes);
      const auto execution = transport.prepare(program, memory, ElementType::uint8, nullptr);
      for (int run = 0; run < 2; ++run) {
        const int found = wrong_after(team, *execution, wish.problem, memory);
        EXPECT_EQ(found, 0) << text_of(wish) << ", rank " << team.rank();
        wrong += found;
      }
      EXPECT_EQ(execution->stream(3).size(), 3u);
    }
  });
  EXPECT_EQ(wrong, 0);
}

/// What make_nccl_transport() puts together, with another NCCL.
class FakeNcclRank {
 public:
  FakeNcclRank(Team& team, const GpuOptions& options)
      : team_(team), options_(options), binding_(bind(team)), communicators_(team, make_fake_nccl()) {}

  NcclLoan loan() { return {team_, communicators_, streams_, options_, nullptr}; }
  NcclCommunicators& communicators() { return communicators_; }

  RankMemory allocate(const Problem& problem, std::uint64_t scratch_bytes) {
    const int rank = team_.rank();
    const std::uint64_t in = input_count(problem, rank), out = output_count(problem, rank);
    const InPlace offsets =
        problem.placement == Placement::in_place ? *in_place_offsets(problem, rank) : InPlace{.output_offset = in};
    const std::uint64_t scratch_at = std::max(offsets.input_offset + in, offsets.output_offset + out);
    const std::uint64_t bytes = scratch_at + scratch_bytes + 1;
    const std::span<std::byte> all =
        options_.buffers == Buffers::registered ? registered_.at_least(team_, bytes) : plain_.at_least(team_, bytes);
    return {all.subspan(offsets.input_offset, in), all.subspan(offsets.output_offset, out),
            all.subspan(scratch_at, scratch_bytes)};
  }

 private:
  static int bind(Team& team) {
    cudaSetDevice(team.rank() % kFakeGpus);
    return team.rank();
  }

  Team& team_;
  GpuOptions options_;
  int binding_;
  NcclCommunicators communicators_;
  NcclStreams streams_;
  GpuArena plain_;
  NcclMemory registered_{communicators_};
};

constexpr GpuOptions kOptions[] = {{Launch::plain, Buffers::plain}, {Launch::graph, Buffers::registered}};

TEST_P(OnFakeGpus, TheTransportNcclMovesEveryByteOfEverySchedule) {
  for (const GpuOptions& options : kOptions) {
    run_on_threads(GetParam(), [&](Team& team) {
      FakeNcclRank rank(team, options);
      for (const Wish& wish : wishes(GetParam())) {
        const Program program = program_of(wish, team.rank());
        const RankMemory memory = rank.allocate(wish.problem, program.scratch_bytes);
        const auto execution = make_nccl_schedule(rank.loan(), program, memory, ElementType::uint8, add_bytes);
        for (int run = 0; run < 2; ++run) {
          EXPECT_EQ(wrong_after(team, *execution, wish.problem, memory), 0)
              << text_of(wish) << ", rank " << team.rank() << ", " << name_of(options.launch);
        }
        EXPECT_EQ(execution->stream(3).size(), 3u);
      }
    });
  }
}

TEST_P(OnFakeGpus, TheCollectivesOfNcclGetTheirArgumentsRight) {
  for (const GpuOptions& options : kOptions) {
    run_on_threads(GetParam(), [&](Team& team) {
      FakeNcclRank rank(team, options);
      for (const Wish& wish : wishes(GetParam())) {
        const RankMemory memory = rank.allocate(wish.problem, 0);
        const auto execution = make_nccl_native(rank.loan(), wish.problem, memory, team.rank());
        EXPECT_EQ(wrong_after(team, *execution, wish.problem, memory), 0) << text_of(wish) << ", rank " << team.rank();
        EXPECT_THAT(execution->configuration(), HasSubstr("NCCL 2.28.9, "));
      }
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Ranks, OnFakeGpus, testing::Values(3, 5), testing::PrintToStringParamName());

TEST(NcclOnFakeGpus, SaysHowItWasLaunchedAndThatBuffersAreRegistered) {
  run_on_threads(2, [](Team& team) {
    FakeNcclRank rank(team, {Launch::graph, Buffers::registered});
    const Problem problem = problem_of_size(Collective::all_reduce, 2, Bytes{64}, ElementType::uint8);
    const auto execution = make_nccl_native(rank.loan(), problem, rank.allocate(problem, 0), team.rank());
    EXPECT_EQ(execution->configuration(), "NCCL 2.28.9, algorithm not told, CUDA graph, registered buffers");
    EXPECT_EQ(fake_nccl_registrations(), kChannelsInFlight);
  });
}

TEST(NcclOnFakeGpus, AnErrorThatNcclFindsByItselfEndsTheWaitNamesTheCallAndAborts) {
  std::string text;
  int aborts = 0;
  run_on_threads(2, [&](Team& team) {
    FakeNcclRank rank(team, {});
    const Problem problem = problem_of_size(Collective::all_reduce, 2, Bytes{64}, ElementType::uint8);
    const auto execution = make_nccl_native(rank.loan(), problem, rank.allocate(problem, 0), team.rank());
    team.barrier();
    if (team.rank() == 0) return;  // gone, as a rank that has died
    set_fake_nccl_state(ncclRemoteError);
    try {
      execution->run();
    } catch (const Error& error) {
      text = error.what();
      aborts = fake_nccl_aborts();
    }
  });
  EXPECT_EQ(text,
            "ncclAllReduce on rank 1: made up (\"first second\"); run with NCCL_DEBUG=WARN to see which rank "
            "failed first and why");
  EXPECT_EQ(aborts, kChannelsInFlight);
}

TEST(NcclOnFakeGpus, ARankThatFailsReleasesTheOthersFromTheirWait) {
  EXPECT_THROW(run_on_threads(2,
                              [&](Team& team) {
                                FakeNcclRank rank(team, {});
                                const Problem problem =
                                    problem_of_size(Collective::all_reduce, 2, Bytes{64}, ElementType::uint8);
                                const RankMemory memory = rank.allocate(problem, 0);
                                const auto execution = make_nccl_native(rank.loan(), problem, memory, team.rank());
                                if (team.rank() == 0) throw Error("this rank fails");
                                execution->run();
                              }),
               Error);
}

/// Changes what it sees.
struct Spoiler final : Tap {
  void delivered(std::span<std::byte> data, ElementType) override { data.front() ^= std::byte{1}; }
};

TEST(CudaOnFakeGpus, ATapChangesWhatTheRankFinds) {
  run_on_threads(2, [](Team& team) {
    auto made = make_transport(TransportKind::cuda, team, {.device = add_bytes});
    Transport& transport = *std::get<std::unique_ptr<Transport>>(made);
    const Wish wish{problem_of_size(Collective::all_reduce, 2, Bytes{64}, ElementType::uint8)};
    const Program program = program_of(wish, team.rank());
    const RankMemory memory = transport.allocate(wish.problem, program.scratch_bytes);
    Spoiler spoiler;
    const auto execution = transport.prepare(program, memory, ElementType::uint8, &spoiler);
    EXPECT_EQ(wrong_after(team, *execution, wish.problem, memory), 1);
  });
}

TEST(CudaOnFakeGpus, SaysWhatItRunsAndWhatThatCosts) {
  run_on_threads(2, [](Team& team) {
    auto made = make_transport(TransportKind::cuda, team, {.device = add_bytes});
    Transport& transport = *std::get<std::unique_ptr<Transport>>(made);
    const Wish wish{problem_of_size(Collective::all_reduce, 2, Bytes{4096}, ElementType::uint8)};
    const Program program = program_of(wish, team.rank());
    const RankMemory memory = transport.allocate(wish.problem, program.scratch_bytes);
    const auto execution = transport.prepare(program, memory, ElementType::uint8, nullptr);
    EXPECT_EQ(execution->configuration(), "1 channel, one CUDA graph of 4 nodes on 2 GPUs, 20K read and written");
  });
}

TEST(CudaOnFakeGpus, ItHasNeitherPlainLaunchesNorRegisteredBuffersToChooseFrom) {
  run_on_threads(1, [](Team& team) {
    auto made = make_transport(TransportKind::cuda, team, {.device = add_bytes});
    Transport& transport = *std::get<std::unique_ptr<Transport>>(made);
    EXPECT_EQ(transport.choose({}), std::nullopt);
    EXPECT_THAT(transport.choose({.buffers = Buffers::registered}).value().reason, HasSubstr("cuda"));
  });
}

}  // namespace
}  // namespace muster
