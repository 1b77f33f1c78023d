// How the value of a cell's last expression is shown. Every session compiles this first.
//
// A type says itself how it is shown by a function that is found by its argument:
//
//     std::string mime_bundle_repr(const T&);   // a JSON object of MIME types and contents
//
// or by operator<<. The rest is told from its shape: ranges, tuples, pointers, optional and variant
// values. What is written is close to what std::format makes of it in C++23.
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

extern "C" {
void kernelwire_show_value(const char* type, std::size_t type_size, const char* data,
                           std::size_t size, bool json);
void kernelwire_show_bundle(const char* data, std::size_t size);
std::size_t kernelwire_enumerator(const char* type, std::size_t type_size, long long value,
                                  char* out, std::size_t room);
}

namespace kernelwire_values {

inline constexpr std::size_t elements_shown = 100;
inline constexpr int depth_shown = 8;
inline constexpr std::size_t rows_shown = 60;

template <typename T>
using bare = std::remove_cv_t<std::remove_reference_t<T>>;

// ---- what a type can do ---------------------------------------------------------------------

template <typename T, template <typename> typename Use, typename = void>
struct Can : std::false_type {};
template <typename T, template <typename> typename Use>
struct Can<T, Use, std::void_t<Use<T>>> : std::true_type {};
template <typename T, template <typename> typename Use>
inline constexpr bool can = Can<T, Use>::value;

template <typename T>
using represented = decltype(mime_bundle_repr(std::declval<const T&>()));
template <typename T>
using streamed = decltype(std::declval<std::ostream&>() << std::declval<const T&>());
template <typename T>
using iterated = decltype(std::begin(std::declval<T&>()) != std::end(std::declval<T&>()));
template <typename T>
using sized_tuple = decltype(std::tuple_size<T>::value);
template <typename T>
using keyed = typename T::key_type;
template <typename T>
using mapped = typename T::mapped_type;
template <typename T>
using optional_like = decltype(std::declval<const T&>().has_value(), *std::declval<const T&>(),
                               std::declval<const T&>().value());
template <typename T>
using variant_like =
    decltype(std::declval<const T&>().valueless_by_exception(), std::declval<const T&>().index());
template <typename T>
using pointing = decltype(static_cast<const volatile void*>(std::declval<const T&>().get()),
                          static_cast<bool>(std::declval<const T&>()),
                          std::declval<typename T::element_type*>());
template <typename T>
using dereferenced = decltype(*std::declval<const T&>());
template <typename T>
using observing = decltype(std::declval<const T&>().lock(), std::declval<const T&>().use_count());
template <typename T>
using any_like = decltype(std::declval<const T&>().has_value(), std::declval<const T&>().type());
template <typename T>
using adapting = decltype(std::declval<typename T::container_type>(), std::declval<T&>().pop());
template <typename T>
using flipped = decltype(std::declval<T&>().flip());
template <typename T>
using dumped = decltype(std::string(std::declval<const T&>().dump()));

// ---- names of types -------------------------------------------------------------------------

template <typename T>
constexpr std::string_view type_name() {
    std::string_view name = __PRETTY_FUNCTION__;
    name.remove_prefix(name.find("T = ") + 4);
    name.remove_suffix(1);
    return name;
}

template <typename T>
inline constexpr bool is_closure = type_name<T>().find("(lambda at ") != std::string_view::npos &&
                                   std::is_class_v<T> && type_name<T>().back() == ')';

// ---- text -----------------------------------------------------------------------------------

inline void write_escaped(std::string& out, std::string_view text, char quote) {
    constexpr const char* digits = "0123456789abcdef";
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (c == quote || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (c == '\r') {
            out += "\\r";
        } else if (code < 0x20 || code == 0x7f) {
            out += "\\x";
            out += digits[code >> 4U];
            out += digits[code & 0xfU];
        } else {
            out += c;
        }
    }
}

inline void write_quoted(std::string& out, std::string_view text) {
    out += '"';
    write_escaped(out, text, '"');
    out += '"';
}

inline void write_code_point(std::string& out, std::uint32_t code) {
    const auto tail = [&](unsigned shift) {
        out += static_cast<char>(0x80U | ((code >> shift) & 0x3fU));
    };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xc0U | (code >> 6U));
        tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xe0U | (code >> 12U));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xf0U | (code >> 18U));
        tail(12);
        tail(6);
        tail(0);
    }
}

