// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/kernel_log.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <random>

#include "core/file.hpp"

namespace muster {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;

// As the driver writes it, with what /dev/kmsg puts before.
constexpr const char* kOffTheBus =
    "4,1520,93012345,-;NVRM: Xid (PCI:0000:18:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.\n";

TEST(KernelLog, AnEventHasAddressCodeAndText) {
  const std::vector<XidEvent> events = xids_in_device_log(kOffTheBus);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].address, "0000:18:00.0");
  EXPECT_EQ(events[0].code, 79);
  EXPECT_EQ(events[0].count, 1);
  EXPECT_EQ(events[0].text, "GPU has fallen off the bus.") << "no process names leave the house";
}

TEST(KernelLog, EventsOfOneCodeOnOneGpuAreCounted) {
  const std::string other = "4,1,2,-;NVRM: Xid (PCI:0000:9A:00): 79, later\n";
  const std::vector<XidEvent> events = xids_in_device_log(kOffTheBus + other + kOffTheBus + other + other);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].count, 2);
  EXPECT_EQ(events[1].address, "0000:9a:00.0");
  EXPECT_EQ(events[1].count, 3);
}

TEST(KernelLog, AnAddressMayBeOldOrOfAMigPart) {
  const std::vector<XidEvent> events = xids_in_device_log(
      "4,1,2,-;NVRM: Xid (0000:03:00): 14, Channel 00000001\n"
      "4,1,2,-;NVRM: Xid (PCI:0000:04:00 GPU-I:05): 94, Contained\n");
  EXPECT_THAT(events,
              ElementsAre(Field(&XidEvent::address, "0000:03:00.0"), Field(&XidEvent::address, "0000:04:00.0")));
}

TEST(KernelLog, WhatAProgramWroteThereIsNotTheKernels) {
  EXPECT_THAT(xids_in_device_log("12,1,2,-;NVRM: Xid (PCI:0000:18:00): 79, by a user\n"), IsEmpty());
  EXPECT_THAT(xids_in_log_file("Nov 23 04:00:00 host logger: NVRM: Xid (PCI:0000:18:00): 79, by a user\n"), IsEmpty());
}

TEST(KernelLog, AFileCountsFromTheLastStartOfTheKernel) {
  const std::string line = "Nov 23 04:00:00 host kernel: [  12.3] NVRM: Xid (PCI:0000:18:00): 63, Row Remapper\n";
  const std::string start = "Nov 23 05:00:00 host kernel: [   0.0] Linux version 6.1.0\n";
  EXPECT_THAT(xids_in_log_file(line + line), ElementsAre(Field(&XidEvent::count, 2)));
  EXPECT_THAT(xids_in_log_file(line + line + start + line), ElementsAre(Field(&XidEvent::count, 1)));
  EXPECT_THAT(xids_in_log_file(line + start), IsEmpty());
}

TEST(KernelLog, LinesThatAreNoEventsAreLeftOut) {
  for (const char* text : {"", "\n", "NVRM: Xid (", "4,1,2,-;NVRM: Xid (PCI:0000:18:00)",
                           "4,1,2,-;NVRM: Xid (PCI:0000:18:00): ", "4,1,2,-;NVRM: Xid (PCI:0000:18:00): none",
                           "4,1,2,-;NVRM: Xid (PCI:0000:18:00): -4, x",
                           "4,1,2,-;NVRM: Xid (PCI:0000:18:00): 99999999999999, x", "4,1,2,-;NVRM: Xid (): 79, x",
                           "4,1,2,-;NVRM: Xid (PCI:$(rm)): 79, x", "4", ",", "-1,;NVRM: Xid (PCI:0000:18:00): 79, x",
                           "4,1,2,-;NVRM: Xid (PCI:00000000000000000000000000000000:18:00): 79, x"}) {
    EXPECT_THAT(xids_in_device_log(text), IsEmpty()) << text;
  }
}

TEST(KernelLog, TextIsPrintableAndShort) {
  const std::string text = "4,1,2,-;NVRM: Xid (PCI:0000:18:00): 79, \x1b[31m\x01" + std::string(10'000, 'x') + "\n";
  const std::vector<XidEvent> events = xids_in_device_log(text);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].text.size(), 200u);
  EXPECT_THAT(events[0].text, HasSubstr("?[31m?xxx"));
}

