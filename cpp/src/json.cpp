#include <kernelwire/json.hpp>

#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "json_members.hpp"
#include "utf8.hpp"

namespace kernelwire {
namespace {

constexpr Bytes replacement = "\xEF\xBF\xBD";      // U+FFFD in UTF-8
constexpr Bytes byte_order_mark = "\xEF\xBB\xBF";  // U+FEFF

// Whether a JSON string holds this byte as it is, by itself.
bool is_plain(char c) noexcept {
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

template <class Word>
Word load(const char* data) noexcept {
    Word word;
    std::memcpy(&word, data, sizeof word);
    return word;
}

// Whether each of eight bytes is_plain().
bool all_plain(std::uint64_t x) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101;
    const auto has_zero = [](std::uint64_t y) { return (y - ones) & ~y; };
    const std::uint64_t control = (x - ones * 0x20) & ~x;
    const std::uint64_t odd =
        x | (x + ones) | control | has_zero(x ^ ones * '"') | has_zero(x ^ ones * '\\');
    return (odd & 0x80 * ones) == 0;
}

// Walks over the plain bytes at the beginning of `text`, calls each(at, word) for words of some of
// them, which may overlap, and returns how many they are.
template <class Each>
std::size_t walk_plain(Bytes text, Each each) noexcept {
    const char* const data = text.data();
    const std::size_t size = text.size();
    std::size_t i = 0;
    for (; size - i >= 8; i += 8) {
        const auto word = load<std::uint64_t>(data + i);
        if (!all_plain(word)) break;
        each(i, word);
    }
    // A rest is looked at in one go as well, together with what was plain before it.
    if (size - i < 8 && size >= 8) {
        const auto word = load<std::uint64_t>(data + size - 8);
        if (all_plain(word)) {
            each(size - 8, word);
            return size;
        }
    } else if (size < 8 && size >= 4) {
        const auto first = load<std::uint32_t>(data);
        const auto last = load<std::uint32_t>(data + size - 4);
        if (all_plain(first | std::uint64_t{last} << 32)) {
            each(0, first);
            each(size - 4, last);
            return size;
        }
    }
    for (; i < size && is_plain(data[i]); ++i) each(i, data[i]);
    return i;
}

// The deepest nesting of brackets outside strings; enough to guard a parser that checks the rest.
std::size_t depth_of(Bytes text) noexcept {
    std::size_t depth = 0;
    std::size_t deepest = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c == '\\') {
                ++i;
            } else if (c == '"') {
                quoted = false;
            }
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > deepest) deepest = depth;
        } else if ((c == '}' || c == ']') && depth > 0) {
            --depth;
        }
    }
    return deepest;
}

void append_escape(std::string& out, unsigned char c) {
    constexpr char digits[] = "0123456789abcdef";
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        case '\b': out += "\\b"; return;
        case '\f': out += "\\f"; return;
        default: break;
    }
    if (c >= 0x80) {  // a byte that no valid sequence has here
        out += replacement;
        return;
    }
    out += "\\u00";
    out += digits[c >> 4];
    out += digits[c & 15];
}

// Writers recurse, so a value that nests without an end would end the process.
void check_writable(const Json& value, Bytes name, std::size_t depth) {
    const auto refuse = [&](const std::string& why) {
        throw std::invalid_argument("`" + std::string(name) + "` " + why +
                                    ", and cannot be sent as JSON");
    };
    if (value.is_discarded()) refuse("holds what was no JSON when it was parsed");
    if (!value.is_structured()) return;
    if (++depth > json_depth_limit) {
        refuse("nests deeper than " + std::to_string(json_depth_limit) + " levels");
    }
    for (const Json& member : value) check_writable(member, name, depth);
}

// nlohmann's dump() would do, but costs as much as a hundred bytes of text before it writes one.
void append_json(std::string& out, const Json& value) {
    const char* separator = "";
    switch (value.type()) {
        case Json::value_t::object:
            out += '{';
            for (const auto& [name, member] : value.get_ref<const Json::object_t&>()) {
                out += separator;
                append_json_string(out, name);
                out += ':';
                append_json(out, member);
                separator = ",";
            }
            out += '}';
            return;
        case Json::value_t::array:
            out += '[';
            for (const Json& element : value) {
                out += separator;
                append_json(out, element);
                separator = ",";
            }
            out += ']';
            return;
        case Json::value_t::string:
            append_json_string(out, value.get_ref<const Json::string_t&>());
            return;
        case Json::value_t::number_integer:
            out += std::to_string(value.get<std::int64_t>());
            return;
        case Json::value_t::number_unsigned:
            out += std::to_string(value.get<std::uint64_t>());
            return;
        default: out += value.dump(); return;
    }
}

}  // namespace

std::optional<Json> read_json(Bytes text) {
    // RFC 8259, section 8.1: nobody may add a byte order mark, which nlohmann's parser would skip.
    if (text.substr(0, byte_order_mark.size()) == byte_order_mark) return std::nullopt;
    if (depth_of(text) > json_depth_limit) return std::nullopt;
    Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (value.is_discarded()) return std::nullopt;
    return value;
}

bool read_json_strings(Bytes text, JsonStrings wanted, std::size_t depth_limit) {
    const std::optional<JsonMembers> members = JsonMembers::read(text);
    if (!members || members->depth() > depth_limit) return false;
    for (const auto& [name, target] : wanted) {
        const Bytes value = members->find(name);
        if (is_json_string(value)) *target = read_json_string(value);
    }
    return true;
}

std::string write_json(const Json& value, Bytes name) {
    check_writable(value, name, 0);
    std::string out;
    append_json(out, value);
    return out;
}

std::size_t plain_prefix(Bytes text) noexcept {
    return walk_plain(text, [](std::size_t /*at*/, auto /*word*/) {});
}

std::size_t copy_plain(Bytes text, char* out) noexcept {
    return walk_plain(
        text, [out](std::size_t at, auto word) { std::memcpy(out + at, &word, sizeof word); });
}

void append_json_string(std::string& out, Bytes text) {
    out += '"';
    std::size_t begin = 0;
    std::size_t i = 0;
    while (true) {
        i += plain_prefix(text.substr(i));
        if (i == text.size()) break;
        const auto c = static_cast<unsigned char>(text[i]);
        const std::size_t length = c == 0x7f ? 1 : c < 0x80 ? 0 : utf8_length(text.substr(i));
        if (length > 0) {
            i += length;
            continue;
        }
        out.append(text, begin, i - begin);
        append_escape(out, c);
        begin = ++i;
    }
    out.append(text, begin, i - begin);
    out += '"';
}

std::string json_string(Bytes text) {
    std::string out;
    out.reserve(text.size() + 2);
    append_json_string(out, text);
    return out;
}

}  // namespace kernelwire
