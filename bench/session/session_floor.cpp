// session_floor: what a message costs at least, with no Python around it.
//
// It reads one order a line from its standard input and answers each with the seconds that it took:
//
//   sign CALLS SIZE SIZE SIZE SIZE   HMAC-SHA256 over four parts of so many bytes
//   frames CALLS SIZE...             one message of frames of so many bytes, over inproc and back
//
// Started by bench/session/floor.py; bench/README.md says what the figures are for.

#include <zmq.h>

#include <cstddef>
#include <cstring>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <kernelwire/bytes.hpp>
#include <kernelwire/signer.hpp>

#include "../cpu_time.hpp"

namespace {

/// From this size on, in bytes, a frame is lent and not copied, as Session.copy_threshold has it.
constexpr std::size_t lend_threshold = 65536;

std::vector<std::string> fill(std::istream& sizes) {
    std::vector<std::string> parts;
    for (std::size_t size = 0; sizes >> size;) parts.emplace_back(size, 'x');
    return parts;
}

double sign(std::size_t calls, const std::vector<std::string>& text) {
    const kernelwire::Signer signer("5d2f6c1e-9a7b40c38e61f0d2b4a59c77");
    const kernelwire::Parts parts{text.at(0), text.at(1), text.at(2), text.at(3)};
    volatile char last = 0;  // somebody looks at every signature, so none is optimised away
    return seconds(calls, [&] { last = signer.sign(parts).back(); });
}

/// Two sockets of one context. Confined to one thread.
class Pair {
public:
    Pair() {
        zmq_bind(near_, "inproc://floor");
        zmq_connect(far_, "inproc://floor");
    }
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;
    ~Pair() {
        zmq_close(near_);
        zmq_close(far_);
        zmq_ctx_term(context_);
    }

    /// Sends a message and receives it, all in this thread.
    void exchange(std::vector<std::string>& frames) {
        for (auto& frame : frames) send(frame, &frame != &frames.back());
        zmq_msg_t part;
        zmq_msg_init(&part);
        do zmq_msg_recv(&part, far_, 0);
        while (zmq_msg_more(&part) != 0);
        zmq_msg_close(&part);
    }

private:
    void send(std::string& bytes, bool more) {
        zmq_msg_t part;
        if (bytes.size() < lend_threshold) {
            zmq_msg_init_size(&part, bytes.size());
            std::memcpy(zmq_msg_data(&part), bytes.data(), bytes.size());
        } else {
            const auto release = [](void*, void*) {};
            zmq_msg_init_data(&part, bytes.data(), bytes.size(), release, nullptr);
        }
        zmq_msg_send(&part, near_, more ? ZMQ_SNDMORE : 0);
    }

    void* context_ = zmq_ctx_new();
    void* near_ = zmq_socket(context_, ZMQ_PAIR);
    void* far_ = zmq_socket(context_, ZMQ_PAIR);
};

}  // namespace

int main() {
    Pair pair;
    std::cout << std::setprecision(9);
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream order(line);
        std::string name;
        std::size_t calls = 0;
        order >> name >> calls;
        auto parts = fill(order);
        const bool known = (name == "sign" && parts.size() == 4) || (name == "frames" && calls > 0);
        if (!known || parts.empty()) {
            std::cerr << "session_floor: no such order: " << line << '\n';
            return 2;
        }
        const double taken =
            name == "sign" ? sign(calls, parts) : seconds(calls, [&] { pair.exchange(parts); });
        std::cout << taken << std::endl;
    }
}
