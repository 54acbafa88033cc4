// SPDX-License-Identifier: Apache-2.0
// Options as of Open MPI 4.1 (man mpirun) and Slurm (man srun).
#include "benchmarks/launch_command.hpp"

#include <initializer_list>

#include "core/error.hpp"

namespace muster {

namespace {

void append(std::vector<std::string>& words, std::initializer_list<std::string> more) {
  words.insert(words.end(), more);
}

// Without a hostfile all ranks are here. With one, mpirun counts the slots of the hosts itself and refuses too few.
void add_mpirun(LaunchCommand& command, const LaunchRequest& request, const LaunchHost& host) {
  append(command.words, {"mpirun", "-n", std::to_string(request.ranks)});
  if (!request.hostfile.empty()) append(command.words, {"--hostfile", request.hostfile});
  if (host.user == 0) append(command.words, {"--allow-run-as-root"});
  if (!request.hostfile.empty() || request.ranks <= host.physical_cores) {
    append(command.words, {"--bind-to", "core"});
    return;
  }
  append(command.words, {"--oversubscribe", "--bind-to", "none"});
}

// A rank that ends badly must end its step; by default srun waits for the others, which wait for it.
void add_srun(LaunchCommand& command, const LaunchRequest& request) {
  append(command.words,
         {"srun", "--ntasks", std::to_string(request.ranks), "--kill-on-bad-exit=1", "--cpu-bind=cores"});
}

std::string in_shell_quotes(const std::string& word) {
  constexpr const char* kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char letter : word) quoted += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return quoted + "'";
}

}  // namespace

LaunchCommand launch_command(const LaunchRequest& request, const LaunchHost& host) {
  MUSTER_ASSERT(request.ranks > 0);
  if (!request.hostfile.empty() && request.launcher != LauncherKind::mpirun) {
    throw Error("the launcher " + std::string(name_of(request.launcher)) +
                " takes no hostfile: leave it out (srun uses the allocation), or use the launcher mpirun");
  }
  LaunchCommand command;
  const bool all_here = request.hostfile.empty() && request.launcher != LauncherKind::srun;
  if (all_here && request.ranks > host.physical_cores) {
    command.notices.push_back("more ranks (" + std::to_string(request.ranks) + ") than physical cores (" +
                              std::to_string(host.physical_cores) + "): times are those of an overcommitted host");
  }
  if (request.launcher == LauncherKind::mpirun) add_mpirun(command, request, host);
  if (request.launcher == LauncherKind::srun) add_srun(command, request);
  command.words.push_back(request.program);
  command.words.insert(command.words.end(), request.arguments.begin(), request.arguments.end());
  return command;
}

std::string to_text(const LaunchCommand& command) {
  std::string text;
  for (const std::string& word : command.words) {
    if (!text.empty()) text += ' ';
    text += in_shell_quotes(word);
  }
  return text;
}

}  // namespace muster
