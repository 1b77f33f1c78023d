// Commands of the system's shell, run for a cell and ended by its interrupt.
//
// Layer 8. Depends on nothing of ours. Used by: magics.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <string>
#include <vector>

namespace kernelwire::cpp {

/// Runs programs, one at a time. What they write to stdout and stderr goes where the kernel's own
/// goes, which is the cell.
class ShellCommand {
public:
    /// Runs a program to its end.
    /// @param argv   the program and its arguments.
    /// @param input  what it reads from its standard input.
    /// @returns its exit code; 128 and the signal's number where one has ended it.
    /// @throws std::system_error  where it cannot be started.
    int run(const std::vector<std::string>& argv, const std::string& input = "");

    /// Ends what runs, with all that it has started. Any thread.
    void interrupt() noexcept;

private:
    std::atomic<pid_t> group_{0};
};

}  // namespace kernelwire::cpp
