// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/telemetry.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "benchmarks/gpu_health.hpp"

namespace muster {
namespace {

using Series = std::vector<double> Telemetry::*;

struct Quantity {
  Series series;
  std::optional<double> value;
};

std::array<Quantity, 4> quantities_of(const GpuReading& reading) {
  return {{{&Telemetry::multiprocessor_hertz, reading.clocks.multiprocessor_hertz},
           {&Telemetry::memory_hertz, reading.clocks.memory_hertz},
           {&Telemetry::watts, reading.watts},
           {&Telemetry::celsius, reading.celsius}}};
}

constexpr std::array<Series, 4> kSeries = {&Telemetry::multiprocessor_hertz, &Telemetry::memory_hertz,
                                           &Telemetry::watts, &Telemetry::celsius};

bool tells_all_of(const GpuReading& reading, const Telemetry& telemetry) {
  const auto fits = [&](const Quantity& quantity) {
    return (telemetry.*quantity.series).empty() || quantity.value.has_value();
  };
  return std::ranges::all_of(quantities_of(reading), fits) &&
         (telemetry.throttle_bits.empty() || reading.throttle_bits.has_value());
}

bool is_extreme(const GpuReading& reading, const Telemetry& telemetry) {
  return std::ranges::any_of(quantities_of(reading), [&](const Quantity& quantity) {
    const std::vector<double>& series = telemetry.*quantity.series;
    if (series.empty()) return false;
    const auto [least, most] = std::ranges::minmax(series);
    return *quantity.value < least || *quantity.value > most;
  });
}

// Each second entry, and those that hold the lowest and highest value of a series.
std::set<std::size_t> worth_keeping(const Telemetry& telemetry) {
  std::set<std::size_t> kept;
  for (std::size_t i = 0; i < telemetry.seconds.size(); i += 2) kept.insert(i);
  for (const Series member : kSeries) {
    const std::vector<double>& series = telemetry.*member;
    if (series.empty()) continue;
    const auto [least, most] = std::ranges::minmax_element(series);
    kept.insert(static_cast<std::size_t>(least - series.begin()));
    kept.insert(static_cast<std::size_t>(most - series.begin()));
  }
  return kept;
}

void keep_only(const std::set<std::size_t>& kept, std::vector<double>& series) {
  if (series.empty()) return;
  std::vector<double> shorter;
  for (const std::size_t i : kept) shorter.push_back(series[i]);
  series = std::move(shorter);
}

// What is left out leaves its bits to the entry before; the first entry is always kept.
std::vector<std::uint64_t> united_bits(const std::set<std::size_t>& kept, const std::vector<std::uint64_t>& bits) {
  std::vector<std::uint64_t> united;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    if (kept.contains(i)) {
      united.push_back(bits[i]);
    } else {
      united.back() |= bits[i];
    }
  }
  return united;
}

void see(std::optional<int>& highest, const std::optional<int>& value) {
  if (value && (!highest || *value > *highest)) highest = value;
}

}  // namespace

void ReadingSeries::add(const GpuReading& reading) {
  see(telemetry_.pcie_generation, reading.pcie_generation);
  see(telemetry_.pcie_lanes, reading.pcie_lanes);
  if (!telemetry_.seconds.empty() && !tells_all_of(reading, telemetry_)) return;
  const bool is_kept = added_++ % stride_ == 0 || is_extreme(reading, telemetry_);
  if (!is_kept) {
    if (!telemetry_.throttle_bits.empty()) telemetry_.throttle_bits.back() |= *reading.throttle_bits;
    return;
  }
  if (telemetry_.seconds.size() == kMostReadings) thin();
  append(reading);
}

