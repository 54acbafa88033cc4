// SPDX-License-Identifier: Apache-2.0
// Layouts as files (JSON muster/layout/1) and as a short text for the command line; docs/training.md, "Descriptions".
// Both go through one table of keys (layout_json.cpp).
#pragma once

#include <string>
#include <string_view>

#include "core/file.hpp"
#include "training/layout.hpp"

namespace muster {

/// Throws Error naming `origin` and the key. Whether a model can be laid out so is for refusal() to say.
Layout layout_from_json(const Json& json, const std::string& origin);

/// Keys that say what goes without saying are left out.
Json to_json(const Layout& layout);

/// "tp=8,pp=16,vp=8,dp=64,mbs=1,gbs=1024,sp,zero=1,recompute=full,precision=fp8".
Layout parse_layout(std::string_view text);
std::string short_text(const Layout& layout);

/// A text with an equals sign is a layout by itself, any other the path of a file.
Layout read_layout(const std::string& text_or_path);

}  // namespace muster
