#include <kernelwire/header.hpp>

#include <array>
#include <cstdint>

#include <kernelwire/json.hpp>

namespace kernelwire {
namespace {

void append_digits(std::string& out, std::int64_t value, int width) {
    std::array<char, 20> digits;
    for (int i = width - 1; i >= 0; --i) {
        digits[static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
    out.append(digits.data(), static_cast<std::size_t>(width));
}

}  // namespace

Errc read_header(Bytes json, Header& out) {
    out.msg_id.clear();
    out.msg_type.clear();
    const bool object =
        read_json_strings(json, {{"msg_id", &out.msg_id}, {"msg_type", &out.msg_type}});
    return object && !out.msg_id.empty() && !out.msg_type.empty() ? Errc::ok : Errc::bad_header;
}

void append_timestamp(std::string& out, Timestamp when) {
    using namespace std::chrono;
    constexpr std::int64_t second = 1'000'000;
    const std::int64_t micros = duration_cast<microseconds>(when.time_since_epoch()).count();
    const std::int64_t days = micros / (86'400 * second);
    const std::int64_t rest = micros % (86'400 * second);

    // Days to a date in the proleptic Gregorian calendar, counting years from March, so that the
    // leap day is a year's last (H. Hinnant, chrono-Compatible Low-Level Date Algorithms).
    // std::gmtime would do, at ten times the cost and not thread-safe.
    const std::int64_t shifted = days + 719'468;
    const std::int64_t era = shifted / 146'097;
    const std::int64_t day_of_era = shifted % 146'097;
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const std::int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
    const std::int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;

    append_digits(out, year_of_era + era * 400 + (month <= 2 ? 1 : 0), 4);
    out += '-';
    append_digits(out, month, 2);
    out += '-';
    append_digits(out, day_of_year - (153 * month_from_march + 2) / 5 + 1, 2);
    out += 'T';
    append_digits(out, rest / (3'600 * second), 2);
    out += ':';
    append_digits(out, rest / (60 * second) % 60, 2);
    out += ':';
    append_digits(out, rest / second % 60, 2);
    out += '.';
    append_digits(out, rest % second, 6);
    out += 'Z';
}

}  // namespace kernelwire
