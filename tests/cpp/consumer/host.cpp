// A program against an installed kernelwire that hosts a kernel, and is its client. Prints what the
// kernel has printed; anything wrong ends it with 1.
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>

#include <kernelwire/kernelwire.hpp>

namespace {

using namespace kernelwire;

class Echo final : public Interpreter {
public:
    KernelInfo info() const override { return KernelInfo{{"echo", "1.0"}}; }

    Reply execute(const ExecuteRequest& request, Output& output) override {
        if (request.code.empty()) throw InterpreterError("Empty", "there is no code");
        output.out(request.code);
        return ok();
    }
};

}  // namespace

int main() {
    constexpr std::chrono::seconds patience{60};
    try {
        Connection here;
        here.key = new_key();
        Echo echo;
        Server server(linked_zmq(), here, echo);
        std::thread thread([&server] { server.run(); });
        Client client(linked_zmq(), server.connection());
        client.wait_ready(patience);

        Callbacks callbacks;
        callbacks.output = [](const Message& message) {
            if (message.header.msg_type != "stream") return;
            std::printf("%s\n",
                        read_json(message.content())->at("text").get<std::string>().c_str());
        };
        const Json reply = client.result(client.execute("hello", callbacks), patience);
        // What is thrown here is caught in the library, and the other way round.
        const Json failed = client.result(client.execute(""), patience);
        bool thrown = false;
        try {
            (void)read_connection("/nowhere");
        } catch (const ConnectionFileError&) {
            thrown = true;
        }
        client.result(client.shutdown(), patience);
        thread.join();
        return reply.at("status") == "ok" && failed.at("ename") == "Empty" && thrown ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
