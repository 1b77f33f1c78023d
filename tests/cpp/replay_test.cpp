// The window of signatures seen: what is remembered, for how long, and what is forgotten.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <kernelwire/replay.hpp>

using kernelwire::ReplayWindow;

namespace {

std::string signature(unsigned seed) {
    constexpr char digits[] = "0123456789abcdef";
    std::mt19937 random(seed);
    std::string out;
    for (std::size_t i = 0; i < kernelwire::signature_size; ++i) out += digits[random() & 15];
    return out;
}

}  // namespace

TEST_CASE("insert takes a signature once") {
    ReplayWindow window;
    CHECK(window.insert(signature(1)));
    CHECK_FALSE(window.insert(signature(1)));
    CHECK(window.insert(signature(2)));
    CHECK_FALSE(window.insert(signature(1)));
    CHECK(window.size() == 2);
}

TEST_CASE("the oldest tenth is forgotten, and only when the window is full") {
    ReplayWindow window(20);
    for (unsigned seed = 0; seed < 20; ++seed) REQUIRE(window.insert(signature(seed)));
    CHECK(window.size() == 20);
    CHECK(window.contains(signature(0)));
    CHECK(window.insert(signature(20)));  // pushes 0 and 1 out
    CHECK(window.size() == 19);
    CHECK_FALSE(window.contains(signature(1)));
    CHECK_FALSE(window.insert(signature(2)));
    CHECK_FALSE(window.insert(signature(20)));
    CHECK(window.insert(signature(0)));
    CHECK(window.size() == 20);
}

TEST_CASE("a signature that was forgotten and comes again is remembered anew") {
    ReplayWindow window(10);
    for (unsigned seed = 0; seed < 11; ++seed) REQUIRE(window.insert(signature(seed)));
    // 0 is forgotten, and this is the first insertion since: it still has its place.
    CHECK(window.insert(signature(0)));
    for (unsigned seed = 11; seed < 20; ++seed) {
        REQUIRE(window.insert(signature(seed)));
        CHECK_FALSE(window.insert(signature(0)));
    }
}

TEST_CASE("the smallest window remembers the last signature") {
    ReplayWindow window(1);
    for (unsigned seed = 0; seed < 100; ++seed) {
        CHECK(window.insert(signature(seed)));
        CHECK_FALSE(window.insert(signature(seed)));
        CHECK(window.size() == 1);
    }
}

TEST_CASE("resize keeps the newest signatures") {
    ReplayWindow window(100);
    for (unsigned seed = 0; seed < 250; ++seed) REQUIRE(window.insert(signature(seed)));
    window.resize(10);
    CHECK(window.size() == 10);
    CHECK_FALSE(window.contains(signature(239)));
    CHECK_FALSE(window.insert(signature(240)));
    window.resize(1000);
    for (unsigned seed = 300; seed < 1290; ++seed) REQUIRE(window.insert(signature(seed)));
    CHECK(window.size() == 1000);
    CHECK_FALSE(window.insert(signature(240)));
    window.resize(0);
    CHECK(window.size() == 0);
    CHECK(window.insert(signature(240)));
}

TEST_CASE("clear forgets everything, and a copy is a window of its own") {
    ReplayWindow window(50);
    for (unsigned seed = 0; seed < 120; ++seed) REQUIRE(window.insert(signature(seed)));
    ReplayWindow copy = window;
    CHECK(copy == window);
    window.clear();
    CHECK(window.size() == 0);
    CHECK_FALSE(window.contains(signature(119)));
    CHECK(window.insert(signature(119)));
    CHECK_FALSE(copy == window);
    CHECK_FALSE(copy.insert(signature(119)));
}

TEST_CASE("what is shorter than any digest is remembered too") {
    ReplayWindow window;
    CHECK(window.insert("initial"));
    CHECK_FALSE(window.insert("initial"));
    CHECK_FALSE(window.contains("initia"));
    CHECK(window.insert(""));
    CHECK(window.size() == 2);
}

TEST_CASE("every one of the first 32 digits counts") {
    ReplayWindow window;
    const std::string zeros(64, '0');
    REQUIRE(window.insert(zeros));
    for (std::size_t place = 0; place < 32; ++place) {
        for (const char digit : std::string("123456789abcdef")) {
            std::string other = zeros;
            other[place] = digit;
            CAPTURE(other);
            CHECK(window.insert(other));
        }
    }
    CHECK(window.size() == 1 + 32 * 15);
}

TEST_CASE("a window of capacity 0 remembers nothing") {
    ReplayWindow window(0);
    CHECK(window.insert(signature(1)));
    CHECK(window.insert(signature(1)));
    CHECK(window.size() == 0);
}

TEST_CASE("over a long run the window agrees with a plain list of the last signatures") {
    constexpr std::size_t capacity = 100;
    ReplayWindow window(capacity);
    std::vector<std::string> seen;  // in order of arrival
    std::mt19937 random(7);
    for (int step = 0; step < 20000; ++step) {
        const std::string next = signature(static_cast<unsigned>(random() % 300));
        const bool fresh = std::find(seen.begin(), seen.end(), next) == seen.end();
        REQUIRE(window.insert(next) == fresh);
        if (fresh) seen.push_back(next);
        if (seen.size() > capacity) seen.erase(seen.begin(), seen.begin() + 10);
        REQUIRE(window.size() == seen.size());
    }
}
