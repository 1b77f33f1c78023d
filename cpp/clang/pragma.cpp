#include "pragma.hpp"

#include <array>
#include <filesystem>
#include <utility>

#include <clang/Basic/FileManager.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Lex/HeaderSearch.h>
#include <clang/Lex/Preprocessor.h>

namespace kernelwire::clang {
namespace {

using Kind = Pragma::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 5> words{
    {{"add_include_path", Kind::include_path},
     {"include_path", Kind::include_path},
     {"add_library_path", Kind::library_path},
     {"library_path", Kind::library_path},
     {"load", Kind::load}}};

}  // namespace

std::optional<Pragma> read_pragma(std::string_view line) {
    const auto begin = line.find('"');
    const auto end = line.rfind('"');
    if (begin == std::string_view::npos || end <= begin) return std::nullopt;
    for (const auto& [word, kind] : words) {
        if (line.substr(0, begin).find(word) == std::string_view::npos) continue;
        return Pragma{kind, std::string(line.substr(begin + 1, end - begin - 1))};
    }
    return std::nullopt;
}

Failure pragma_failure() {
    Failure failure;
    failure.name = "CompileError";
    failure.value =
        "unknown pragma: there are include_path \"directory\", library_path \"directory\" and "
        "load \"library\"";
    failure.lines = {failure.value};
    return failure;
}

void add_include_path(::clang::CompilerInstance& compiler, const std::string& path) {
    auto directory = compiler.getFileManager().getDirectoryRef(path);
    if (!directory) {
        llvm::consumeError(directory.takeError());
        return;
    }
    auto& search = compiler.getPreprocessor().getHeaderSearchInfo();
    search.AddSearchPath(::clang::DirectoryLookup(*directory, ::clang::SrcMgr::C_User, false),
                         true);
}

std::string library_file(const std::string& name, const std::vector<std::string>& paths) {
    for (const auto& path : paths) {
        for (const auto& file : {name, name + ".so", "lib" + name + ".so", "lib" + name}) {
            const auto whole = std::filesystem::path(path) / file;
            std::error_code error;
            if (std::filesystem::is_regular_file(whole, error)) return whole.string();
        }
    }
    const bool bare = name.find('/') == std::string::npos && name.find(".so") == std::string::npos;
    return bare ? "lib" + name + ".so" : name;
}

}  // namespace kernelwire::clang
