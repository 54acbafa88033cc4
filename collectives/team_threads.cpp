// SPDX-License-Identifier: Apache-2.0
// A team of threads in one process: a shared table of pointers and one barrier.
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "collectives/spin.hpp"
#include "collectives/team.hpp"
#include "core/error.hpp"
#include "topology/processors.hpp"

namespace muster {
namespace {

/// What the ranks of one process share: barrier, views of each other's memory, mailboxes, the news that one has failed.
class ThreadGroup {
 public:
  /// Thrown in every waiting rank after break_up(); caught where the threads were started.
  struct Broken {};

  explicit ThreadGroup(int ranks);

  int ranks() const { return ranks_; }
  void barrier();
  /// A rank's published bytes; write before a barrier, read after it.
  std::span<const std::byte>& view(int rank) { return views_[static_cast<std::size_t>(rank)]; }

  void break_up();
  void stop_if_broken() const;
  /// A group inside this one, which breaks with it. It lives as long as this one does.
  ThreadGroup& make_part(int ranks);

  struct Mailbox {
    std::atomic<bool> full{false};
    std::vector<std::byte> letter;
    void put(std::span<const std::byte> data, const ThreadGroup& group);
    void take(std::span<std::byte> data, const ThreadGroup& group);
  };
  Mailbox& mailbox(int source, int target);

 private:
  int ranks_;
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<std::uint64_t> generation_{0};
  alignas(64) std::atomic<bool> broken_{false};
  std::vector<std::span<const std::byte>> views_;
  std::mutex parts_lock_;
  std::vector<std::unique_ptr<ThreadGroup>> parts_;
  std::mutex mailboxes_lock_;
  std::map<std::pair<int, int>, Mailbox> mailboxes_;
};

ThreadGroup::ThreadGroup(int ranks) : ranks_(ranks), views_(static_cast<std::size_t>(ranks)) {}

void ThreadGroup::barrier() {
  const std::uint64_t generation = generation_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == ranks_) {
    arrived_.store(0, std::memory_order_relaxed);
    generation_.store(generation + 1, std::memory_order_release);
    generation_.notify_all();
    return;
  }
  // With a core for each rank the others are near; without, whoever waits must leave its core to them.
  if (Spin::pays(ranks_)) {
    for (Spin spin(ranks_); generation_.load(std::memory_order_acquire) == generation; spin.pause()) stop_if_broken();
  } else {
    stop_if_broken();  // whoever broke it before now will not wake us; whoever does later changes generation_
    generation_.wait(generation, std::memory_order_acquire);
  }
  stop_if_broken();
}

void ThreadGroup::break_up() {
  broken_.store(true, std::memory_order_release);
  generation_.fetch_add(1, std::memory_order_release);  // wakes those that sleep in barrier(); they look at broken_
  generation_.notify_all();
  const std::scoped_lock lock(parts_lock_);
  for (const auto& part : parts_) part->break_up();
}

ThreadGroup& ThreadGroup::make_part(int ranks) {
  const std::scoped_lock lock(parts_lock_);
  return *parts_.emplace_back(std::make_unique<ThreadGroup>(ranks));
}

void ThreadGroup::stop_if_broken() const {
  if (broken_.load(std::memory_order_acquire)) throw Broken();
}

class ThreadTeam final : public Team {
 public:
  ThreadTeam(ThreadGroup& group, int rank) : group_(group), rank_(rank) {}

  int rank() const override { return rank_; }
  int ranks() const override { return group_.ranks(); }
  bool one_process() const override { return true; }
  void barrier() override { group_.barrier(); }

  void broadcast(std::span<std::byte> data, int root) override {
    group_.view(rank_) = data;
    barrier();
    const std::span<const std::byte> from = group_.view(root);
    MUSTER_ASSERT(from.size() == data.size());
    if (rank_ != root && !data.empty()) std::memcpy(data.data(), from.data(), data.size());
    barrier();
  }

  void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
    group_.view(rank_) = mine;
    barrier();
    for (int other = 0; other < ranks(); ++other) {
      const std::span<const std::byte> from = group_.view(other);
      MUSTER_ASSERT(from.size() == mine.size());
      if (!from.empty())
        std::memcpy(all.data() + static_cast<std::size_t>(other) * from.size(), from.data(), from.size());
    }
    barrier();
  }

