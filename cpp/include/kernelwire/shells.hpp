// The shells of a kernel: the main one and its subshells, each with a count of its own.
//
// Layer 5. Depends on: connection.hpp, for new ids. Used by: kernel.hpp.
// Spec: JEP 91, kernel subshells.
#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace kernelwire {

/// What belongs to the requests of one shell. Confined to the thread that answers them, but for
/// `id`, which never changes, and `executing`.
struct Shell : std::enable_shared_from_this<Shell> {
    /// @param name  of the subshell; empty: the main one.
    explicit Shell(std::string name) : id(std::move(name)) {}

    const std::string id;     ///< a subshell's; the main shell's is empty
    int execution_count = 0;  ///< of the last request that counts
    bool aborting = false;    ///< executes are, until what was queued at an error is answered
    std::atomic<std::thread::id> executing{};  ///< who runs code; no thread: nobody does
};

/// Says of a shell, for as long as it lives, that the calling thread runs its code. May be nested.
class Executing {
public:
    /// One begins on `shell`.
    explicit Executing(Shell& shell)
        : shell_(shell), before_(shell.executing.exchange(std::this_thread::get_id())) {}
    ~Executing() { shell_.executing = before_; }
    Executing(const Executing&) = delete;
    Executing& operator=(const Executing&) = delete;

private:
    Shell& shell_;
    const std::thread::id before_;
};

/// The main shell, and the subshells that are open. Thread-safe; a shell lives on for as long as
/// somebody answers a request of it.
class Shells {
public:
    /// How many subshells may be open. Each has a thread.
    static constexpr std::size_t limit = 256;

    /// @returns the main shell where `id` is empty, and null where no such subshell is open.
    [[nodiscard]] std::shared_ptr<Shell> find(const std::string& id) const;

    /// Opens a subshell.
    /// @returns its id; empty where `limit` are open.
    [[nodiscard]] std::string open();

    /// @returns whether the subshell was open.
    bool close(const std::string& id);

    /// The ids of the open subshells.
    [[nodiscard]] std::vector<std::string> ids() const;

    /// The shells that run code.
    [[nodiscard]] std::vector<std::shared_ptr<Shell>> executing() const;

private:
    const std::shared_ptr<Shell> main_ = std::make_shared<Shell>("");
    mutable std::mutex mutex_;  // of subshells_
    std::map<std::string, std::shared_ptr<Shell>> subshells_;
};

}  // namespace kernelwire
