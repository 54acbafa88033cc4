// SPDX-License-Identifier: Apache-2.0
// What is measured: a case turned into memory, data and one operation on this rank. One file per family beside this.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "collectives/team.hpp"
#include "collectives/transports/transport.hpp"
#include "core/unsupported.hpp"
#include "kernels/fill.hpp"
#include "reports/case.hpp"

namespace muster {

class Subject {
 public:
  virtual ~Subject() = default;
  /// The timed part.
  virtual void run() = 0;
  /// What the last run took by the device's own clock; empty where the host's clock around run() counts. Zero on a rank
  /// that has no part in the case.
  virtual std::optional<Seconds> device_time() const { return {}; }
  /// `count` runs queued back to back and what each took by the device's clock; empty where there is no such clock and
  /// run() is to be called in a row.
  virtual std::vector<Seconds> stream(int) { return {}; }
  /// Fresh inputs, spoilt outputs: before a checked operation.
  virtual void reset() = 0;
  /// Every output element of this rank, after a run that followed reset(), or after any run when `repeatable()`.
  virtual DataCheck check() = 0;
  /// False when a run changes its own inputs (in place), so that only the first one after reset() can be checked.
  virtual bool repeatable() const { return true; }
  virtual Bytes bytes() const { return {}; }  ///< work of one run, as Record::bytes
  virtual Flops flops() const { return {}; }  ///< of this rank
  virtual std::string configuration() const = 0;
};

using MadeSubject = std::variant<std::unique_ptr<Subject>, Unsupported>;

/// What subjects of a run share. Transports are made once, when the first case asks for them.
class SubjectMaker {
 public:
  /// `tap` may be null; it sees what this rank receives (fault injection).
  SubjectMaker(Team& team, std::uint64_t seed, Tap* tap) : team_(team), seed_(seed), tap_(tap) {}
  ~SubjectMaker();
  SubjectMaker(const SubjectMaker&) = delete;
  SubjectMaker& operator=(const SubjectMaker&) = delete;

  /// Collective: the same outcome on all ranks. Throws Error when the environment fails (memory, MPI).
  MadeSubject make(const Case& item);

  Team& team() { return team_; }
  std::uint64_t seed() const { return seed_; }
  Tap* tap() { return tap_; }
  std::variant<Transport*, Unsupported> transport(TransportKind kind);

 private:
  /// The ranks of one group of a case, with transports of their own.
  struct Part {
    std::unique_ptr<Team> team;
    std::unique_ptr<SubjectMaker> maker;
  };
  SubjectMaker& of_group(const Case& item);

  Team& team_;
  std::uint64_t seed_;
  Tap* tap_;
  std::map<TransportKind, std::variant<std::unique_ptr<Transport>, Unsupported>> transports_;
  std::map<std::pair<int, int>, Part> parts_;  ///< by ranks and stride of the groups
};

MadeSubject make_collective_subject(SubjectMaker& maker, const Case& item);
MadeSubject make_overlap_subject(SubjectMaker& maker, const Case& item);
MadeSubject make_matmul_subject(SubjectMaker& maker, const Case& item);
MadeSubject make_reduce_subject(SubjectMaker& maker, const Case& item);
MadeSubject make_memory_subject(SubjectMaker& maker, const Case& item);
MadeSubject make_peak_subject(SubjectMaker& maker, const Case& item);
// On this rank's GPU (gpu_subjects.cpp).
MadeSubject make_gpu_matmul_subject(SubjectMaker& maker, const Case& item);
MadeSubject make_gpu_reduce_subject(SubjectMaker& maker, const Case& item);
MadeSubject make_gpu_memory_subject(SubjectMaker& maker, const Case& item);
MadeSubject make_link_subject(SubjectMaker& maker, const Case& item);

/// The kernels that transports sum with: host, and device where CUDA was compiled in.
ReduceKernels reduce_kernels();

}  // namespace muster
