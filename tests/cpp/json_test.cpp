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

TEST_CASE("read_json_strings unescapes names and values, and of several it takes the last") {
    std::string code = "before";
    CHECK(read_json_strings(
        R"({"code":"first","c\u006fde":"\"\\\/\b\f\n\r\t\u00e9\uD83D\uDC0D\u20AC"})",
        {{"code", &code}}));
    CHECK(code == "\"\\/\b\f\n\r\t\xC3\xA9\xF0\x9F\x90\x8D\xE2\x82\xAC");
    CHECK_FALSE(read_json_strings(R"({"code":"\uD83D"})", {{"code", &code}}));
    CHECK_FALSE(read_json_strings(R"({"code":"\uD83D\u0041"})", {{"code", &code}}));
    CHECK_FALSE(read_json_strings(R"({"code":"\uDC0D"})", {{"code", &code}}));
    CHECK_FALSE(read_json_strings(R"({"code":"\u12"})", {{"code", &code}}));
    CHECK_FALSE(read_json_strings(R"({"code":"\x41"})", {{"code", &code}}));
}

// Two parsers read what a peer sends, one with a DOM and one without. A difference between them
// would let through one door what is refused at the other.
TEST_CASE("read_json_strings reads and refuses what read_json does") {
    const std::string whole =
        R"({"code":"a\n\u00e9\uD83D\uDC0D b", "x" : [1, -2.5e+3, 0.5, {}, [], [[null]], "\\"],)"
        "\n\t\"y\":{\"code\":true,\"z\":false}, \"\xC3\xA9\":\"\xE2\x82\xAC\x7f\"}";
    const std::string bytes = "\"\\{}[],:0123.-+eEu/tn \x01\x80\xC3\xF0";
    std::mt19937 random(1);
    int objects = 0;
    for (int round = 0; round < 100'000; ++round) {
        std::string text = whole;
        for (auto changes = 1 + random() % 3; changes > 0; --changes) {
            const std::size_t at = random() % text.size();
            switch (random() % 3) {
                case 0: text.erase(at, 1); break;
                case 1: text.insert(at, 1, bytes[random() % bytes.size()]); break;
                default: text[at] = bytes[random() % bytes.size()];
            }
        }
        CAPTURE(text);
        const std::optional<Json> value = read_json(text);
        std::string code = "none";
        REQUIRE(read_json_strings(text, {{"code", &code}}) == (value && value->is_object()));
        if (!value || !value->is_object()) continue;
        ++objects;
        const bool is_text = value->contains("code") && value->at("code").is_string();
        CHECK(code == (is_text ? value->at("code").get<std::string>() : "none"));
    }
    CHECK(objects > 5'000);
}

TEST_CASE("a byte order mark is no JSON, whichever reader meets it") {
    const Bytes text = "\xEF\xBB\xBF{}";
    CHECK(!read_json(text));
    CHECK(!read_json_strings(text, {}));
}

TEST_CASE("write_json has a text for what JSON has none for") {
    CHECK(write_json(std::numeric_limits<double>::quiet_NaN()) == "null");
    CHECK(write_json(std::string("\xFF")) == "\"\xEF\xBF\xBD\"");
}

TEST_CASE("write_json writes what read_json reads") {
    const std::string text =
        R"({"a":[1,-2,18446744073709551615,0.1,1e+300,true,false,null],"b":{},"c":[],"d":"x\ny"})";
    CHECK(write_json(read_json(text).value()) == text);
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

// A header with `-1e999` was taken, and came back to all clients as the parent of each answer,
// where JSON libraries refuse it. The fuzzer found it.
TEST_CASE("a number that no double can hold is refused, wherever it stands") {
    std::string text;
    const JsonStrings wanted{{"text", &text}};
    for (const char* number : {"-1e999", "1e309", "[2e308]", R"({"deep":1.8E+308})"}) {
        CHECK_FALSE(read_json_strings(std::string(R"({"text":"x","n":)") + number + "}", wanted));
    }
    for (const char* number :
         {"1.7976931348623157e308", "1e-999", "-0.0", "12345678901234567890"}) {
        CHECK(read_json_strings(std::string(R"({"text":"x","n":)") + number + "}", wanted));
    }
    CHECK_FALSE(read_json_strings(R"({"n":)" + std::string(400, '9') + "}", wanted));
}
