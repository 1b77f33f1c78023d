// The history that kernels in C++ may have.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <kernelwire/history.hpp>

using namespace kernelwire;

namespace {

History four() {
    History out;
    out.add(1, "x = 1");
    out.add(2, "x + 1", "2");
    out.add(3, "x = 1");
    out.add(4, "größe");
    return out;
}

HistoryRequest request(const std::string& access) {
    HistoryRequest out;
    out.access = access;
    return out;
}

std::vector<int> lines(const History& history, const HistoryRequest& wanted) {
    const Json content = read_json(history.reply(wanted).content()).value();
    std::vector<int> out;
    for (const Json& entry : content.at("history")) out.push_back(entry.at(1).get<int>());
    return out;
}

std::vector<int> searched(const std::string& pattern, int n = 10, bool unique = false) {
    HistoryRequest wanted = request("search");
    wanted.pattern = pattern;
    wanted.n = n;
    wanted.unique = unique;
    return lines(four(), wanted);
}

std::vector<int> ranged(int session, int start, std::optional<int> stop) {
    HistoryRequest wanted = request("range");
    wanted.session = session;
    wanted.start = start;
    wanted.stop = stop;
    return lines(four(), wanted);
}

using Lines = std::vector<int>;

}  // namespace

TEST_CASE("a tail is the latest inputs, in order") {
    HistoryRequest wanted = request("tail");
    wanted.n = 2;
    CHECK(lines(four(), wanted) == Lines{3, 4});
    wanted.n = 100;
    CHECK(lines(four(), wanted) == Lines{1, 2, 3, 4});
    wanted.n = 0;
    CHECK(lines(four(), wanted).empty());
    wanted.n = -3;
    CHECK(lines(four(), wanted).empty());
}

TEST_CASE("a range ends before its stop, and counts back from the next line") {
    CHECK(ranged(0, 2, 4) == Lines{2, 3});
    CHECK(ranged(1, 3, std::nullopt) == Lines{3, 4});
    CHECK(ranged(0, -2, std::nullopt) == Lines{3, 4});
    CHECK(ranged(0, 1, -1) == Lines{1, 2, 3});
    CHECK(ranged(-1, 0, std::nullopt).empty());
    CHECK(ranged(0, 2147483647, -2147483647 - 1).empty());
}

TEST_CASE("a search finds what a pattern stands for, whole") {
    CHECK(searched("x*") == Lines{1, 2, 3});
    CHECK(searched("x = ?") == Lines{1, 3});
    CHECK(searched("*1") == Lines{1, 2, 3});
    CHECK(searched("x").empty());
    CHECK(searched("*") == Lines{1, 2, 3, 4});
    CHECK(searched("").empty());
    CHECK(searched("gr??e") == Lines{4});  // code points, not bytes
    CHECK(searched("*x*=*1*") == Lines{1, 3});
}

TEST_CASE("a search may be for each input once, and for the latest") {
    CHECK(searched("x*", 10, true) == Lines{2, 3});
    CHECK(searched("*", 2) == Lines{3, 4});
}

TEST_CASE("a pattern that matches in many ways takes no time") {
    History history;
    history.add(1, std::string(2000, 'a'));
    HistoryRequest wanted = request("search");
    for (int i = 0; i < 200; ++i) wanted.pattern += "*a";
    wanted.pattern += "b";
    CHECK(lines(history, wanted).empty());
}

TEST_CASE("outputs are there where they are wanted") {
    HistoryRequest wanted = request("tail");
    wanted.output = true;
    wanted.n = 3;
    const Json content = read_json(four().reply(wanted).content()).value();
    CHECK(content.at("status") == "ok");
    CHECK(content.at("history").at(0) == Json::array({1, 2, Json::array({"x + 1", "2"})}));
    CHECK(content.at("history").at(1) == Json::array({1, 3, Json::array({"x = 1", nullptr})}));
}

TEST_CASE("no more is kept than the limit") {
    History history(2);
    for (int i = 1; i <= 5; ++i) history.add(i, "x");
    CHECK(history.size() == 2);
    CHECK(lines(history, request("tail")) == Lines{4, 5});
    History none(0);
    none.add(1, "x");
    CHECK(none.size() == 0);
}
