// SPDX-License-Identifier: Apache-2.0
#include "training/published/names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "training/accelerators.hpp"
#include "training/machine_library.hpp"
#include "training/model_library.hpp"

namespace muster {
namespace {

struct Called {
  std::string_view theirs;
  std::string_view ours;
};

/// Beside the shipped names themselves.
constexpr auto kModels = std::to_array<Called>({{"nemotron-15b", "nemotron4-15b"},
                                                {"nemotron-340b", "nemotron4-340b"},
                                                {"llama3-405b", "llama3.1-405b"},
                                                {"qwen3-moe-30b", "qwen3-30b-a3b"},
                                                {"qwen3-moe-235b", "qwen3-235b-a22b"}});

constexpr auto kMachines = std::to_array<Called>({{"GB300", "gb300-nvl72"},
                                                  {"GB200", "gb200-nvl72"},
                                                  {"B300", "dgx-b300"},
                                                  {"B200", "dgx-b200"},
                                                  {"H200", "dgx-h200"},
                                                  {"H100", "dgx-h100"},
                                                  {"A100", "dgx-a100"},
                                                  {"V100", "dgx-1v"},
                                                  {"MI355X", "mi355x-8"},
                                                  {"MI325X", "mi325x-8"},
                                                  {"MI300X", "mi300x-8"}});

bool is_sign(char letter) { return letter == '-' || letter == '_' || letter == ' ' || letter == '.'; }
bool is_word(char letter) { return std::isalnum(static_cast<unsigned char>(letter)) != 0; }
char lower(char letter) { return static_cast<char>(std::tolower(static_cast<unsigned char>(letter))); }

std::size_t past_signs(std::string_view text, std::size_t at) {
  while (at < text.size() && is_sign(text[at])) ++at;
  return at;
}

/// The text begins with the name: the same letters and digits, and then the word is over. A point goes on with it.
bool begins_with(std::string_view text, std::string_view name) {
  std::size_t at = 0;
  for (std::size_t i = past_signs(name, 0); i < name.size(); i = past_signs(name, i + 1)) {
    at = past_signs(text, at);
    if (at == text.size() || lower(text[at]) != lower(name[i])) return false;
    ++at;
  }
  return at == text.size() || (!is_word(text[at]) && text[at] != '.');
}

bool contains(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) { return lower(a) == lower(b); };
  return !std::ranges::search(text, word, same).empty();
}

/// As a word of its own; "8xH100" has it, "GH200" has no H200.
bool names_gpu(std::string_view text, std::string_view gpu) {
  const auto same = [](char a, char b) { return lower(a) == lower(b); };
  const auto found = std::ranges::search(text, gpu, same);
  if (found.empty()) return false;
  const auto begin = static_cast<std::size_t>(found.begin() - text.begin());
  const std::size_t end = begin + gpu.size();
  const bool starts = begin == 0 || !is_word(text[begin - 1]) || lower(text[begin - 1]) == 'x';
  return starts && (end == text.size() || !is_word(text[end]));
}

}  // namespace

std::optional<Model> model_called(std::string_view text) {
  Called best;
  const auto consider = [&](const Called& name) {
    if (name.theirs.size() > best.theirs.size() && begins_with(text, name.theirs)) best = name;
  };
  for (const ModelText& model : shipped_models()) consider({model.name, model.name});
  std::ranges::for_each(kModels, consider);
  if (best.ours.empty()) return std::nullopt;
  return read_model(std::string(best.ours));
}

std::optional<Machine> machine_called(std::string_view text) {
  const auto* found = std::ranges::find_if(kMachines, [&](const Called& name) { return names_gpu(text, name.theirs); });
  const bool is_card = contains(text, "PCIe") || names_gpu(text, "NVL");
  if (found == kMachines.end() || is_card) return std::nullopt;
  Machine machine = read_machine(std::string(found->ours));
  if (found->theirs == "A100" && contains(text, "40GB")) machine.accelerator = *find_accelerator("A100 SXM 40GB");
  return machine;
}

}  // namespace muster
