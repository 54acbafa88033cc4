// SPDX-License-Identifier: Apache-2.0
// The ring of stages under every order of events that chance can find: producers and warps of a cluster as small
// programs, bytes and arrivals as messages that come when they like, barriers as the PTX ISA describes them.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "kernels/cuda/wgmma_schedule.hpp"

namespace muster {
namespace {

using namespace wgmma;

/// PTX ISA, "mbarrier": a phase is complete when no arrivals and no bytes are pending; bytes may come before they are
/// expected.
class Barrier {
 public:
  explicit Barrier(int arrivals) : arrivals_(arrivals), pending_(arrivals) {}
  void expect(int bytes) { bytes_ += bytes; }
  void arrive() {
    --pending_;
    settle();
  }
  void receive(int bytes) {
    bytes_ -= bytes;
    settle();
  }
  bool is_complete(std::uint32_t parity) const { return phase_ != parity; }
  bool is_at_rest() const { return pending_ == arrivals_ && bytes_ == 0; }

 private:
  void settle() {
    if (pending_ != 0 || bytes_ != 0) return;
    pending_ = arrivals_;
    phase_ ^= 1;
  }

  int arrivals_, pending_, bytes_ = 0;
  std::uint32_t phase_ = 0;
};

enum class End { together, alone };                       ///< of the blocks of a cluster
enum class Release { after_next_products, immediately };  ///< by warps: 16-bit types, 8-bit floats

struct RingRun {
  Shape shape;
  int tiles = 1, steps = 1;
  Release release = Release::after_next_products;
  End end = End::together;
  int releases = 0;  ///< that complete "empty"
};

class Ring {
 public:
  Ring(const RingRun& run, unsigned seed) : run_(run), random_(seed) {
    for (int rank = 0; rank < run.shape.cluster; ++rank) {
      blocks_.emplace_back(run);
      actors_.push_back({rank, {}, true});
      for (int warp = 0; warp < kConsumers * kWarpgroup / kWarp; ++warp) actors_.push_back({rank, {}, false});
    }
    for (Actor& actor : actors_) actor.program = actor.is_producer ? loads() : reads();
  }

  /// Empty when all went well, else what went wrong first.
  std::string play() {
    while (error_.empty()) {
      std::vector<std::size_t> able;
      for (std::size_t i = 0; i < actors_.size(); ++i) {
        if (is_able(actors_[i])) able.push_back(i);
      }
      const std::size_t choices = able.size() + messages_.size();
      if (choices == 0) break;
      const std::size_t choice = random_() % choices;
      if (choice < able.size()) {
        act(actors_[able[choice]]);
      } else {
        deliver(choice - able.size());
      }
      end_blocks();
    }
    if (!error_.empty()) return error_;
    for (const Actor& actor : actors_) {
      if (actor.next < actor.program.size()) return "deadlock";
    }
    for (const Block& block : blocks_) {
      for (const Barrier& full : block.full) {
        if (!full.is_at_rest()) return "bytes are left over";
      }
    }
    return {};
  }

 private:
  struct Step {
    enum class Kind { load, read, release } kind;
    int use;  ///< of the ring: tile * steps + step
    RingPlace place;
  };
  struct Actor {
    int rank;
    std::vector<Step> program;
    bool is_producer;
    std::size_t next = 0;
  };
  struct Message {
    int target, source, stage;
    int part;   ///< 0 = A, 1 + sender = B; -1 = an arrival at "empty"
    int bytes;  ///< that arrive at "full"
    int use;
  };
  struct Block {
    explicit Block(const RingRun& run)
        : full(static_cast<std::size_t>(run.shape.stages), Barrier(1)),
          empty(static_cast<std::size_t>(run.shape.stages), Barrier(run.releases)),
          readers(static_cast<std::size_t>(run.shape.stages)),
          unread(static_cast<std::size_t>(run.shape.stages)),
          content(static_cast<std::size_t>(run.shape.stages),
                  std::vector<int>(static_cast<std::size_t>(1 + run.shape.cluster), -1)) {}
    std::vector<Barrier> full, empty;
    std::vector<int> readers, unread;       ///< warps, by stage
    std::vector<std::vector<int>> content;  ///< use, by stage and part
    bool is_there = true;
  };

  int uses() const { return run_.tiles * run_.steps; }

  std::vector<Step> loads() const {
    std::vector<Step> program;
    RingPlace place;
    for (int use = 0; use < uses(); ++use, place.advance(run_.shape.stages)) {
      program.push_back({Step::Kind::load, use, place});
    }
    return program;
  }

  std::vector<Step> reads() const {
    std::vector<Step> program;
    RingPlace place, former;
    for (int use = 0; use < uses(); ++use) {
      program.push_back({Step::Kind::read, use, place});
      const bool is_first = use % run_.steps == 0, is_last = use % run_.steps == run_.steps - 1;
      const bool is_late = run_.release == Release::after_next_products;
      if (is_late && !is_first) program.push_back({Step::Kind::release, use - 1, former});
      if (!is_late || is_last) program.push_back({Step::Kind::release, use, place});
      former = place;
      place.advance(run_.shape.stages);
    }
    return program;
  }

  Block& block(int rank) { return blocks_[static_cast<std::size_t>(rank)]; }

