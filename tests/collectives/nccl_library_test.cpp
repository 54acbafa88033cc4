// SPDX-License-Identifier: Apache-2.0
// NCCL as far as a machine without a GPU shows it: the library, its version, its refusals and its errors as one line.
#include "collectives/transports/nccl_library.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collectives/transports/nccl_communicators.hpp"
#include "collectives/transports/nccl_execution.hpp"
#include "collectives/transports/nccl_memory.hpp"
#include "collectives/transports/transports.hpp"
#include "core/error.hpp"
#include "core/gpu.hpp"

namespace muster {
namespace {

using testing::HasSubstr;
using testing::Not;

std::shared_ptr<const NcclLibrary> library_here() {
  auto loaded = load_nccl();
  const auto* library = std::get_if<std::shared_ptr<const NcclLibrary>>(&loaded);
  return library == nullptr ? nullptr : *library;
}

TEST(NcclVersion, IsWrittenAsItsReleasesAreCalled) {
  EXPECT_EQ(nccl_version_from(22809), "2.28.9");
  EXPECT_EQ(nccl_version_from(20906), "2.9.6");
  EXPECT_EQ(nccl_version_from(2804), "2.8.4");
}

TEST(NcclLibrary, LoadsEveryFunctionFromTheCopyOfThisMachine) {
  const auto library = library_here();
  if (library == nullptr) GTEST_SKIP() << "no NCCL on this machine";
  EXPECT_GE(library->version, 21400);
  EXPECT_EQ(nccl_version_text(), nccl_version_from(library->version));
  EXPECT_THAT(library->file.path(), HasSubstr("libnccl.so"));
  EXPECT_NE(library->all_reduce, nullptr);
  EXPECT_EQ(can_register(*library), library->version >= 21900);
  EXPECT_EQ(library->comm_window_register != nullptr, library->version >= 22700);
}

TEST(NcclLibrary, IsUnsupportedWhereThereIsNone) {
  const std::vector<LibraryPlace> nowhere = {{"/nonexistent", "a test"}};
  const auto loaded = load_nccl(nowhere);
  const auto* missing = std::get_if<Unsupported>(&loaded);
  ASSERT_NE(missing, nullptr);
  EXPECT_THAT(missing->reason, HasSubstr("NCCL"));
  EXPECT_THAT(missing->reason, Not(HasSubstr("\n")));
}

TEST(NcclFailure, IsOneLineThatNamesCallRankAndWhatToDo) {
  EXPECT_EQ(text_of({.call = "ncclAllReduce",
                     .rank = 3,
                     .error = "remote process exited or there was a network error",
                     .last_error = "first line\nsecond line\n"}),
            "ncclAllReduce on rank 3: remote process exited or there was a network error (\"first line second line\"); "
            "run with NCCL_DEBUG=WARN to see which rank failed first and why");
}

TEST(NcclFailure, WithoutAGpuIsOneLine) {
  const auto library = library_here();
  if (library == nullptr) GTEST_SKIP() << "no NCCL on this machine";
  if (std::holds_alternative<std::vector<Gpu>>(gpus_here())) GTEST_SKIP() << "this machine has a GPU";
  std::string text;
  run_on_threads(1, [&](Team& team) {
    try {
      NcclCommunicators communicators(team, library);
    } catch (const Error& error) {
      text = error.what();
    }
  });
  EXPECT_THAT(text, HasSubstr("on rank 0: "));
  EXPECT_THAT(text, HasSubstr("NCCL_DEBUG"));
  EXPECT_THAT(text, Not(HasSubstr("\n")));
}

TEST(NcclTransport, WithoutAGpuIsUnsupportedOnAllRanksAlike) {
  if (std::holds_alternative<std::vector<Gpu>>(gpus_here())) GTEST_SKIP() << "this machine has a GPU";
  std::vector<std::string> reasons(3);
  run_on_threads(3, [&](Team& team) {
    const auto made = make_transport(TransportKind::nccl, team, {});
    const auto* missing = std::get_if<Unsupported>(&made);
    reasons[static_cast<std::size_t>(team.rank())] = missing == nullptr ? "made" : missing->reason;
  });
  EXPECT_THAT(reasons.front(), Not(HasSubstr("made")));
  EXPECT_EQ(reasons[1], reasons[0]);
  EXPECT_EQ(reasons[2], reasons[0]);
}

TEST(NcclRefusal, IsForSumsOfFp8OnOldLibrariesAndOldGpus) {
  Problem problem{.collective = Collective::all_reduce, .type = ElementType::float8_e4m3};
  EXPECT_EQ(nccl_refusal(problem, 22400, 90), std::nullopt);
  EXPECT_THAT(nccl_refusal(problem, 22304, 90).value(), HasSubstr("NCCL 2.23.4"));
  EXPECT_THAT(nccl_refusal(problem, 22809, 89).value(), HasSubstr("8.9"));
  problem.type = ElementType::bfloat16;
  EXPECT_EQ(nccl_refusal(problem, 22304, 80), std::nullopt);
}

/// Bytes that are only moved have no type.
TEST(NcclRefusal, IsNotForMovingFp8) {
  const Problem problem{.collective = Collective::all_to_all, .type = ElementType::float8_e5m2};
  EXPECT_EQ(nccl_refusal(problem, 21900, 80), std::nullopt);
}

}  // namespace
}  // namespace muster
