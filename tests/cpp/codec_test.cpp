// Frames to envelopes and back: what is accepted, what is refused, and what is left alone.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <string>

#include <kernelwire/codec.hpp>

using namespace kernelwire;

namespace {

const Parts parts{R"({"msg_id":"1"})", "{}", "{}", R"({"a":1})"};

// A signed message with its memory: frames borrow from `signature`.
struct Signed {
    explicit Signed(const Signer& signer) {
        encode({"one", "two"}, parts, signer, signature, frames);
    }
    Signature signature{};
    Frames frames;
};

}  // namespace

TEST_CASE("encode lays out identities, delimiter, signature and parts") {
    const Signer signer("key");
    const Signed message(signer);
    REQUIRE(message.frames.size() == 8);
    CHECK(message.frames[0] == "one");
    CHECK(message.frames[1] == "two");
    CHECK(message.frames[2] == "<IDS|MSG>");
    CHECK(message.frames[3].size() == signature_size);
    CHECK(message.frames[7] == R"({"a":1})");
}

TEST_CASE("decode gives back what encode took, and the buffers behind it") {
    const Signer signer("key");
    Signed message(signer);
    const std::string buffer(1000, 'x');
    message.frames.emplace_back(buffer);
    Envelope out;
    REQUIRE(decode(message.frames, signer, nullptr, out) == Errc::ok);
    CHECK(out.identities == Frames{"one", "two"});
    CHECK(out.parts == parts);
    REQUIRE(out.buffers.size() == 1);
    CHECK(out.buffers[0].data() == buffer.data());  // the same memory
}

TEST_CASE("decode refuses what is not a message") {
    const Signer signer("key");
    Envelope out;
    CHECK(decode({}, signer, nullptr, out) == Errc::no_delimiter);
    CHECK(decode({"a", "b"}, signer, nullptr, out) == Errc::no_delimiter);
    CHECK(decode({"<IDS|MSG>"}, signer, nullptr, out) == Errc::too_few_parts);
    CHECK(decode({"<IDS|MSG>", "", "{}", "{}", "{}"}, signer, nullptr, out) == Errc::too_few_parts);
}

TEST_CASE("decode refuses a message in which any part was changed, and leaves `out` alone") {
    const Signer signer("key");
    for (std::size_t part = 4; part < 8; ++part) {
        Signed message(signer);
        message.frames[part] = "{ }";
        Envelope out;
        out.identities = {"untouched"};
        CHECK(decode(message.frames, signer, nullptr, out) == Errc::bad_signature);
        CHECK(out.identities == Frames{"untouched"});
    }
}

TEST_CASE("decode refuses a message that was seen before") {
    const Signer signer("key");
    const Signed message(signer);
    ReplayWindow window;
    Envelope out;
    CHECK(decode(message.frames, signer, &window, out) == Errc::ok);
    CHECK(decode(message.frames, signer, &window, out) == Errc::replayed);
}

TEST_CASE("a forged signature does not enter the replay window") {
    const Signer signer("key");
    Signed forged(Signer("another key"));
    ReplayWindow window;
    Envelope out;
    CHECK(decode(forged.frames, signer, &window, out) == Errc::bad_signature);
    CHECK(window.size() == 0);
}

TEST_CASE("without a key nothing is signed, and nothing is a replay") {
    const Signer signer("");
    const Signed message(signer);
    CHECK(message.frames[3].empty());
    ReplayWindow window;
    Envelope out;
    CHECK(decode(message.frames, signer, &window, out) == Errc::ok);
    CHECK(decode(message.frames, signer, &window, out) == Errc::ok);
}

TEST_CASE("every code has a text of its own") {
    CHECK(std::string(message(Errc::bad_signature)) != message(Errc::replayed));
    CHECK_NOTHROW(check(Errc::ok));
    CHECK_THROWS_WITH_AS(check(Errc::no_delimiter), "no <IDS|MSG> delimiter frame", WireError);
}