// Of char16_t, char32_t and wchar_t.
template <typename Unit>
std::string narrow(const Unit* text, std::size_t size) {
    std::string out;
    for (std::size_t i = 0; i < size; ++i) {
        auto code = static_cast<std::uint32_t>(text[i]);
        if (sizeof(Unit) == 2 && code >= 0xd800 && code < 0xdc00 && i + 1 < size) {
            code = 0x10000 + ((code - 0xd800) << 10U) +
                   (static_cast<std::uint32_t>(text[++i]) - 0xdc00);
        }
        write_code_point(out, code);
    }
    return out;
}

template <typename T>
inline constexpr bool is_wide_unit =
    std::is_same_v<T, wchar_t> || std::is_same_v<T, char16_t> || std::is_same_v<T, char32_t>;

template <typename T>
void write_wide(std::string& out, const T& text) {
    const std::basic_string_view view(text);
    write_quoted(out, narrow(view.data(), view.size()));
}

template <typename T>
inline constexpr bool is_character_array = false;
template <std::size_t size>
inline constexpr bool is_character_array<char[size]> = true;

template <typename T>
inline constexpr bool is_wide_text = std::is_convertible_v<const T&, std::wstring_view> ||
                                     std::is_convertible_v<const T&, std::u16string_view> ||
                                     std::is_convertible_v<const T&, std::u32string_view>;

// ---- numbers --------------------------------------------------------------------------------

template <typename T>
void write_number(std::string& out, T number) {
    char digits[64];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, static_cast<std::size_t>(end - digits));
}

template <typename T>
inline constexpr bool is_large =
    std::is_same_v<T, __int128> || std::is_same_v<T, unsigned __int128>;

template <typename T>
void write_large(std::string& out, T number) {  // __int128
    const bool negative = number < T(0);
    std::string digits;
    do {
        const int digit = static_cast<int>(number % 10);
        digits.insert(digits.begin(), static_cast<char>('0' + (digit < 0 ? -digit : digit)));
        number /= 10;
    } while (number != 0);
    out += (negative ? "-" : "") + digits;
}

inline void write_address(std::string& out, const volatile void* address) {
    char digits[20];
    const auto end =
        std::to_chars(digits, digits + sizeof digits, reinterpret_cast<std::uintptr_t>(address), 16)
            .ptr;
    out += "0x";
    out.append(digits, static_cast<std::size_t>(end - digits));
}

template <typename T>
void write_enumerator(std::string& out, T value) {
    const auto name = type_name<T>();
    const auto number = static_cast<std::underlying_type_t<T>>(value);
    char text[256];
    const std::size_t size = kernelwire_enumerator(
        name.data(), name.size(), static_cast<long long>(number), text, sizeof text);
    if (size > 0) {
        out.append(text, size);
        return;
    }
    out += name;
    out += '(';
    write_number(out, +number);
    out += ')';
}

template <typename T>
void write_arithmetic(std::string& out, T value) {
    if constexpr (std::is_same_v<T, bool>) {
        out += value ? "true" : "false";
    } else if constexpr (std::is_same_v<T, char>) {
        out += '\'';
        write_escaped(out, std::string_view(&value, 1), '\'');
        out += '\'';
    } else if constexpr (is_wide_unit<T>) {
        out += '\'' + narrow(&value, 1) + '\'';
    } else if constexpr (is_large<T>) {
        write_large(out, value);
    } else {
        write_number(out, +value);
    }
}

// ---- everything -----------------------------------------------------------------------------

template <typename T>
void write(std::string& out, T& value, int depth = 0);

template <typename T, std::size_t... indices>
void write_members(std::string& out, T& value, int depth, std::index_sequence<indices...>) {
    using std::get;
    ((out += indices == 0 ? "" : ", ", write(out, get<indices>(value), depth + 1)), ...);
}

template <typename T>
void write_pair(std::string& out, T& entry, int depth) {
    write(out, entry.first, depth + 1);
    out += ": ";
    write(out, entry.second, depth + 1);
}

// What vector<bool> gives is no bool, but becomes one.
template <typename Range, typename T>
void write_element(std::string& out, T& element, int depth) {
    using stored = bare<decltype(*std::begin(std::declval<Range&>()))>;
    if constexpr (std::is_class_v<stored> && std::is_convertible_v<stored, bool> &&
                  can<bare<Range>, flipped>) {
        const bool value = element;
        write(out, value, depth + 1);
    } else {
        write(out, element, depth + 1);
    }
}