TEST(KernelLog, AFloodOfDifferentEventsIsBounded) {
  std::string text;
  for (int code = 0; code < 5'000; ++code) {
    text += "4,1,2,-;NVRM: Xid (PCI:0000:18:00): " + std::to_string(code) + ", x\n";
  }
  EXPECT_EQ(xids_in_device_log(text).size(), 256u);
}

TEST(KernelLog, MutatedLinesNeverDoHarm) {
  std::mt19937 random(20261123);
  const std::string good = kOffTheBus;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = good + good;
    for (int change = 0; change < 4; ++change) text[random() % text.size()] = static_cast<char>(random() % 256);
    for (const XidEvent& event : xids_in_device_log(text.substr(0, random() % (text.size() + 1)))) {
      EXPECT_LE(event.text.size(), 200u);
      EXPECT_GE(event.code, 0);
    }
  }
}

class LogFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "muster_kernel_log_" + std::to_string(getpid()) + "_" +
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  MonotonicClock clock_;
  std::string folder_;
};

TEST_F(LogFolder, TheDeviceIsReadUntilItHasNoMore) {
  const std::string device = folder_ + "/kmsg";
  ASSERT_EQ(mkfifo(device.c_str(), 0600), 0);
  const int writer = open(device.c_str(), O_RDWR | O_NONBLOCK);
  ASSERT_GE(writer, 0);
  const std::string line = kOffTheBus;
  ASSERT_EQ(write(writer, line.data(), line.size()), static_cast<ssize_t>(line.size()));
  // The writer stays: a reader that waited for the end would hang.
  const KernelErrors errors = read_kernel_errors(clock_, {.device = device, .files = {}});
  close(writer);
  EXPECT_EQ(errors.unknown, std::nullopt);
  EXPECT_THAT(errors.xids, ElementsAre(Field(&XidEvent::code, 79)));
}

TEST_F(LogFolder, TimeThatIsUpEndsTheReading) {
  class JumpingClock final : public Clock {
   public:
    Seconds now() override { return {0.6 * ++readings}; }
    int readings = 0;
  } clock;
  const KernelErrors errors = read_kernel_errors(clock, {.device = "/dev/zero", .files = {}});
  EXPECT_EQ(errors.unknown, std::nullopt);
  EXPECT_THAT(errors.xids, IsEmpty());
  EXPECT_EQ(clock.readings, 3) << "at the start, after 0.6 s and after 1.2 s";
}

TEST_F(LogFolder, ADeviceWithoutEndIsReadToTheBound) {
  const KernelErrors errors =
      read_kernel_errors(clock_, {.device = "/dev/zero", .files = {}}, {.size = Bytes{1 << 16}, .time = Seconds{3600}});
  EXPECT_THAT(errors.xids, IsEmpty());
}

TEST_F(LogFolder, TheFirstFileThatCanBeReadServesInPlaceOfTheDevice) {
  write_file(folder_ + "/messages", "Nov 23 host kernel: NVRM: Xid (PCI:0000:18:00): 48, DBE\n");
  write_file(folder_ + "/syslog", "Nov 23 host kernel: NVRM: Xid (PCI:0000:18:00): 31, fault\n");
  const KernelErrors errors = read_kernel_errors(
      clock_,
      {.device = folder_ + "/none", .files = {folder_ + "/kern.log", folder_ + "/messages", folder_ + "/syslog"}});
  EXPECT_THAT(errors.xids, ElementsAre(Field(&XidEvent::code, 48)));
}

TEST_F(LogFolder, OfALongFileTheEndIsRead) {
  const std::string line = "Nov 23 host kernel: NVRM: Xid (PCI:0000:18:00): ";
  write_file(folder_ + "/syslog", line + "48, first\n" + std::string(4096, '\n') + line + "79, last\n");
  const KernelErrors errors = read_kernel_errors(clock_, {.device = folder_ + "/none", .files = {folder_ + "/syslog"}},
                                                 {.size = Bytes{1024}, .time = Seconds{1}});
  EXPECT_THAT(errors.xids, ElementsAre(Field(&XidEvent::code, 79)));
}

TEST_F(LogFolder, AFolderOrAPipeIsNoLogFile) {
  ASSERT_EQ(mkfifo((folder_ + "/pipe").c_str(), 0600), 0);
  const KernelErrors errors =
      read_kernel_errors(clock_, {.device = folder_ + "/none", .files = {folder_, folder_ + "/pipe"}});
  EXPECT_THAT(errors.unknown, Optional(AllOf(HasSubstr("/none"), HasSubstr("/pipe"), HasSubstr("groups adm"))));
}

}  // namespace
}  // namespace muster
