// The inputs of a shell, kept in memory, for kernels that have no history of their own.
//
// Layer 4. Depends on: interpreter.hpp, reply.hpp.
// Spec: https://jupyter-client.readthedocs.io/en/stable/messaging.html#history
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <kernelwire/interpreter.hpp>
#include <kernelwire/reply.hpp>

namespace kernelwire {

/// What was executed in this session, which is number 1. Confined to one thread; a value type.
///
///     Reply execute(const ExecuteRequest& request, Output& output) override {
///         if (request.store_history) history_.add(request.execution_count, request.code);
///         ...
///     }
///     Reply history(const HistoryRequest& request) override { return history_.reply(request); }
class History {
public:
    /// The number of the only session there is.
    static constexpr int session = 1;

    /// @param limit  how many inputs are kept: the latest.
    explicit History(std::size_t limit = 10'000) noexcept : limit_(limit) {}

    /// Keeps an input.
    /// @param line    its number: ExecuteRequest::execution_count.
    /// @param output  the text of its result, if it has one.
    void add(int line, std::string input, std::optional<std::string> output = std::nullopt);

    /// Answers a request, in any of its three ways. Patterns have `*` and `?`.
    /// @returns ok() with a list of [session, line, input] or, where outputs are wanted, of
    ///          [session, line, [input, output]], an output being null where there is none.
    [[nodiscard]] Reply reply(const HistoryRequest& request) const;

    /// How many inputs are kept.
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

private:
    struct Entry {
        int line;
        std::string input;
        std::optional<std::string> output;
    };
    using Found = std::vector<const Entry*>;

    [[nodiscard]] Found range(const HistoryRequest& request) const;
    [[nodiscard]] Found tail(int count) const;
    [[nodiscard]] Found search(const HistoryRequest& request) const;

    std::size_t limit_;
    std::deque<Entry> entries_;
};

}  // namespace kernelwire
