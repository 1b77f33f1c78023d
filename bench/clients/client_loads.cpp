// client_loads FILE: the C++ client, with the kernel of a connection file.
//
// It reads one order a line from its standard input, and answers each with a line: for every
// request its seconds, the line ends in its text, and the bytes in its buffers.
//
//   info TIMES           kernel_info, one after the other
//   execute TIMES CODE   execute, one after the other
//
// Started by bench/clients/contestants.py; bench/README.md says what the figures are for.

#include <algorithm>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>

#include <kernelwire/client.hpp>

using namespace kernelwire;

namespace {

constexpr std::chrono::minutes patience{2};

struct Came {
    std::size_t lines = 0;
    std::size_t bytes = 0;

    void take(const Message& message) {
        if (message.header.msg_type == "stream") {
            const Json content = read_json(message.content()).value();
            const auto& text = content.at("text").get_ref<const std::string&>();
            lines += static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
        }
        for (const Bytes buffer : message.envelope.buffers) bytes += buffer.size();
    }
};

void run(Client& client, const std::string& order, int times, const std::string& code) {
    for (int i = 0; i < times; ++i) {
        Came came;
        Callbacks callbacks;
        callbacks.output = [&came](const Message& message) { came.take(message); };
        const auto start = std::chrono::steady_clock::now();
        const auto request = order == "info" ? client.request(Channel::shell, "kernel_info_request",
                                                              Json::object(), callbacks)
                                             : client.execute(code, callbacks);
        (void)client.result(request, patience);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        std::cout << took.count() << ' ' << came.lines << ' ' << came.bytes << ' ';
    }
    std::cout << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    Client client(linked_zmq(), read_connection(argv[1]));
    client.wait_ready(patience);
    std::cout << std::setprecision(9);
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream words(line);
        std::string order, code;
        int times = 0;
        words >> order >> times >> code;
        run(client, order, times, code);
    }
    return 0;
}
