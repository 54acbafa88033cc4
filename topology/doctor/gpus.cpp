// SPDX-License-Identifier: Apache-2.0
// GPUs against their data sheet and against their peers in the same host.
#include <algorithm>
#include <map>

#include "topology/doctor/checks.hpp"

namespace muster {

namespace {

bool leads_to_switch(const Survey& survey, const Link& link) {
  return survey.device(link.target).kind == DeviceKind::nvswitch;
}

/// GPUs of one model in one host.
using Peers = std::vector<int>;

std::vector<Peers> peers_of(const Survey& survey, const std::vector<int>& host) {
  std::map<std::string_view, Peers> models;
  for (const int device : host) {
    if (survey.device(device).kind == DeviceKind::gpu) models[survey.device(device).model].push_back(device);
  }
  std::vector<Peers> peers;
  for (auto& [model, devices] : models) peers.push_back(std::move(devices));
  return peers;
}

void note_lost_switch(const Survey& survey, CaseNotes& notes, int gpu, const Peers& peers, int usual) {
  notes.add(gpu, {.severity = Severity::error,
                  .code = "gpu_without_nvswitch",
                  .place = "",
                  .meaning = "this GPU has no link to an NVLink switch where most of the " +
                             count_of(static_cast<int>(peers.size()), "GPU") + " of its host have " +
                             count_of(usual, "link") +
                             "; NCCL gives no warning and falls back to a few slow channels without NVLS: reset or "
                             "reseat the GPU, and check the fabric manager",
                  .devices = {survey.device(gpu).id}});
}

void note_fewer_links(const Survey& survey, CaseNotes& notes, int gpu, const Bundle& own, const Bundle& usual) {
  notes.add(gpu, {.severity = own.cables == 0 ? Severity::error : Severity::warning,
                  .code = "fewer_scale_up_links",
                  .place = "",
                  .meaning = "this GPU has " + count_of(own.cables, "scale-up link") + " of " + text_of(own.line) +
                             " together where most of its peers have " + count_of(usual.cables, "link") + " of " +
                             text_of(usual.line) +
                             ": every collective of the host runs at its pace, and NCCL gives no warning",
                  .devices = {survey.device(gpu).id}});
}

void compare(const Survey& survey, CaseNotes& notes, const Peers& peers) {
  std::vector<Bundle> to_switches;
  std::vector<Bundle> in_all;
  for (const int gpu : peers) {
    to_switches.push_back(bundle_of(
        survey, gpu, [&](const Link& link) { return is_scale_up(survey, link) && leads_to_switch(survey, link); }));
    in_all.push_back(bundle_of(survey, gpu, [&](const Link& link) { return is_scale_up(survey, link); }));
  }
  const auto usual_to_switches = most_common(to_switches);
  const auto usual = most_common(in_all);
  for (std::size_t i = 0; i < peers.size(); ++i) {
    if (usual_to_switches && usual_to_switches->cables > 0 && to_switches[i].cables == 0) {
      note_lost_switch(survey, notes, peers[i], peers, usual_to_switches->cables);
    } else if (usual && (in_all[i].cables < usual->cables || in_all[i].line < usual->line)) {
      note_fewer_links(survey, notes, peers[i], in_all[i], *usual);
    }
  }
}

}  // namespace

void check_gpu_count(const Survey& survey, CaseNotes& notes) {
  const auto is_gpu = [](const Device& device) { return device.kind == DeviceKind::gpu; };
  if (std::ranges::any_of(survey.topology().devices, is_gpu)) return;
  notes.add(survey.devices(),
            {.severity = Severity::note,
             .code = "no_gpu",
             .place = "the whole graph",
             .meaning = "there is no GPU: collectives are reckoned between CPUs, or between NICs where "
                        "there is no host either"});
}

void check_link_counts(const Survey& survey, CaseNotes& notes) {
  for (int gpu = 0; gpu < survey.devices(); ++gpu) {
    const GpuModel* model = survey.model_of(gpu);
    if (model == nullptr) continue;
    const Bundle own = bundle_of(survey, gpu, [&](const Link& link) {
      return (link.kind == LinkKind::nvlink || link.kind == LinkKind::xgmi) && link.kind == model->link;
    });
    if (own.cables <= model->links) continue;
    notes.add(gpu, {.severity = Severity::error,
                    .code = "more_links_than_hardware",
                    .place = "",
                    .meaning = "this " + std::string(model->name) + " has " + count_of(own.cables, "link") +
                               " where the hardware has at most " + std::to_string(model->links) +
                               ": the description counts some twice, and limits come out too high",
                    .devices = {survey.device(gpu).id}});
  }
}

void check_scale_up_peers(const Survey& survey, CaseNotes& notes) {
  for (const auto& host : survey.hosts()) {
    for (const Peers& peers : peers_of(survey, host)) compare(survey, notes, peers);
  }
}

}  // namespace muster
