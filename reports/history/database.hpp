// SPDX-License-Identifier: Apache-2.0
// The handles of SQLite, owned: a database file, a prepared statement, a transaction. Under store.hpp, which knows the
// tables. Values go in as bound parameters only.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace muster {

/// How a file is opened.
enum class DatabaseAccess {
  existing,  ///< must be there; written only to undo what a killed writer left half done
  create,    ///< made where it is not there
};

class Database;

/// One statement with its parameters and its current row. Must not outlive its database.
class Statement {
 public:
  /// Parameters in their order; what they refer to is copied.
  Statement& bind(std::int64_t value);
  Statement& bind(double value);
  Statement& bind(std::string_view text);
  /// As little-endian IEEE 754, eight bytes each.
  Statement& bind(std::span<const double> values);

  /// Goes to the next row; false after the last one.
  bool step();
  /// Makes the statement ready for new parameters.
  void reset();

  /// Columns of the current row, from 0. Throws Error where the file holds something else.
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  std::vector<double> reals(int column) const;

 private:
  friend class Database;
  Statement(const Database& database, std::string_view sql);
  void expect_bound(int code) const;
  void expect_type(int column, int type) const;

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  const Database* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  int bound_ = 0;
};

class Database {
 public:
  /// Throws Error naming the path: a folder, no such file, no rights.
  Database(const std::string& path, DatabaseAccess access);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Statement prepare(std::string_view sql) const { return Statement(*this, sql); }
  /// One statement without parameters or rows.
  void execute(std::string_view sql) const;
  /// The one integer that `sql` gives.
  std::int64_t number(std::string_view sql) const;
  std::int64_t last_inserted() const { return sqlite3_last_insert_rowid(handle_.get()); }

  /// One line for a result code of SQLite: the file, what SQLite says, what to do.
  Error failure(int code) const;
  Error damaged(const std::string& what) const;

 private:
  friend class Statement;
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// All or nothing: what was written is undone unless commit() returned. Waits for other writers before it begins.
class WriteTransaction {
 public:
  explicit WriteTransaction(const Database& database);
  ~WriteTransaction();
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;

  void commit();

 private:
  const Database& database_;
  bool is_open_ = true;
};

}  // namespace muster
