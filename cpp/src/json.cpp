#include <kernelwire/json.hpp>

#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace kernelwire {
namespace {

constexpr Bytes replacement = "\xEF\xBF\xBD";  // U+FFFD in UTF-8

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

bool continues(Bytes text, std::size_t at, unsigned char low, unsigned char high) noexcept {
    if (at >= text.size()) return false;
    const auto c = static_cast<unsigned char>(text[at]);
    return c >= low && c <= high;
}

// The length of the well-formed UTF-8 sequence at the start of `text`, which is not ASCII; 0 where
// there is none (Unicode 15, table 3-7).
std::size_t sequence_length(Bytes text) noexcept {
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead >= 0xC2 && lead <= 0xDF) return continues(text, 1, 0x80, 0xBF) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const unsigned char low = lead == 0xE0 ? 0xA0 : 0x80;
        const unsigned char high = lead == 0xED ? 0x9F : 0xBF;
        return continues(text, 1, low, high) && continues(text, 2, 0x80, 0xBF) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const unsigned char low = lead == 0xF0 ? 0x90 : 0x80;
        const unsigned char high = lead == 0xF4 ? 0x8F : 0xBF;
        const bool whole = continues(text, 1, low, high) && continues(text, 2, 0x80, 0xBF) &&
                           continues(text, 3, 0x80, 0xBF);
        return whole ? 4 : 0;
    }
    return 0;
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

// Reads string members of the outermost object, and skips everything else.
class StringReader {
public:
    StringReader(JsonStrings wanted, std::size_t depth_limit) noexcept
        : wanted_(wanted), depth_limit_(depth_limit) {}

    bool start_object(std::size_t) {
        if (depth_ == 0) object_ = true;
        return enter();
    }
    bool end_object() { return leave(); }
    bool start_array(std::size_t) { return enter(); }
    bool end_array() { return leave(); }
    bool key(Json::string_t& name) {
        target_ = nullptr;
        if (depth_ != 1) return true;
        for (const auto& [wanted, target] : wanted_) {
            if (wanted == name) target_ = target;
        }
        return true;
    }
    bool string(Json::string_t& text) {
        if (target_ != nullptr) *target_ = std::move(text);
        target_ = nullptr;
        return true;
    }
    bool null() { return scalar(); }
    bool boolean(bool) { return scalar(); }
    bool number_integer(Json::number_integer_t) { return scalar(); }
    bool number_unsigned(Json::number_unsigned_t) { return scalar(); }
    bool number_float(Json::number_float_t, const Json::string_t&) { return scalar(); }
    bool binary(Json::binary_t&) { return false; }
    bool parse_error(std::size_t, const std::string&, const Json::exception&) { return false; }

    [[nodiscard]] bool object() const noexcept { return object_; }

private:
    bool enter() {
        target_ = nullptr;
        return ++depth_ <= depth_limit_;
    }
    bool leave() {
        --depth_;
        return true;
    }
    bool scalar() {
        target_ = nullptr;
        return true;
    }

    JsonStrings wanted_;
    std::size_t depth_limit_;
    std::size_t depth_ = 0;
    std::string* target_ = nullptr;
    bool object_ = false;
};

}  // namespace

std::optional<Json> read_json(Bytes text) {
    if (depth_of(text) > json_depth_limit) return std::nullopt;
    Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (value.is_discarded()) return std::nullopt;
    return value;
}

bool read_json_strings(Bytes text, JsonStrings wanted, std::size_t depth_limit) {
    StringReader reader(wanted, depth_limit);
    return Json::sax_parse(text, &reader) && reader.object();
}

std::string write_json(const Json& value, Bytes name) {
    check_writable(value, name, 0);
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
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
        const std::size_t length = c == 0x7f ? 1 : c < 0x80 ? 0 : sequence_length(text.substr(i));
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
