// SPDX-License-Identifier: Apache-2.0
// The table of formats that describe a machine. A new format is one file in this folder and one line in the table
// (readers.cpp). Files are recognised by what they contain, never by their names.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "topology/finding.hpp"
#include "topology/graph.hpp"

namespace muster {

/// What a reader is told beside the text.
struct ReadRequest {
  std::string_view text;  ///< of the whole file
  std::string origin;     ///< file name, the start of every error: "topo.xml:17: ..."
  /// Model of the GPUs where the format names none (nvidia-smi topo -m): decides link rates. Empty = not known.
  std::string gpu_model{};
};

struct Imported {
  Topology topology;
  std::vector<Finding> findings{};  ///< what the reader met: unknown words, self links, missing rows
  std::string format{};             ///< name in the table
};

struct ReaderEntry {
  std::string_view name;     ///< "nccl-topology-xml"
  std::string_view summary;  ///< where a user gets such a file, one phrase
  bool (*recognises)(std::string_view text);
  /// Throws Error "origin:line: what is wrong; what to do". Never crashes, whatever the text.
  Imported (*read)(const ReadRequest& request);
};

std::span<const ReaderEntry> reader_table();

/// Largest description that is read: the port list of a fabric of 100,000 hosts is about 100 MB.
inline constexpr Bytes kMaxDescription{std::uint64_t{256} << 20};

/// Reads with the first entry that recognises the text. Throws Error naming the formats that are known when none does,
/// and saying what the file is where that is plain (an archive, an image, a table of results).
Imported read_description(const ReadRequest& request);

/// The file or folder (a copy of /sys and /proc) at `path`, whatever it is.
Imported read_description_file(const std::string& path, const std::string& gpu_model);

/// One system out of several descriptions: hosts join a fabric by GUID, then by host name and adapter; the same host
/// described twice (nvidia-smi and hwloc) becomes one. Findings tell what did not fit anywhere.
Imported merge(std::vector<Imported> parts);

}  // namespace muster
