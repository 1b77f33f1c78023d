// PythonHosted: a C++ Interpreter whose methods are those of a Python subclass.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <kernelwire/interpreter.hpp>

#include "module.hpp"

class ShellThread;

/// Calls into Python with the GIL held, and turns what Python raises into error replies.
class PythonHosted : public kernelwire::Interpreter {
public:
    /// The C++ half of a Python object.
    [[nodiscard]] static PythonHosted& of(kernelwire::Interpreter& interpreter);

    /// Names the Python object whose kernel calls, kept alive by every Output it hands out. Needs
    /// the GIL, as do the next two.
    void called_by(py::handle host);

    /// Prepares interrupts of the calling thread, which is to answer the main shell's requests: by
    /// signals, where it is the thread that these reach.
    void serve();

    /// The same in a program whose signals are its own.
    void embed();

    /// Calls a function that serves, on that thread and without the GIL.
    void serving(const std::function<void()>& function);

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
    bool wait(const std::string& subshell_id, const std::vector<int>& fds) override;
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
    void note_overrides();

    py::handle host_;             // borrowed: whoever calls us lives
    unsigned long thread_ = 0;    // Python's identifier of the interpreter's thread
    bool by_signal_ = false;      // that is how it is interrupted
    bool own_interrupt_ = false;  // the subclass has an interrupt() of its own
    bool own_subshell_interrupt_ = false;
    bool own_wait_ = false;
    std::atomic<bool> signal_sent_{false};  // by interrupt(), and nobody has taken notice yet
    std::mutex mutex_;                      // of shells_
    std::map<std::string, std::shared_ptr<ShellThread>> shells_;  // those that no signal reaches
};
