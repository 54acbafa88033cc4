// SPDX-License-Identifier: Apache-2.0
// POSIX files: reads whole, replaces in one step, appends line by line; each failure names the path and the cause.
#include "core/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/error.hpp"

namespace muster {

namespace {

std::string advice(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return " (disk full? free some space or write elsewhere)";
    case ENOENT:
      return " (check the path; folders are not created)";
    case EACCES:
    case EPERM:
    case EROFS:
      return " (check the permissions or choose another place)";
    case EISDIR:
      return " (name a file inside it)";
    default:
      return "";
  }
}

Error file_error(const char* action, const std::string& path, int code) {
  return Error(std::string("cannot ") + action + " " + path + ": " + std::strerror(code) + advice(code));
}

// Closes its descriptor; the only owner of one in this file besides LineWriter.
class Descriptor {
 public:
  Descriptor(const std::string& path, int flags) : value_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  bool is_open() const { return value_ >= 0; }
  int get() const { return value_; }

 private:
  int value_;
};

// 0, or the errno that stopped it.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

// Data to the disk. A pipe or a terminal has none, which is no failure.
int flush(int descriptor) {
  if (::fdatasync(descriptor) == 0 || errno == EINVAL || errno == EROFS) return 0;
  return errno;
}

struct stat status_of(int descriptor, const std::string& path) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) throw file_error("examine", path, errno);
  return status;
}

// A device, a pipe or a terminal: has no old content to protect and must not be renamed over.
bool is_stream(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

void write_stream(const std::string& path, std::string_view text) {
  const Descriptor stream(path, O_WRONLY);
  if (!stream.is_open()) throw file_error("open", path, errno);
  if (const int code = write_all(stream.get(), text)) throw file_error("write", path, code);
}

// Creates a file that nobody else has. The number skips parts that a killed process left behind.
std::string unused_part_path(const std::string& path) {
  constexpr int kAttempts = 1000;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::string part = path + ".part-" + std::to_string(::getpid()) + "-" + std::to_string(attempt);
    if (Descriptor(part, O_WRONLY | O_CREAT | O_EXCL).is_open()) return part;
    if (errno != EEXIST) throw file_error("write", path, errno);
  }
  throw Error("cannot write " + path + ": too many files named " + path + ".part-* lie beside it; delete them");
}

int write_and_rename(const std::string& part, const std::string& path, std::string_view text) {
  const Descriptor file(part, O_WRONLY);
  if (!file.is_open()) return errno;
  struct stat old {};
  if (::stat(path.c_str(), &old) == 0 && ::fchmod(file.get(), old.st_mode & 07777) != 0) return errno;
  if (const int code = write_all(file.get(), text)) return code;
  if (::fsync(file.get()) != 0) return errno;
  return ::rename(part.c_str(), path.c_str()) == 0 ? 0 : errno;
}

// Length up to and including the last newline: what a crash in the middle of a line leaves of use.
off_t whole_lines_length(int descriptor, off_t length, const std::string& path) {
  std::array<char, 4096> block{};
  while (length > 0) {
    const off_t start = std::max<off_t>(0, length - static_cast<off_t>(block.size()));
    const auto wanted = static_cast<std::size_t>(length - start);
    if (::pread(descriptor, block.data(), wanted, start) != static_cast<ssize_t>(wanted)) {
      throw file_error("read", path, errno);
    }
    const std::size_t newline = std::string_view(block.data(), wanted).rfind('\n');
    if (newline != std::string_view::npos) return start + static_cast<off_t>(newline) + 1;
    length = start;
  }
  return 0;
}

}  // namespace

std::string read_file(const std::string& path, Bytes limit) {
  const Descriptor file(path, O_RDONLY);
  if (!file.is_open()) throw file_error("read", path, errno);
  const auto size = static_cast<std::uint64_t>(status_of(file.get(), path).st_size);
  std::string text;
  std::size_t used = 0;
  // One byte more than the size shows the end of the file without a second round.
  text.resize(std::min(limit.value, size) + 1);
  while (true) {
    const ssize_t count = ::read(file.get(), text.data() + used, text.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw file_error("read", path, errno);
    used += static_cast<std::size_t>(count);
    if (used > limit.value) {
      throw Error("cannot read " + path + ": larger than the limit of " + format_size(limit) +
                  " bytes; is it the right file?");
    }
    if (count == 0) break;
    if (used == text.size()) text.resize(std::min(limit.value, 2 * text.size() + 4096) + 1);
  }
  text.resize(used);
  return text;
}

void write_file(const std::string& path, std::string_view text) {
  if (is_stream(path)) return write_stream(path, text);
  if (std::filesystem::is_directory(path)) throw file_error("write", path, EISDIR);
  // A link stays a link; the file behind it is replaced.
  std::error_code missing;
  const std::filesystem::path canonical = std::filesystem::canonical(path, missing);
  const std::string target = missing ? path : canonical.string();
  const std::string part = unused_part_path(target);
  if (const int code = write_and_rename(part, target, text)) {
    ::unlink(part.c_str());
    throw file_error("write", path, code);
  }
}

LineWriter::LineWriter(const std::string& path)
    : path_(path), descriptor_(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) throw file_error("open", path, errno);
  try {
    const struct stat status = status_of(descriptor_, path);
    if (!S_ISREG(status.st_mode)) return;
    const off_t length = whole_lines_length(descriptor_, status.st_size, path);
    if (length < status.st_size && ::ftruncate(descriptor_, length) != 0) throw file_error("repair", path, errno);
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

LineWriter::~LineWriter() { ::close(descriptor_); }

void LineWriter::append(std::string_view line) {
  MUSTER_ASSERT(line.find('\n') == std::string_view::npos);
  const struct stat before = status_of(descriptor_, path_);
  std::string text(line);
  text += '\n';
  int code = write_all(descriptor_, text);
  if (code == 0) code = flush(descriptor_);
  if (code == 0) return;
  // If even the cut fails there is nothing left to try; a reader sees the torn line, and the next writer cuts it.
  std::string torn;
  if (S_ISREG(before.st_mode) && ::ftruncate(descriptor_, before.st_size) != 0) torn = "; its last line is torn";
  throw Error(std::string(file_error("append to", path_, code).what()) + torn);
}

std::string digest(std::string_view text) {
  // Offset basis and prime of FNV-1a, 64 bit (draft-eastlake-fnv, section 5).
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char letter : text) {
    hash ^= static_cast<unsigned char>(letter);
    hash *= 0x100000001b3;
  }
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(hash));
  return digits.data();
}

}  // namespace muster