template <typename T>
void write_range(std::string& out, T& range, int depth) {
    constexpr bool is_map = can<bare<T>, mapped>;
    constexpr bool is_set = !is_map && can<bare<T>, keyed>;
    out += is_map || is_set ? '{' : '[';
    std::size_t count = 0;
    for (auto&& element : range) {
        if (count > 0) out += ", ";
        if (++count > elements_shown) {
            out += "...";
            break;
        }
        if constexpr (is_map) {
            write_pair(out, element, depth);
        } else {
            write_element<T>(out, element, depth);
        }
    }
    out += is_map || is_set ? '}' : ']';
}

// The container of a stack or queue, which is protected.
template <typename T>
struct Adapted : T {
    static const typename T::container_type& in(const T& adaptor) { return adaptor.*(&Adapted::c); }
};

template <typename T>
void write_pointed(std::string& out, const T& pointer, int depth) {
    using element = typename T::element_type;
    if (!pointer) {
        out += "nullptr";
        return;
    }
    write_address(out, pointer.get());
    if constexpr (!std::is_void_v<element> && !std::is_array_v<typename T::element_type> &&
                  can<decltype(pointer), dereferenced>) {
        out += " -> ";
        write(out, *pointer.get(), depth + 1);
    }
}

template <typename T>
void write_streamed(std::string& out, const T& value) {
    std::ostringstream stream;
    stream << std::boolalpha << value;
    out += stream.str();
}

template <typename T>
void write_object(std::string& out, T& value, int depth) {
    using type = bare<T>;
    if constexpr (is_closure<type>) {
        out += type_name<type>();
    } else if constexpr (can<type, pointing>) {
        write_pointed(out, value, depth);
    } else if constexpr (can<type, streamed>) {
        write_streamed(out, value);
    } else if constexpr (can<type, iterated>) {
        write_range(out, value, depth);
    } else if constexpr (can<type, sized_tuple>) {
        out += '(';
        write_members(out, value, depth, std::make_index_sequence<std::tuple_size<type>::value>());
        out += ')';
    } else if constexpr (can<type, optional_like>) {
        if (value.has_value()) {
            write(out, *value, depth + 1);
        } else {
            out += "nullopt";
        }
    } else if constexpr (can<type, variant_like>) {
        if (value.valueless_by_exception()) {
            out += "valueless";
        } else {
            visit([&](auto& held) { write(out, held, depth + 1); }, value);
        }
    } else if constexpr (can<type, observing>) {
        const auto held = value.lock();
        write_pointed(out, held, depth);
    } else if constexpr (can<type, any_like>) {
        out += value.has_value() ? "any" : "empty any";
    } else if constexpr (can<type, adapting>) {
        const auto& container = Adapted<type>::in(value);
        write_range(out, container, depth);
    } else {
        out += type_name<type>();
        out += " at ";
        write_address(out, &reinterpret_cast<const volatile char&>(value));
    }
}

template <typename T>
void write(std::string& out, T& value, int depth) {
    using type = bare<T>;
    if (depth > depth_shown) {
        out += "...";
    } else if constexpr (std::is_same_v<type, std::nullptr_t>) {
        out += "nullptr";
    } else if constexpr (std::is_arithmetic_v<type> || std::is_integral_v<type> || is_large<type>) {
        write_arithmetic<type>(out, value);
    } else if constexpr (std::is_enum_v<type>) {
        if constexpr (can<type, streamed> && !std::is_convertible_v<type, long long>) {
            write_streamed(out, value);
        } else if constexpr (std::is_same_v<type, std::byte>) {
            write_address(out, reinterpret_cast<const void*>(static_cast<std::uintptr_t>(value)));
        } else {
            write_enumerator<type>(out, value);
        }
    } else if constexpr (std::is_function_v<std::remove_reference_t<T>>) {
        out += type_name<std::remove_reference_t<T>>();
        out += " at ";
        write_address(out, reinterpret_cast<const void*>(&value));
    } else if constexpr (std::is_pointer_v<type>) {
        using target = std::remove_cv_t<std::remove_pointer_t<type>>;
        if (value == nullptr) {
            out += "nullptr";
        } else if constexpr (std::is_same_v<target, char>) {
            write_quoted(out, value);
        } else if constexpr (is_wide_unit<target>) {
            write_wide(out, value);
        } else if constexpr (std::is_function_v<target>) {
            write_address(out, reinterpret_cast<const void*>(value));
        } else {
            write_address(out, value);
        }
    } else if constexpr (is_character_array<type>) {
        const std::string_view text(value, std::size(value));  // which may lack its null character
        write_quoted(out, text.substr(0, text.find('\0')));
    } else if constexpr (std::is_convertible_v<const type&, std::string_view>) {
        write_quoted(out, value);
    } else if constexpr (is_wide_text<type>) {
        write_wide(out, value);
    } else if constexpr (std::is_array_v<type>) {
        write_range(out, value, depth);
    } else if constexpr (std::is_class_v<type> || std::is_union_v<type>) {
        write_object(out, value, depth);
    } else {
        out += type_name<type>();  // a pointer to a member
    }
}

