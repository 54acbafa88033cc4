// SPDX-License-Identifier: Apache-2.0
// Traffic matrices of all_to_allv. Whole-number arithmetic only, so that every machine builds the same matrix.
#include "collectives/traffic.hpp"

#include <charconv>
#include <numeric>
#include <random>
#include <string_view>

#include "core/error.hpp"
#include "core/file.hpp"

namespace muster {
namespace {

constexpr std::string_view kFilePrefix = "file:";
constexpr Bytes kMaxMatrixFile{std::uint64_t{64} << 20};  // 1,024 ranks of 13 digits take 15 MiB
constexpr std::size_t kMaxMatrixColumns = 4096;
constexpr std::string_view kBlanks = " \t\r\f\v";

/// The numbers 0 .. count-1 in an order drawn with the seed; std::shuffle would differ between standard libraries.
std::vector<std::uint64_t> drawn_order(std::size_t count, std::uint64_t seed) {
  std::vector<std::uint64_t> order(count);
  std::iota(order.begin(), order.end(), std::uint64_t{0});
  std::mt19937_64 random(seed);
  for (std::size_t last = count; last > 1; --last) std::swap(order[last - 1], order[random() % last]);
  return order;
}

/// [destination]: by how much it is less popular than the most popular one, which has 1.
std::vector<std::uint64_t> unpopularity(const TrafficRequest& request) {
  const auto ranks = static_cast<std::size_t>(request.ranks);
  if (request.kind == "even") return std::vector<std::uint64_t>(ranks, 1);
  if (request.kind == "skewed") {
    std::vector<std::uint64_t> places = drawn_order(ranks, request.seed);
    for (std::uint64_t& place : places) ++place;
    return places;
  }
  if (request.kind == "hot") {
    std::vector<std::uint64_t> others(ranks, std::max<std::uint64_t>(1, ranks - 1));
    others[drawn_order(ranks, request.seed).front()] = 1;
    return others;
  }
  throw Error("unknown traffic " + in_quotes(request.kind) + ": use even, skewed, hot or file:PATH");
}

/// The most popular destination receives `size` bytes in all: an equal part of it from every source.
TrafficMatrix drawn_matrix(const TrafficRequest& request) {
  const std::vector<std::uint64_t> divisors = unpopularity(request);
  const std::uint64_t largest = request.size.value / size_of(request.type) / divisors.size();
  TrafficMatrix matrix;
  matrix.reserve(divisors.size() * divisors.size());
  for (std::size_t source = 0; source < divisors.size(); ++source) {
    for (const std::uint64_t divisor : divisors) matrix.push_back(largest / divisor);
  }
  return matrix;
}

struct FilePosition {
  const std::string& path;
  int line = 0;
};

Error matrix_error(const FilePosition& at, const std::string& fault) {
  return Error(at.path + ":" + std::to_string(at.line) + ": " + fault);
}

std::uint64_t parse_entry(std::string_view word, const FilePosition& at) {
  std::uint64_t value = 0;
  const char* end = word.data() + word.size();
  const auto [stopped, fault] = std::from_chars(word.data(), end, value);
  if (fault != std::errc{} || stopped != end || value > kMaxTrafficEntry.value) {
    throw matrix_error(at, in_quotes(word) + " is not a number of bytes: write whole numbers from 0 to " +
                               std::to_string(kMaxTrafficEntry.value));
  }
  return value;
}

std::vector<std::uint64_t> parse_row(std::string_view line, const FilePosition& at) {
  std::vector<std::uint64_t> row;
  for (std::size_t begin = line.find_first_not_of(kBlanks); begin != line.npos;
       begin = line.find_first_not_of(kBlanks, begin)) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, begin), line.size());
    if (row.size() == kMaxMatrixColumns) {
      throw matrix_error(
          at, "the row has more than " + std::to_string(kMaxMatrixColumns) + " numbers: a matrix has one per rank");
    }
    row.push_back(parse_entry(line.substr(begin, end - begin), at));
    begin = end;
  }
  return row;
}

/// Rows of equal length; lines without numbers are skipped.
std::vector<std::vector<std::uint64_t>> parse_rows(std::string_view text, const std::string& path) {
  std::vector<std::vector<std::uint64_t>> rows;
  FilePosition at{path};
  while (!text.empty()) {
    ++at.line;
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::vector<std::uint64_t> row = parse_row(text.substr(0, end), at);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (row.empty()) continue;
    if (!rows.empty() && row.size() != rows.front().size()) {
      throw matrix_error(at, "the row has " + std::to_string(row.size()) + " numbers but the first one has " +
                                 std::to_string(rows.front().size()) + ": write a square matrix");
    }
    if (!rows.empty() && rows.size() == rows.front().size()) {
      throw matrix_error(
          at, "more rows than the " + std::to_string(rows.front().size()) + " columns: write a square matrix");
    }
    rows.push_back(std::move(row));
  }
  if (rows.empty() || rows.size() != rows.front().size()) {
    const std::size_t columns = rows.empty() ? 0 : rows.front().size();
    throw matrix_error(at, "the matrix ends after " + std::to_string(rows.size()) + " rows of " +
                               std::to_string(columns) + " columns: write a square matrix");
  }
  return rows;
}

TrafficMatrix read_matrix(const std::string& path, const TrafficRequest& request) {
  const auto rows = parse_rows(read_file(path, kMaxMatrixFile), path);
  const auto ranks = static_cast<std::size_t>(request.ranks);
  if (rows.size() < ranks) {
    throw Error(path + ": a matrix of " + std::to_string(rows.size()) + " rows is too small for " +
                std::to_string(ranks) + " ranks: add rows and columns or use fewer ranks");
  }
  TrafficMatrix matrix;
  matrix.reserve(ranks * ranks);
  for (std::size_t source = 0; source < ranks; ++source) {
    for (std::size_t target = 0; target < ranks; ++target) {
      matrix.push_back(rows[source][target] / size_of(request.type));
    }
  }
  return matrix;
}

}  // namespace

TrafficMatrix make_traffic(const TrafficRequest& request) {
  block_count(Collective::all_to_allv, request.ranks);  // throws unless the number of ranks is possible
  if (request.kind.starts_with(kFilePrefix)) return read_matrix(request.kind.substr(kFilePrefix.size()), request);
  return drawn_matrix(request);
}

}  // namespace muster
