// SPDX-License-Identifier: Apache-2.0
// A log as its tool printed it, whatever shells, terminals, launchers and log collectors made of it. First step of
// every import: plain_text() of the file, without_prefixes() of its lines (text_lines.hpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster {

/// UTF-16 with a byte order mark (what PowerShell writes) becomes UTF-8; byte order marks and commands to a terminal
/// (colours) go. Characters of UTF-16 outside of the basic plane become "?".
std::string plain_text(std::string text);

/// Takes what stands before the tool's own text from each line: ranks of mpirun, mpiexec and srun ("[1,0]<stdout>:",
/// "[0] ", "3: "), times ("2024-11-05T09:12:33.120Z ", "[2024-11-05 09:12:33,120] ", "09:12:33 "), pods ("[pod/a/b] "),
/// marks of a quotation ("> "), in any order; and the name of a host or container ("gpu7: ", "trainer-1  | ") where
/// nine lines in ten begin so.
void remove_prefixes(std::vector<std::string_view>& lines);

}  // namespace muster
