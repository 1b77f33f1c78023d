// Points in time as a calendar shows them, and as ISO 8601 writes them.
//
// Layer 0. Depends on: bytes.hpp. Used by: header.hpp, _flat.pyx.
#pragma once

#include <chrono>
#include <cstddef>

#include <kernelwire/bytes.hpp>

namespace kernelwire {

/// A point in time, in UTC.
using Timestamp = std::chrono::system_clock::time_point;

/// The same as a calendar shows it. A value type.
struct CalendarTime {
    int year = 0;         ///< 1 to 9999
    int month = 0;        ///< from 1
    int day = 0;          ///< of the month, from 1
    int hour = 0;         ///< from 0 to 23
    int minute = 0;       ///< from 0 to 59
    int second = 0;       ///< from 0 to 59: leap seconds are not known
    int microsecond = 0;  ///< from 0 to 999999
};

/// @param when  not before 1970.
[[nodiscard]] CalendarTime calendar_time(Timestamp when) noexcept;

/// This moment.
[[nodiscard]] inline CalendarTime calendar_now() noexcept {
    return calendar_time(std::chrono::system_clock::now());
}

/// Whether a fraction of zero microseconds is written; Python's isoformat() leaves it out.
enum class Fraction { always, unless_zero };

/// The longest text that write_date() makes.
inline constexpr std::size_t date_size = sizeof "2026-11-23T12:00:00.000001Z" - 1;

/// Writes 2026-11-23T12:00:00.000001Z.
/// @param out  has room for date_size bytes.
/// @returns how many were written.
std::size_t write_date(const CalendarTime& time, Fraction fraction, char* out) noexcept;

/// What a text says of a point in time.
enum class DateText {
    none,   ///< nothing: it has not the form of a date
    utc,    ///< a date in UTC
    other,  ///< it has the form, or nearly, and another time zone, none, or a month 13
};

/// Reads YYYY-MM-DDTHH:MM:SS, a fraction of one to six digits or none, and a time zone.
/// @param out  overwritten where DateText::utc is returned; unspecified otherwise.
[[nodiscard]] DateText read_date(Bytes text, CalendarTime& out) noexcept;

}  // namespace kernelwire
