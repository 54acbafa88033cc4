// SPDX-License-Identifier: Apache-2.0
#include "cli/report_files.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "core/file.hpp"
#include "topology/picture/picture.hpp"

namespace muster {
namespace {

constexpr std::size_t kNarrowestScreen = 40;  // below, a table of numbers cannot be read in any form

bool wants_colour() {
  const char* refused = std::getenv("NO_COLOR");  // no-color.org: any text but the empty one
  const char* terminal = std::getenv("TERM");
  const bool is_refused = refused != nullptr && *refused != '\0';
  return !is_refused && terminal != nullptr && std::string_view(terminal) != "dumb";
}

}  // namespace

TextStyle style_of_output() {
  if (isatty(STDOUT_FILENO) != 1) return {};
  TextStyle style;
  style.colour = wants_colour() ? Colour::ansi : Colour::none;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= kNarrowestScreen) style.width = size.ws_col;
  return style;
}

std::string endings_of_formats() {
  std::string list;
  for (const Writer& writer : report_writers()) list.append(list.empty() ? "" : ", ").append(writer.ending);
  return list;
}

void add_write_option(CLI::App& command, std::vector<std::string>& paths) {
  command
      .add_option("--write", paths,
                  "File to write the report to as well, by its ending: " + endings_of_formats() + "; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void check_formats(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) writer_for_file(path);
}

void write_report_files(const Report& report, const Topology& topology, const std::vector<std::string>& paths) {
  WriteOptions options;
  if (!topology.devices.empty()) options.picture = draw_svg(topology, {.title = "Topology"});
  for (const std::string& path : paths) write_file(path, writer_for_file(path).write(report, options));
}

}  // namespace muster
