// A kernel started by its kernelspec: its process, its connection file, and signals to it.
//
// Layer 4. Depends on: connection.hpp, kernelspec.hpp. POSIX only.
// Spec: https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include <kernelwire/connection.hpp>
#include <kernelwire/kernelspec.hpp>

namespace kernelwire {

/// A kernel cannot be started; the text names the program and the system's reason.
class LaunchError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// How a kernel is started.
struct LaunchOptions {
    std::string directory;                   ///< where it runs; empty: here
    std::map<std::string, std::string> env;  ///< beside this process's and the kernelspec's
    std::string transport = "tcp";           ///< or "ipc"

    /// Encrypts the channels. For kernels that say so in their kernelspec
    /// (`metadata.supported_encryption` is "curve"); others ignore it, and never answer.
    CurveKeys curve;
};

/// A running kernel of ours, which ends when this goes, with what it has started.
///
/// Confined to one thread. It is told this process's id, and ends if that does.
class KernelProcess {
public:
    /// How long something may take.
    using Milliseconds = std::chrono::milliseconds;

    /// Starts the kernel. Its connection file is one that only this user may read, in the
    /// directory where Jupyter has its own.
    /// @throws LaunchError          where its program cannot be run.
    /// @throws ConnectionFileError  where the file cannot be written.
    explicit KernelProcess(KernelSpec spec, LaunchOptions options = {});

    /// Kills it, if it runs, and removes the connection file.
    ~KernelProcess();
    KernelProcess(const KernelProcess&) = delete;
    KernelProcess& operator=(const KernelProcess&) = delete;

    /// What it was started by.
    [[nodiscard]] const KernelSpec& spec() const noexcept { return spec_; }
    /// Where it is, for a Client.
    [[nodiscard]] const Connection& connection() const noexcept { return connection_; }
    /// The path of its connection file.
    [[nodiscard]] const std::string& connection_file() const noexcept { return file_; }
    /// The process's id.
    [[nodiscard]] int pid() const noexcept { return pid_; }

    /// Whether it has not ended.
    [[nodiscard]] bool running();

    /// @returns its exit code, or minus the signal that has ended it; nothing while it runs.
    [[nodiscard]] std::optional<int> exit_code();

    /// Sends SIGINT to it and what it has started. Kernels whose interrupt_mode is "message" want
    /// Client::interrupt() instead.
    void interrupt();

    /// Waits until it has ended.
    /// @returns whether it has, within `patience`.
    [[nodiscard]] bool wait(Milliseconds patience);

    /// Ends it at once, and what it has started.
    void kill();

    /// Kills it and starts it anew, with the same ports and key: clients stay connected.
    void restart();

private:
    void start();

    KernelSpec spec_;
    LaunchOptions options_;
    Connection connection_;
    std::string file_;
    int pid_ = 0;
    std::optional<int> exit_code_;
};

}  // namespace kernelwire
