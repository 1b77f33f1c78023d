// Layer 0, private. Depends on: json.hpp, utf8.hpp.
#include "json_members.hpp"

#include <algorithm>

#include <kernelwire/json.hpp>

#include "utf8.hpp"

namespace kernelwire {
namespace {

// The number that four hex digits at the start of `text` make, or -1.
int read_hex4(Bytes text) noexcept {
    if (text.size() < 4) return -1;
    int value = 0;
    for (const char c : text.substr(0, 4)) {
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

struct Escape {
    std::size_t length;  // of its text; 0 where it is none
    int code_point;
};

// Reads the escape at the start of `text`, which begins with a backslash. A code point beyond the
// basic plane is written as two surrogates; one without the other is refused.
Escape read_escape(Bytes text) noexcept {
    constexpr Escape none{0, 0};
    switch (text.size() > 1 ? text[1] : '\0') {
        case '"': return {2, '"'};
        case '\\': return {2, '\\'};
        case '/': return {2, '/'};
        case 'b': return {2, '\b'};
        case 'f': return {2, '\f'};
        case 'n': return {2, '\n'};
        case 'r': return {2, '\r'};
        case 't': return {2, '\t'};
        case 'u': break;
        default: return none;
    }
    const int unit = read_hex4(text.substr(2));
    if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) return none;
    if (unit < 0xD800 || unit > 0xDFFF) return {6, unit};
    const bool paired = text.size() >= 12 && text[6] == '\\' && text[7] == 'u';
    const int low = paired ? read_hex4(text.substr(8)) : -1;
    if (low < 0xDC00 || low > 0xDFFF) return none;
    return {12, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)};
}

void append_utf8(std::string& out, int code_point) {
    const auto continuation = [code_point](int shift) {
        return static_cast<char>(0x80 | (code_point >> shift & 0x3F));
    };
    if (code_point < 0x80) {
        out += static_cast<char>(code_point);
        return;
    }
    if (code_point < 0x800) {
        out += static_cast<char>(0xC0 | code_point >> 6);
    } else {
        if (code_point < 0x10000) {
            out += static_cast<char>(0xE0 | code_point >> 12);
        } else {
            out += static_cast<char>(0xF0 | code_point >> 18);
            out += continuation(12);
        }
        out += continuation(6);
    }
    out += continuation(0);
}

// What stands between the quotes of a string that was checked.
std::string unescape(Bytes text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = text.find('\\'); at != Bytes::npos; at = text.find('\\')) {
        out += text.substr(0, at);
        const Escape escape = read_escape(text.substr(at));
        append_utf8(out, escape.code_point);
        text.remove_prefix(at + escape.length);
    }
    out += text;
    return out;
}

// Walks over JSON and checks it. Each method but space() and peek() returns whether it found what
// it is named for, and then stands behind it.
class Scanner {
public:
    explicit Scanner(Bytes text) noexcept : text_(text) {}

    [[nodiscard]] std::size_t at() const noexcept { return at_; }
    [[nodiscard]] bool at_end() const noexcept { return at_ == text_.size(); }
    [[nodiscard]] std::size_t deepest() const noexcept { return deepest_; }

