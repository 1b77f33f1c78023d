#include "magic.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace kernelwire::cpp {
namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

// The first word, and what follows it.
Magic named(std::string_view text) {
    const auto end = std::min(text.find_first_of(blanks), text.size());
    return {std::string(text.substr(0, end)), std::string(trimmed(text.substr(end))), std::nullopt};
}

bool is_name(std::string_view text) {
    return !text.empty() && text.find_first_of(" \t(){};\"'%!") == std::string_view::npos;
}

// A line of its own; nothing where it is C++.
std::optional<Magic> line_magic(std::string_view line) {
    line = trimmed(line);
    if (line.empty()) return std::nullopt;
    const std::string_view rest = trimmed(line.substr(1));
    if (line.front() == '%' && line.size() > 1 && line[1] != '%') return named(line.substr(1));
    if (line.front() == '!' && !rest.empty()) return Magic{"!", std::string(rest), std::nullopt};
    if (line.front() == '?') {
        const auto name = std::min(line.find_first_not_of('?'), line.size());
        return Magic{"?", std::string(trimmed(line.substr(name))), std::nullopt};
    }
    if (line.back() == '?') {
        const std::string_view name = line.substr(0, line.find_last_not_of('?') + 1);
        if (is_name(name)) return Magic{"?", std::string(name), std::nullopt};
    }
    return std::nullopt;
}

}  // namespace

MagicCell take_magics(std::string_view cell) {
    MagicCell taken;
    std::size_t at = 0;
    while (at < cell.size()) {
        const std::size_t end = std::min(cell.find('\n', at), cell.size());
        const std::string_view line = cell.substr(at, end - at);
        const std::string_view text = trimmed(line);
        if (text.substr(0, 2) == "%%") {
            Magic magic = named(text.substr(2));
            magic.body = std::string(cell.substr(std::min(end + 1, cell.size())));
            taken.magics.push_back(std::move(magic));
            return taken;
        }
        if (!text.empty()) {
            const std::optional<Magic> magic = line_magic(line);
            if (!magic) break;
            taken.magics.push_back(*magic);
        }
        taken.code += '\n';
        at = end + 1;
    }
    if (at < cell.size()) taken.code += cell.substr(at);
    return taken;
}

std::vector<std::string> split_words(std::string_view line) {
    std::vector<std::string> words;
    bool within = false;  // a word, which may be an empty one in quotes
    char quote = 0;
    for (const char character : line) {
        const bool blank = quote == 0 && blanks.find(character) != std::string_view::npos;
        if (!blank && !within) words.emplace_back();
        within = !blank;
        if (quote == 0 && (character == '"' || character == '\'')) {
            quote = character;
        } else if (character == quote) {
            quote = 0;
        } else if (!blank) {
            words.back() += character;
        }
    }
    return words;
}

MagicOptions::MagicOptions(std::string_view line, std::string_view flags, std::string_view values) {
    line = trimmed(line);
    while (line.size() > 1 && line[0] == '-') {
        const char letter = line[1];
        line = line.substr(2);
        if (letter == '-') break;  // the rest may begin with a minus
        if (flags.find(letter) != std::string_view::npos) {
            given_.emplace_back(letter, "");
        } else if (values.find(letter) != std::string_view::npos) {
            line = trimmed(line);
            const auto end = std::min(line.find_first_of(blanks), line.size());
            given_.emplace_back(letter, line.substr(0, end));
            line = line.substr(end);
        } else {
            throw std::invalid_argument(std::string("there is no option -") + letter);
        }
        line = trimmed(line);
    }
    rest_ = line;
}

bool MagicOptions::has(char letter) const noexcept {
    return std::any_of(given_.begin(), given_.end(),
                       [&](const auto& option) { return option.first == letter; });
}

std::optional<long long> MagicOptions::number(char letter) const {
    for (const auto& [name, text] : given_) {
        if (name != letter) continue;
        long long number = 0;
        const char* const end = text.data() + text.size();
        const auto [stop, code] = std::from_chars(text.data(), end, number);
        if (code != std::errc() || stop != end || number < 1) {
            throw std::invalid_argument(std::string("-") + letter + " is to be a number from 1 on");
        }
        return number;
    }
    return std::nullopt;
}

}  // namespace kernelwire::cpp
