// HMAC-SHA256 against the vectors of RFC 4231, section 4, and hostile signatures.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <string>

#include <kernelwire/signer.hpp>

using kernelwire::Bytes;
using kernelwire::Parts;
using kernelwire::Signature;
using kernelwire::Signer;

namespace {

std::string text(const Signature& signature) {
    return {signature.data(), signature.size()};
}

std::string sign(const std::string& key, Bytes data) {
    return text(Signer(key).sign(Parts{data, "", "", ""}));
}

std::string sequence(int first, int last) {
    std::string out;
    for (int byte = first; byte <= last; ++byte) out += static_cast<char>(byte);
    return out;
}

}  // namespace

TEST_CASE("sign agrees with RFC 4231, test case 1") {
    CHECK(sign(std::string(20, '\x0b'), "Hi There") ==
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

TEST_CASE("sign agrees with RFC 4231, test case 2") {
    CHECK(sign("Jefe", "what do ya want for nothing?") ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("sign agrees with RFC 4231, test case 3") {
    CHECK(sign(std::string(20, '\xaa'), std::string(50, '\xdd')) ==
          "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
}

TEST_CASE("sign agrees with RFC 4231, test case 4") {
    CHECK(sign(sequence(0x01, 0x19), std::string(50, '\xcd')) ==
          "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
}

TEST_CASE("sign agrees with RFC 4231, test case 5, which is cut to 128 bits") {
    CHECK(sign(std::string(20, '\x0c'), "Test With Truncation").substr(0, 32) ==
          "a3b6167473100ee06e0c796c2955552b");
}

TEST_CASE("sign agrees with RFC 4231, test case 6, a key longer than a block") {
    CHECK(
        sign(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First") ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("sign agrees with RFC 4231, test case 7, long key and long data") {
    CHECK(sign(std::string(131, '\xaa'),
               "This is a test using a larger than block-size key and a larger than block-size "
               "data. The key needs to be hashed before being used by the HMAC algorithm.") ==
          "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST_CASE("sign takes the parts as one text") {
    const Signer signer("Jefe");
    CHECK(signer.sign({"what do ya ", "want ", "for ", "nothing?"}) ==
          signer.sign({"what do ya want for nothing?", "", "", ""}));
}

TEST_CASE("verify accepts what sign made, and nothing else") {
    const Signer signer("key");
    const Parts parts{"{}", "{}", "{}", "{}"};
    const std::string good = text(signer.sign(parts));
    CHECK(signer.verify(parts, good));

    std::string wrong = good;
    wrong.back() = wrong.back() == '0' ? '1' : '0';
    CHECK_FALSE(signer.verify(parts, wrong));
    CHECK_FALSE(signer.verify({"{}", "{}", "{}", "{} "}, good));
    CHECK_FALSE(Signer("another key").verify(parts, good));
}

TEST_CASE("verify refuses signatures of any other length without reading past them") {
    const Signer signer("key");
    const Parts parts{"{}", "{}", "{}", "{}"};
    const std::string good = text(signer.sign(parts));
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, std::size_t{63}}) {
        const std::string cut(good, 0,
                              length);  // on the heap, so that a sanitizer sees an over-read
        CHECK_FALSE(signer.verify(parts, cut));
    }
    CHECK_FALSE(signer.verify(parts, good + "0"));
}

TEST_CASE("an empty key switches signing off") {
    const Signer signer("");
    CHECK_FALSE(signer.enabled());
    CHECK(signer.verify({"{}", "{}", "{}", "{}"}, "anything"));
}