  void send(std::span<const std::byte> data, int target) override { group_.mailbox(rank_, target).put(data, group_); }
  void receive(std::span<std::byte> data, int source) override { group_.mailbox(source, rank_).take(data, group_); }

  std::unique_ptr<Team> make_part(int colour) override {
    const std::vector<int> colours = muster::all_gather(*this, colour);
    const int size = static_cast<int>(std::ranges::count(colours, colour));
    const auto before = static_cast<int>(std::count(colours.begin(), colours.begin() + rank_, colour));
    ThreadGroup* part = before == 0 ? &group_.make_part(size) : nullptr;
    const std::vector<ThreadGroup*> made = muster::all_gather(*this, part);
    const auto first = std::ranges::find(colours, colour) - colours.begin();
    return std::make_unique<ThreadTeam>(*made[static_cast<std::size_t>(first)], before);
  }

  void stop_if_broken() override { group_.stop_if_broken(); }

  void abort(int exit_code) override { std::_Exit(exit_code); }

 private:
  ThreadGroup& group_;
  int rank_;
};

void ThreadGroup::Mailbox::put(std::span<const std::byte> data, const ThreadGroup& group) {
  Spin spin(group.ranks());
  for (; full.load(std::memory_order_acquire); spin.pause()) group.stop_if_broken();
  letter.assign(data.begin(), data.end());
  full.store(true, std::memory_order_release);
}

void ThreadGroup::Mailbox::take(std::span<std::byte> data, const ThreadGroup& group) {
  Spin spin(group.ranks());
  for (; !full.load(std::memory_order_acquire); spin.pause()) group.stop_if_broken();
  MUSTER_ASSERT(letter.size() == data.size());
  std::copy(letter.begin(), letter.end(), data.begin());
  full.store(false, std::memory_order_release);
}

ThreadGroup::Mailbox& ThreadGroup::mailbox(int source, int target) {
  const std::scoped_lock lock(mailboxes_lock_);
  return mailboxes_[{source, target}];
}

/// The processors that this process may use, whole cores first.
std::vector<int> usable_processors() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof allowed, &allowed);
  std::vector<int> processors;
  for (int processor = 0; processor < CPU_SETSIZE; ++processor) {
    if (CPU_ISSET(processor, &allowed)) processors.push_back(processor);
  }
  return cores_first(std::move(processors), "/sys/devices/system/cpu");
}

/// While it lives, the calling thread runs on one processor of its own, if the process may use one for each rank: the
/// n-th of `processors`. Otherwise the system places threads as it likes.
class Pinning {
 public:
  Pinning(const std::vector<int>& processors, int rank, int ranks) {
    sched_getaffinity(0, sizeof allowed_, &allowed_);
    if (std::cmp_less(processors.size(), ranks)) return;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(processors[static_cast<std::size_t>(rank)], &one);
    sched_setaffinity(0, sizeof one, &one);
  }
  ~Pinning() { sched_setaffinity(0, sizeof allowed_, &allowed_); }
  Pinning(const Pinning&) = delete;
  Pinning& operator=(const Pinning&) = delete;

 private:
  cpu_set_t allowed_;
};

}  // namespace

void run_on_threads(int ranks, const std::function<void(Team&)>& body) {
  if (ranks < 1) throw Error("threads: the number of ranks must be at least 1");
  ThreadGroup group(ranks);
  std::exception_ptr first_error;
  std::mutex error_lock;
  const std::vector<int> processors = usable_processors();
  const auto run = [&](int rank) {
    const Pinning pinning(processors, rank, ranks);
    try {
      ThreadTeam team(group, rank);
      body(team);
    } catch (const ThreadGroup::Broken&) {
      // Another rank's error is the one to report.
    } catch (...) {
      const std::scoped_lock lock(error_lock);
      if (!first_error) first_error = std::current_exception();
      group.break_up();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int rank = 1; rank < ranks; ++rank) threads.emplace_back(run, rank);
    run(0);
  }
  if (first_error) std::rethrow_exception(first_error);
}

}  // namespace muster
