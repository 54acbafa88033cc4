// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/kernel_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace muster {
namespace {

constexpr std::string_view kMark = "NVRM: Xid (";
constexpr std::size_t kLongestText = 200;
constexpr std::size_t kLongestAddress = 24;  // "00000000:18:00.0" and room
constexpr std::size_t kMostEvents = 256;     // GPUs times codes of one host

class Descriptor {
 public:
  explicit Descriptor(const std::string& path) : number_(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

// The next line of `rest`, which loses it.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

// "PCI:0000:18:00" (a MIG instance may follow after a blank) -> "0000:18:00.0"; empty for anything else.
std::string address_in(std::string_view text) {
  if (text.starts_with("PCI:")) text.remove_prefix(4);
  text = text.substr(0, text.find(' '));
  if (text.empty() || text.size() > kLongestAddress) return {};
  std::string address;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (std::isxdigit(byte) == 0 && letter != ':' && letter != '.') return {};
    address += static_cast<char>(std::tolower(byte));
  }
  return address.find('.') == std::string::npos ? address + ".0" : address;
}

// Without the parts that name a program: a report may leave the house.
std::string without_programs(std::string_view text) {
  std::string kept;
  while (!text.empty()) {
    const std::size_t end = text.find(',');
    std::string_view part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    while (part.starts_with(' ')) part.remove_prefix(1);
    if (part.empty() || part.starts_with("pid=") || part.starts_with("name=")) continue;
    kept += (kept.empty() ? "" : ", ") + std::string(part);
  }
  return kept;
}

std::string printable_text(std::string_view text) {
  std::string result = without_programs(text.substr(0, 4 * kLongestText)).substr(0, kLongestText);
  std::ranges::replace_if(
      result, [](char letter) { return letter < ' ' || letter > '~'; }, '?');
  return result;
}

std::optional<XidEvent> xid_in(std::string_view line) {
  const std::size_t mark = line.find(kMark);
  if (mark == std::string_view::npos) return std::nullopt;
  std::string_view rest = line.substr(mark + kMark.size());
  const std::size_t close = rest.find("): ");
  if (close == std::string_view::npos) return std::nullopt;
  XidEvent event{.address = address_in(rest.substr(0, close))};
  rest.remove_prefix(close + 3);
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), event.code);
  if (error != std::errc{} || event.code < 0 || event.address.empty()) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  event.text = printable_text(rest);
  return event;
}

void add_event(std::vector<XidEvent>& events, XidEvent event) {
  const auto known = std::ranges::find_if(
      events, [&](const XidEvent& other) { return other.address == event.address && other.code == event.code; });
  if (known == events.end()) {
    if (events.size() < kMostEvents) events.push_back(std::move(event));
    return;
  }
  ++known->count;
  known->text = std::move(event.text);
}

std::vector<XidEvent> events_in(std::string_view text, bool (*is_kernel_line)(std::string_view)) {
  std::vector<XidEvent> events;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (!is_kernel_line(line)) continue;
    if (std::optional<XidEvent> event = xid_in(line)) add_event(events, std::move(*event));
  }
  return events;
}

// "6,...;": priority and facility in one number; a program's lines have a facility (upper bits) other than 0.
bool is_from_kernel(std::string_view line) {
  int priority = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), priority);
  return error == std::errc{} && end != line.data() + line.size() && *end == ',' && priority >= 0 && priority < 8;
}

bool names_kernel(std::string_view line) {
  const std::size_t kernel = line.find(" kernel: ");
  return kernel != std::string_view::npos && kernel < line.find(kMark);
}

std::string reason_of(const std::string& path) { return path + ": " + std::strerror(errno); }

// All records that are there now; nullopt with errno when there is nothing to read from.
std::optional<std::string> read_device(Clock& clock, const std::string& path, const KernelLogBounds& bounds) {
  const Descriptor device(path);
  if (device.number() < 0) return std::nullopt;
  const Seconds end = clock.now() + bounds.time;
  std::string text;
  std::array<char, 8192> record{};  // the longest record of /dev/kmsg (CONSOLE_EXT_LOG_MAX in the kernel)
  while (text.size() < bounds.size.value && clock.now() < end) {
    const ssize_t size = read(device.number(), record.data(), record.size());
    if (size > 0) {
      text.append(record.data(), static_cast<std::size_t>(size));
    } else if (size < 0 && (errno == EPIPE || errno == EINTR)) {
      continue;  // EPIPE: records were overwritten before they were read; the next call goes on behind them
    } else {
      if (size < 0 && errno != EAGAIN) return std::nullopt;
      break;
    }
  }
  return text;
}

std::optional<std::string> read_end(const std::string& path, Bytes limit) {
  const Descriptor file(path);
  struct stat status {};
  if (file.number() < 0 || fstat(file.number(), &status) != 0) return std::nullopt;
  if (!S_ISREG(status.st_mode)) {
    errno = EINVAL;
    return std::nullopt;
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const std::uint64_t begin = size > limit.value ? size - limit.value : 0;
  std::string text(static_cast<std::size_t>(size - begin), '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t more =
        pread(file.number(), text.data() + filled, text.size() - filled, static_cast<off_t>(begin + filled));
    if (more <= 0) break;  // the file was cut meanwhile
    filled += static_cast<std::size_t>(more);
  }
  text.resize(filled);
  return text;
}

}  // namespace

std::vector<XidEvent> xids_in_device_log(std::string_view text) { return events_in(text, is_from_kernel); }

std::vector<XidEvent> xids_in_log_file(std::string_view text) {
  const std::size_t boot = text.rfind("Linux version ");
  return events_in(boot == std::string_view::npos ? text : text.substr(boot), names_kernel);
}

KernelErrors read_kernel_errors(Clock& clock, const KernelLogSources& sources, const KernelLogBounds& bounds) {
  if (const auto text = read_device(clock, sources.device, bounds)) return {xids_in_device_log(*text), {}};
  std::string reasons = reason_of(sources.device);
  for (const std::string& file : sources.files) {
    if (const auto text = read_end(file, bounds.size)) return {xids_in_log_file(*text), {}};
    reasons += "; " + reason_of(file);
  }
  return {{}, reasons + "; root or the groups adm and systemd-journal may read it"};
}

}  // namespace muster
