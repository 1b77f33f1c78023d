#include <kernelwire/log.hpp>

#include <array>
#include <cstdlib>
#include <string>

#include <kernelwire/calendar.hpp>
#include <kernelwire/own_stderr.hpp>

namespace kernelwire {
namespace {

constexpr std::array<Level, 4> levels{Level::error, Level::warning, Level::info, Level::debug};

char lower(char letter) noexcept {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool same_name(Bytes text, Bytes name) noexcept {
    if (text.size() != name.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (lower(text[i]) != name[i]) return false;
    }
    return true;
}

}  // namespace

const char* name(Level level) noexcept {
    constexpr std::array<const char*, 4> names{"error", "warning", "info", "debug"};
    return names[static_cast<std::size_t>(level)];
}

std::optional<Level> level_named(Bytes name) noexcept {
    for (const Level level : levels) {
        if (same_name(name, kernelwire::name(level))) return level;
    }
    return std::nullopt;
}

void write_to_stderr(Level level, Bytes line) {
    constexpr std::array<char, 4> letters{'E', 'W', 'I', 'D'};
    std::array<char, date_size> date{};
    write_date(calendar_now(), Fraction::always, date.data());
    std::string whole = "[";
    whole += letters[static_cast<std::size_t>(level)];
    whole += ' ';
    whole.append(date.data(), date.size());
    whole += " kernelwire] ";
    whole += line;
    whole += '\n';
    write_own_stderr(whole);
}

// A kernel that a variable of the environment keeps from starting would be hard to understand.
Log stderr_log(std::optional<Level> level) {
    const char* const wanted = std::getenv("KERNELWIRE_LOG");
    if (level || wanted == nullptr || *wanted == '\0') {
        return {level.value_or(Level::warning), write_to_stderr};
    }
    level = level_named(wanted);
    Log log{level.value_or(Level::warning), write_to_stderr};
    if (!level) {
        log.write(Level::warning, "KERNELWIRE_LOG is \"" + std::string(wanted) +
                                      "\", want error, warning, info or debug");
    }
    return log;
}

}  // namespace kernelwire
