// SPDX-License-Identifier: Apache-2.0
// The plugin's half of NCCL's profiler interface, versions 4 and 5: the structs as NCCL 2.28.9 lays them out
// (src/include/plugin/profiler/profiler_v4.h, profiler_v5.h there), as far as they are read here.
#include "collectives/transports/nccl_profiler.hpp"

#include <dlfcn.h>

#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <mutex>

namespace muster {
namespace {

using NcclStatus = int;  ///< ncclResult_t; 0 = success
constexpr NcclStatus kSuccess = 0;

/// Bits of the activation mask, which are also the types of events.
constexpr int kCollective = 1 << 1;
constexpr int kPointToPoint = 1 << 2;

struct CollectiveEvent {
  std::uint64_t sequence;
  const char* function;
  const void* input;
  void* output;
  std::size_t count;
  int root;
  const char* type;
  std::uint8_t channels;
  std::uint8_t warps;
  const char* algorithm;
  const char* protocol;
};

struct PointToPointEvent {
  const char* function;
  void* buffer;
  const char* type;
  std::size_t count;
  int peer;
  std::uint8_t channels;
};

/// The type has 8 bits in version 4 and 64 in version 5; what follows it lies at the same places in both.
template <typename Type>
struct Event {
  Type type;
  void* parent;
  int rank;
  union {
    CollectiveEvent collective;
    PointToPointEvent point_to_point;
  };
};
static_assert(offsetof(Event<std::uint8_t>, collective) == 24 && offsetof(Event<std::uint64_t>, collective) == 24);
static_assert(offsetof(CollectiveEvent, channels) == 56 && offsetof(CollectiveEvent, algorithm) == 64);
static_assert(offsetof(PointToPointEvent, channels) == 36);

/// NCCL hands the plugin nothing of ours except the communicator's name, so a table from names to observations must be
/// static. It is touched when communicators come and go; the events go through the context that NCCL keeps for us.
class Registry {
 public:
  void add(const std::string& name, NcclObservation* observation) {
    const std::scoped_lock lock(lock_);
    observations_[name] = observation;
  }
  void remove(const std::string& name) {
    const std::scoped_lock lock(lock_);
    observations_.erase(name);
  }
  NcclObservation* find(const char* name) {
    const std::scoped_lock lock(lock_);
    const auto found = name == nullptr ? observations_.end() : observations_.find(name);
    return found == observations_.end() ? nullptr : found->second;
  }

 private:
  std::mutex lock_;
  std::map<std::string, NcclObservation*> observations_;
};

Registry& registry() {
  static Registry the_registry;
  return the_registry;
}

/// The mask is one for the whole process; a communicator that is not ours has no context and is not noted.
NcclStatus begin(void** context, int* activation_mask, const char* name) {
  *context = registry().find(name);
  if (*context != nullptr) *activation_mask = kCollective | kPointToPoint;
  return kSuccess;
}

/// No handle is given back, so NCCL does not tell us when the event ends: one call for each operation.
template <typename Type>
NcclStatus start_event(void* context, void** handle, void* description) {
  *handle = nullptr;
  if (context == nullptr) return kSuccess;
  auto& observation = *static_cast<NcclObservation*>(context);
  const auto& event = *static_cast<const Event<Type>*>(description);
  if (event.type == static_cast<Type>(kCollective)) {
    const CollectiveEvent& told = event.collective;
    observation.note_collective(told.algorithm, told.protocol, told.channels);
  } else if (event.type == static_cast<Type>(kPointToPoint)) {
    observation.note_point_to_point(event.point_to_point.channels);
  }
  return kSuccess;
}

NcclStatus stop_event(void*) { return kSuccess; }
NcclStatus record_state(void*, int, void*) { return kSuccess; }
NcclStatus finalize(void*) { return kSuccess; }

NcclStatus begin_v4(void** context, int* activation_mask, const char* name, std::uint64_t, int, int, int, void*) {
  return begin(context, activation_mask, name);
}
NcclStatus begin_v5(void** context, std::uint64_t, int* activation_mask, const char* name, int, int, int, void*) {
  return begin(context, activation_mask, name);
}

std::string in_lower_case(std::string text) {
  for (char& letter : text) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return text;
}

constexpr char kVariable[] = "NCCL_PROFILER_PLUGIN";

}  // namespace

/// The functions of a plugin in NCCL's order; the two versions differ in the first.
template <typename Init>
struct NcclProfilerPlugin {
  const char* name;
  Init* init;
  int (*start_event)(void* context, void** handle, void* description);
  int (*stop_event)(void* handle);
  int (*record_state)(void* handle, int state, void* arguments);
  int (*finalize)(void* context);
};
using NcclProfilerV4 = NcclProfilerPlugin<int(void**, int*, const char*, std::uint64_t, int, int, int, void*)>;
using NcclProfilerV5 = NcclProfilerPlugin<int(void**, std::uint64_t, int*, const char*, int, int, int, void*)>;

}  // namespace muster

// The names that NCCL looks up; collectives/CMakeLists.txt exports them from every program that links this library.
extern "C" {
extern const muster::NcclProfilerV4 ncclProfiler_v4;
extern const muster::NcclProfilerV5 ncclProfiler_v5;
const muster::NcclProfilerV4 ncclProfiler_v4 = {
    "muster",           muster::begin_v4,     muster::start_event<std::uint8_t>,
    muster::stop_event, muster::record_state, muster::finalize};
const muster::NcclProfilerV5 ncclProfiler_v5 = {
    "muster",           muster::begin_v5,     muster::start_event<std::uint64_t>,
    muster::stop_event, muster::record_state, muster::finalize};
}

namespace muster {

NcclObservation::NcclObservation() {
  // The address tells observations of one process apart, which is all that is asked of the name.
  name_ = "muster-" + std::to_string(reinterpret_cast<std::uintptr_t>(this));
  registry().add(name_, this);
}

NcclObservation::~NcclObservation() { registry().remove(name_); }

std::string NcclObservation::text() const {
  std::string text;
  const auto append = [&text](const std::string& word) { text += (text.empty() ? "" : ", ") + word; };
  if (const char* algorithm = algorithm_.load(); algorithm != nullptr) append(in_lower_case(algorithm));
  if (const char* protocol = protocol_.load(); protocol != nullptr) append(protocol);
  const int channels = channels_.load();
  if (channels > 0) append(std::to_string(channels) + (channels == 1 ? " channel" : " channels"));
  return text;
}

void NcclObservation::clear() {
  algorithm_.store(nullptr);
  protocol_.store(nullptr);
  channels_.store(0);
}

void NcclObservation::note_collective(const char* algorithm, const char* protocol, int channels) {
  algorithm_.store(algorithm);
  protocol_.store(protocol);
  channels_.store(channels);
}

void NcclObservation::note_point_to_point(int channels) { note_collective(nullptr, nullptr, channels); }

void offer_nccl_profiler() {
  if (dlsym(RTLD_DEFAULT, "ncclProfiler_v5") != &ncclProfiler_v5) return;
  setenv(kVariable, "STATIC_PLUGIN", 0);
}

}  // namespace muster
