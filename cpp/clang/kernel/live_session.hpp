// The session behind the kernel: started beside its first answers, replaced where it is lost.
//
// Layer 8. Depends on: session.hpp. Used by: cpp_kernel.hpp, magics.
#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../session.hpp"

namespace kernelwire::cpp {

/// A function or object that cells find by its linker name.
using Symbol = std::pair<std::string, void*>;

/// Holds one Session at a time. Confined to one thread, but for interrupt().
class LiveSession {
public:
    /// @param options  of the session; arguments among them outlive a restart.
    /// @param symbols  for cells.
    LiveSession(clang::Options options, std::vector<Symbol> symbols);
    ~LiveSession();
    LiveSession(const LiveSession&) = delete;
    LiveSession& operator=(const LiveSession&) = delete;

    /// Begins to make the session, on another thread, and returns.
    void start();

    /// The session; waits for it, where it is not there yet.
    /// @throws std::runtime_error  where the compiler cannot be had. The next call tries again.
    [[nodiscard]] clang::Session& current();

    /// Runs a cell. A session that is lost, or that throws, is replaced by a new one: the failure
    /// then says so.
    clang::Outcome run(const std::string& code, int count);

    /// Forgets all that was declared, and starts anew.
    void restart();

    /// Starts anew with what the cells have declared, in their order; see Session::declare(). Stops
    /// at a failure, unless the cell has failed before as well.
    /// @returns of how many cells that was, and what went wrong, if anything did.
    std::pair<std::size_t, clang::Outcome> replay();

    /// What the next session is made with.
    [[nodiscard]] clang::Options& options() noexcept { return options_; }

    /// What is called whenever a session is to be replaced: what it has left must be forgotten.
    void on_restart(std::function<void()> forget) { forget_ = std::move(forget); }

private:
    [[nodiscard]] std::unique_ptr<clang::Session> make() const;
    clang::Outcome guarded(const std::function<clang::Outcome(clang::Session&)>& work);
    void give_up(clang::Failure& failure);

    clang::Options options_;
    const std::vector<Symbol> symbols_;
    std::future<std::unique_ptr<clang::Session>> starting_;
    std::unique_ptr<clang::Session> session_;
    std::vector<clang::Source> lost_;  // what the session before this one had declared
    std::function<void()> forget_;
};

}  // namespace kernelwire::cpp
