// SPDX-License-Identifier: Apache-2.0
// fork and exec rather than posix_spawn: only between the two can the child ask to be ended with its parent.
#include "benchmarks/child_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "benchmarks/exit_code.hpp"
#include "core/error.hpp"

namespace muster {

namespace {

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Error(std::string("cannot make a pipe: ") + std::strerror(errno));
  return {ends[0], ends[1]};
}

// In the child after fork(): only async-signal-safe calls. Returns errno when exec fails.
int become(char* const* words, int output, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);  // the parent ended before it could be watched
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing < 0 || ::dup2(nothing, STDIN_FILENO) < 0) return errno;
  if (::dup2(output, STDOUT_FILENO) < 0 || ::dup2(output, STDERR_FILENO) < 0) return errno;
  ::execvp(words[0], words);
  return errno;
}

// Errno of the child's exec; 0 when it succeeded, which closes the pipe without a word.
int read_errno(int pipe) {
  int code = 0;
  ssize_t count = 0;
  do {
    count = ::read(pipe, &code, sizeof code);
  } while (count < 0 && errno == EINTR);
  return count == sizeof code ? code : 0;
}

int shell_status(const siginfo_t& info) {
  return info.si_code == CLD_EXITED ? info.si_status : kExitSignalBase + info.si_status;
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& words) {
  MUSTER_ASSERT(!words.empty());
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const Pipe output = make_pipe();
  const Pipe failure = make_pipe();
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    const int code = become(arguments.data(), output.write_end, parent);
    [[maybe_unused]] const ssize_t told = ::write(failure.write_end, &code, sizeof code);
    ::_exit(1);
  }
  const int fork_error = pid_ < 0 ? errno : 0;
  ::close(output.write_end);
  ::close(failure.write_end);
  const int code = fork_error != 0 ? fork_error : read_errno(failure.read_end);
  ::close(failure.read_end);
  if (code != 0) {
    ::close(output.read_end);
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
    throw Error("cannot start " + words[0] + ": " + std::strerror(code) + " (check that it is there and executable)");
  }
  output_ = output.read_end;
  ::fcntl(output_, F_SETFL, O_NONBLOCK);
}

ChildProcess::~ChildProcess() {
  signal(SIGKILL);
  // Without waiting: a process that hangs in a driver cannot even be killed, and must not hold us.
  if (!status_) ::waitpid(pid_, nullptr, WNOHANG);
  ::close(output_);
}

std::optional<int> ChildProcess::poll_exit() {
  if (status_) return status_;
  siginfo_t info{};
  // WNOWAIT leaves a zombie, whose number names the group until it is collected below.
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) {
    return std::nullopt;
  }
  signal(SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  status_ = shell_status(info);
  return status_;
}

void ChildProcess::signal(int number) {
  if (!status_) ::kill(-pid_, number);
}

}  // namespace muster
