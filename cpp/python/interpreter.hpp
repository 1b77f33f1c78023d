// PythonHosted: a C++ Interpreter whose methods are those of a Python subclass.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <kernelwire/interpreter.hpp>

#include "module.hpp"

class SubshellThread;

/// Calls into Python with the GIL held, and turns what Python raises into error replies.
class PythonHosted : public kernelwire::Interpreter {
public:
    /// The C++ half of a Python object.
    [[nodiscard]] static PythonHosted& of(kernelwire::Interpreter& interpreter);

    /// Names the Python object whose kernel calls, kept alive by every Output it hands out, and
    /// prepares interrupts of the calling thread. Needs the GIL.
    void serve(py::handle host);

    [[nodiscard]] kernelwire::KernelInfo info() const override;
    void start() override;
    kernelwire::Reply execute(const kernelwire::ExecuteRequest& request,
                              kernelwire::Output& output) override;
    kernelwire::Reply complete(const std::string& code, std::size_t cursor_pos) override;
    kernelwire::Reply inspect(const std::string& code, std::size_t cursor_pos,
                              int detail_level) override;
    kernelwire::Reply is_complete(const std::string& code) override;
    kernelwire::Reply history(const kernelwire::HistoryRequest& request) override;
    void comm_open(const kernelwire::CommMessage& message, kernelwire::Output& output) override;
    void comm_msg(const kernelwire::CommMessage& message, kernelwire::Output& output) override;
    void comm_close(const kernelwire::CommMessage& message, kernelwire::Output& output) override;
    kernelwire::Json comm_info(const std::string& target_name) override;
    void interrupt() override;
    void interrupt_subshell(const std::string& subshell_id) override;
    void signalled() override;
    bool interrupted() override;
    void host_subshell(const std::string& subshell_id, const std::function<void()>& serve) override;
    kernelwire::Reply debug(const kernelwire::Json& request, kernelwire::Output& output) override;
    void shutdown(bool restart) override;

    /// What interrupt_subshell() does unless the subclass has its own: KeyboardInterrupt on the
    /// subshell's thread, as soon as Python runs there. Needs the GIL.
    void raise_in_subshell(const std::string& subshell_id);

    /// Interrupts every subshell, upon a SIGINT that the server has not sent itself. Needs the GIL.
    void interrupt_subshells();

private:
    [[nodiscard]] py::object self() const;
    [[nodiscard]] py::object lend(const kernelwire::Output& output) const;
    void comm(const char* method, const kernelwire::CommMessage& message,
              const kernelwire::Output& output);

    py::handle host_;             // borrowed: whoever calls us lives
    unsigned long thread_ = 0;    // Python's identifier of the interpreter's thread
    bool main_thread_ = false;    // signals reach it
    bool own_interrupt_ = false;  // the subclass has an interrupt() of its own
    bool own_subshell_interrupt_ = false;
    std::atomic<bool> signal_sent_{false};  // by interrupt(), and nobody has taken notice yet
    std::mutex mutex_;                      // of subshells_
    std::map<std::string, std::shared_ptr<SubshellThread>> subshells_;
};
