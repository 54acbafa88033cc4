// SPDX-License-Identifier: Apache-2.0
#include "core/shared_library.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "core/error.hpp"

namespace muster {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

/// Sets a variable for the length of a test.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) former_ = old;
    setenv(name, value.c_str(), 1);
  }
  ~Variable() { former_ ? setenv(name_, former_->c_str(), 1) : unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> former_;
};

class SharedLibraries : public testing::Test {
 protected:
  SharedLibraries() : root_(fs::temp_directory_path() / ("muster-library-" + std::to_string(getpid()))) {
    fs::create_directories(root_);
  }
  ~SharedLibraries() override { fs::remove_all(root_); }

  /// A folder below the test's own that holds the library under the name that is looked for.
  fs::path folder_with_library(const std::string& folder) {
    fs::create_directories(root_ / folder);
    fs::copy_file(MUSTER_LIBRARY_FOR_TEST, root_ / folder / kFile);
    return root_ / folder;
  }

  static SharedLibrary opened(const LibraryName& name) {
    auto found = SharedLibrary::open(name);
    if (const auto* missing = std::get_if<Unsupported>(&found)) throw Error(missing->reason);
    return std::get<SharedLibrary>(std::move(found));
  }

  static constexpr const char* kFile = "libmuster-for-test.so.7";
  const LibraryName name_{"the test's library", {kFile}, {"vendor/lib"}};
  fs::path root_;
};

TEST_F(SharedLibraries, Are_found_where_LD_LIBRARY_PATH_says) {
  const fs::path folder = folder_with_library("here");
  const Variable path("LD_LIBRARY_PATH", "/does/not/exist::relative:" + folder.string());
  const SharedLibrary library = opened(name_);
  EXPECT_EQ(library.origin(), "LD_LIBRARY_PATH");
  EXPECT_EQ(library.path(), fs::canonical(folder / kFile).string());
  EXPECT_EQ(library.function<int()>("answer")(), 42);
}

TEST_F(SharedLibraries, Are_found_in_the_CUDA_toolkit) {
  folder_with_library("toolkit/lib64");
  const Variable path("LD_LIBRARY_PATH", "");
  const Variable home("CUDA_HOME", (root_ / "toolkit").string());
  EXPECT_EQ(opened(name_).origin(), "CUDA toolkit");
}

TEST_F(SharedLibraries, Are_found_among_the_packages_of_an_active_Python) {
  folder_with_library("venv/lib/python3.12/site-packages/vendor/lib");
  const Variable path("LD_LIBRARY_PATH", "");
  const Variable venv("VIRTUAL_ENV", (root_ / "venv").string());
  EXPECT_EQ(opened(name_).origin(), "Python packages");
}

TEST_F(SharedLibraries, Are_found_among_the_packages_of_the_Python_on_PATH) {
  folder_with_library("python/lib/python3.11/site-packages/vendor/lib");
  fs::create_directories(root_ / "python/bin");
  std::ofstream(root_ / "python/bin/python3") << "#!/bin/false\n";
  fs::permissions(root_ / "python/bin/python3", fs::perms::owner_all);
  const Variable path("LD_LIBRARY_PATH", "");
  const Variable search("PATH", (root_ / "python/bin").string());
  EXPECT_EQ(opened(name_).origin(), "Python packages");
}

TEST_F(SharedLibraries, The_users_word_comes_before_every_other_place) {
  const fs::path chosen = folder_with_library("chosen");
  folder_with_library("toolkit/lib64");
  const Variable path("LD_LIBRARY_PATH", chosen.string());
  const Variable home("CUDA_HOME", (root_ / "toolkit").string());
  EXPECT_EQ(opened(name_).path(), fs::canonical(chosen / kFile).string());
}

TEST_F(SharedLibraries, A_missing_one_is_a_line_that_says_what_was_looked_for_and_what_to_do) {
  const auto found = SharedLibrary::open({"NCCL", {"libno-such.so.2"}, {}});
  ASSERT_TRUE(std::holds_alternative<Unsupported>(found));
  const std::string& reason = std::get<Unsupported>(found).reason;
  EXPECT_THAT(reason, AllOf(HasSubstr("no NCCL (libno-such.so.2)"), HasSubstr("system"), HasSubstr("LD_LIBRARY_PATH")));
  EXPECT_THAT(reason, testing::Not(HasSubstr("\n")));
}

TEST_F(SharedLibraries, A_file_that_is_no_library_is_told) {
  fs::create_directories(root_ / "broken");
  std::ofstream(root_ / "broken" / kFile) << "not a library";
  const Variable path("LD_LIBRARY_PATH", (root_ / "broken").string());
  const auto found = SharedLibrary::open(name_);
  ASSERT_TRUE(std::holds_alternative<Unsupported>(found));
  EXPECT_THAT(std::get<Unsupported>(found).reason, HasSubstr("does not load"));
}

TEST_F(SharedLibraries, A_function_that_one_lacks_names_the_file) {
  const Variable path("LD_LIBRARY_PATH", folder_with_library("here").string());
  const SharedLibrary library = opened(name_);
  EXPECT_EQ(library.symbol("question"), nullptr);
  EXPECT_THAT([&] { library.function<int()>("question"); },
              testing::ThrowsMessage<Error>(AllOf(HasSubstr(kFile), HasSubstr("lacks question"))));
}

TEST_F(SharedLibraries, An_endless_environment_is_cut) {
  std::string list;
  for (int i = 0; i < 10000; ++i) list += root_.string() + ":";
  const Variable path("LD_LIBRARY_PATH", list + std::string(100000, 'x'));
  EXPECT_LE(library_places(name_).size(), 200u);
}

}  // namespace
}  // namespace muster
