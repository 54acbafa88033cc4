// SPDX-License-Identifier: Apache-2.0
// From a file to a graph: recognition by content, and what is said about files that are no topology.
#include "topology/readers/readers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "core/error.hpp"

namespace muster {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string refusal(std::string_view text) {
  try {
    return "read as " + read_description({.text = text, .origin = "some.file"}).format;
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("some.file:1: "), Not(HasSubstr("\n"))));
    return error.what();
  }
}

TEST(Readers, RecogniseByContent) {
  EXPECT_EQ(refusal("<system version=\"1\"><cpu/></system>"), "read as nccl-topology");
  EXPECT_EQ(refusal("<!-- by hand -->\n<system version=\"2\"><cpu/></system>"), "read as nccl-topology");
  EXPECT_EQ(refusal("<topology><object type=\"Machine\"/></topology>"), "read as hwloc");
  EXPECT_EQ(refusal("<graphs><graph id=\"0\" speedintra=\"1\" speedinter=\"1\"><channel><gpu "
                    "dev=\"0\"/></channel></graph></graphs>"),
            "read as nccl-graph");
  EXPECT_EQ(refusal(to_document(to_json(Topology{.devices = {{.id = "gpu0", .kind = DeviceKind::gpu}}}))),
            "read as cluster");
}

TEST(Readers, ListEveryFormatOnceWithAPhrase) {
  std::vector<std::string_view> names;
  for (const ReaderEntry& entry : reader_table()) {
    EXPECT_FALSE(entry.summary.empty()) << entry.name;
    names.push_back(entry.name);
  }
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

TEST(Readers, SayWhatAFileIsThatTheyCannotRead) {
  using std::string_view_literals::operator""sv;
  EXPECT_THAT(refusal(""), HasSubstr("is empty"));
  EXPECT_THAT(refusal(" \n\n"), HasSubstr("is empty"));
  EXPECT_THAT(refusal("\x1f\x8b\x08\0\0"sv), HasSubstr("packed by gzip; unpack it"));
  EXPECT_THAT(refusal("BZh91AY"), HasSubstr("packed by bzip2"));
  EXPECT_THAT(refusal("\xfd\x37zXZ\0"sv), HasSubstr("packed by xz"));
  EXPECT_THAT(refusal("\x89PNG\r\n"), HasSubstr("is a picture"));
  EXPECT_THAT(refusal("ELF\0\1\2"sv), HasSubstr("is binary"));
  EXPECT_THAT(refusal("<svg/>"), HasSubstr("is XML of \"svg\", not of a topology; formats that can be read: cluster"));
  EXPECT_THAT(refusal("{\"nnodes\": 2, \"intranode_sketch\": {}}"), HasSubstr("is a sketch for TACCL's planner"));
  EXPECT_THAT(refusal("{\"name\":\"allgather\"}\n{\"name\":\"allreduce\"}\n"),
              HasSubstr("a list of records, one JSON object a line"));
  EXPECT_THAT(refusal("{\"answer\": 42}"), HasSubstr("is JSON that describes no machine"));
  EXPECT_THAT(refusal("size\ttime\tbusbw\n8\t1.0\t2.0\n16\t1.0\t2.0\n"), HasSubstr("is a table (results?)"));
  EXPECT_THAT(refusal("size,time\n8,1.0\n"), HasSubstr("is a table (results?)"));
  EXPECT_THAT(refusal("To be, or not to be\n"), HasSubstr("describes no machine in a known form"));
}

TEST(Readers, RefuseALineOfMoreThanXmlMayHave) {
  const std::string line((std::size_t{64} << 20) + 1, 'x');
  try {
    read_description({.text = "<system version=\"1\" name=\"" + line + "\"/>", .origin = "some.file"});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("some.file: larger than 64M"));
  }
}

TEST(Readers, ReadFilesByPathAndNameThePathInErrors) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "muster_readers_test.dat";
  std::ofstream(path) << "<system version=\"1\"><cpu numaid=\"3\"/></system>";
  EXPECT_EQ(read_description_file(path, "").topology.devices.at(0).id, "cpu3");
  std::filesystem::remove(path);
  EXPECT_THROW(read_description_file(path, ""), Error);
  EXPECT_THROW(read_description_file(testing::TempDir(), ""), Error);
}

}  // namespace
}  // namespace muster
