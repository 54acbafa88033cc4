// SPDX-License-Identifier: Apache-2.0
// Files of several ranks in one call of `muster import`: together they hold a sample, and it is judged as one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/file.hpp"
#include "reports/import.hpp"

namespace muster {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::SizeIs;

namespace fs = std::filesystem;

std::string dump_of(int rank, int microseconds) {
  return R"({"header": {"id": "0x1", "rank": )" + std::to_string(rank) +
         R"(, "n_ranks": 2}, "metadata": {"hostname": "node)" + std::to_string(rank) +
         R"("}, "coll_perf": {"coll": "AllReduce", "coll_sn": 1, "coll_msg_size_bytes": 4096, "coll_exec_time_us": )" +
         std::to_string(microseconds) + "}}\n";
}

class JoinedFilesTest : public ::testing::Test {
 protected:
  JoinedFilesTest() { fs::create_directories(folder_); }
  ~JoinedFilesTest() override { fs::remove_all(folder_); }

  std::string file(const char* name, const std::string& text) const {
    const std::string path = (folder_ / name).string();
    write_file(path, text);
    return path;
  }

 private:
  const fs::path folder_ =
      fs::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(JoinedFilesTest, DumpsOfSeveralRanksMakeOneSampleOfTheSlowest) {
  const ImportedRun imported = import_files({file("a.log", dump_of(0, 30)), file("b.log", dump_of(1, 50))}, "");
  ASSERT_THAT(imported.run.records, SizeIs(1));
  EXPECT_THAT(imported.run.records[0].seconds, ElementsAre(DoubleEq(50e-6)));
  EXPECT_THAT(imported.run.headers[0].hosts, ElementsAre("node0", "node1"));
}

TEST_F(JoinedFilesTest, AHostThatNoFileNamesIsUnknownAndNoHostOfTheCluster) {
  const ImportedRun imported = import_files({file("b.log", dump_of(1, 50))}, "");
  EXPECT_THAT(imported.run.headers[0].hosts, ElementsAre("unknown", "node1"));
  ASSERT_THAT(imported.topology.hosts, SizeIs(1));
  EXPECT_EQ(imported.topology.hosts[0].name, "node1");
}

TEST_F(JoinedFilesTest, OtherFormatsInTheSameCallStayAlone) {
  const ImportedRun imported =
      import_files({file("a.log", dump_of(0, 30)), file("s.jsonl", "{\"node\": \"n\", \"a/b_bw\": 1}\n"),
                    file("b.log", dump_of(1, 50))},
                   "");
  ASSERT_THAT(imported.run.records, SizeIs(2));
  EXPECT_THAT(imported.run.records[1].seconds, ElementsAre(DoubleEq(50e-6)));
}

}  // namespace
}  // namespace muster
