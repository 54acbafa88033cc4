// SPDX-License-Identifier: Apache-2.0
// SQLite's C interface behind database.hpp, and what its result codes mean to a person. The rollback journal is kept
// rather than write-ahead logging: a history often lies on a network file system, where the latter does not work.
#include "reports/history/database.hpp"

#include <array>
#include <bit>
#include <filesystem>

#include "reports/text_table.hpp"

namespace muster {

namespace {

constexpr int kBusyMilliseconds = 60'000;  // a hundred writers of half a second each
constexpr std::size_t kBytesPerReal = 8;

struct Remedy {
  int code;
  std::string_view text;
};

constexpr std::array kRemedies = {
    Remedy{SQLITE_BUSY, "another process has held it for a minute; try again"},
    Remedy{SQLITE_READONLY, "nothing was added; give --file in a folder that you may write to"},
    Remedy{SQLITE_CANTOPEN, "does its folder exist, and may you write there?"},
    Remedy{SQLITE_FULL, "nothing was added; free some space and add again"},
    Remedy{SQLITE_IOERR, "nothing was added; is the disk full or gone?"},
    Remedy{SQLITE_CORRUPT, "the file is damaged: put a copy in its place, or give another --file and add the reports"},
    Remedy{SQLITE_NOTADB, "give the --file that `muster history add` wrote, or a name that is free"},
    Remedy{SQLITE_TOOBIG, "the report has texts or series that are too long for a history"},
};

std::string_view remedy_of(int code) {
  constexpr int kPrimaryCode = 0xff;
  for (const Remedy& remedy : kRemedies) {
    if (remedy.code == (code & kPrimaryCode)) return remedy.text;
  }
  return "the file is damaged or was written by something else: give another --file";
}

// The file may come from anybody: nothing in it is run, and it cannot be made to damage itself.
void distrust(sqlite3* handle) {
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
}

}  // namespace

Statement::Statement(const Database& database, std::string_view sql) : database_(&database) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(database.handle_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  handle_.reset(statement);
  if (code != SQLITE_OK) throw database.failure(code);
}

void Statement::expect_bound(int code) const {
  if (code != SQLITE_OK) throw database_->failure(code);
}

Statement& Statement::bind(std::int64_t value) {
  expect_bound(sqlite3_bind_int64(handle_.get(), ++bound_, value));
  return *this;
}

Statement& Statement::bind(double value) {
  expect_bound(sqlite3_bind_double(handle_.get(), ++bound_, value));
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  const char* begin = text.empty() ? "" : text.data();  // a null pointer would be NULL, not the empty text
  expect_bound(sqlite3_bind_text64(handle_.get(), ++bound_, begin, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(std::span<const double> values) {
  std::string bytes;
  bytes.reserve(values.size() * kBytesPerReal);
  for (const double value : values) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    for (std::size_t i = 0; i < kBytesPerReal; ++i) bytes.push_back(static_cast<char>(bits >> (8 * i) & 0xff));
  }
  expect_bound(sqlite3_bind_blob64(handle_.get(), ++bound_, bytes.c_str(), bytes.size(), SQLITE_TRANSIENT));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  throw database_->failure(code);
}

void Statement::reset() {
  sqlite3_reset(handle_.get());  // its code repeats that of the last step(), which was thrown then
  bound_ = 0;
}

void Statement::expect_type(int column, int type) const {
  if (sqlite3_column_type(handle_.get(), column) == type) return;
  throw database_->damaged("a value of " + in_quotes(sqlite3_column_name(handle_.get(), column)) +
                           " has the wrong type");
}

std::int64_t Statement::integer(int column) const {
  expect_type(column, SQLITE_INTEGER);
  return sqlite3_column_int64(handle_.get(), column);
}

double Statement::real(int column) const {
  expect_type(column, SQLITE_FLOAT);
  return sqlite3_column_double(handle_.get(), column);
}

std::string Statement::text(int column) const {
  expect_type(column, SQLITE_TEXT);
  const auto* begin = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
  return {begin, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

std::vector<double> Statement::reals(int column) const {
  expect_type(column, SQLITE_BLOB);
  const auto* bytes = static_cast<const unsigned char*>(sqlite3_column_blob(handle_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column));
  if (size % kBytesPerReal != 0) throw database_->damaged("a series of samples is cut off");
  std::vector<double> values;
  for (std::size_t begin = 0; begin < size; begin += kBytesPerReal) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < kBytesPerReal; ++i) bits |= std::uint64_t{bytes[begin + i]} << (8 * i);
    values.push_back(std::bit_cast<double>(bits));
  }
  return values;
}

Database::Database(const std::string& path, DatabaseAccess access) : path_(path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (path.empty()) throw Error("--file is empty: give the name of a file");
  if (fs::is_directory(path, ignored)) throw Error(path + ": is a folder; give the name of a file in it");
  if (access == DatabaseAccess::existing && !fs::exists(path, ignored)) {
    throw Error(path + ": there is no such history; make it by `muster history add REPORT`");
  }
  // Absolute, because ":memory:" and "file:..." are no files to SQLite.
  const std::string absolute = fs::absolute(path).string();
  const int flags = SQLITE_OPEN_READWRITE | (access == DatabaseAccess::create ? SQLITE_OPEN_CREATE : 0);
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(absolute.c_str(), &handle, flags, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) throw failure(code);
  distrust(handle);
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  for (const char* pragma : {"cell_size_check = ON", "foreign_keys = ON", "synchronous = FULL"}) {
    execute(std::string("PRAGMA ") + pragma);
  }
}

void Database::execute(std::string_view sql) const {
  Statement statement = prepare(sql);
  while (statement.step()) {
  }
}

std::int64_t Database::number(std::string_view sql) const {
  Statement statement = prepare(sql);
  if (!statement.step()) throw damaged("a number is missing");
  return statement.integer(0);
}

Error Database::failure(int code) const {
  const char* text = handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code);
  return Error(path_ + ": " + printable(text) + "; " + std::string(remedy_of(code)));
}

Error Database::damaged(const std::string& what) const {
  return Error(path_ + ": " + printable(what) + "; " + std::string(remedy_of(SQLITE_CORRUPT)));
}

WriteTransaction::WriteTransaction(const Database& database) : database_(database) {
  database_.execute("BEGIN IMMEDIATE");
}

WriteTransaction::~WriteTransaction() {
  if (!is_open_) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const Error&) {
    // SQLite has rolled back by itself (a full disk), or the next one to open the file does.
  }
}

void WriteTransaction::commit() {
  database_.execute("COMMIT");
  is_open_ = false;
}

}  // namespace muster
