// SPDX-License-Identifier: Apache-2.0
// Traffic matrices: shape and size of the drawn ones, and every way in which a matrix file can be wrong.
#include "collectives/traffic.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "core/error.hpp"
#include "core/file.hpp"

namespace muster {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

TrafficMatrix drawn(const std::string& kind, int ranks, std::uint64_t seed = 1) {
  return make_traffic({.kind = kind, .ranks = ranks, .size = {1 << 20}, .seed = seed});
}

/// Elements that each rank receives.
std::vector<std::uint64_t> received(const TrafficMatrix& matrix, std::size_t ranks) {
  std::vector<std::uint64_t> sums(ranks);
  for (std::size_t entry = 0; entry < matrix.size(); ++entry) sums[entry % ranks] += matrix[entry];
  return sums;
}

class MatrixFile : public testing::Test {
 protected:
  ~MatrixFile() override { std::filesystem::remove(path_); }

  TrafficMatrix read(std::string_view text, int ranks) {
    write_file(path_, text);
    return make_traffic({.kind = "file:" + path_, .ranks = ranks});
  }

  auto reading(std::string text, int ranks) {
    return [this, text = std::move(text), ranks] { read(text, ranks); };
  }

  std::string path_ =
      testing::TempDir() + "traffic_" + testing::UnitTest::GetInstance()->current_test_info()->name() + ".txt";
};

TEST(Traffic, HasAboutTheSizeAskedForAndNeverMore) {
  for (const char* kind : {"even", "skewed", "hot"}) {
    for (const int ranks : {1, 2, 3, 8, 33}) {
      const Problem problem{.collective = Collective::all_to_allv, .ranks = ranks, .traffic = drawn(kind, ranks)};
      EXPECT_LE(size_of(problem).value, 1u << 20) << kind << " " << ranks;
      EXPECT_GE(size_of(problem).value, (1u << 20) - 4u * 33) << kind << " " << ranks;
    }
  }
}

TEST(Traffic, EvenIsTheSameForEveryPair) { EXPECT_THAT(drawn("even", 4), Each((1u << 20) / 4 / 4)); }

TEST(Traffic, SkewedFallsOffAsTheInverseOfTheDestinationsPopularity) {
  std::vector<std::uint64_t> sums = received(drawn("skewed", 8), 8);
  std::sort(sums.rbegin(), sums.rend());
  for (std::size_t place = 0; place < 8; ++place) {
    EXPECT_NEAR(static_cast<double>(sums[place]), static_cast<double>(sums[0]) / static_cast<double>(place + 1), 8);
  }
}

TEST(Traffic, HotSendsHalfOfEverythingToOneRank) {
  const std::vector<std::uint64_t> sums = received(drawn("hot", 8), 8);
  const std::uint64_t hottest = *std::max_element(sums.begin(), sums.end());
  std::uint64_t total = 0;
  for (const std::uint64_t sum : sums) total += sum;
  EXPECT_NEAR(static_cast<double>(hottest), static_cast<double>(total) / 2, 64);
}

TEST(Traffic, IsDrawnAnewForAnotherSeedAndAgainForTheSame) {
  EXPECT_EQ(drawn("skewed", 16, 1), drawn("skewed", 16, 1));
  EXPECT_NE(drawn("skewed", 16, 1), drawn("skewed", 16, 2));
  EXPECT_NE(drawn("hot", 16, 1), drawn("hot", 16, 5));
}

TEST(Traffic, OfAnUnknownKindIsRefusedWithTheKnownOnes) {
  EXPECT_THAT([] { drawn("cold", 2); },
              ThrowsMessage<Error>(AllOf(HasSubstr("\"cold\""), HasSubstr("even, skewed, hot or file:PATH"))));
  EXPECT_THAT([] { drawn("even", 0); }, ThrowsMessage<Error>(HasSubstr("0 ranks")));
}

TEST_F(MatrixFile, IsReadAsBytesWithSourcesInRows) {
  EXPECT_THAT(read("0 8\t12\r\n\n16 0 4\n 4 4 0", 3), ElementsAre(0, 2, 3, 4, 0, 1, 1, 1, 0));
}

TEST_F(MatrixFile, MayBeLargerThanTheNumberOfRanks) {
  EXPECT_THAT(read("4 8 12\n16 20 24\n28 32 36\n", 2), ElementsAre(1, 2, 4, 5));
}

TEST_F(MatrixFile, ThatIsNotSquareIsRefusedWithItsLine) {
  EXPECT_THAT(reading("1 2\n3\n", 2), ThrowsMessage<Error>(HasSubstr(path_ + ":2: the row has 1 numbers")));
  EXPECT_THAT(reading("1 2\n3 4\n5 6\n", 2), ThrowsMessage<Error>(HasSubstr(path_ + ":3: more rows")));
  EXPECT_THAT(reading("1 2\n", 2), ThrowsMessage<Error>(HasSubstr(path_ + ":1: the matrix ends after 1 rows")));
  EXPECT_THAT(reading("", 1), ThrowsMessage<Error>(HasSubstr(path_ + ":0: the matrix ends after 0 rows")));
}

TEST_F(MatrixFile, ThatIsTooSmallForTheRanksIsRefused) {
  EXPECT_THAT(reading("1 2\n3 4\n", 3), ThrowsMessage<Error>(HasSubstr("too small for 3 ranks")));
}

TEST_F(MatrixFile, WithAnythingButWholeNumbersOfBytesIsRefusedWithItsLine) {
  for (const char* word :
       {"-1", "+1", "1.5", "1e3", "x", "1x", "nan", "0x10", "1099511627777", "99999999999999999999"}) {
    EXPECT_THAT(reading("0 0\n0 " + std::string(word) + "\n", 2),
                ThrowsMessage<Error>(AllOf(HasSubstr(path_ + ":2: \"" + word + "\""), Not(HasSubstr("\n")))));
  }
  EXPECT_THAT(reading(std::string("\0 1\n", 4), 1), ThrowsMessage<Error>(HasSubstr("\"\\x00\"")));
}

TEST_F(MatrixFile, WithARowBeyondReasonIsRefused) {
  std::string row;
  for (int column = 0; column < 5000; ++column) row += "1 ";
  EXPECT_THAT(reading(row, 2), ThrowsMessage<Error>(HasSubstr("more than 4096 numbers")));
}

TEST_F(MatrixFile, ThatDoesNotExistIsNamed) {
  EXPECT_THAT([&] { make_traffic({.kind = "file:" + path_ + ".absent", .ranks = 1}); },
              ThrowsMessage<Error>(HasSubstr(path_ + ".absent")));
}

}  // namespace
}  // namespace muster