  bool is_able(const Actor& actor) {
    if (actor.next == actor.program.size()) return false;
    const Step& step = actor.program[actor.next];
    const auto stage = static_cast<std::size_t>(step.place.stage);
    if (step.kind == Step::Kind::load) return block(actor.rank).empty[stage].is_complete(step.place.empty_parity());
    if (step.kind == Step::Kind::read) return block(actor.rank).full[stage].is_complete(step.place.full_parity());
    return true;
  }

  void act(Actor& actor) {
    const Step step = actor.program[actor.next++];
    const auto stage = static_cast<std::size_t>(step.place.stage);
    const Shape& shape = run_.shape;
    if (step.kind == Step::Kind::load) {
      block(actor.rank).full[stage].expect(shape.stage_bytes());
      block(actor.rank).full[stage].arrive();
      messages_.push_back({actor.rank, actor.rank, step.place.stage, 0, shape.a_bytes(), step.use});
      for (int rank = 0; rank < shape.cluster; ++rank) {
        messages_.push_back(
            {rank, actor.rank, step.place.stage, 1 + actor.rank, shape.b_rows_per_block() * kRowBytes, step.use});
      }
    } else if (step.kind == Step::Kind::read) {
      Block& here = block(actor.rank);
      for (const int use : here.content[stage]) {
        if (use != step.use) error_ = "a warp reads other data than its own";
      }
      ++here.readers[stage];
      --here.unread[stage];
    } else {
      --block(actor.rank).readers[stage];
      for (int rank = 0; rank < shape.cluster; ++rank) {
        messages_.push_back({rank, actor.rank, step.place.stage, -1, 0, step.use});
      }
    }
  }

  void deliver(std::size_t index) {
    const Message message = messages_[index];
    messages_.erase(messages_.begin() + static_cast<std::ptrdiff_t>(index));
    Block& there = block(message.target);
    const auto stage = static_cast<std::size_t>(message.stage);
    if (!there.is_there) error_ = "a message for a block that has ended";
    if (message.part < 0) {
      there.empty[stage].arrive();
      return;
    }
    if (there.readers[stage] > 0 || (message.part == 0 && there.unread[stage] > 0)) error_ = "a stage is overwritten";
    if (message.part == 0) there.unread[stage] = kConsumers * kWarpgroup / kWarp;
    there.content[stage][static_cast<std::size_t>(message.part)] = message.use;
    there.full[stage].receive(message.bytes);
  }

  /// A block's shared memory is gone when its threads have ended and what they sent has come; together: all blocks'.
  void end_blocks() {
    const auto has_ended = [&](int rank) {
      for (const Actor& actor : actors_) {
        if (actor.rank == rank && actor.next < actor.program.size()) return false;
      }
      for (const Message& message : messages_) {
        if (message.source == rank) return false;
      }
      return true;
    };
    bool all = true;
    for (int rank = 0; rank < run_.shape.cluster; ++rank) all = all && has_ended(rank);
    for (int rank = 0; rank < run_.shape.cluster; ++rank) {
      if (run_.end == End::together ? all : has_ended(rank)) block(rank).is_there = false;
    }
  }

  RingRun run_;
  std::mt19937 random_;
  std::vector<Block> blocks_;
  std::vector<Actor> actors_;
  std::vector<Message> messages_;
  std::string error_;
};

/// What goes wrong in the first of `seeds` runs in which something does.
std::string played(const RingRun& run, unsigned seeds) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    if (std::string error = Ring(run, seed).play(); !error.empty()) return error;
  }
  return {};
}

RingRun right(const Shape& shape) { return {.shape = shape, .releases = releases_per_stage(shape)}; }

TEST(WgmmaRing, WhateverTheOrderOfEventsDataArrivesOnceAndAllEnd) {
  for (const Shape& shape : {kWide, kNarrow, Shape{128, 2, 2}, Shape{128, 1, 1}, Shape{256, 4, 3}}) {
    for (const Release release : {Release::after_next_products, Release::immediately}) {
      // A late release holds two stages at a time.
      if (release == Release::after_next_products && shape.stages < 2) continue;
      for (const int tiles : {1, 2, 3, 5}) {
        for (const int steps : {1, 2, 3, 4, 7}) {
          RingRun run = right(shape);
          run.tiles = tiles, run.steps = steps, run.release = release;
          ASSERT_EQ(played(run, 5), "") << shape.cluster << " " << shape.stages << " " << tiles << " " << steps;
        }
      }
    }
  }
}

TEST(WgmmaRing, ItBreaksWhereOnlyTheOwnWarpsReleaseAStage) {
  RingRun run = right(kWide);
  run.tiles = 3, run.steps = 5;
  run.releases /= kWide.cluster;
  EXPECT_NE(played(run, 50), "");
}

TEST(WgmmaRing, ItBreaksWhereABlockLeavesItsClusterEarly) {
  RingRun run = right(kWide);
  run.tiles = 2, run.steps = 3;
  run.end = End::alone;
  EXPECT_EQ(played(run, 50), "a message for a block that has ended");
}

TEST(WgmmaRing, ALateReleaseNeedsTwoStages) {
  RingRun run = right({128, 1, 1});
  run.steps = 2;
  EXPECT_EQ(played(run, 1), "deadlock");
}

}  // namespace
}  // namespace muster
