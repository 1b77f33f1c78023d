#include "arguments.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "cell_history.hpp"
#include "kernelspecs.hpp"

namespace kernelwire::cpp {
namespace {

// Takes the values of options from the words of a command line.
class Words {
public:
    Words(int argc, char** argv) : words_(argv + std::min(1, argc), argv + argc) {}

    [[nodiscard]] bool done() const { return at_ == words_.size(); }
    const std::string& next() { return words_[at_++]; }

    // The value of an option that was written `name VALUE`, `name=VALUE` or, where it is one
    // letter, `nameVALUE`.
    bool takes(const std::string& word, const std::string& name, std::string& value) {
        if (word == name) {
            if (done()) throw std::invalid_argument(name + " wants a value");
            value = next();
            return true;
        }
        const bool letter = name.size() == 2;
        const std::string begin = letter ? name : name + "=";
        if (word.rfind(begin, 0) != 0) return false;
        value = word.substr(begin.size());
        return true;
    }

private:
    std::vector<std::string> words_;
    std::size_t at_ = 0;
};

void set_standard(clang::Options& options, const std::string& standard) {
    if (std::find(standards.begin(), standards.end(), standard) == standards.end()) {
        throw std::invalid_argument("--std is " + standard + ", want c++17, c++20 or c++23");
    }
    options.standard = standard;
}

// What begins with no dash would be a file to compile.
void add_argument(clang::Options& options, const std::string& argument) {
    if (argument.rfind('-', 0) != 0) {
        throw std::invalid_argument(argument +
                                    " is no argument of the compiler's: want a dash first");
    }
    options.arguments.push_back(argument);
}

void set_optimisation(clang::Options& options, const std::string& level) {
    if (level.size() != 1 || level[0] < '0' || level[0] > '3') {
        throw std::invalid_argument("-O is " + level + ", want a level from 0 to 3");
    }
    options.optimisation = level[0] - '0';
}

}  // namespace

const char* const usage =
    "usage: kernelwire-cpp -f CONNECTION_FILE [OPTION...]   serve a kernel, as frontends do\n"
    "       kernelwire-cpp install [--user | --prefix DIR]  make it known to Jupyter\n"
    "       kernelwire-cpp kernelspecs                      print what would be installed\n"
    "       kernelwire-cpp --help | --version\n"
    "\n"
    "  --std c++17|c++20|c++23   the standard of the cells (c++20)\n"
    "  -O LEVEL                  how far they are optimised, from 0 to 3 (0)\n"
    "  -I DIR, -D NAME[=VALUE]   as compilers have them; may be given several times\n"
    "  -- ARGUMENT...            further arguments of the compiler\n"
    "  --history FILE            where the history is kept, instead of the user's data directory\n"
    "  --no-history              what was executed is forgotten with the kernel\n"
    "  --log-level LEVEL         error, warning, info or debug, to stderr (warning)\n"
    "  --no-capture              leave file descriptors 1 and 2 as they are\n";

Arguments read_arguments(int argc, char** argv) {
    Arguments arguments;
    arguments.history = history_file();
    Words words(argc, argv);
    while (!words.done()) {
        const std::string word = words.next();
        std::string value;
        if (word == "--") {
            while (!words.done()) add_argument(arguments.options, words.next());
        } else if (word == "install") {
            arguments.verb = Arguments::Verb::install;
        } else if (word == "kernelspecs") {
            arguments.verb = Arguments::Verb::kernelspecs;
        } else if (word == "--help" || word == "-h") {
            arguments.verb = Arguments::Verb::help;
        } else if (word == "--version") {
            arguments.verb = Arguments::Verb::version;
        } else if (words.takes(word, "--std", value)) {
            set_standard(arguments.options, value);
        } else if (words.takes(word, "-O", value)) {
            set_optimisation(arguments.options, value);
        } else if (words.takes(word, "-I", value)) {
            arguments.options.arguments.push_back("-I" + value);
        } else if (words.takes(word, "-D", value)) {
            arguments.options.arguments.push_back("-D" + value);
        } else if (words.takes(word, "--history", value)) {
            arguments.history = value;
        } else if (word == "--no-history") {
            arguments.history.clear();
        } else if (words.takes(word, "--prefix", value)) {
            arguments.prefix = value;
        } else if (!words.takes(word, "--f", value) && !words.takes(word, "--log-level", value) &&
                   !words.takes(word, "-f", value) && word != "--no-capture" && word != "--user") {
            throw std::invalid_argument("there is no " + word + "; --help lists what there is");
        }
    }
    arguments.options.arguments.push_back("-isystem" + cell_headers());
    return arguments;
}

std::string own_path() {
    std::error_code code;
    const auto path = std::filesystem::read_symlink("/proc/self/exe", code);
    return code ? "kernelwire-cpp" : path.string();
}

std::string cell_headers() {
    const auto prefix = std::filesystem::path(own_path()).parent_path().parent_path();
    const auto installed = prefix / "share" / "kernelwire" / "cells";
    std::error_code code;
    return std::filesystem::exists(installed, code) ? installed.string() : KERNELWIRE_CELLS;
}

}  // namespace kernelwire::cpp
