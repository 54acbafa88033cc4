// SPDX-License-Identifier: Apache-2.0
// Time and volume of a symbolic schedule without writing it out: a few ranks stand for all, links of one kind share
// what all ranks put on them. Exact where the machine is as regular as its plan (docs/planner.md).
#pragma once

#include <string>
#include <vector>

#include "collectives/planner/prediction.hpp"
#include "collectives/symbolic.hpp"

namespace muster {

/// Links between the same kinds of devices (kind, index, rail, tier) at the same rate: they are taken to carry the
/// same.
struct LinkClass {
  enum class Users {
    one_group,  ///< of ranks: the links of a host; the busiest group of those looked at speaks for all
    many,       ///< between switches of the network: the average of those looked at
  };
  std::string name;  ///< its first link: "node0/nic:mlx5_0 -> leaf0"
  LinkKind kind = LinkKind::internal;
  Users users = Users::one_group;
  int count = 0;
  double rate = 0;    ///< bytes/s, best known; 0 = not known
  double line = 0;    ///< bytes/s, the wire's; 0 = not known
  Rational bytes{0};  ///< per byte of size, on each of them
};

struct SymbolicVolume {
  std::vector<LinkClass> classes;  ///< only those that carry something, fullest first (by line rate)
  Rational seconds_per_byte{0};    ///< of the fullest, at line rate
};

struct SymbolicPrediction {
  TimeModel model;
  SymbolicVolume volume;
};

/// The links and devices of one graph by class; made once, used for many plans.
class LinkClasses {
 public:
  explicit LinkClasses(const Topology& topology);
  int of_link(int link) const { return of_link_[static_cast<std::size_t>(link)]; }
  int of_device(int device) const { return of_device_[static_cast<std::size_t>(device)]; }
  const std::vector<LinkClass>& classes() const { return classes_; }

 private:
  std::vector<int> of_link_;
  std::vector<int> of_device_;  // -1: it has no capacity of its own
  std::vector<LinkClass> classes_;
};

SymbolicPrediction predict(const SymbolicProgram& program, Routes& routes, const LinkClasses& classes,
                           const MessageCosts& costs);

}  // namespace muster
