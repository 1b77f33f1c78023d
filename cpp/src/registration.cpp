#include <kernelwire/registration.hpp>

#include <algorithm>
#include <string>

#include <kernelwire/codec.hpp>
#include <kernelwire/error.hpp>
#include <kernelwire/header.hpp>
#include <kernelwire/json.hpp>
#include <kernelwire/message.hpp>
#include <kernelwire/signer.hpp>

namespace kernelwire {
namespace {

// The request is sent again after so long: the launcher may have been started anew, and then has
// lost what was sent to it.
constexpr std::chrono::seconds repeat_after{5};

// One handshake. The specification has a message of one signed part. Launchers like Positron's
// (ark, 0.1), whose files have no registration_ip, want a whole message, and their REP socket an
// empty frame before it.
class Handshake {
public:
    Handshake(const ZmqContext& context, const Connection& connection,
              const std::shared_ptr<Traffic>& traffic)
        : connection_(connection),
          registration_(*connection.registration),
          signer_(connection.key),
          port_(context, zmq::dealer, traffic),
          api_(context.api()) {
        port_.set(zmq::linger, 0);  // a launcher that has gone holds nobody up
        port_.connect(connection.registration_endpoint());
    }

    void run(std::chrono::milliseconds patience) {
        using Clock = std::chrono::steady_clock;
        const auto deadline = Clock::now() + patience;
        for (auto now = Clock::now(); now < deadline; now = Clock::now()) {
            if (registration_.whole_message) {
                send_message();
            } else {
                send_content();
            }
            const auto until = std::min(deadline, now + repeat_after);
            while ((now = Clock::now()) < until) {
                // Rounded up, so as not to turn around in the last millisecond.
                if (answered(std::chrono::ceil<std::chrono::milliseconds>(until - now))) return;
            }
        }
        fail(forged_
                 ? "the answers of the launcher are not signed with the key of the file"
                 : "the launcher did not answer within " +
                       std::to_string(std::chrono::ceil<std::chrono::seconds>(patience).count()) +
                       " s");
    }

private:
    void send_content() {
        Json ports = Json::parse(write_ports(connection_));
        for (Json& port : ports) port = std::to_string(port.get<int>());
        ports["kernel_id"] = registration_.kernel_id;
        const std::string content = write_json(ports);
        const Bytes part = content;
        Signature signature{};
        if (signer_.enabled()) signature = signer_.sign(&part, 1);
        const Bytes signed_by(signature.data(), signer_.enabled() ? signature.size() : 0);
        port_.send({delimiter, signed_by, part});
    }

    void send_message() {
        Outgoing request;
        request.channel = Channel::control;  // of the channels, as little as any
        request.identities = {""};
        request.msg_type = "handshake_request";
        request.content = write_ports(connection_);
        Sealed sealed;
        Sealer(signer_, new_key()).seal(request, std::chrono::system_clock::now(), sealed);
        port_.send(sealed.frames);
    }

    // Waits for a message; whether it was the answer. What is not signed is nobody's answer.
    bool answered(std::chrono::milliseconds patience) {
        ZmqPollItem item;
        item.socket = port_.handle();
        item.events = zmq::pollin;
        api_.poll(&item, 1, static_cast<long>(patience.count()));
        const auto received = port_.recv(Port::Wait::no);
        if (received == nullptr) return false;
        const std::optional<Bytes> content = registration_.whole_message
                                                 ? read_message(received->frames())
                                                 : read_content(received->frames());
        if (!content) return false;
        // The specification leaves the content to the launcher: xeus-zmq (4) says "ACK".
        std::string status;
        if (read_json_strings(*content, {{"status", &status}}) && status == "error") {
            fail("the launcher refuses this kernel");
        }
        return true;
    }

    std::optional<Bytes> read_content(const Frames& frames) {
        const auto mark = std::find(frames.begin(), frames.end(), delimiter);
        if (frames.end() - mark != 3) return std::nullopt;
        if (!signer_.verify(&mark[2], 1, mark[1])) {
            forged_ = true;
            return std::nullopt;
        }
        return mark[2];
    }

    std::optional<Bytes> read_message(const Frames& frames) {
        Envelope envelope;
        Header header;
        const Errc code = decode(frames, signer_, nullptr, envelope);
        if (code == Errc::bad_signature) forged_ = true;
        if (code != Errc::ok || read_header(envelope.parts[0], header) != Errc::ok ||
            header.msg_type != "handshake_reply") {
            return std::nullopt;
        }
        return envelope.parts[3];
    }

    [[noreturn]] void fail(const std::string& what) const {
        throw TransportError("cannot register at " + connection_.registration_endpoint() + ": " +
                             what);
    }

    const Connection& connection_;
    const Registration& registration_;
    Signer signer_;
    Port port_;
    const ZmqApi& api_;
    bool forged_ = false;
};

}  // namespace

void register_ports(const ZmqContext& context, const Connection& connection,
                    const std::shared_ptr<Traffic>& traffic, std::chrono::milliseconds patience) {
    Handshake(context, connection, traffic).run(patience);
}

}  // namespace kernelwire
