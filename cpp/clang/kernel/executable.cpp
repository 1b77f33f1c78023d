#include "executable.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <regex>

namespace kernelwire::cpp {
namespace {

bool is_on_path(const std::string& program) {
    const char* const path = std::getenv("PATH");
    std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path;
    while (!rest.empty()) {
        const auto end = std::min(rest.find(':'), rest.size());
        const std::string file = std::string(rest.substr(0, end)) + "/" + program;
        if (access(file.c_str(), X_OK) == 0) return true;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
}

}  // namespace

std::string find_compiler() {
    if (const char* const chosen = std::getenv("CXX"); chosen != nullptr && *chosen != 0) {
        return chosen;
    }
    for (const char* const program : {"g++", "clang++-22", "clang++", "c++"}) {
        if (is_on_path(program)) return program;
    }
    return "";
}

std::vector<std::string> compile_command(const std::string& compiler, const std::string& file,
                                         const std::string& standard,
                                         const std::vector<std::string>& options) {
    std::vector<std::string> command{compiler, "-std=" + standard, "-O2", "-x", "c++", "-"};
    command.insert(command.end(), {"-x", "none"});  // what the options name may be libraries
    command.insert(command.end(), options.begin(), options.end());
    command.insert(command.end(), {"-o", file});
    return command;
}

std::string program_of(std::string_view cell) {
    static const std::regex has_main(R"((^|\n)\s*(int|auto)\s+main\s*\()");
    std::string text(cell);
    if (std::regex_search(text, has_main)) return text;
    std::string directives;
    std::string statements;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string line = text.substr(at, end - at) + "\n";
        const auto first = line.find_first_not_of(" \t");
        (line[first] == '#' ? directives : statements) += line;
        at = end + 1;
    }
    return directives + "int main() {\n" + statements + "}\n";
}

}  // namespace kernelwire::cpp
