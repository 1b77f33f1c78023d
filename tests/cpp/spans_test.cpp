// Cells as spans: whose trace they are in, and what of a client's they believe.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>

#include <kernelwire/kernelwire.hpp>

using namespace kernelwire;

namespace {

const std::string trace_id = "0af7651916cd43dd8448eb211c80319c";
const std::string parent_id = "b7ad6b7169203331";
const std::string sampled = "00-" + trace_id + "-" + parent_id + "-01";

// The span of a cell whose request has this metadata.
std::optional<Span> span_of(const std::string& metadata) {
    ExecuteRequest request;
    request.cell_id = "cell";
    request.execution_count = 3;
    request.message.envelope.parts = {R"({"msg_id":"m","session":"s"})", "{}", metadata, "{}"};
    return begin_span(request, Timestamp(std::chrono::seconds(1)));
}

std::optional<Span> span_below(const std::string& traceparent, const Json& state = nullptr) {
    Json metadata{{"traceparent", traceparent}};
    if (!state.is_null()) metadata["tracestate"] = state;
    return span_of(write_json(metadata));
}

}  // namespace

TEST_CASE("a cell is below the span that its client was in") {
    const auto span = span_below(sampled, "vendor=1");
    REQUIRE(span);
    CHECK(span->trace_id == trace_id);
    CHECK(span->parent_id == parent_id);
    CHECK(span->trace_state == "vendor=1");
    CHECK(span->span_id.size() == 16);
    CHECK(span->span_id != parent_id);
    CHECK(span->msg_id == "m");
    CHECK(span->session == "s");
    CHECK(span->cell_id == "cell");
    CHECK(span->execution_count == 3);
}

TEST_CASE("a trace that is not sampled has no span here") {
    CHECK_FALSE(span_below("00-" + trace_id + "-" + parent_id + "-00"));
    CHECK(span_below("00-" + trace_id + "-" + parent_id + "-ff"));
}

TEST_CASE("a version to come is read as far as it is known") {
    const auto span = span_below("7f-" + trace_id + "-" + parent_id + "-01-more");
    REQUIRE(span);
    CHECK(span->parent_id == parent_id);
}

TEST_CASE("what is no trace of a client's begins one") {
    const std::string zeros(32, '0');
    for (const std::string& text :
         {std::string(), std::string("00-"), sampled + "-more", "ff-" + sampled.substr(3),
          "00-" + zeros + "-" + parent_id + "-01",
          "00-" + trace_id + "-" + zeros.substr(16) + "-01",
          "00-" + std::string(32, 'G') + "-" + parent_id + "-01", std::string(100'000, '-')}) {
        CAPTURE(text);
        const auto span = span_below(text, "vendor=1");
        REQUIRE(span);
        CHECK(span->trace_id.size() == 32);
        CHECK(span->trace_id != trace_id);
        CHECK(span->parent_id.empty());
        CHECK(span->trace_state.empty());
    }
    for (const char* metadata : {"{}", R"({"traceparent":7})", R"({"traceparent":["00"]})"}) {
        const auto span = span_of(metadata);
        REQUIRE(span);
        CHECK(span->parent_id.empty());
    }
}

TEST_CASE("a state of no sensible length is not passed on") {
    const auto span = span_below(sampled, std::string(513, 's'));
    REQUIRE(span);
    CHECK(span->trace_id == trace_id);
    CHECK(span->trace_state.empty());
}

TEST_CASE("ids are not given twice") {
    const auto one = span_of("{}");
    const auto other = span_of("{}");
    CHECK(one->trace_id != other->trace_id);
    CHECK(one->span_id != other->span_id);
}

TEST_CASE("a cell that failed has its error's name, and an end") {
    auto span = span_below(sampled);
    REQUIRE(span);
    end_span(*span, ok(), Timestamp(std::chrono::seconds(2)));
    CHECK_FALSE(span->failed);
    CHECK(span->end - span->start == std::chrono::seconds(1));
    end_span(*span, error("Failure", "why"), Timestamp(std::chrono::seconds(2)));
    CHECK(span->failed);
    CHECK(span->ename == "Failure");
}
