// SPDX-License-Identifier: Apache-2.0
// Texts and numbers inside other languages. Every text of a report comes from outside (host names, other tools' files),
// so each writer passes it through the one function that its format has here.
#pragma once

#include <string>
#include <string_view>

#include "core/file.hpp"

namespace muster {

/// Shortest decimal that reads back as the same finite number: "0.1", "1e-06", "300000000".
std::string exact_number(double value);

/// Text between tags or in a quoted attribute, of XML and HTML: printable(), with the five special characters named.
std::string markup_text(std::string_view text);

/// JSON for a <script> element: nothing in it can end the element, open a comment or break a line of JavaScript.
std::string json_for_script(const Json& value);

/// A text as words of Markdown: no letter of it formats, links, mentions or is HTML.
std::string markdown_text(std::string_view text);
/// A text as code, also inside a table.
std::string markdown_code(std::string_view text);

/// A field of RFC 4180: quoted where needed. A text that a spreadsheet would take for a formula gets a ' in front.
std::string csv_text(std::string_view text);

/// The value of a label of Prometheus' text format, without its quotes.
std::string prometheus_label(std::string_view text);

}  // namespace muster
