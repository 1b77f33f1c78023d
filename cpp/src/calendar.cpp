#include <kernelwire/calendar.hpp>

#include <cstdint>

namespace kernelwire {
namespace {

char* write_digits(char* out, int value, int width) noexcept {
    for (int i = width - 1; i >= 0; --i) {
        out[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
    return out + width;
}

// The number that the digits of `text` make, or -1 where one is no digit.
int read_digits(Bytes text) noexcept {
    int value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

int days_of(int year, int month) noexcept {
    constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (leap && month == 2 ? 1 : 0);
}

bool is_utc(Bytes zone) noexcept {
    return zone == "Z" || zone == "+00:00" || zone == "-00:00" || zone == "+0000" ||
           zone == "-0000";
}

}  // namespace

CalendarTime calendar_time(Timestamp when) noexcept {
    using namespace std::chrono;
    constexpr std::int64_t second = 1'000'000;
    constexpr std::int64_t day = 86'400 * second;
    const std::int64_t micros = duration_cast<microseconds>(when.time_since_epoch()).count();
    const std::int64_t days = micros / day;
    const auto rest = static_cast<std::uint64_t>(micros % day);

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

    CalendarTime time;
    time.month =
        static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    time.year = static_cast<int>(year_of_era + era * 400) + (time.month <= 2 ? 1 : 0);
    time.day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    time.hour = static_cast<int>(rest / (3'600 * second));
    time.minute = static_cast<int>(rest / (60 * second) % 60);
    time.second = static_cast<int>(rest / second % 60);
    time.microsecond = static_cast<int>(rest % second);
    return time;
}

std::size_t write_date(const CalendarTime& time, Fraction fraction, char* out) noexcept {
    char* end = write_digits(out, time.year, 4);
    *end++ = '-';
    end = write_digits(end, time.month, 2);
    *end++ = '-';
    end = write_digits(end, time.day, 2);
    *end++ = 'T';
    end = write_digits(end, time.hour, 2);
    *end++ = ':';
    end = write_digits(end, time.minute, 2);
    *end++ = ':';
    end = write_digits(end, time.second, 2);
    if (fraction == Fraction::always || time.microsecond != 0) {
        *end++ = '.';
        end = write_digits(end, time.microsecond, 6);
    }
    *end++ = 'Z';
    return static_cast<std::size_t>(end - out);
}

DateText read_date(Bytes text, CalendarTime& out) noexcept {
    constexpr Bytes form = "dddd-dd-ddTdd:dd:dd";
    if (text.size() < form.size() || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
        text[13] != ':' || text[16] != ':') {
        return DateText::none;
    }
    out.year = read_digits(text.substr(0, 4));
    out.month = read_digits(text.substr(5, 2));
    out.day = read_digits(text.substr(8, 2));
    out.hour = read_digits(text.substr(11, 2));
    out.minute = read_digits(text.substr(14, 2));
    out.second = read_digits(text.substr(17, 2));
    out.microsecond = 0;

    Bytes rest = text.substr(form.size());
    if (!rest.empty() && rest[0] == '.') {
        std::size_t digits = 0;
        while (digits + 1 < rest.size() && rest[digits + 1] >= '0' && rest[digits + 1] <= '9') {
            ++digits;
        }
        if (digits < 1 || digits > 6) return DateText::other;
        out.microsecond = read_digits(rest.substr(1, digits));
        for (std::size_t i = digits; i < 6; ++i) out.microsecond *= 10;
        rest.remove_prefix(digits + 1);
    }
    const bool date = out.year >= 1 && out.month >= 1 && out.month <= 12 && out.day >= 1 &&
                      out.day <= days_of(out.year, out.month);
    const bool time = out.hour >= 0 && out.hour <= 23 && out.minute >= 0 && out.minute <= 59 &&
                      out.second >= 0 && out.second <= 59;
    return date && time && is_utc(rest) ? DateText::utc : DateText::other;
}

}  // namespace kernelwire
