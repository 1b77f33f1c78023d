// Invariant: any frames give a message or an Errc; nothing throws, over-reads or grows.
//
// The input is cut at 0xFF bytes into frames. With an even first byte it is decoded with a key,
// which forged bytes cannot pass; with an odd one without, so that headers and contents are read.
#include <cstdint>
#include <string>
#include <vector>

#include <kernelwire/kernel.hpp>

using namespace kernelwire;

namespace {

class Mute final : public Outlet {
public:
    void send(Outgoing message) override {
        Sealed sealed;
        sealer_.seal(message, Timestamp{}, sealed);
    }
    void stream(const std::string&, Stream, Bytes) override {}
    void flush() override {}
    [[nodiscard]] std::optional<std::string> input(Outgoing, const std::string&) override {
        return std::nullopt;
    }
    void hold_back(const std::string& /*subshell_id*/) override {}
    void stop(bool) override {}
    [[nodiscard]] std::string usage() const override { return "{}"; }

private:
    Sealer sealer_{Signer("key"), "fuzz"};
};

class Echo final : public Interpreter {
    KernelInfo info() const override { return {{"echo"}}; }
    Reply execute(const ExecuteRequest& request, Output& output) override {
        output.out(request.code);
        return ok();
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const Bytes input(reinterpret_cast<const char*>(data), size);
    std::vector<std::string> owned(1);  // each frame in memory of its own: an over-read shows
    for (const char byte : input.substr(1)) {
        if (byte == '\xFF') {
            owned.emplace_back();
        } else {
            owned.back() += byte;
        }
    }
    Frames frames{"peer", delimiter, ""};
    if ((data[0] & 2) != 0) frames.clear();
    frames.insert(frames.end(), owned.begin(), owned.end());

    Mute outlet;
    Echo echo;
    Kernel kernel(echo, outlet, (data[0] & 1) != 0 ? "" : "key");
    const Channel channel = (data[0] & 4) != 0 ? Channel::control : Channel::shell;
    (void)kernel.receive(channel, frames);
    kernel.subscribed(input);
    return 0;
}
