// SPDX-License-Identifier: Apache-2.0
// Faults on purpose: proves on the user's own machine that the suite notices them. `muster run --inject
// KIND@RANK[:CASES]`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "collectives/transports/transport.hpp"

namespace muster {

enum class FaultKind {
  corrupt,  ///< one bit of one received word changes in flight, in every checked operation
  kill,     ///< the rank gets SIGKILL
  stop,     ///< the rank gets SIGSTOP
  exit,     ///< the rank leaves with exit code 1
  hash,     ///< the rank reports another plan hash
};

struct Fault {
  FaultKind kind = FaultKind::corrupt;
  int rank = 0;
  std::string cases = "*";  ///< shell pattern on the case id
};

/// "corrupt@1", "kill@0:all_reduce/*". Throws Error with the accepted forms.
Fault parse_fault(const std::string& text);

/// This rank's faults, asked at the right moments. One that ends the process does so once, at the first case it
/// selects.
class Injection {
 public:
  Injection(std::vector<Fault> faults, int rank) : faults_(std::move(faults)), rank_(rank) {}

  bool changes_hash() const;
  /// Ends or stops this process if a fault says so for this case.
  void at_case(const std::string& case_id) const;
  /// The next operation's first received message is changed if a fault says so for this case.
  void arm(const std::string& case_id);
  /// Has the last arm() changed a word?
  bool fired() const { return corruption_.fired; }
  /// Null when no fault corrupts.
  Tap* tap();

 private:
  bool selects(FaultKind kind, const std::string& case_id) const;

  class Corruption final : public Tap {
   public:
    bool armed = false;
    bool fired = false;
    void delivered(std::span<std::byte> data, ElementType type) override;
  };

  std::vector<Fault> faults_;
  int rank_;
  Corruption corruption_;
};

}  // namespace muster
