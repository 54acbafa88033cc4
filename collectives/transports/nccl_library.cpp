// SPDX-License-Identifier: Apache-2.0
#include "collectives/transports/nccl_library.hpp"

#include "collectives/transports/transports.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

const LibraryName& library_name() {
  static const LibraryName kName{.product = "NCCL", .files = {"libnccl.so.2"}, .python_folders = {"nvidia/nccl/lib"}};
  return kName;
}

template <typename Function>
void find(const SharedLibrary& file, const char* name, Function*& function) {
  function = file.function<Function>(name);
}

template <typename Function>
void find_if_there(const SharedLibrary& file, const char* name, Function*& function) {
  function = reinterpret_cast<Function*>(file.symbol(name));
}

/// Throws Error naming the library when it lacks one that we cannot do without.
void find_all(NcclLibrary& library) {
  const SharedLibrary& file = library.file;
  find(file, "ncclGetVersion", library.get_version);
  find(file, "ncclGetUniqueId", library.get_unique_id);
  find(file, "ncclGetErrorString", library.get_error_string);
  find(file, "ncclGetLastError", library.get_last_error);
  find(file, "ncclCommInitRankConfig", library.comm_init_rank_config);
  find(file, "ncclCommDestroy", library.comm_destroy);
  find(file, "ncclCommAbort", library.comm_abort);
  find(file, "ncclCommGetAsyncError", library.comm_get_async_error);
  find(file, "ncclGroupStart", library.group_start);
  find(file, "ncclGroupEnd", library.group_end);
  find(file, "ncclSend", library.send);
  find(file, "ncclRecv", library.recv);
  find(file, "ncclAllReduce", library.all_reduce);
  find(file, "ncclAllGather", library.all_gather);
  find(file, "ncclReduceScatter", library.reduce_scatter);
  find(file, "ncclBroadcast", library.broadcast);
  find(file, "ncclReduce", library.reduce);
  find_if_there(file, "ncclRedOpCreatePreMulSum", library.red_op_create_pre_mul_sum);
  find_if_there(file, "ncclRedOpDestroy", library.red_op_destroy);
  find_if_there(file, "ncclMemAlloc", library.mem_alloc);
  find_if_there(file, "ncclMemFree", library.mem_free);
  find_if_there(file, "ncclCommRegister", library.comm_register);
  find_if_there(file, "ncclCommDeregister", library.comm_deregister);
  find_if_there(file, "ncclCommWindowRegister", library.comm_window_register);
  find_if_there(file, "ncclCommWindowDeregister", library.comm_window_deregister);
}

}  // namespace

std::variant<std::shared_ptr<const NcclLibrary>, Unsupported> load_nccl() {
  return load_nccl(library_places(library_name()));
}

std::variant<std::shared_ptr<const NcclLibrary>, Unsupported> load_nccl(std::span<const LibraryPlace> places) {
  auto opened = SharedLibrary::open(library_name(), places);
  if (const auto* missing = std::get_if<Unsupported>(&opened)) return *missing;
  auto library = std::make_shared<NcclLibrary>();
  library->file = std::get<SharedLibrary>(opened);
  try {
    find_all(*library);
  } catch (const Error& error) {
    return Unsupported{error.what()};
  }
  if (library->get_version(&library->version) != ncclSuccess) {
    return Unsupported{library->file.path() + " does not tell its version: install NCCL 2.14 or later"};
  }
  return library;
}

std::string nccl_version_from(int code) {
  const int minor_unit = 100;
  const int major_unit = code < 10'000 ? 1000 : 10'000;  // 2804 is 2.8.4, 20906 is 2.9.6
  return std::to_string(code / major_unit) + "." + std::to_string(code % major_unit / minor_unit) + "." +
         std::to_string(code % minor_unit);
}

std::string nccl_version_text() {
  const auto loaded = load_nccl();
  const auto* library = std::get_if<std::shared_ptr<const NcclLibrary>>(&loaded);
  return library == nullptr ? std::string() : nccl_version_from((*library)->version);
}

}  // namespace muster
