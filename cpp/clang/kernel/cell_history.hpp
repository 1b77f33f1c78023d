// The history of the cells: in a file that all C++ kernels of a user share, or in memory.
//
// Layer 8. Depends on: history.hpp, sqlite_history.hpp where SQLite was found. Used by:
// cpp_kernel.hpp.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <kernelwire/history.hpp>
#include <kernelwire/interpreter.hpp>

namespace kernelwire {
class SqliteHistory;
}

namespace kernelwire::cpp {

/// Where the history is kept by default: in the user's data directory of Jupyter.
[[nodiscard]] std::string history_file();

/// Keeps what was executed. Confined to one thread.
class CellHistory {
public:
    /// @param file  of all sessions. With an empty name, and in a build without SQLite, the history
    ///              is this session's, in memory.
    explicit CellHistory(const std::string& file);
    ~CellHistory();
    CellHistory(const CellHistory&) = delete;
    CellHistory& operator=(const CellHistory&) = delete;

    /// Keeps a cell, as History::add() does.
    void add(int line, std::string input, std::optional<std::string> output = std::nullopt);

    /// Answers a request, as History::reply() does.
    [[nodiscard]] Reply reply(const HistoryRequest& request);

private:
    std::unique_ptr<SqliteHistory> stored_;  // if there is a file
    History remembered_;                     // else
};

}  // namespace kernelwire::cpp