void ReadingSeries::append(const GpuReading& reading) {
  const bool is_first = telemetry_.seconds.empty();
  telemetry_.seconds.push_back(reading.seconds);
  for (const auto& [series, value] : quantities_of(reading)) {
    if (value && (is_first || !(telemetry_.*series).empty())) (telemetry_.*series).push_back(*value);
  }
  if (reading.throttle_bits && (is_first || !telemetry_.throttle_bits.empty())) {
    telemetry_.throttle_bits.push_back(*reading.throttle_bits);
  }
}

void ReadingSeries::thin() {
  const std::set<std::size_t> kept = worth_keeping(telemetry_);
  keep_only(kept, telemetry_.seconds);
  for (const Series series : kSeries) keep_only(kept, telemetry_.*series);
  telemetry_.throttle_bits = united_bits(kept, telemetry_.throttle_bits);
  stride_ *= 2;
}

/// A GPU that NVML has found, and the thread that reads it between start and stop. Until the thread has been joined,
/// the series is its own.
class TelemetrySampler::Sampling {
 public:
  Sampling(NvmlLibrary nvml, NvmlDevice device, int rank, Clock& clock, Seconds interval)
      : nvml_(std::move(nvml)),
        device_(device),
        uuid_(nvml_.ask_text("nvmlDeviceGetUUID", device).value_or("")),
        rank_(rank),
        clock_(clock),
        interval_(interval) {}

  void start() {
    thread_ = {};  // ends one that still runs
    series_.emplace(rank_, uuid_);
    begin_ = clock_.now();
    read();
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

  std::optional<Telemetry> stop() {
    thread_ = {};
    if (!series_) return std::nullopt;
    read();
    Telemetry telemetry = series_->take();
    series_.reset();
    const bool tells_nothing = telemetry.multiprocessor_hertz.empty() && telemetry.memory_hertz.empty() &&
                               telemetry.watts.empty() && telemetry.celsius.empty() && telemetry.throttle_bits.empty();
    if (tells_nothing) return std::nullopt;
    return telemetry;
  }

 private:
  void read() {
    series_->add({.seconds = (clock_.now() - begin_).value,
                  .clocks = read_clocks(nvml_, device_),
                  .watts = read_power_watts(nvml_, device_),
                  .celsius = read_celsius(nvml_, device_),
                  .throttle_bits = read_throttle_bits(nvml_, device_),
                  .pcie_generation = read_pcie_generation(nvml_, device_),
                  .pcie_lanes = read_pcie_lanes(nvml_, device_)});
  }

  void run(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    const std::chrono::duration<double> interval(interval_.value);
    while (!stop.stop_requested()) {
      stopped.wait_for(lock, stop, interval, [] { return false; });  // until the interval ends or stop is requested
      if (!stop.stop_requested()) read();
    }
  }

  NvmlLibrary nvml_;
  NvmlDevice device_;
  std::string uuid_;
  int rank_;
  Clock& clock_;
  Seconds interval_;
  Seconds begin_{};
  std::optional<ReadingSeries> series_;
  std::jthread thread_;
};

TelemetrySampler::TelemetrySampler(const Gpu& gpu, int rank, Clock& clock, const TelemetrySettings& settings) {
  auto opened = NvmlLibrary::open(settings.nvml);
  if (std::holds_alternative<NvmlUnusable>(opened)) return;
  NvmlLibrary nvml = std::get<NvmlLibrary>(std::move(opened));
  // By address, because CUDA counts only what CUDA_VISIBLE_DEVICES shows, and names a part of a GPU by a UUID of its
  // own.
  const auto device = nvml.ask<NvmlDevice>("nvmlDeviceGetHandleByPciBusId_v2", gpu.address.c_str());
  if (device) sampling_ = std::make_unique<Sampling>(std::move(nvml), *device, rank, clock, settings.interval);
}

TelemetrySampler::~TelemetrySampler() = default;

void TelemetrySampler::start() {
  if (sampling_) sampling_->start();
}

std::optional<Telemetry> TelemetrySampler::stop() {
  if (!sampling_) return std::nullopt;
  return sampling_->stop();
}

}  // namespace muster
