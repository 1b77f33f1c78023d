// idle_loop: what a loop pays for an embedded kernel that has nothing to do.
//
// It reads one order a line from its standard input and answers each with the seconds that it took:
//
//   step CALLS   EmbeddedKernel::step(), with a client connected that asks nothing
//   poll CALLS   poll() of one descriptor that is not readable: what any loop pays to look
//
// Started by bench/embedded/run.py; bench/README.md says what the figures are for.

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>

#include <kernelwire/client.hpp>
#include <kernelwire/embedded_kernel.hpp>

#include "../cpu_time.hpp"

using namespace kernelwire;

namespace {

class Idle final : public Interpreter {
    KernelInfo info() const override { return {{"idle"}}; }
    Reply execute(const ExecuteRequest& /*request*/, Output& /*output*/) override { return ok(); }
};

}  // namespace

int main() {
    int ends[2];
    if (pipe(ends) != 0) return 1;
    pollfd quiet{ends[0], POLLIN, 0};

    Idle interpreter;
    EmbeddedKernel kernel(linked_zmq(), interpreter);
    Client client(linked_zmq(), kernel.connection());
    const auto asked = client.execute("");
    while (!asked->reply()) {
        kernel.run_until(EmbeddedKernel::Clock::now() + std::chrono::milliseconds(1));
        client.step();
    }

    std::cout << std::setprecision(9);
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream words(line);
        std::string order;
        std::size_t calls = 0;
        words >> order >> calls;
        if (order == "step") {
            std::cout << seconds(calls, [&] { kernel.step(); }) << std::endl;
        } else {
            std::cout << seconds(calls, [&] { (void)poll(&quiet, 1, 0); }) << std::endl;
        }
    }
    return 0;
}