// ---- tables ---------------------------------------------------------------------------------

template <typename T>
using element_of = bare<decltype(*std::begin(std::declval<T&>()))>;

template <typename T>
inline constexpr bool is_text =
    std::is_convertible_v<const T&, std::string_view> || is_wide_text<T>;

template <typename T, bool = can<T, iterated> && !is_text<T>>
inline constexpr bool has_rows = false;
template <typename T>
inline constexpr bool has_rows<T, true> =
    !can<T, mapped> && !can<T, streamed> && !is_text<element_of<T>> &&
    !can<element_of<T>, streamed> &&
    ((can<element_of<T>, iterated> && !can<element_of<T>, mapped>) ||
     can<element_of<T>, sized_tuple>);

template <typename T>
void write_cell(std::string& out, T& value) {
    std::string text;
    if constexpr (is_text<bare<T>> && std::is_convertible_v<const T&, std::string_view>) {
        text = std::string_view(value);
    } else {
        write(text, value);
    }
    out += "<td>";
    for (const char c : text) {
        if (c == '<') {
            out += "&lt;";
        } else if (c == '&') {
            out += "&amp;";
        } else {
            out += c;
        }
    }
    out += "</td>";
}

template <typename T, std::size_t... indices>
void write_cells(std::string& out, T& row, std::index_sequence<indices...>) {
    using std::get;
    (write_cell(out, get<indices>(row)), ...);
}

template <typename T>
void write_row(std::string& out, T& row) {
    if constexpr (can<bare<T>, iterated>) {
        std::size_t count = 0;
        for (auto&& value : row) {
            if (++count > elements_shown) {
                out += "<td>...</td>";
                break;
            }
            write_cell(out, value);
        }
    } else {
        write_cells(out, row, std::make_index_sequence<std::tuple_size<bare<T>>::value>());
    }
}

template <typename T>
std::string table(T& rows) {
    std::string out = "<table>";
    std::size_t count = 0;
    for (auto&& row : rows) {
        if (++count > rows_shown) {
            out += "<tr><td>...</td></tr>";
            break;
        }
        out += "<tr>";
        write_row(out, row);
        out += "</tr>";
    }
    return out + "</table>";
}

// ---- the value of a cell --------------------------------------------------------------------

// Behind a comma this is the value itself, and the whole where the value is void.
struct End {};

template <typename T>
T&& operator,(T&& value, End) {
    return static_cast<T&&>(value);
}

inline void give(std::string_view type, std::string_view data, bool json = false) {
    kernelwire_show_value(type.data(), type.size(), data.data(), data.size(), json);
}

// What mime_bundle_repr() returns: text, a JSON library's value, or a map of texts.
template <typename T>
void give_bundle(const T& bundle) {
    if constexpr (std::is_convertible_v<const T&, std::string_view>) {
        const std::string_view text(bundle);
        kernelwire_show_bundle(text.data(), text.size());
    } else if constexpr (can<T, dumped>) {
        const std::string text(bundle.dump());
        kernelwire_show_bundle(text.data(), text.size());
    } else {
        for (const auto& [type, data] : bundle) give(type, data);
    }
}

inline void show(End) {}

template <typename T>
void show(T&& value) {
    using type = bare<T>;
    if constexpr (can<type, represented>) {
        give_bundle(mime_bundle_repr(value));
    } else if constexpr (!std::is_base_of_v<std::ios_base, type>) {
        std::string text;
        write(text, value);
        give("text/plain", text);
        if constexpr (has_rows<type>) give("text/html", table(value));
    }
}

}  // namespace kernelwire_values
