// SPDX-License-Identifier: Apache-2.0
#include "collectives/planner/prediction.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <utility>

#include "collectives/problem.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Slices finer than this carry no data worth a message: 64 GiB in slices of 16 MiB.
constexpr int kMostCopies = 4096;

long long chunks_in(const Transfer& transfer) {
  long long chunks = 0;
  for (const ChunkRange& range : transfer.chunks) chunks += range.count;
  return chunks;
}

/// Seconds that the links and devices of a graph are busy, per byte of size.
class BusyTime {
 public:
  explicit BusyTime(const Topology& topology)
      : links_(static_cast<int>(topology.links.size())), busy_(topology.links.size() + topology.devices.size()) {
    for (const Link& link : topology.links) rates_.push_back(best_known(link.capacity).value);
    for (const Device& device : topology.devices) rates_.push_back(best_known(device.through).value);
  }

  /// `share` of the size takes this route.
  void add(const Route& route, double share) {
    for (const LinkShare& part : route.links) add(part.link, share * part.share.value());
    for (const DeviceShare& part : route.devices) add(links_ + part.device, share * part.share.value());
  }

  double at_place(int place) const { return busy_[at(place)]; }
  int fullest() const {
    const auto most = std::ranges::max_element(touched_, {}, [&](int place) { return busy_[at(place)]; });
    return most == touched_.end() ? 0 : *most;
  }
  void clear() {
    for (const int place : touched_) busy_[at(place)] = 0;
    touched_.clear();
  }

 private:
  void add(int place, double share) {
    if (rates_[at(place)] <= 0) return;
    if (busy_[at(place)] == 0) touched_.push_back(place);
    busy_[at(place)] += share / rates_[at(place)];
  }

  int links_;
  std::vector<double> rates_;
  std::vector<double> busy_;
  std::vector<int> touched_;
};

void add_all(BusyTime& busy, const Round& round, Routes& routes, double chunk) {
  for (const Transfer& transfer : round.transfers) {
    const Route& route = routes.between({.source = transfer.source, .target = transfer.target});
    busy.add(route, chunk * static_cast<double>(chunks_in(transfer)));
  }
}

Seconds longest_message(const Round& round, Routes& routes, const MessageCosts& costs) {
  Seconds longest{};
  std::map<int, int> posted;  // messages that a rank sends in this round, one after the other
  for (const Transfer& transfer : round.transfers) {
    const Route& route = routes.between({.source = transfer.source, .target = transfer.target});
    const int before = posted[transfer.source]++;
    longest = std::max(longest, route.latency + costs.per_message * (1.0 + before));
  }
  return longest;
}

Rational whole_rate(const Capacity& capacity, RateKind kind) {
  const BytesPerSecond rate = kind == RateKind::line ? capacity.line : best_known(capacity);
  return {static_cast<std::int64_t>(std::ceil(rate.value))};
}

}  // namespace

Rational chunk_share(const Schedule& schedule) {
  const bool per_rank = schedule.collective == Collective::all_gather ||
                        schedule.collective == Collective::reduce_scatter ||
                        schedule.collective == Collective::all_to_all || schedule.collective == Collective::all_to_allv;
  return Rational::of(1, static_cast<WideInt>(per_rank ? schedule.ranks : 1) * schedule.pieces);
}

ScheduleVolume volume_on(const Schedule& schedule, Routes& routes, RateKind rates) {
  std::map<std::pair<int, int>, long long> chunks;
  for (const Channel& channel : schedule.channels) {
    for (const Round& round : channel.rounds) {
      for (const Transfer& transfer : round.transfers) {
        chunks[{transfer.source, transfer.target}] += chunks_in(transfer);
      }
    }
  }
  const Topology& topology = routes.topology();
  ScheduleVolume volume;
  volume.on_link.resize(topology.links.size());
  volume.through_device.resize(topology.devices.size());
  for (const auto& [pair, count] : chunks) {
    const Rational bytes = chunk_share(schedule) * Rational(count);
    const Route& route = routes.between({.source = pair.first, .target = pair.second});
    for (const LinkShare& part : route.links) {
      volume.on_link[at(part.link)] = volume.on_link[at(part.link)] + bytes * part.share;
    }
    for (const DeviceShare& part : route.devices) {
      volume.through_device[at(part.device)] = volume.through_device[at(part.device)] + bytes * part.share;
    }
  }
  const auto weigh = [&](const Rational& bytes, const Capacity& capacity) {
    const Rational rate = whole_rate(capacity, rates);
    if (rate == Rational(0) || bytes / rate <= volume.seconds_per_byte) return false;
    volume.seconds_per_byte = bytes / rate;
    return true;
  };
  for (std::size_t link = 0; link < topology.links.size(); ++link) {
    if (weigh(volume.on_link[link], topology.links[link].capacity)) volume.busiest_link = static_cast<int>(link);
  }
  for (std::size_t device = 0; device < topology.devices.size(); ++device) {
    if (!weigh(volume.through_device[device], topology.devices[device].through)) continue;
    volume.busiest_device = static_cast<int>(device);
    volume.busiest_link = -1;
  }
  return volume;
}

bool beats_limit(const ScheduleVolume& volume, const CollectiveLimit& limit) {
  return volume.seconds_per_byte < limit.seconds_per_byte;
}

Seconds TimeModel::time(Bytes size, int copies) const {
  const auto bytes = static_cast<double>(size.value);
  const double one_channel = fill.value + serial * bytes / copies;
  const double rest = std::max(0.0, volume - own / copies) * bytes;
  const double waves = std::max(1.0, static_cast<double>(copies) * base / std::max(base, in_flight));
  return {std::max(one_channel + rest, waves * one_channel)};
}

Estimate TimeModel::estimate(Bytes size) const {
  Estimate best{.time = time(size, 1), .channels = base};
  for (int copies = 2; copies <= std::min(most_copies, kMostCopies); copies *= 2) {
    const Seconds here = time(size, copies);
    if (here < best.time) best = {.time = here, .channels = copies * base};
  }
  return best;
}

TimeModel predict(const Schedule& schedule, Routes& routes, const MessageCosts& costs) {
  const double chunk = chunk_share(schedule).value();
  TimeModel model{.base = std::max(1, static_cast<int>(schedule.channels.size())),
                  .most_copies = kMostCopies,
                  .in_flight = costs.channels_in_flight};
  BusyTime of_round(routes.topology());
  BusyTime of_all(routes.topology());
  for (const Channel& channel : schedule.channels) {
    Seconds fill{};
    double serial = 0;
    for (const Round& round : channel.rounds) {
      of_round.clear();
      add_all(of_round, round, routes, chunk);
      add_all(of_all, round, routes, chunk);
      fill = fill + longest_message(round, routes, costs);
      serial += of_round.at_place(of_round.fullest());
    }
    model.fill = std::max(model.fill, fill);
    model.serial = std::max(model.serial, serial);
  }
  const int fullest = of_all.fullest();
  model.volume = of_all.at_place(fullest);
  for (const Channel& channel : schedule.channels) {
    of_round.clear();
    for (const Round& round : channel.rounds) add_all(of_round, round, routes, chunk);
    model.own = std::max(model.own, of_round.at_place(fullest));
  }
  return model;
}

}  // namespace muster
