// A program against an installed kernelwire: a message is signed, laid out and read back, and
// refused once a part of it has changed. Prints what it read; anything wrong ends it with 1.
#include <cstdio>
#include <exception>
#include <string>

#include <kernelwire/kernelwire.hpp>

namespace {

using namespace kernelwire;

// JSON both ways, so that the nlohmann headers that travel with ours are used too.
std::string read_back(const Frames& frames, const Signer& signer, ReplayWindow& seen) {
    Envelope envelope;
    check(decode(frames, signer, &seen, envelope));
    Header header;
    check(read_header(envelope.parts[0], header));
    const Json content = read_json(envelope.parts[3]).value();
    return header.msg_type + ": " + content.at("code").get<std::string>();
}

}  // namespace

int main() {
    try {
        const std::string content = write_json(Json{{"code", "print(1)"}});
        const Parts parts{R"({"msg_id":"1","msg_type":"execute_request"})", "{}", "{}", content};
        const Signer signer("key");
        Signature signature{};
        Frames frames;
        encode({"client"}, parts, signer, signature, frames);

        ReplayWindow seen;
        std::printf("%s\n", read_back(frames, signer, seen).c_str());
        Envelope envelope;
        if (decode(frames, signer, &seen, envelope) != Errc::replayed) return 1;
        frames.back() = "{}";
        return decode(frames, signer, &seen, envelope) == Errc::bad_signature ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
