// A client: starts a kernel by its name, has it run code, and shows what it says.
//
//   client python3 '6 * 7'
#include <iostream>

#include <kernelwire/client.hpp>
#include <kernelwire/kernel_process.hpp>

using namespace kernelwire;
using namespace std::chrono_literals;

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: client KERNEL CODE\n";
        return 2;
    }
    try {
        KernelProcess process(find_kernelspec(argv[1]));
        Client client(linked_zmq(), process.connection());
        client.ended_when([&] { return !process.running(); });
        const Json info = client.wait_ready(60s);
        std::cout << "kernel: " << info.at("implementation").get<std::string>() << '\n';

        Callbacks callbacks;
        callbacks.output = [](const Message& message) {
            std::cout << message.header.msg_type << ": " << message.content() << '\n';
        };
        const Json reply = client.result(client.execute(argv[2], callbacks), 60s);
        std::cout << "reply: " << reply.at("status").get<std::string>() << '\n';
        client.result(client.shutdown(), 10s);
        return reply.at("status") == "ok" ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << "client: " << error.what() << '\n';
        return 2;
    }
}
