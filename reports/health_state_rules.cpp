// SPDX-License-Identifier: Apache-2.0
// Rules of health that look at one GPU: its memory, its links, its settings.
#include <algorithm>

#include "reports/health_rules.hpp"
#include "reports/text_table.hpp"

namespace muster {
namespace {

using Counter = std::optional<std::uint64_t> GpuHealth::*;

// Findings about one GPU.
class Findings {
 public:
  explicit Findings(const std::string& place) : place_(place) {}
  void add(Severity severity, const std::string& code, const std::string& meaning) {
    all_.push_back({severity, code, place_, meaning});
  }
  std::vector<Finding> take() { return std::move(all_); }

 private:
  const std::string& place_;
  std::vector<Finding> all_;
};

// What a counter has gained in the run; a counter that was reset in between has gained what it shows.
std::uint64_t growth(const std::optional<std::uint64_t>& first, const std::optional<std::uint64_t>& last) {
  if (!first || !last) return 0;
  return *last >= *first ? *last - *first : *last;
}

std::uint64_t growth(const GpuHistory& gpu, Counter counter) {
  return growth(gpu.first().*counter, gpu.last().*counter);
}

std::string count_of(std::uint64_t count, const std::string& what) { return std::to_string(count) + " " + what; }

void judge_memory(const GpuHistory& gpu, Findings& findings) {
  const GpuHealth& last = gpu.last();
  const std::uint64_t new_errors =
      std::max(growth(gpu, &GpuHealth::uncorrected_errors), growth(gpu, &GpuHealth::uncorrected_errors_of_life));
  const std::uint64_t errors = std::max(new_errors, last.uncorrected_errors.value_or(0));
  if (errors > 0) {
    findings.add(Severity::error, "uncorrected_ecc",
                 count_of(errors, "uncorrected ECC errors since the driver was loaded, ") +
                     count_of(new_errors, "of them in this run: reset the GPU; if they come back, replace it"));
  } else if (last.uncorrected_errors_of_life.value_or(0) > 0) {
    findings.add(Severity::warning, "uncorrected_ecc_of_life",
                 count_of(*last.uncorrected_errors_of_life, "uncorrected ECC errors in its life, none of them recent"));
  }
  if (const std::uint64_t corrected = growth(gpu, &GpuHealth::corrected_errors); corrected > 0) {
    findings.add(Severity::note, "corrected_ecc", count_of(corrected, "ECC errors were corrected in this run"));
  }
  if (last.ecc == "disabled") {
    findings.add(Severity::warning, "ecc_off",
                 "ECC is off: wrong bits stay unseen, and memory is faster than delivered");
  }
}

void judge_replaced_memory(const GpuHealth& gpu, Findings& findings) {
  if (gpu.remapping_failed.value_or(0) > 0) {
    findings.add(Severity::error, "row_remap_failed", "a broken memory row could not be replaced: replace the GPU");
  }
  if (gpu.remapping_pending.value_or(0) > 0) {
    findings.add(Severity::error, "row_remap_pending", "a broken memory row waits to be replaced: reset the GPU");
  }
  if (gpu.retirement_pending.value_or(0) > 0) {
    findings.add(Severity::error, "page_retirement_pending", "a broken memory page is still in use: reset the GPU");
  }
  const int rows = gpu.remapped_rows_corrected.value_or(0) + gpu.remapped_rows_uncorrected.value_or(0);
  if (rows > 0) {
    findings.add(Severity::warning, "remapped_rows",
                 std::to_string(rows) + " memory rows were replaced by spare ones, " +
                     std::to_string(gpu.remapped_rows_uncorrected.value_or(0)) + " after uncorrected errors");
  }
  if (gpu.retired_pages.value_or(0) > 0) {
    findings.add(Severity::warning, "retired_pages",
                 std::to_string(*gpu.retired_pages) + " memory pages are out of use after ECC errors");
  }
}

const NvLinkHealth* link_of(const GpuHealth& gpu, int number) {
  for (const NvLinkHealth& link : gpu.links) {
    if (link.number == number) return &link;
  }
  return nullptr;
}

std::uint64_t new_errors(const NvLinkHealth& first, const NvLinkHealth& last) {
  return growth(first.replay_errors, last.replay_errors) + growth(first.recovery_errors, last.recovery_errors) +
         growth(first.crc_flit_errors, last.crc_flit_errors) + growth(first.crc_data_errors, last.crc_data_errors);
}

void judge_links(const GpuHistory& gpu, Findings& findings) {
  std::string grown;
  for (const NvLinkHealth& last : gpu.last().links) {
    const NvLinkHealth* first = link_of(gpu.first(), last.number);
    if (first == nullptr) continue;
    const std::string number = std::to_string(last.number);
    if (first->state == "active" && last.state == "inactive") {
      findings.add(Severity::error, "nvlink_lost", "NVLink " + number + " went down in this run");
    }
    if (growth(first->failed_recoveries, last.failed_recoveries) > 0) {
      findings.add(Severity::error, "nvlink_recovery_failed", "NVLink " + number + " failed to recover in this run");
    }
    const std::uint64_t errors = new_errors(*first, last);
    if (errors > 0) grown += (grown.empty() ? "" : ", ") + number + " (" + std::to_string(errors) + ")";
  }
  if (!grown.empty()) {
    findings.add(Severity::warning, "nvlink_errors",
                 "errors on NVLinks were repaired in this run, which costs time: " + grown);
  }
  if (const std::uint64_t replays = growth(gpu, &GpuHealth::pcie_replays); replays > 0) {
    findings.add(Severity::warning, "pcie_replays", count_of(replays, "PCIe packets were sent again in this run"));
  }
}

void judge_limits(const GpuHealth& gpu, Findings& findings) {
  if (gpu.power_limit_watts && gpu.default_power_limit_watts &&
      *gpu.power_limit_watts < *gpu.default_power_limit_watts) {
    findings.add(Severity::warning, "power_limit_lowered",
                 "the power limit is " + significant(*gpu.power_limit_watts) + " W where " +
                     significant(*gpu.default_power_limit_watts) + " W is the default: nvidia-smi -pl");
  }
  const auto& clock = gpu.application_clocks.multiprocessor_hertz;
  const auto& usual = gpu.default_application_clocks.multiprocessor_hertz;
  if (clock && usual && *clock < *usual) {
    findings.add(Severity::warning, "clocks_lowered",
                 "the application clock is " + significant(*clock / 1e6) + " MHz where " + significant(*usual / 1e6) +
                     " MHz is the default: nvidia-smi -rac");
  }
  if (gpu.card_pcie_generation && gpu.highest_pcie_generation &&
      *gpu.highest_pcie_generation < *gpu.card_pcie_generation) {
    findings.add(Severity::warning, "slot_below_card",
                 "the slot reaches PCIe generation " + std::to_string(*gpu.highest_pcie_generation) + ", the card " +
                     std::to_string(*gpu.card_pcie_generation));
  }
}

void judge_modes(const GpuHistory& gpu, Findings& findings) {
  const GpuHealth& last = gpu.last();
  if (last.mig == "enabled") {
    findings.add(Severity::warning, "mig_on", "MIG is on: a part of the GPU was measured, not all of it");
  }
  // Before the run: later readings see the run's own processes.
  if (const int others = gpu.first().other_processes.value_or(0); others > 0) {
    findings.add(Severity::warning, "other_processes", std::to_string(others) + " other processes compute on this GPU");
  }
  if (last.compute_mode && *last.compute_mode != "default") {
    findings.add(Severity::note, "compute_mode", "the compute mode is " + printable(*last.compute_mode));
  }
  if (last.persistence == "disabled") {
    findings.add(Severity::note, "persistence_off", "persistence is off: each first use starts the GPU anew");
  }
}

}  // namespace

std::vector<Finding> judge_state(const GpuHistory& gpu) {
  Findings findings(gpu.place);
  judge_memory(gpu, findings);
  judge_replaced_memory(gpu.last(), findings);
  judge_links(gpu, findings);
  judge_limits(gpu.last(), findings);
  judge_modes(gpu, findings);
  return findings.take();
}

}  // namespace muster
