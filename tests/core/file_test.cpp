// SPDX-License-Identifier: Apache-2.0
// Each test works in a folder of its own that goes with it; full disks are played by /dev/full and a file size limit.
#include "core/file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/error.hpp"

namespace muster {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class FileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "muster-file-test-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::ptrdiff_t files() const { return std::distance(std::filesystem::directory_iterator(folder_), {}); }

  std::filesystem::path folder_;
};

// Lets no file of this process grow beyond `size` while it lives: writes then fail half-way as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t size) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{size, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit old_{};
  void (*old_handler_)(int);
};

TEST_F(FileTest, What_was_written_is_read_back_byte_for_byte) {
  const std::string text("a\0b\r\n\xff", 6);
  write_file(path("a"), text);
  EXPECT_EQ(read_file(path("a")), text);
  write_file(path("a"), "");
  EXPECT_EQ(read_file(path("a")), "");
  EXPECT_EQ(files(), 1);
}

TEST_F(FileTest, A_file_of_exactly_the_limit_is_read_and_one_byte_more_is_refused) {
  write_file(path("a"), "12345678");
  EXPECT_EQ(read_file(path("a"), Bytes{8}), "12345678");
  EXPECT_THAT([&] { read_file(path("a"), Bytes{7}); },
              ThrowsMessage<Error>(AllOf(HasSubstr(path("a")), HasSubstr("limit of 7 bytes"))));
}

TEST_F(FileTest, An_endless_device_stops_at_the_limit) {
  EXPECT_THROW(read_file("/dev/zero", Bytes{100'000}), Error);
  EXPECT_EQ(read_file("/dev/null"), "");
}

TEST_F(FileTest, Reading_a_folder_or_nothing_names_the_path_and_the_cause) {
  EXPECT_THAT([&] { read_file(folder_.string()); }, ThrowsMessage<Error>(HasSubstr("Is a directory")));
  EXPECT_THAT(
      [&] { read_file(path("none")); },
      ThrowsMessage<Error>(AllOf(HasSubstr(path("none")), HasSubstr("No such file"), HasSubstr("check the path"))));
}

TEST_F(FileTest, A_failed_write_leaves_the_old_file_and_no_part) {
  write_file(path("a"), "old");
  {
    const FileSizeLimit limit(10);
    EXPECT_THAT([&] { write_file(path("a"), std::string(100, 'x')); },
                ThrowsMessage<Error>(AllOf(HasSubstr(path("a")), HasSubstr("disk full?"))));
  }
  EXPECT_EQ(read_file(path("a")), "old");
  EXPECT_EQ(files(), 1);
}

TEST_F(FileTest, Replacing_keeps_the_permissions_of_the_old_file_and_a_new_file_is_as_open_as_any) {
  write_file(path("a"), "old");
  std::ofstream(path("b")) << "made by the library";
  EXPECT_EQ(std::filesystem::status(path("a")).permissions(), std::filesystem::status(path("b")).permissions());
  ASSERT_EQ(::chmod(path("a").c_str(), 0640), 0);
  write_file(path("a"), "new");
  EXPECT_EQ(static_cast<int>(std::filesystem::status(path("a")).permissions()), 0640);
}

TEST_F(FileTest, A_link_stays_a_link_and_its_target_is_replaced) {
  write_file(path("target"), "old");
  std::filesystem::create_symlink(path("target"), path("link"));
  write_file(path("link"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
  EXPECT_EQ(read_file(path("target")), "new");
}

// A pipe of its own stands for /dev/stdout: run as root, a broken write_file() would replace the machine's real
// devices.
TEST_F(FileTest, A_pipe_or_device_is_written_into_and_never_replaced) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  const int reader = ::open(path("pipe").c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  write_file(path("pipe"), "text");
  std::array<char, 16> received{};
  EXPECT_EQ(::read(reader, received.data(), received.size()), 4);
  EXPECT_STREQ(received.data(), "text");
  EXPECT_TRUE(std::filesystem::is_fifo(path("pipe")));
  ::close(reader);
}

TEST_F(FileTest, A_part_that_a_killed_process_left_behind_is_no_obstacle) {
  const std::string stale = path("a.part-") + std::to_string(::getpid()) + "-0";
  write_file(stale, "left behind");
  write_file(path("a"), "new");
  EXPECT_EQ(read_file(path("a")), "new");
  EXPECT_EQ(read_file(stale), "left behind");
}

TEST_F(FileTest, Writing_onto_a_folder_or_into_a_missing_one_is_an_error) {
  EXPECT_THAT([&] { write_file(folder_.string(), "x"); }, ThrowsMessage<Error>(HasSubstr("Is a directory")));
  EXPECT_THAT([&] { write_file(path("none/a"), "x"); }, ThrowsMessage<Error>(HasSubstr("folders are not created")));
}

TEST_F(FileTest, Lines_are_in_the_file_as_soon_as_append_returns_and_follow_older_ones) {
  {
    LineWriter writer(path("run.jsonl"));
    writer.append("one");
    EXPECT_EQ(read_file(path("run.jsonl")), "one\n");
    writer.append("");
  }
  LineWriter writer(path("run.jsonl"));
  writer.append("three");
  EXPECT_EQ(read_file(path("run.jsonl")), "one\n\nthree\n");
}

TEST_F(FileTest, A_line_that_does_not_fit_on_the_disk_is_cut_off_again_and_named) {
  LineWriter writer(path("run.jsonl"));
  writer.append("first");
  {
    const FileSizeLimit limit(10);
    EXPECT_THAT([&] { writer.append(std::string(100, 'x')); },
                ThrowsMessage<Error>(AllOf(HasSubstr(path("run.jsonl")), HasSubstr("disk full?"))));
  }
  EXPECT_EQ(read_file(path("run.jsonl")), "first\n");
  writer.append("second");
  EXPECT_EQ(read_file(path("run.jsonl")), "first\nsecond\n");
}

TEST_F(FileTest, A_torn_last_line_of_a_crash_is_cut_off_before_new_lines_follow) {
  const std::string torn(10'000, 'x');  // longer than one block of the search
  write_file(path("run.jsonl"), "whole\n" + torn);
  LineWriter(path("run.jsonl")).append("next");
  EXPECT_EQ(read_file(path("run.jsonl")), "whole\nnext\n");
  write_file(path("run.jsonl"), torn);
  LineWriter(path("run.jsonl")).append("next");
  EXPECT_EQ(read_file(path("run.jsonl")), "next\n");
}

TEST_F(FileTest, Lines_can_go_to_a_device) {
  EXPECT_NO_THROW(LineWriter("/dev/null").append("gone"));
  EXPECT_THAT([] { LineWriter("/dev/full").append("lost"); }, ThrowsMessage<Error>(HasSubstr("disk full?")));
}

TEST_F(FileTest, A_line_writer_that_cannot_open_its_file_says_so_at_once) {
  EXPECT_THAT([&] { LineWriter writer(path("none/run.jsonl")); }, ThrowsMessage<Error>(HasSubstr("none/run.jsonl")));
  EXPECT_THAT([&] { LineWriter writer(folder_.string()); }, ThrowsMessage<Error>(HasSubstr("Is a directory")));
}

TEST(Digest, Is_fnv_1a_with_its_published_values) {
  EXPECT_EQ(digest(""), "cbf29ce484222325");
  EXPECT_EQ(digest("a"), "af63dc4c8601ec8c");
  EXPECT_EQ(digest("foobar"), "85944171f73967e8");
}

}  // namespace
}  // namespace muster
