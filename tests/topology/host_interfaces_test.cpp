// SPDX-License-Identifier: Apache-2.0
// Network interfaces, read from folders that look like /sys/class/net.
#include "topology/host_interfaces.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace muster {
namespace {

namespace fs = std::filesystem;

class Interfaces : public testing::Test {
 protected:
  Interfaces() { fs::create_directories(folder_); }
  ~Interfaces() override { fs::remove_all(folder_); }

  void add(const std::string& name, int type, const std::string& speed) {
    fs::create_directories(folder_ / name);
    std::ofstream(folder_ / name / "type") << type << '\n';
    if (!speed.empty()) std::ofstream(folder_ / name / "speed") << speed << '\n';
  }
  void give_hardware(const std::string& name) { fs::create_directories(folder_ / name / "device"); }

  std::vector<NetworkInterface> read() const { return read_network_interfaces(folder_); }

  fs::path folder_ = fs::path(testing::TempDir()) /
                     (std::string("net_") + testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(Interfaces, SpeedInMegabitsBecomesBytesPerSecond) {
  add("eth0", 1, "100000");
  give_hardware("eth0");
  ASSERT_EQ(read().size(), 1u);
  EXPECT_EQ(read()[0].line_rate, BytesPerSecond{12.5e9});
  EXPECT_FALSE(read()[0].is_virtual);
}

TEST_F(Interfaces, ASpeedThatIsMissingNegativeOrNoNumberIsUnknown) {
  for (const auto& [name, speed] : {std::pair{"a", ""}, {"b", "-1"}, {"c", "0"}, {"d", "fast"}}) {
    add(name, 1, speed);
    give_hardware(name);
  }
  ASSERT_EQ(read().size(), 4u);
  for (const NetworkInterface& interface : read()) EXPECT_FALSE(interface.line_rate) << interface.name;
}

TEST_F(Interfaces, LoopbackAndVirtualOnesWithoutSpeedAreLeftOut) {
  add("lo", 772, "");
  add("ifb0", 1, "");
  add("veth0", 1, "10000");
  ASSERT_EQ(read().size(), 1u);
  EXPECT_EQ(read()[0].name, "veth0");
  EXPECT_TRUE(read()[0].is_virtual);
}

TEST_F(Interfaces, InfinibandIsToldFromEthernetAndNamesAreSorted) {
  add("ib0", 32, "400000");
  add("eth1", 1, "1000");
  give_hardware("ib0");
  give_hardware("eth1");
  ASSERT_EQ(read().size(), 2u);
  EXPECT_EQ(read()[0].kind, LinkKind::ethernet);
  EXPECT_EQ(read()[1].kind, LinkKind::infiniband);
}

TEST_F(Interfaces, AFolderThatIsMissingGivesNone) { EXPECT_TRUE(read_network_interfaces(folder_ / "absent").empty()); }

}  // namespace
}  // namespace muster
