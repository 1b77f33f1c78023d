// The inputs of a kernel in a file that lives longer than the kernel does. In a library of its own,
// kernelwire::history_sqlite, which links SQLite.
//
// Layer 5. Depends on: history.hpp, interpreter.hpp, log.hpp, reply.hpp. Used by: authors of
// kernels.
// Spec: https://jupyter-client.readthedocs.io/en/stable/messaging.html#history
// Source of the tables: IPython 9, core/history.py, whose tools read them.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <kernelwire/history.hpp>
#include <kernelwire/interpreter.hpp>
#include <kernelwire/log.hpp>
#include <kernelwire/reply.hpp>

namespace kernelwire {

/// How a SqliteHistory does its work.
struct SqliteHistoryOptions {
    /// After how long inputs are written, many at a time. What a killed process loses is the last
    /// of them.
    std::chrono::milliseconds delay{1000};

    /// How long another process that writes is waited for, before it is tried again later, or
    /// answered from memory.
    std::chrono::milliseconds patience{200};

    Log log{};  ///< is told, once, where the file cannot be used; by default, nothing is logged
};

/// What was executed in this session of a kernel and in earlier ones, in a SQLite file that several
/// kernels may share.
///
///     SqliteHistory history_{data_directory() + "/mine/history.sqlite"};
///
///     Reply execute(const ExecuteRequest& request, Output& output) override {
///         if (request.store_history) history_.add(request.execution_count, request.code);
///         ...
///     }
///     Reply history(const HistoryRequest& request) override { return history_.reply(request); }
///
/// A cell never waits for the disk: a thread writes. Nothing here throws because of the file: where
/// it is no database, cannot be written, or the disk is full, the session goes on in memory, as
/// History has it. Thread-safe.
class SqliteHistory {
public:
    /// Begins a session; makes the file, readable by its owner only, and its directory, where they
    /// are not there.
    explicit SqliteHistory(std::string path, SqliteHistoryOptions options = {});

    /// Writes what waits, and ends the session.
    ~SqliteHistory();
    SqliteHistory(const SqliteHistory&) = delete;
    SqliteHistory& operator=(const SqliteHistory&) = delete;

    /// Keeps an input. Text that is no UTF-8 is kept as it is.
    /// @param line    its number: ExecuteRequest::execution_count.
    /// @param output  the text of its result, if it has one.
    void add(int line, std::string input, std::optional<std::string> output = std::nullopt);

    /// Answers a request, in any of its three ways, from all sessions; see History::reply().
    [[nodiscard]] Reply reply(const HistoryRequest& request);

    /// Writes what waits, now.
    void flush();

    /// The number of this session, above those before; 0 where the file cannot be used.
    [[nodiscard]] int session();

    /// Whether the file is in use: false where it could not be.
    [[nodiscard]] bool stored();

private:
    struct State;

    std::unique_ptr<State> state_;
};

}  // namespace kernelwire
