// What kernelwire-cpp was started with.
//
// Layer 8. Depends on: session.hpp. Used by: main.cpp.
#pragma once

#include <string>

#include "../session.hpp"

namespace kernelwire::cpp {

/// What the program is to do.
struct Arguments {
    enum class Verb { serve, install, kernelspecs, help, version };

    Verb verb = Verb::serve;
    clang::Options options;  ///< of the compiler
    std::string prefix;      ///< to install below; empty: the user's own place
    std::string history;     ///< the file of the history; empty: it is kept in memory
};

/// Reads the command line. What is about the connection is left to run().
/// @throws std::invalid_argument  saying what was found, and what was wanted.
[[nodiscard]] Arguments read_arguments(int argc, char** argv);

/// What --help says.
extern const char* const usage;

/// Where this program is.
[[nodiscard]] std::string own_path();

/// The directory with the headers that cells include as <kernelwire/...>: below the prefix that the
/// program is installed in, or else in the sources that it was built from.
[[nodiscard]] std::string cell_headers();

}  // namespace kernelwire::cpp