    void space() noexcept {
        while (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t') ++at_;
    }

    bool take(char c) noexcept {
        if (peek() != c) return false;
        ++at_;
        return true;
    }

    bool string() noexcept {
        if (!take('"')) return false;
        while (true) {
            at_ += plain_prefix(rest());
            if (take('"')) return true;
            if (at_end()) return false;
            const auto c = static_cast<unsigned char>(peek());
            const std::size_t length = c == '\\'   ? read_escape(rest()).length
                                       : c >= 0x80 ? utf8_length(rest())
                                       : c == 0x7f ? 1
                                                   : 0;
            if (length == 0) return false;
            at_ += length;
        }
    }

    // Nothing recurses: `open_` has a bracket for each that is not closed yet.
    bool value() {
        while (true) {
            space();
            const char bracket = peek();
            if (take('{') || take('[')) {
                open_ += bracket;
                deepest_ = std::max(deepest_, open_.size());
                space();
                if (peek() != closing()) {
                    if (bracket == '{' && !name()) return false;
                    continue;
                }
            } else if (!scalar()) {
                return false;
            }
            if (!leave()) return false;
            if (open_.empty()) return true;
        }
    }

    bool name() noexcept {
        space();
        if (!string()) return false;
        space();
        return take(':');
    }

private:
    [[nodiscard]] Bytes rest() const noexcept { return text_.substr(at_); }
    [[nodiscard]] char peek() const noexcept { return at_end() ? '\0' : text_[at_]; }
    [[nodiscard]] char closing() const noexcept { return open_.back() == '{' ? '}' : ']'; }

    // From behind a value to where the next one begins, or to the end of the outermost.
    bool leave() {
        while (!open_.empty()) {
            space();
            if (take(',')) return open_.back() == '[' || name();
            if (!take(closing())) return false;
            open_.pop_back();
        }
        return true;
    }

    bool scalar() {
        switch (peek()) {
            case '"': return string();
            case 't': return word("true");
            case 'f': return word("false");
            case 'n': return word("null");
            default: return number();
        }
    }

    bool word(Bytes wanted) noexcept {
        if (rest().substr(0, wanted.size()) != wanted) return false;
        at_ += wanted.size();
        return true;
    }

    bool digits() noexcept {
        const std::size_t begin = at_;
        while (peek() >= '0' && peek() <= '9') ++at_;
        return at_ > begin;
    }

    // What is too large for a double, others refuse, or read as no number at all.
    bool number() {
        constexpr std::size_t surely_finite = 300;  // digits, without an exponent
        const std::size_t begin = at_;
        take('-');
        if (!take('0') && !digits()) return false;
        if (take('.') && !digits()) return false;
        if (!take('e') && !take('E')) {
            if (at_ - begin < surely_finite) return true;
        } else {
            if (!take('+')) take('-');
            if (!digits()) return false;
        }
        return Json::accept(text_.substr(begin, at_ - begin));
    }

    Bytes text_;
    std::size_t at_ = 0;
    std::string open_;
    std::size_t deepest_ = 0;
};

}  // namespace

std::optional<JsonMembers> JsonMembers::read(Bytes text) {
    JsonMembers out;
    Scanner scanner(text);
    const auto from = [&](std::size_t begin) { return text.substr(begin, scanner.at() - begin); };

    scanner.space();
    if (!scanner.take('{')) return std::nullopt;
    scanner.space();
    bool more = !scanner.take('}');
    if (more) out.members_.reserve(8);  // what headers and most contents have
    while (more) {
        Member member;
        scanner.space();
        const std::size_t name = scanner.at() + 1;
        if (!scanner.string()) return std::nullopt;
        member.name = from(name);
        member.name.remove_suffix(1);
        scanner.space();
        if (!scanner.take(':')) return std::nullopt;
        scanner.space();
        const std::size_t value = scanner.at();
        if (!scanner.value()) return std::nullopt;
        member.value = from(value);
        out.members_.push_back(member);
        scanner.space();
        more = scanner.take(',');
        if (!more && !scanner.take('}')) return std::nullopt;
    }
    scanner.space();
    if (!scanner.at_end()) return std::nullopt;
    out.depth_ = scanner.deepest() + 1;
    return out;
}

Bytes JsonMembers::find(Bytes name) const {
    const auto named = [name](const Member& member) {
        const bool escaped = member.name.find('\\') != Bytes::npos;
        return escaped ? unescape(member.name) == name : member.name == name;
    };
    const auto found = std::find_if(members_.rbegin(), members_.rend(), named);
    return found == members_.rend() ? Bytes() : found->value;
}

std::string read_json_string(Bytes value) {
    return unescape(value.substr(1, value.size() - 2));
}

}  // namespace kernelwire
