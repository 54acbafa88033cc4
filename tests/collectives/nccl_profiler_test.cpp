// SPDX-License-Identifier: Apache-2.0
// The profiler plugin, called as NCCL calls it: looked up by name in the program itself, with NCCL's own structs
// (written out here a second time, from NCCL 2.28.9's src/include/plugin/profiler/profiler_v4.h and profiler_v5.h).
#include "collectives/transports/nccl_profiler.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <thread>

namespace muster {
namespace {

struct Collective5 {
  std::uint64_t sequence_number;
  const char* func;
  void const* send_buff;
  void* recv_buff;
  size_t count;
  int root;
  const char* datatype;
  std::uint8_t n_channels;
  std::uint8_t n_warps;
  const char* algo;
  const char* proto;
  void* parent_group;
};

struct Message5 {
  const char* func;
  void* buff;
  const char* datatype;
  size_t count;
  int peer;
  std::uint8_t n_channels;
  void* parent_group;
};

template <typename Type>
struct Description {
  Type type = 0;
  void* parent = nullptr;
  int rank = 0;
  union {
    Collective5 coll{};
    Message5 p2p;
  };
};

using Logger = void (*)(int, unsigned long, const char*, int, const char*, ...);

/// Version 5: the id of the communicator comes before the mask.
struct Plugin5 {
  using Event = Description<std::uint64_t>;
  const char* name;
  int (*init)(void**, std::uint64_t, int*, const char*, int, int, int, Logger);
  int (*start_event)(void*, void**, Event*);
  int (*stop_event)(void*);
  int (*record_event_state)(void*, int, void*);
  int (*finalize)(void*);

  static constexpr const char* kSymbol = "ncclProfiler_v5";
  int begin(void** context, int* mask, const char* communicator) const {
    return init(context, 0x1234, mask, communicator, 1, 2, 0, nullptr);
  }
};

/// Version 4: the id comes after the name, and the type of an event has 8 bits.
struct Plugin4 {
  using Event = Description<std::uint8_t>;
  const char* name;
  int (*init)(void**, int*, const char*, std::uint64_t, int, int, int, Logger);
  int (*start_event)(void*, void**, Event*);
  int (*stop_event)(void*);
  int (*record_event_state)(void*, int, void*);
  int (*finalize)(void*);

  static constexpr const char* kSymbol = "ncclProfiler_v4";
  int begin(void** context, int* mask, const char* communicator) const {
    return init(context, mask, communicator, 0x1234, 1, 2, 0, nullptr);
  }
};

constexpr int kColl = 1 << 1, kP2p = 1 << 2, kGroupApi = 1 << 8;

template <typename Plugin>
class NcclProfiler : public testing::Test {
 protected:
  using Event = typename Plugin::Event;

  void SetUp() override {
    void* program = dlopen(nullptr, RTLD_NOW | RTLD_LOCAL);
    plugin_ = static_cast<const Plugin*>(dlsym(program, Plugin::kSymbol));
    ASSERT_NE(plugin_, nullptr) << "the program does not export " << Plugin::kSymbol;
  }

  void start(void* context, Event& event) const {
    void* handle = &event;
    EXPECT_EQ(plugin_->start_event(context, &handle, &event), 0);
    EXPECT_EQ(handle, nullptr) << "NCCL would tell us the end of each operation";
  }

  static Event all_reduce_event() {
    Event event;
    event.type = static_cast<decltype(event.type)>(kColl);
    event.coll.algo = "RING";
    event.coll.proto = "LL128";
    event.coll.n_channels = 16;
    return event;
  }

  const Plugin* plugin_ = nullptr;
};

using Versions = testing::Types<Plugin4, Plugin5>;
TYPED_TEST_SUITE(NcclProfiler, Versions);

TYPED_TEST(NcclProfiler, NotesAlgorithmProtocolAndChannelsOfACollective) {
  NcclObservation observation;
  void* context = nullptr;
  int mask = 0;
  ASSERT_EQ(this->plugin_->begin(&context, &mask, observation.name()), 0);
  EXPECT_EQ(mask, kColl | kP2p);
  EXPECT_EQ(observation.text(), "");
  auto event = TestFixture::all_reduce_event();
  this->start(context, event);
  EXPECT_EQ(observation.text(), "ring, LL128, 16 channels");
  EXPECT_EQ(this->plugin_->finalize(context), 0);
}

TYPED_TEST(NcclProfiler, NotesTheChannelsOfSendsAndForgetsTheCollectiveBefore) {
  NcclObservation observation;
  void* context = nullptr;
  int mask = 0;
  ASSERT_EQ(this->plugin_->begin(&context, &mask, observation.name()), 0);
  auto event = TestFixture::all_reduce_event();
  this->start(context, event);
  event.type = static_cast<decltype(event.type)>(kP2p);
  event.p2p = Message5();
  event.p2p.n_channels = 1;
  this->start(context, event);
  EXPECT_EQ(observation.text(), "1 channel");
}

TYPED_TEST(NcclProfiler, KeepsCommunicatorsApart) {
  NcclObservation first, second;
  void *first_context = nullptr, *second_context = nullptr;
  int mask = 0;
  this->plugin_->begin(&first_context, &mask, first.name());
  this->plugin_->begin(&second_context, &mask, second.name());
  auto event = TestFixture::all_reduce_event();
  this->start(second_context, event);
  EXPECT_EQ(first.text(), "");
  EXPECT_EQ(second.text(), "ring, LL128, 16 channels");
}

TYPED_TEST(NcclProfiler, IgnoresCommunicatorsOfOthersAndEventsItDidNotAskFor) {
  NcclObservation observation;
  for (const char* name : {"somebody else's", static_cast<const char*>(nullptr)}) {
    void* context = &observation;
    int mask = 0;
    EXPECT_EQ(this->plugin_->begin(&context, &mask, name), 0);
    EXPECT_EQ(context, nullptr);
    EXPECT_EQ(mask, 0);
    auto event = TestFixture::all_reduce_event();
    this->start(context, event);
  }
  void* context = nullptr;
  int mask = 0;
  this->plugin_->begin(&context, &mask, observation.name());
  auto event = TestFixture::all_reduce_event();
  event.type = static_cast<decltype(event.type)>(kGroupApi);
  this->start(context, event);
  EXPECT_EQ(observation.text(), "");
}

TYPED_TEST(NcclProfiler, CanBeToldFromAnotherThreadWhileItIsRead) {
  NcclObservation observation;
  void* context = nullptr;
  int mask = 0;
  this->plugin_->begin(&context, &mask, observation.name());
  std::atomic<bool> stop{false};
  std::jthread nccl([&] {
    auto event = TestFixture::all_reduce_event();
    while (!stop) this->start(context, event);
  });
  for (int i = 0; i < 1000; ++i) {
    EXPECT_THAT(observation.text(), testing::MatchesRegex("(ring)?(, )?(LL128)?(, )?(16 channels)?"));
  }
  stop = true;
}

TEST(NcclProfilerOffer, SetsTheVariableUnlessTheUserHas) {
  unsetenv("NCCL_PROFILER_PLUGIN");
  offer_nccl_profiler();
  EXPECT_STREQ(std::getenv("NCCL_PROFILER_PLUGIN"), "STATIC_PLUGIN");
  setenv("NCCL_PROFILER_PLUGIN", "mine", 1);
  offer_nccl_profiler();
  EXPECT_STREQ(std::getenv("NCCL_PROFILER_PLUGIN"), "mine");
}

}  // namespace
}  // namespace muster
