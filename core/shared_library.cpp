// SPDX-License-Identifier: Apache-2.0
// Looks and loads; runs no other program to find anything out. What the environment names is taken as the user's word,
// as the loader itself takes it, but only absolute folders, and only so many of them.
#include "core/shared_library.hpp"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "core/error.hpp"

namespace muster {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFolders = 64;    ///< of one variable, or below one prefix
constexpr std::size_t kLongestText = 4096;  ///< PATH_MAX: no longer text is a folder

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return path.is_absolute() && path.native().size() < kLongestText && fs::is_directory(path, ignored);
}

std::vector<fs::path> folders_in(const std::string& list) {
  std::vector<fs::path> folders;
  for (std::size_t begin = 0; begin <= list.size() && folders.size() < kMostFolders;) {
    const std::size_t end = std::min(list.find(':', begin), list.size());
    const fs::path folder = list.substr(begin, end - begin);
    if (is_folder(folder)) folders.push_back(folder);
    begin = end + 1;
  }
  return folders;
}

/// The folder above bin/ of the python3 that comes first on PATH, as it is called (a virtual environment is a link) and
/// as it is in the end.
std::vector<fs::path> python_prefixes() {
  std::vector<fs::path> prefixes;
  for (const char* name : {"VIRTUAL_ENV", "CONDA_PREFIX"}) {
    if (const fs::path prefix = variable(name); is_folder(prefix)) prefixes.push_back(prefix);
  }
  for (const fs::path& folder : folders_in(variable("PATH"))) {
    const fs::path python = folder / "python3";
    std::error_code error;
    if (access(python.c_str(), X_OK) != 0) continue;
    prefixes.push_back(folder.parent_path());
    const fs::path real = fs::canonical(python, error);
    if (!error) prefixes.push_back(real.parent_path().parent_path());
    break;
  }
  for (const char* prefix : {"/usr", "/usr/local"}) prefixes.emplace_back(prefix);
  if (const fs::path home = variable("HOME"); is_folder(home)) prefixes.push_back(home / ".local");
  return prefixes;
}

/// lib/python3*/site-packages and dist-packages, newest Python first; Debian's lib/python3 sorts last.
std::vector<fs::path> site_packages_below(const fs::path& prefix) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator each(prefix / "lib", error), end; !error && each != end; each.increment(error)) {
    if (!each->path().filename().native().starts_with("python3")) continue;
    for (const char* packages : {"site-packages", "dist-packages"}) {
      if (is_folder(each->path() / packages)) found.push_back(each->path() / packages);
    }
    if (found.size() >= kMostFolders) break;
  }
  std::ranges::sort(found, std::ranges::greater{});
  return found;
}

void add(std::vector<LibraryPlace>& places, const fs::path& folder, const char* origin) {
  const auto same = [&](const LibraryPlace& place) { return place.folder == folder.native(); };
  if (is_folder(folder) && std::ranges::none_of(places, same)) places.push_back({folder.native(), origin});
}

std::string path_of(void* handle, const std::string& asked) {
  link_map* map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, static_cast<void*>(&map)) != 0 || map == nullptr) return asked;
  std::error_code error;
  const fs::path real = fs::canonical(map->l_name, error);
  return error ? std::string(map->l_name) : real.native();
}

/// The loader's message is one line of printable text already; it is cut because it may quote a long path.
std::string loader_error() {
  const char* text = dlerror();
  return std::string(text == nullptr ? "the loader gives no reason" : text).substr(0, 200);
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

std::vector<LibraryPlace> library_places(const LibraryName& name) {
  std::vector<LibraryPlace> places;
  for (const fs::path& folder : folders_in(variable("LD_LIBRARY_PATH"))) add(places, folder, "LD_LIBRARY_PATH");
  places.push_back({"", "system"});
  for (const char* root : {"CUDA_HOME", "CUDA_PATH"}) {
    if (const std::string folder = variable(root); !folder.empty())
      add(places, fs::path(folder) / "lib64", "CUDA toolkit");
  }
  add(places, "/usr/local/cuda/lib64", "CUDA toolkit");
  for (const fs::path& prefix : python_prefixes()) {
    for (const fs::path& packages : site_packages_below(prefix)) {
      for (const std::string& folder : name.python_folders) add(places, packages / folder, "Python packages");
    }
  }
  return places;
}

std::variant<SharedLibrary, Unsupported> SharedLibrary::open(const LibraryName& name) {
  return open(name, library_places(name));
}

std::variant<SharedLibrary, Unsupported> SharedLibrary::open(const LibraryName& name,
                                                             std::span<const LibraryPlace> places) {
  std::string refused;  // a file that is there and does not load tells more than that none is
  for (const LibraryPlace& place : places) {
    for (const std::string& file : name.files) {
      const std::string path = place.folder.empty() ? file : place.folder + "/" + file;
      // Never unloaded: the vendors' libraries start threads and leave handlers behind.
      void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
      if (handle != nullptr) {
        SharedLibrary library;
        library.handle_ = std::shared_ptr<void>(handle, [](void* open_handle) { dlclose(open_handle); });
        library.path_ = path_of(handle, path);
        library.origin_ = place.origin;
        return library;
      }
      const std::string why = loader_error();
      if (refused.empty() && !place.folder.empty() && access(path.c_str(), F_OK) == 0) refused = why;
    }
  }
  std::vector<std::string> looked;
  for (const LibraryPlace& place : places) {
    if (std::ranges::find(looked, place.origin) == looked.end()) looked.push_back(place.origin);
  }
  return Unsupported{"no " + name.product + " (" + joined(name.files) + ") in " + joined(looked) +
                     (refused.empty() ? "" : "; what is there does not load: " + refused) +
                     "; install it, or name its folder in LD_LIBRARY_PATH"};
}

void* SharedLibrary::symbol(const char* name) const { return handle_ ? dlsym(handle_.get(), name) : nullptr; }

void* SharedLibrary::required(const char* name) const {
  void* found = symbol(name);
  if (found == nullptr) throw Error(path_ + " lacks " + name + ": it is too old, install a newer one");
  return found;
}

}  // namespace muster
