// What the magics do.
//
// Layer 8. Depends on: live_session.hpp, magic.hpp, shell_command.hpp. Used by: cpp_kernel.hpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kernelwire/output.hpp>

#include "live_session.hpp"
#include "magic.hpp"
#include "shell_command.hpp"

namespace kernelwire::cpp {

/// What a magic works with.
struct MagicCall {
    const Magic& magic;    ///< as it was written
    const Output& output;  ///< of its cell
    int count;             ///< of the execution
    LiveSession& session;  ///< where the C++ is run
    ShellCommand& shell;   ///< where commands are
    std::string page{};    ///< what the frontend's pager is to show
};

/// A magic that there is.
struct MagicCommand {
    std::string_view name;   ///< without %
    std::string_view usage;  ///< how it is written
    std::string_view help;   ///< what it does
    clang::Outcome (*run)(MagicCall&);
};

/// All of them, by name.
[[nodiscard]] const std::vector<MagicCommand>& magic_commands();

/// Runs a magic.
/// @throws InterpreterError  where there is none of this name, or it was not written rightly.
clang::Outcome run_magic(MagicCall& call);

/// The names that go on from `start`, such as %ti, with their signs.
[[nodiscard]] std::vector<std::string> complete_magic(std::string_view start);

}  // namespace kernelwire::cpp
