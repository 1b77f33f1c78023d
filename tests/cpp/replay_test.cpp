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

TEST_CASE("the oldest signature is forgotten first, and only when the window is full") {
    ReplayWindow window(3);
    for (unsigned seed = 0; seed < 3; ++seed) REQUIRE(window.insert(signature(seed)));
    CHECK_FALSE(window.insert(signature(0)));
    CHECK(window.insert(signature(3)));  // pushes 0 out
    CHECK_FALSE(window.insert(signature(1)));
    CHECK_FALSE(window.insert(signature(2)));
    CHECK(window.insert(signature(0)));  // pushes 1 out
    CHECK(window.size() == 3);
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
        const auto begin =
            seen.end() - static_cast<std::ptrdiff_t>(std::min(capacity, seen.size()));
        const bool fresh = std::find(begin, seen.end(), next) == seen.end();
        REQUIRE(window.insert(next) == fresh);
        if (fresh) seen.push_back(next);
    }
}
