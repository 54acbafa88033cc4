// SPDX-License-Identifier: Apache-2.0
// A beat is one pwrite() between open() and close(): closing is what makes it visible to other hosts on NFS.
#include "benchmarks/heartbeat.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <sstream>
#include <thread>

#include "collectives/team.hpp"
#include "core/error.hpp"
#include "core/host.hpp"
#include "core/names.hpp"

namespace muster {

namespace {

constexpr std::array<std::string_view, 7> kPhases = {"starting", "preparing",  "checking", "measuring",
                                                     "done",     "terminated", "failed"};
constexpr std::string_view kMagic = "muster-beat-1";
constexpr std::size_t kBeatSize = 512;  // bytes; one sector holds host name, case id and the rest
constexpr std::string_view kFilePrefix = "rank-";

std::string file_of(const std::string& folder, int rank) {
  std::array<char, 16> number{};
  std::snprintf(number.data(), number.size(), "%05d", rank);
  return folder + "/" + std::string(kFilePrefix) + number.data();
}

// Errno, or 0 when the beat is written.
int write_beat(const std::string& path, const std::string& text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) return errno;
  const bool whole = ::pwrite(file, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  const int code = whole ? 0 : errno;
  return ::close(file) == 0 ? code : errno;
}

sigset_t termination() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  return set;
}

[[noreturn]] void end_by_sigterm() {
  const sigset_t set = termination();
  std::signal(SIGTERM, SIG_DFL);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  std::raise(SIGTERM);
  std::abort();  // raise() does not return from a signal whose default is to end the process
}

}  // namespace

std::string_view name_of(Phase phase) { return kPhases.at(static_cast<std::size_t>(phase)); }
Phase parse_phase(std::string_view name) { return static_cast<Phase>(index_of_name("phase", kPhases, name)); }

bool is_over(Phase phase) { return phase == Phase::done || phase == Phase::terminated || phase == Phase::failed; }

std::string to_text(const Beat& beat) {
  std::ostringstream line;
  line << kMagic << ' ' << beat.rank << ' ' << beat.process.pid << ' ' << beat.process.start_ticks << ' ' << beat.host
       << ' ' << name_of(beat.phase) << ' ' << beat.counter << ' ' << beat.case_index << ' ' << beat.steps << ' '
       << beat.case_id;
  std::string text = line.str();
  text.resize(kBeatSize - 1, ' ');
  return text + '\n';
}

std::optional<Beat> parse_beat(std::string_view text) {
  if (text.size() != kBeatSize || text.back() != '\n') return std::nullopt;
  std::istringstream line{std::string(text)};
  std::string magic;
  std::string phase;
  Beat beat;
  line >> magic >> beat.rank >> beat.process.pid >> beat.process.start_ticks >> beat.host >> phase >> beat.counter >>
      beat.case_index >> beat.steps;
  const auto known = std::ranges::find(kPhases, phase);
  if (!line || magic != kMagic || known == kPhases.end()) return std::nullopt;
  beat.phase = static_cast<Phase>(known - kPhases.begin());
  std::getline(line >> std::ws, beat.case_id);
  beat.case_id.resize(beat.case_id.find_last_not_of(' ') + 1);
  return beat;
}

std::vector<std::optional<Beat>> read_beats(const std::string& folder, int ranks) {
  std::vector<std::optional<Beat>> beats;
  for (int rank = 0; rank < ranks; ++rank) {
    std::ifstream file(file_of(folder, rank));
    beats.push_back(parse_beat(std::string(std::istreambuf_iterator<char>(file), {})));
  }
  return beats;
}

void clear_beats(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) throw Error("cannot make the status folder " + folder + ": " + code.message() + " (choose another place)");
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with(kFilePrefix)) fs::remove(entry.path());
  }
}

// The thread that beats, and what it shares with those who tell it where the rank is.
class Heartbeat::Beating {
 public:
  Beating(const std::string& folder, int rank, const std::atomic<std::uint64_t>& steps)
      : path_(file_of(folder, rank)), steps_(steps) {
    beat_.rank = rank;
    beat_.process = this_process();
    beat_.host = host_name();
    if (const int code = write_beat(path_, to_text(beat_)); code != 0) {
      throw Error("cannot write " + path_ + ": " + std::strerror(code) + " (every host needs the same status folder)");
    }
    const sigset_t set = termination();
    ::pthread_sigmask(SIG_BLOCK, &set, &mask_before_);
    signals_ = ::signalfd(-1, &set, SFD_CLOEXEC);
    end_ = ::eventfd(0, EFD_CLOEXEC);
    MUSTER_ASSERT(signals_ >= 0 && end_ >= 0);
    thread_ = std::thread([this] { beat_until_end(); });
  }

  ~Beating() {
    const std::uint64_t one = 1;
    MUSTER_ASSERT(::write(end_, &one, sizeof one) == sizeof one);
    thread_.join();
    ::close(signals_);
    ::close(end_);
    ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
  }

  Beating(const Beating&) = delete;
  Beating& operator=(const Beating&) = delete;

  template <typename Change>
  void change(Change apply) {
    const std::lock_guard lock(mutex_);
    apply(beat_);
    write_beat(path_, to_text(beat_));
  }

 private:
  void beat_until_end() {
    std::array<pollfd, 2> sources = {{{signals_, POLLIN, 0}, {end_, POLLIN, 0}}};
    while (true) {
      const int ready = ::poll(sources.data(), sources.size(), static_cast<int>(kInterval.value * 1e3));
      if (ready < 0 && errno == EINTR) continue;
      if (sources[0].revents != 0) {
        change([](Beat& beat) { beat.phase = is_over(beat.phase) ? beat.phase : Phase::terminated; });
        end_by_sigterm();
      }
      if (sources[1].revents != 0) return;
      change([this](Beat& beat) {
        ++beat.counter;
        beat.steps = steps_.load(std::memory_order_relaxed);
      });
    }
  }

  std::string path_;
  const std::atomic<std::uint64_t>& steps_;
  std::mutex mutex_;
  Beat beat_;  // guarded by mutex_
  sigset_t mask_before_{};
  int signals_ = -1;
  int end_ = -1;
  std::thread thread_;
};

Heartbeat::Heartbeat(const std::string& folder, int rank) : beating_(std::make_unique<Beating>(folder, rank, steps_)) {}

Heartbeat::~Heartbeat() {
  beating_->change([](Beat& beat) {
    if (beat.phase != Phase::done) beat.phase = Phase::failed;
  });
}

void Heartbeat::at(std::size_t case_index, std::string_view case_id, Phase phase) {
  beating_->change([&](Beat& beat) {
    beat.case_index = static_cast<std::int64_t>(case_index);
    beat.case_id = case_id;
    beat.phase = phase;
  });
}

void Heartbeat::mark_done() {
  beating_->change([](Beat& beat) { beat.phase = Phase::done; });
}

}  // namespace muster
