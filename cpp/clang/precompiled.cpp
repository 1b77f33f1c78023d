#include "precompiled.hpp"

#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <clang/Basic/Version.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendActions.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/xxhash.h>

#include "engine.hpp"
#include "prelude_text.hpp"

namespace kernelwire::clang {
namespace {

namespace files = std::filesystem;

// What most notebooks include: it costs nothing to have it at hand. None of these is meant to be
// changed by macros that are defined before.
constexpr std::array<const char*, 24> headers{
    "algorithm", "array",      "chrono",        "cmath",    "complex", "cstdio",
    "fstream",   "functional", "iomanip",       "iostream", "limits",  "map",
    "memory",    "numeric",    "optional",      "random",   "set",     "stdexcept",
    "thread",    "tuple",      "unordered_map", "variant",  "vector",  "string"};

std::string text() {
    std::string all = prelude_text();
    for (const char* const header : headers) all += std::string("#include <") + header + ">\n";
    return all;
}

files::path cache(const Options& options) {
    if (!options.cache.empty()) return options.cache;
    const char* const own = std::getenv("XDG_CACHE_HOME");
    if (own != nullptr && *own != '\0') return files::path(own) / "kernelwire";
    const char* const home = std::getenv("HOME");
    if (home != nullptr && *home != '\0') return files::path(home) / ".cache" / "kernelwire";
    return {};
}

// All that the result depends on but the system's headers: clang compares those itself.
std::string key(const Options& options) {
    std::string all = ::clang::getClangFullVersion() + '\0' + options.standard + '\0';
    for (const auto& argument : options.arguments) all += argument + '\0';
    return llvm::utohexstr(llvm::xxh3_64bits(all + text()), true);
}

}  // namespace

std::string precompiled_path(const Options& options) {
    const files::path directory = cache(options);
    if (directory.empty()) return {};
    return (directory / ("prelude-" + key(options) + ".pch")).string();
}

bool precompile(const Options& options, const std::string& path) {
    std::error_code error;
    files::create_directories(files::path(path).parent_path(), error);
    if (error) return false;
    const std::string unfinished = path + '.' + std::to_string(getpid());
    const auto compiler = new_compiler(options, {});
    compiler->getDiagnostics().setClient(new ::clang::IgnoringDiagConsumer, true);
    auto& frontend = compiler->getFrontendOpts();
    frontend.ProgramAction = ::clang::frontend::GeneratePCH;
    frontend.OutputFile = unfinished;
    const auto source = llvm::MemoryBuffer::getMemBufferCopy(text(), "kernelwire/prelude.hpp");
    frontend.Inputs.clear();
    frontend.Inputs.emplace_back(
        source->getMemBufferRef(),
        ::clang::InputKind(::clang::Language::CXX, ::clang::InputKind::Source).getHeader());
    ::clang::GeneratePCHAction action;
    const bool made = compiler->ExecuteAction(action);
    if (made) files::rename(unfinished, path, error);
    if (!made || error) files::remove(unfinished, error);
    return made && files::exists(path, error);
}

}  // namespace kernelwire::clang
