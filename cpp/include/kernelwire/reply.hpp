// What an interpreter answers: a status and the fields of the reply's content, as JSON text.
//
// Layer 4. Depends on: json.hpp. Used by: interpreter.hpp, kernel.hpp.
// Spec: https://jupyter-client.readthedocs.io/en/stable/messaging.html#request-reply
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <kernelwire/json.hpp>

namespace kernelwire {

/// The content of a reply. A value type; fields keep the order in which they were set.
class Reply {
public:
    /// A success.
    Reply() : Reply("ok") {}

    /// @param status  "ok" or "error"; is_complete() has statuses of its own.
    explicit Reply(std::string status) : status_(std::move(status)) {}

    /// @returns "ok", "error" or what else its maker has said.
    [[nodiscard]] const std::string& status() const noexcept { return status_; }
    /// Whether its status is "error".
    [[nodiscard]] bool is_error() const noexcept { return status_ == "error"; }

    /// Sets a field to a value; replaces what it was.
    /// @throws std::invalid_argument  naming the field, where the value cannot be written.
    Reply& set(const std::string& name, const Json& value) {
        return set_text(name, write_json(value, name));
    }

    /// Sets a field to JSON text, which is not checked.
    Reply& set_text(const std::string& name, std::string json);

    /// Sets a field that has not been set.
    Reply& set_default(const std::string& name, std::string json);

    /// @returns the field's JSON text, or null where it is not set.
    [[nodiscard]] const std::string* find(const std::string& name) const noexcept;

    /// The whole content, as the text of a JSON object that begins with the status.
    [[nodiscard]] std::string content() const;

private:
    Reply& add(const std::string& name, std::string json);

    std::string status_;
    std::vector<std::pair<std::string, std::string>> fields_;
};

/// A successful reply with the members of `fields`.
/// @throws std::invalid_argument  where that is neither an object nor null, or cannot be written.
[[nodiscard]] Reply ok(const Json& fields = nullptr);

/// A failed reply. From execute(), the kernel also shows it on iopub, once.
/// @param traceback  lines for people, with ANSI colours where wanted.
[[nodiscard]] Reply error(const std::string& ename, const std::string& evalue,
                          const std::vector<std::string>& traceback = {});

/// The answer to complete(): what may stand in place of code points `start` to `end`.
/// @throws std::invalid_argument  where `metadata` is no object, or cannot be written.
[[nodiscard]] Reply matches(const std::vector<std::string>& texts, std::size_t start,
                            std::size_t end, const Json& metadata = Json::object());

/// The answer to inspect(): a MIME bundle, or an empty one where nothing was found.
/// @throws std::invalid_argument  where one of them is no object, or cannot be written.
[[nodiscard]] Reply documentation(const Json& data = Json::object(),
                                  const Json& metadata = Json::object());

/// The answers to is_complete().
[[nodiscard]] Reply complete();
[[nodiscard]] Reply incomplete(const std::string& indent = "");
[[nodiscard]] Reply invalid();
[[nodiscard]] Reply unknown();

}  // namespace kernelwire
