#include "segments.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "tokens.hpp"

namespace kernelwire::clang {
namespace {

template <std::size_t size>
bool among(std::string_view word, const std::array<std::string_view, size>& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 10> control_words{
    "if", "for", "while", "do", "switch", "try", "throw", "{", "co_await", "delete"};

constexpr std::array<std::string_view, 17> value_types{
    "int",      "char",     "bool",     "float",   "double",  "long",
    "short",    "unsigned", "signed",   "wchar_t", "char8_t", "char16_t",
    "char32_t", "decltype", "typename", "auto",    "void"};

constexpr std::array<std::string_view, 27> declaration_words{
    "const",   "constexpr",     "consteval",     "constinit", "static",  "inline",   "using",
    "typedef", "struct",        "class",         "enum",      "union",   "template", "namespace",
    "extern",  "thread_local",  "volatile",      "explicit",  "concept", "friend",   "virtual",
    "asm",     "static_assert", "__attribute__", "alignas",   "export",  "import"};

constexpr std::array<std::string_view, 6> top_words{"template", "namespace", "using",
                                                    "extern",   "inline",    "typedef"};

constexpr std::array<std::string_view, 8> before_body{"const", "noexcept", "override", "final",
                                                      "&",     "&&",       "try",      "mutable"};

constexpr std::array<std::string_view, 7> before_control_body{")",   "]", "else",     "do",
                                                              "try", ":", "consteval"};

class Splitter {
public:
    Splitter(std::string_view code, std::vector<Token> tokens)
        : code_(code), tokens_(std::move(tokens)) {}

    std::vector<Segment> split() {
        while (next_ < tokens_.size()) {
            if (is_directive(next_)) {
                directive();
            } else if (text(next_) == ";") {
                ++next_;
            } else {
                piece();
            }
        }
        if (about_next_) add(Segment::Kind::directive, *about_next_);
        take_comments();
        return std::move(segments_);
    }

private:
    [[nodiscard]] std::string_view text(std::size_t index) const {
        return index < tokens_.size() ? tokens_[index].text : std::string_view();
    }
    [[nodiscard]] bool is_word(std::size_t index) const {
        return index < tokens_.size() && tokens_[index].kind == Token::Kind::word;
    }
    [[nodiscard]] bool is_directive(std::size_t index) const {
        return text(index) == "#" && tokens_[index].starts_line;
    }

    // A conditional is one segment down to its #endif, whatever stands within.
    void directive() {
        const std::size_t first = next_;
        const std::string_view name = text(first + 1);
        int depth = 0;
        do {
            if (is_directive(next_)) {
                const auto word = text(next_ + 1);
                if (word == "if" || word == "ifdef" || word == "ifndef") ++depth;
                if (word == "endif") --depth;
            }
            ++next_;
            while (next_ < tokens_.size() && !tokens_[next_].starts_line) ++next_;
        } while (depth > 0 && next_ < tokens_.size());
        if (name == "pragma" && is_about_statement(text(first + 2))) {
            about_next_ = first;
            return;
        }
        Segment::Kind kind = Segment::Kind::directive;
        if (name == "include" || name == "import" || name == "include_next") {
            kind = Segment::Kind::include;
        } else if (name == "pragma" &&
                   (text(first + 2) == "kernelwire" || text(first + 2) == "cling")) {
            kind = Segment::Kind::pragma;
        }
        add(kind, first);
    }

    static bool is_about_statement(std::string_view word) {
        return word == "omp" || word == "unroll" || word == "clang" || word == "GCC";
    }

    // What stands before a declaration is its documentation.
    void take_comments() {
        std::size_t end = 0;
        for (auto& segment : segments_) {
            if (segment.kind == Segment::Kind::declaration) {
                segment.begin = std::min(segment.begin, code_.find_first_not_of(" \t\r\n;", end));
            }
            end = segment.end;
        }
    }

    void add(Segment::Kind kind, std::size_t first) {
        segments_.push_back({kind, tokens_[first].begin, tokens_[next_ - 1].end});
    }

    // What is known of the declaration or statement that is being read.
    struct Piece {
        std::size_t first = 0;
        std::string_view head;
        std::vector<std::size_t> open;      // brackets, by their index
        std::optional<std::size_t> closed;  // what the last `)` closes
        bool assigned = false;
        bool arrow = false;
        bool initialisers = false;    // of a constructor, behind its colon
        bool lambda = false;          // anywhere
        bool lambda_outside = false;  // not in brackets
        bool local_type = false;
        bool body = false;          // of a function: its `}` ends the piece
        bool control_body = false;  // the same of a control statement, or a part of one
        bool names_type = false;
        bool block = false;  // a namespace, or extern "C" {}
        int pending_do = 0;
    };

    void piece() {
        Piece piece;
        piece.first = next_;
        piece.head = text(next_);
        piece.names_type = is_type_word(piece.head) || piece.head == "using" ||
                           piece.head == "typedef" || piece.head == "concept";
        bool ended = false;
        while (next_ < tokens_.size() && !ended) {
            ended = consume(piece, next_);
            ++next_;
        }
        const auto kind = kind_of(piece, ended);
        if (about_next_ && kind != Segment::Kind::statement) {
            segments_.push_back({Segment::Kind::directive, tokens_[*about_next_].begin,
                                 tokens_[piece.first - 1].end});
            about_next_.reset();
        }
        add(kind, about_next_.value_or(piece.first));
        about_next_.reset();
        segments_.back().at_top =
            piece.body || piece.names_type || piece.block || among(piece.head, top_words);
    }

    static bool is_type_word(std::string_view word) {
        return word == "struct" || word == "class" || word == "union" || word == "enum";
    }
    [[nodiscard]] static bool is_control(const Piece& piece) {
        return among(piece.head, control_words) && piece.head != "delete" &&
               piece.head != "co_await";
    }

    // Takes in one token. Returns whether the piece ends with it.
    bool consume(Piece& piece, std::size_t index) {
        const std::string_view word = text(index);
        const bool outside = piece.open.empty();
        if (word == "(") {
            piece.open.push_back(index);
        } else if (word == ")") {
            piece.closed = close(piece);
        } else if (word == "[") {
            if (begins_lambda(piece, index)) {
                piece.lambda = true;
                piece.lambda_outside |= outside;
            }
            piece.open.push_back(index);
        } else if (word == "]") {
            close(piece);
        } else if (word == "{") {
            if (outside) piece.body = begins_body(piece, index);
            if (outside) piece.control_body = begins_control_body(piece, index);
            piece.open.push_back(index);
        } else if (word == "}") {
            close(piece);
            return piece.open.empty() && ends_at_brace(piece, index);
        } else if (outside) {
            return consume_outside(piece, index);
        } else if ((word == "struct" || word == "class") && !piece.names_type) {
            piece.local_type = true;
        }
        return false;
    }

    bool consume_outside(Piece& piece, std::size_t index) {
        const std::string_view word = text(index);
        if (word == "=") {
            piece.assigned = true;
        } else if (word == "->") {
            piece.arrow = true;
        } else if (word == ":") {
            piece.initialisers = index > piece.first && text(index - 1) == ")";
        } else if (word == "do") {
            ++piece.pending_do;
        } else if (word == "namespace" && piece.head != "using" && !piece.assigned) {
            piece.block = true;
        } else if (is_type_word(word) || word == "concept") {
            const auto before = index > piece.first ? text(index - 1) : std::string_view();
            piece.names_type |= piece.head == "template" && before != "<" && before != ",";
        } else if (word == ";") {
            piece.lambda_outside = false;
            return ends_statement(piece, index);
        }
        return false;
    }

    static std::optional<std::size_t> close(Piece& piece) {
        if (piece.open.empty()) return std::nullopt;
        const std::size_t index = piece.open.back();
        piece.open.pop_back();
        return index;
    }

    // A subscript follows a name or a closing bracket; attributes have two brackets.
    [[nodiscard]] bool begins_lambda(const Piece& piece, std::size_t index) const {
        if (text(index + 1) == "[") return false;
        if (index == piece.first) return true;
        const Token& before = tokens_[index - 1];
        if (before.text == "[") return false;
        if (before.kind == Token::Kind::word) {
            return before.text == "return" || before.text == "co_return" ||
                   before.text == "co_yield";
        }
        return before.kind != Token::Kind::literal && before.text != ")" && before.text != "]" &&
               before.text != "}" && before.text != ">";
    }

    [[nodiscard]] bool begins_body(const Piece& piece, std::size_t index) const {
        if (piece.names_type || piece.assigned || piece.lambda_outside || index == piece.first) {
            return false;
        }
        const std::string_view before = text(index - 1);
        if (piece.initialisers) return before == ")" || before == "}" || before == "...";
        if (before == ")" && piece.closed && *piece.closed > piece.first &&
            text(*piece.closed - 1) == "requires") {
            return false;  // the parameters of a requires-expression
        }
        return before == ")" || piece.arrow || among(before, before_body);
    }

    // In `if (a) b = C{};` and `if (a) f = [] {};` the brace belongs to a value.
    [[nodiscard]] bool begins_control_body(const Piece& piece, std::size_t index) const {
        if (index == piece.first) return true;
        return !piece.lambda_outside && among(text(index - 1), before_control_body);
    }

    [[nodiscard]] bool ends_at_brace(Piece& piece, std::size_t index) const {
        if (piece.block) return true;
        if (piece.head == "extern" && piece.first + 1 < tokens_.size() &&
            tokens_[piece.first + 1].kind == Token::Kind::literal) {
            return true;
        }
        if (is_control(piece)) return piece.control_body && ends_statement(piece, index);
        return piece.body && text(index + 1) != "catch";
    }

    [[nodiscard]] bool ends_statement(Piece& piece, std::size_t index) const {
        if (!is_control(piece)) return true;
        const std::string_view following = text(index + 1);
        if (piece.pending_do > 0) {
            if (following == "while") --piece.pending_do;
            return false;
        }
        if (following == "else" || following == "catch") return false;
        return text(index) == ";" || piece.head != "throw";
    }

    [[nodiscard]] Segment::Kind kind_of(const Piece& piece, bool ended) const {
        if (is_control(piece)) return Segment::Kind::statement;
        if (!ended) {
            return may_be_expression(piece) ? Segment::Kind::expression
                                            : Segment::Kind::declaration;
        }
        const bool declares = among(piece.head, declaration_words) ||
                              among(piece.head, value_types) || names_object(piece);
        const bool needs_function = piece.lambda || piece.local_type;
        return needs_function && !declares ? Segment::Kind::statement : Segment::Kind::declaration;
    }

    [[nodiscard]] bool may_be_expression(const Piece& piece) const {
        if (among(piece.head, declaration_words)) return false;
        if (piece.body || piece.names_type || piece.block) return false;
        if (!among(piece.head, value_types)) return true;
        const auto following = text(piece.first + 1);  // int(3.5), but not int x
        return piece.head == "typename" || following == "(" || following == "{";
    }

    // Whether this begins as `a::b<c> d` does, and so declares d.
    [[nodiscard]] bool names_object(const Piece& piece) const {
        std::size_t index = piece.first;
        bool named = false;
        while (index < next_) {
            if (text(index) == "::") {
                named = false;
                ++index;
            } else if (is_word(index) && !named) {
                named = true;
                ++index;
            } else if (text(index) == "<" && named) {
                index = behind_angles(index);
            } else {
                break;
            }
        }
        if (!named) return false;
        while (text(index) == "*" || text(index) == "&" || text(index) == "&&") {
            if (!is_word(index + 1)) return false;
            const auto behind = text(index + 2);
            if (behind != "=" && behind != "{" && behind != "(") return false;
            ++index;
        }
        return is_word(index);
    }

    [[nodiscard]] std::size_t behind_angles(std::size_t index) const {
        int depth = 0;
        do {
            if (text(index) == "<") ++depth;
            if (text(index) == ">") --depth;
            if (text(index) == ">>") depth -= 2;
            ++index;
        } while (depth > 0 && index < next_);
        return index;
    }

    std::string_view code_;
    std::vector<Token> tokens_;
    std::size_t next_ = 0;
    std::optional<std::size_t> about_next_;  // a pragma that belongs to the statement behind it
    std::vector<Segment> segments_;
};

}  // namespace

std::vector<Segment> split_cell(std::string_view code, const ::clang::LangOptions& language) {
    return Splitter(code, tokens(code, language)).split();
}

std::string located(std::string_view code, const Segment& segment, std::string_view cell) {
    const std::string_view before = code.substr(0, segment.begin);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto newline = before.rfind('\n');
    const std::size_t column =
        newline == std::string_view::npos ? before.size() : before.size() - newline - 1;
    std::string text = "\n#line " + std::to_string(line) + " \"" + std::string(cell) + "\"\n";
    text.append(column, ' ');
    text += code.substr(segment.begin, segment.end - segment.begin);
    text += '\n';
    return text;
}

std::string only(std::string_view code, const std::vector<Segment>& segments) {
    std::string text(code);
    std::size_t kept = 0;
    const auto blank_until = [&](std::size_t end) {
        for (; kept < end; ++kept) {
            if (text[kept] != '\n') text[kept] = ' ';
        }
    };
    for (const auto& segment : segments) {
        blank_until(segment.begin);
        kept = std::max(kept, segment.end);
    }
    blank_until(text.size());
    text.erase(text.find_last_not_of(" \n") + 1);
    return text;
}

}  // namespace kernelwire::clang
