// SPDX-License-Identifier: Apache-2.0
// The program muster_all_reduce_table: the MPI library's all_reduce beside our schedules, interleaved sample by sample
// in one run, with the bytes that each moves through memory and how far it is from the limit. Run it as
//   mpirun -n 2 build/release/muster_all_reduce_table
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/collective_subject.hpp"
#include "benchmarks/subject.hpp"
#include "benchmarks/suites.hpp"
#include "collectives/program.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "reports/statistics.hpp"
#include "topology/memory_limits.hpp"

namespace muster {
namespace {

constexpr std::uint64_t kSeed = 1;

/// One way to do it, with transports of its own, so that all ways can be prepared at the same time.
struct Contender {
  Case item;
  SubjectMaker maker;
  std::unique_ptr<Subject> subject;
  std::vector<double> seconds;  ///< the slowest rank's

  Contender(Team& team, Case wanted) : item(std::move(wanted)), maker(team, kSeed, nullptr) {
    MadeSubject made = maker.make(item);
    if (const auto* missing = std::get_if<Unsupported>(&made)) throw Error(item.id + ": " + missing->reason);
    subject = std::move(std::get<std::unique_ptr<Subject>>(made));
    subject->reset();
  }
};

Case case_of(Algorithm algorithm, TransportKind transport, std::uint64_t size, int ranks) {
  Case item;
  item.algorithm = algorithm;
  item.transport = transport;
  item.size = Bytes{size};
  item.channels = channels_for(item.collective, algorithm, transport, item.size, ranks);
  item.id = case_id(item);
  return item;
}

/// What the busiest rank reads and writes itself, counted from its program; nullopt for a library, which does not say.
/// A message costs at least one more copy inside MPI (one read, one write), which is counted.
std::optional<Traffic> traffic_of(const Case& item, int ranks) {
  if (item.algorithm == Algorithm::native) return std::nullopt;
  const Schedule schedule = schedule_of(item, ranks, (ranks + 1) / 2);
  Traffic traffic;
  const Program program = expand(schedule, problem_of(item, ranks, kSeed), 0);
  for (const std::vector<Step>& steps : program.channels) {
    for (const Step& step : steps) {
      for (const Message& message : step.receives) {
        const double bytes = static_cast<double>(message.bytes);
        const bool is_staged = item.transport == TransportKind::mpi && message.combine == Combine::reduce;
        traffic.read_bytes += bytes * ((message.combine == Combine::reduce ? 2 : 1) + (is_staged ? 1 : 0));
        traffic.written_bytes += bytes * (is_staged ? 2 : 1);
      }
    }
  }
  return traffic;
}

/// The ceilings that bound an all_reduce of this size, measured now, on all ranks at once.
std::vector<MemoryRate> memory_rates(Team& team, Clock& clock, Bytes working_set) {
  std::vector<MemoryRate> rates;
  for (const MemoryAccess access : {MemoryAccess::read, MemoryAccess::write, MemoryAccess::copy, MemoryAccess::add}) {
    Case item;
    item.family = Family::memory;
    item.access = access;
    item.size = working_set;
    Contender ceiling(team, item);
    double best = INFINITY;
    for (int i = 0; i < 12; ++i) {
      team.barrier();
      const Seconds begin = clock.now();
      ceiling.subject->run();
      const std::vector<double> all = all_gather(team, (clock.now() - begin).value);
      best = std::min(best, *std::ranges::max_element(all));
    }
    rates.push_back({access, working_set, ceiling.subject->bytes() / Seconds{best}});
  }
  return rates;
}

void race(Team& team, Clock& clock, std::vector<std::unique_ptr<Contender>>& contenders, int rounds) {
  for (int i = -2; i < rounds; ++i) {
    for (auto& contender : contenders) {
      team.barrier();
      const Seconds begin = clock.now();
      contender->subject->run();
      const std::vector<double> all = all_gather(team, (clock.now() - begin).value);
      if (i >= 0) contender->seconds.push_back(*std::ranges::max_element(all));
    }
  }
  for (auto& contender : contenders) {
    for (const DataCheck& check : all_gather(team, contender->subject->check())) {
      if (check.wrong > 0 || check.elements == 0) throw Error(contender->item.id + ": wrong data");
    }
  }
}

struct Ratios {
  double log_sum_mpi = 0, log_sum_shm = 0;
  int sizes = 0;
};

void print_size(const std::vector<std::unique_ptr<Contender>>& contenders, int ranks, Seconds limit, Ratios& ratios) {
  const double native = summarise(contenders.front()->seconds).median;
  double best_mpi = 0, best_shm = 0;
  for (const auto& contender : contenders) {
    const Summary time = summarise(contender->seconds);
    const double ratio = native / time.median;
    const bool is_shm = contender->item.transport == TransportKind::shm;
    if (contender->item.algorithm != Algorithm::native) {
      (is_shm ? best_shm : best_mpi) = std::max(is_shm ? best_shm : best_mpi, ratio);
    }
    const std::optional<Traffic> traffic = traffic_of(contender->item, ranks);
    std::printf("%8s  %-17s %-4s %10.2f %8.2f  x%-6.2f", format_size(contender->item.size).c_str(),
                std::string(name_of(contender->item.algorithm)).c_str(),
                std::string(name_of(contender->item.transport)).c_str(), time.median * 1e6,
                static_cast<double>(contender->item.size.value) / time.median / 1e9, ratio);
    if (traffic) {
      const double size = static_cast<double>(contender->item.size.value);
      std::printf(" %6.2f %6.2f", traffic->read_bytes / size, traffic->written_bytes / size);
    } else {
      std::printf(" %6s %6s", "-", "-");
    }
    std::printf(" %7.1f\n", 100 * limit.value / time.median);
  }
  ratios.log_sum_mpi += std::log(best_mpi);
  ratios.log_sum_shm += std::log(best_shm);
  ++ratios.sizes;
}

void run(Team& team) {
  MonotonicClock clock;
  Ratios ratios;
  if (team.rank() == 0) {
    std::printf("all_reduce, float, %d ranks, out of place; library = %s\n", team.ranks(), mpi_version().c_str());
    std::printf(
        "    size  algorithm         over   time(us)    algbw  ratio   reads writes  %%limit\n"
        "                                              (GB/s)          (x size, a rank)\n");
  }
  constexpr std::uint64_t kSmallest = 64 << 10, kLargest = 64 << 20;
  for (std::uint64_t size = kSmallest; size <= kLargest; size *= 4) {
    std::vector<std::unique_ptr<Contender>> contenders;
    contenders.push_back(
        std::make_unique<Contender>(team, case_of(Algorithm::native, TransportKind::mpi, size, team.ranks())));
    for (const TransportKind transport : {TransportKind::mpi, TransportKind::shm}) {
      for (const Algorithm algorithm :
           {Algorithm::ring, Algorithm::halving_doubling, Algorithm::tree, Algorithm::pairwise}) {
        contenders.push_back(std::make_unique<Contender>(team, case_of(algorithm, transport, size, team.ranks())));
      }
    }
    const Bytes working_set{2 * size};
    const Traffic least = least_traffic(Collective::all_reduce, team.ranks(), Bytes{size}, Placement::out_of_place);
    const TimeBound bound = memory_bound(least, working_set, memory_rates(team, clock, working_set));
    race(team, clock, contenders, size >= (16 << 20) ? 15 : 60);
    if (team.rank() == 0) print_size(contenders, team.ranks(), bound.time * (1 / kSharingAllowance), ratios);
  }
  if (team.rank() != 0) return;
  std::printf("geometric mean of the library's time over our best schedule's: %.2f over messages, %.2f over shm\n",
              std::exp(ratios.log_sum_mpi / ratios.sizes), std::exp(ratios.log_sum_shm / ratios.sizes));
}

}  // namespace
}  // namespace muster

int main() {
  try {
    const std::unique_ptr<muster::Team> team = muster::make_mpi_team();
    try {
      muster::run(*team);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "rank %d: %s\n", team->rank(), error.what());
      team->abort(2);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "muster_all_reduce_table: %s\n", error.what());
    return 2;
  }
  return 0;
}
