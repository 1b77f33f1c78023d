// The contents of requests, read into structs: the one place that distrusts their fields.
//
// Layer 4, private. Depends on: interpreter.hpp, json_members.hpp. Used by: kernel.cpp.
#pragma once

#include <string>

#include <kernelwire/interpreter.hpp>

#include "json_members.hpp"

namespace kernelwire {

/// Typed access to the members of a content, which must outlive this. A member that is missing or
/// null has its default; one of another type is the client's mistake, and is thrown as
/// InterpreterError, which the kernel turns into an error reply.
class Fields {
public:
    /// @throws InterpreterError  where `content` is not a JSON object.
    explicit Fields(Bytes content);

    [[nodiscard]] std::string text(const char* name, const char* otherwise = "") const;
    [[nodiscard]] bool flag(const char* name, bool otherwise) const;
    [[nodiscard]] int number(const char* name, int otherwise) const;

    /// A position in `code`, in code points; by default, and at the most, its end.
    [[nodiscard]] std::size_t position(const char* name, const std::string& code) const;

    /// The text of a member that is an object; `{}` where it is missing.
    [[nodiscard]] std::string object(const char* name) const;

    [[nodiscard]] bool has(const char* name) const { return !find(name).empty(); }

private:
    [[nodiscard]] Bytes find(const char* name) const;

    JsonMembers members_;
};

[[nodiscard]] ExecuteRequest read_execute_request(const Message& request);
[[nodiscard]] HistoryRequest read_history_request(const Message& request);
[[nodiscard]] CommMessage read_comm_message(const Message& request);

/// The count in the JSON text of a reply's `execution_count`, or `otherwise`.
[[nodiscard]] int read_count(const std::string& json, int otherwise);

/// The content of the `error` message that shows a failed reply.
[[nodiscard]] std::string error_of(const Reply& reply);

}  // namespace kernelwire
