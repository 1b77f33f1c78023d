// JSON text: strings written from any bytes, members read without a DOM, depth bounded.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <string>

#include <kernelwire/json.hpp>

using namespace kernelwire;

TEST_CASE("json_string escapes what JSON wants escaped") {
    CHECK(json_string("a\"b\\c\n\t\x01") == R"("a\"b\\c\n\t\u0001")");
    CHECK(json_string("") == "\"\"");
    CHECK(json_string("h\xC3\xA9llo \xF0\x9F\x90\x8D") == "\"h\xC3\xA9llo \xF0\x9F\x90\x8D\"");
}

TEST_CASE("json_string writes U+FFFD for bytes that are not UTF-8") {
    const std::string replacement = "\xEF\xBF\xBD";
    CHECK(json_string("a\xFFz") == "\"a" + replacement + "z\"");
    CHECK(json_string("\xC3") == "\"" + replacement + "\"");                    // cut short
    CHECK(json_string("\xC0\x80") == "\"" + replacement + replacement + "\"");  // overlong
    CHECK(json_string("\xED\xA0\x80").find(replacement) == 1);                  // a surrogate
}

TEST_CASE("json_string of any bytes is JSON that reads back") {
    std::mt19937 random(1);
    for (int round = 0; round < 2000; ++round) {
        std::string bytes(random() % 40, '\0');
        for (char& byte : bytes) byte = static_cast<char>(random());
        const std::optional<Json> value = read_json(json_string(bytes));
        REQUIRE(value.has_value());
        REQUIRE(value->is_string());
    }
}

TEST_CASE("read_json refuses what nests deeper than its limit") {
    const std::string deep(100000, '[');
    CHECK_FALSE(read_json(deep + std::string(100000, ']')).has_value());
    const std::size_t limit = json_depth_limit;
    CHECK(read_json(std::string(limit, '[') + std::string(limit, ']')).has_value());
    CHECK(read_json(R"("[[[[ in a string \" [[[[")").has_value());
}

TEST_CASE("read_json refuses what is not JSON") {
    CHECK_FALSE(read_json("").has_value());
    CHECK_FALSE(read_json("{").has_value());
    CHECK_FALSE(read_json("{} x").has_value());
    CHECK_FALSE(read_json("\"\xFF\"").has_value());
}

TEST_CASE("read_json_strings reads outermost strings, and nothing else") {
    std::string id = "before";
    std::string type = "before";
    CHECK(read_json_strings(R"({"x":{"id":"inner"},"id":"outer","type":7,"y":["id","no"]})",
                            {{"id", &id}, {"type", &type}}));
    CHECK(id == "outer");
    CHECK(type == "before");
}

TEST_CASE("read_json_strings refuses what is not an object") {
    std::string id;
    CHECK_FALSE(read_json_strings("[]", {{"id", &id}}));
    CHECK_FALSE(read_json_strings("\"id\"", {{"id", &id}}));
    CHECK_FALSE(read_json_strings(R"({"id":"x")", {{"id", &id}}));
}

TEST_CASE("read_json_strings takes any depth, since it builds nothing") {
    std::string id;
    const std::string deep = std::string(100000, '[') + std::string(100000, ']');
    CHECK(read_json_strings(R"({"data":)" + deep + R"(,"id":"found"})", {{"id", &id}}));
    CHECK(id == "found");
}

TEST_CASE("write_json has a text for what JSON has none for") {
    CHECK(write_json(std::numeric_limits<double>::quiet_NaN()) == "null");
    CHECK(write_json(std::string("\xFF")) == "\"\xEF\xBF\xBD\"");
}

TEST_CASE(
    "plain_prefix ends where a JSON string does not hold a byte as it is, as copy_plain does") {
    for (int c = 0; c < 256; ++c) {
        const bool plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
        for (std::size_t size = 1; size < 20; ++size) {  // of no word, of parts of one, of several
            for (std::size_t place = 0; place < size; ++place) {
                std::string text(size, 'x');
                text[place] = static_cast<char>(c);
                CAPTURE(c);
                CAPTURE(size);
                CAPTURE(place);
                const std::size_t length = plain ? size : place;
                CHECK(plain_prefix(text) == length);
                std::string copy(size, '-');
                CHECK(copy_plain(text, copy.data()) == length);
                CHECK(copy == text.substr(0, length) + std::string(size - length, '-'));
            }
        }
    }
    CHECK(plain_prefix("") == 0);
    CHECK(plain_prefix("abc\"def\"") == 3);
}
