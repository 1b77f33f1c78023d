// Dates: the calendar's, as text, and read back.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <string>

#include <kernelwire/calendar.hpp>

using namespace kernelwire;

namespace {

std::string text(const CalendarTime& time, Fraction fraction) {
    std::array<char, date_size> out;
    return {out.data(), write_date(time, fraction, out.data())};
}

DateText kind(Bytes text) {
    CalendarTime ignored;
    return read_date(text, ignored);
}

}  // namespace

TEST_CASE("write_date leaves out a fraction of zero where that is asked for") {
    CHECK(text({2026, 1, 2, 3, 4, 5, 0}, Fraction::unless_zero) == "2026-01-02T03:04:05Z");
    CHECK(text({2026, 1, 2, 3, 4, 5, 0}, Fraction::always) == "2026-01-02T03:04:05.000000Z");
    CHECK(text({12, 12, 31, 23, 59, 59, 70}, Fraction::unless_zero) ==
          "0012-12-31T23:59:59.000070Z");
}

TEST_CASE("read_date reads back every day of three centuries") {
    for (int day = 0; day < 106'000; ++day) {  // 1970 to 2260
        const Timestamp when{std::chrono::hours(24) * day + std::chrono::hours(13)};
        const std::string written = text(calendar_time(when), Fraction::always);
        CalendarTime read;
        CAPTURE(written);
        REQUIRE(read_date(written, read) == DateText::utc);
        REQUIRE(text(read, Fraction::always) == written);
        REQUIRE(read.hour == 13);
    }
}

TEST_CASE("read_date takes a fraction of up to six digits, and every spelling of UTC") {
    CalendarTime time;
    REQUIRE(read_date("2026-11-24T13:20:00.5Z", time) == DateText::utc);
    CHECK(time.microsecond == 500'000);
    REQUIRE(read_date("2026-11-24T13:20:00.000001+00:00", time) == DateText::utc);
    CHECK(time.microsecond == 1);
    CHECK(kind("2026-11-24T13:20:00-0000") == DateText::utc);
    CHECK(kind("2024-02-29T00:00:00Z") == DateText::utc);
}

TEST_CASE("read_date leaves what it does not decide to others") {
    CHECK(kind("2026-11-24T13:20:00") == DateText::other);
    CHECK(kind("2026-11-24T13:20:00+05:30") == DateText::other);
    CHECK(kind("2026-11-24T13:20:00.1234567Z") == DateText::other);
    CHECK(kind("2026-11-24T13:20:00.Z") == DateText::other);
    CHECK(kind("2026-11-24T13:20:00.") == DateText::other);
    CHECK(kind("2026-11-24T24:00:00Z") == DateText::other);
    CHECK(kind("2026-02-29T00:00:00Z") == DateText::other);
    CHECK(kind("2026-13-01T00:00:00Z") == DateText::other);
    CHECK(kind("0000-01-01T00:00:00Z") == DateText::other);
    CHECK(kind("yyyy-mm-ddThh:mm:ss") == DateText::other);
}

TEST_CASE("read_date sees what is no date") {
    CHECK(kind("") == DateText::none);
    CHECK(kind("2026-11-24") == DateText::none);
    CHECK(kind("2026-11-24 13:20:00Z") == DateText::none);
    CHECK(kind("5d2f6c1e-9a7b40c38e61f0d2b4a59c77_4242_17") == DateText::none);
}
