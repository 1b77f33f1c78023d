// The C++ kernel: Jupyter's requests, answered by a session of interactive C++.
//
// Layer 8. Depends on: live_session.hpp, error_stream.hpp, cell_history.hpp, cell_host.hpp,
// magic_commands.hpp, interpreter.hpp, standard_input.hpp. Used by: main.cpp.
#pragma once

#include <atomic>
#include <string>

#include <kernelwire/interpreter.hpp>

#include "cell_history.hpp"
#include "cell_host.hpp"
#include "error_stream.hpp"
#include "live_session.hpp"
#include "magic_commands.hpp"
#include "standard_input.hpp"

namespace kernelwire::cpp {

/// Runs cells of C++. A process has one, as it has one std::cin.
class CppKernel final : public Interpreter {
public:
    /// @param options  of the compiler.
    /// @param history  the file that it is kept in; empty: in memory.
    CppKernel(clang::Options options, const std::string& history);

    [[nodiscard]] KernelInfo info() const override;
    void start() override { session_.start(); }
    Reply execute(const ExecuteRequest& request, Output& output) override;
    Reply complete(const std::string& code, std::size_t cursor_pos) override;
    Reply inspect(const std::string& code, std::size_t cursor_pos, int detail_level) override;
    Reply is_complete(const std::string& code) override;
    Reply history(const HistoryRequest& request) override { return history_.reply(request); }
    void comm_open(const CommMessage& message, Output& output) override;
    void comm_msg(const CommMessage& message, Output& output) override;
    void comm_close(const CommMessage& message, Output& output) override;
    Json comm_info(const std::string& target_name) override {
        return host_.comms().info(target_name);
    }
    void interrupt() override;
    bool interrupted() override { return interrupted_; }

private:
    struct Ran;

    [[nodiscard]] Ran run_cell(const ExecuteRequest& request, const Output& output);
    [[nodiscard]] clang::Outcome run_code(const std::string& code, int count);
    [[nodiscard]] Json evaluate(const std::string& expressions, int count);
    void deliver(const Output& output);

    const std::string standard_;
    CellHost host_;
    ErrorStream errors_;
    StandardInput input_;
    LiveSession session_;
    CellHistory history_;
    std::atomic<bool> interrupted_{false};
    bool running_ = false;  // a cell is, or a comm's handler
};

}  // namespace kernelwire::cpp
