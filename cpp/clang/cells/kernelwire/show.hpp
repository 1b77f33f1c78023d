// How any value becomes a MIME bundle: by its own word, or by its shape, as the last value of a
// cell does.
//
// For cells, each of which has the session's prelude already. Depends on: bundle.hpp. Used by:
// display.hpp.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <kernelwire/bundle.hpp>

namespace kernelwire {

/// The forms of what has bundle(): found by its argument, as your own types' are.
template <class Value>
auto mime_bundle_repr(const Value& value) -> decltype(value.bundle().str()) {
    return value.bundle().str();
}

namespace cell_detail {

template <class Value, class = void>
struct Represented : std::false_type {};
template <class Value>
struct Represented<Value, std::void_t<decltype(mime_bundle_repr(std::declval<const Value&>()))>>
    : std::true_type {};

template <class Value, class = void>
struct Annotated : std::false_type {};
template <class Value>
struct Annotated<Value, std::void_t<decltype(std::declval<const Value&>().metadata())>>
    : std::true_type {};

}  // namespace cell_detail

/// A value's forms, as JSON text: what its mime_bundle_repr() says (text, or a JSON library's value
/// that has dump()), or else its text/plain, and for
/// rows a table.
template <class Value>
std::string bundle_of(const Value& value) {
    if constexpr (cell_detail::Represented<Value>::value) {
        auto bundle = mime_bundle_repr(value);
        if constexpr (std::is_convertible_v<decltype(bundle), std::string_view>) {
            return std::string(std::string_view(bundle));
        } else if constexpr (std::is_same_v<decltype(bundle), Bundle>) {
            return bundle.str();
        } else {
            return bundle.dump();
        }
    } else {
        std::string text;
        kernelwire_values::write(text, value);
        Bundle bundle;
        bundle.text("text/plain", text);
        if constexpr (kernelwire_values::has_rows<Value>) {
            bundle.text("text/html", kernelwire_values::table(value));
        }
        return bundle.str();
    }
}

/// What a frontend is told beside a value's forms, as JSON text.
template <class Value>
std::string metadata_of(const Value& value) {
    if constexpr (cell_detail::Annotated<Value>::value) {
        return value.metadata();
    } else {
        return "{}";
    }
}

}  // namespace kernelwire
