// SPDX-License-Identifier: Apache-2.0
// The checks of the doctor, each a function that looks at the whole graph and notes what it finds. The table that runs
// them is in doctor.cpp; docs/formats.md lists the codes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "topology/doctor/survey.hpp"
#include "topology/finding.hpp"

namespace muster {

/// Collects findings; of one code it keeps the first few and counts the rest.
class CaseNotes {
 public:
  /// `device` decides the order among findings of the same severity, and is the finding's place unless it names one.
  void add(int device, Finding finding);
  /// Worst first, then by device.
  std::vector<Finding> finish(const Topology& topology) &&;

 private:
  struct Note {
    int device;
    Finding finding;
  };
  struct Rest {
    int count = 0;  // of findings of this code, kept or not
    Severity severity = Severity::note;
  };
  std::vector<Note> notes_;
  std::map<std::string, Rest> rests_;
};

// gpus.cpp
void check_gpu_count(const Survey& survey, CaseNotes& notes);
void check_link_counts(const Survey& survey, CaseNotes& notes);
void check_scale_up_peers(const Survey& survey, CaseNotes& notes);
// directions.cpp
void check_directions(const Survey& survey, CaseNotes& notes);
// rates.cpp
void check_rate_order(const Survey& survey, CaseNotes& notes);
void check_unknown_rates(const Survey& survey, CaseNotes& notes);
void check_assumed_rates(const Survey& survey, CaseNotes& notes);
void check_rate_units(const Survey& survey, CaseNotes& notes);
// slots.cpp
void check_slots(const Survey& survey, CaseNotes& notes);
void check_nic_slots(const Survey& survey, CaseNotes& notes);
// identities.cpp
void check_addresses(const Survey& survey, CaseNotes& notes);
void check_guids(const Survey& survey, CaseNotes& notes);
// hosts.cpp
void check_nic_balance(const Survey& survey, CaseNotes& notes);
void check_host_peers(const Survey& survey, CaseNotes& notes);
// reach.cpp
void check_reach(const Survey& survey, CaseNotes& notes);
// fabric.cpp
void check_uplinks(const Survey& survey, CaseNotes& notes);
void check_cables(const Survey& survey, CaseNotes& notes);

}  // namespace muster
