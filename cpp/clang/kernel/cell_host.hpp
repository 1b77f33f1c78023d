// What the kernel does for its cells while they run: the far end of cells/kernelwire/host.hpp.
//
// Layer 8. Depends on: comms.hpp, output.hpp, shell_command.hpp. Used by: cpp_kernel.hpp.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "comms.hpp"
#include "live_session.hpp"
#include "shell_command.hpp"

namespace kernelwire::cpp {

/// Publishes for the cell that was started last: what threads show later belongs to it as well.
///
/// A process has one, since the functions that cells call have no other way to know it.
class CellHost {
public:
    /// @param interrupted  whether the cell that runs is to end.
    explicit CellHost(std::function<bool()> interrupted);
    ~CellHost();
    CellHost(const CellHost&) = delete;
    CellHost& operator=(const CellHost&) = delete;

    /// The one of this process.
    /// @throws std::logic_error  where there is none.
    [[nodiscard]] static CellHost& of_process();

    /// A cell begins, or a comm's message is answered.
    void enter(const Output& output);

    /// The one of the cell that was started last. Thread-safe.
    /// @throws std::logic_error  where there was none.
    [[nodiscard]] Output output() const;

    /// The comms of the cells.
    [[nodiscard]] Comms& comms() noexcept { return comms_; }

    /// Where the cells' commands run.
    [[nodiscard]] ShellCommand& shell() noexcept { return shell_; }

    /// Whether the cell that runs is to end. For what waits on its behalf.
    [[nodiscard]] bool interrupted() const { return interrupted_(); }

    /// The functions that cells call, by name.
    [[nodiscard]] static std::vector<Symbol> symbols();

private:
    const std::function<bool()> interrupted_;
    mutable std::mutex mutex_;
    std::optional<Output> output_;
    Comms comms_;
    ShellCommand shell_;
};

}  // namespace kernelwire::cpp
