// A MIME bundle: one thing in several forms, of which a frontend shows the one it likes best.
//
// For cells. Depends on: host.hpp. Used by: display.hpp, media.hpp, progress.hpp, and by a
// mime_bundle_repr() of your own.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <kernelwire/host.hpp>

namespace kernelwire {

/// Text as a JSON string, with its quotes.
inline std::string json_string(std::string_view text) {
    std::string out;
    kernelwire_host::kernelwire_quote(text, out);
    return out;
}

/// Bytes in base64.
inline std::string base64(std::string_view bytes) {
    std::string out;
    kernelwire_host::kernelwire_base64(bytes, out);
    return out;
}

/// The forms of one thing, by MIME type. A value type.
///
///     struct Circle { double radius; };
///     std::string mime_bundle_repr(const Circle& circle) {
///         return kernelwire::Bundle()
///             .text("text/plain", "a circle")
///             .text("image/svg+xml", "<svg>...</svg>");
///     }
class Bundle {
public:
    /// Adds a form that is text, such as text/html, image/svg+xml or, in base64, image/png.
    Bundle& text(std::string_view mime_type, std::string_view content) {
        return add(mime_type, json_string(content));
    }

    /// Adds a form that is JSON, such as application/json or application/vnd.vega.v5+json.
    /// @param value  JSON text, or a JSON library's value that has dump(), such as nlohmann's.
    template <class Value>
    Bundle& json(std::string_view mime_type, const Value& value) {
        if constexpr (std::is_convertible_v<const Value&, std::string_view>) {
            return add(mime_type, std::string(std::string_view(value)));
        } else {
            return add(mime_type, value.dump());
        }
    }

    /// The whole as JSON text.
    [[nodiscard]] std::string str() const { return "{" + members_ + "}"; }
    /// The same: what mime_bundle_repr() returns.
    operator std::string() const { return str(); }

private:
    Bundle& add(std::string_view mime_type, const std::string& value) {
        if (!members_.empty()) members_ += ',';
        members_ += json_string(mime_type) + ":" + value;
        return *this;
    }

    std::string members_;
};

}  // namespace kernelwire
