// An application with a poll loop of its own, a thermostat, into which any Jupyter frontend can
// look:
//
//   $ embed_loop
//   jupyter console --existing kernel-4711-0a1b2c3d.json
//
// The cells are commands: `show`, `set 21.5`, `wait` (until the room is as it should be), `quit`.
#include <poll.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <thread>

#include <kernelwire/embedded_kernel.hpp>

using namespace kernelwire;
using Clock = std::chrono::steady_clock;

// The application. It knows nothing of kernels, and has no lock: its loop's thread is its only one.
struct Thermostat {
    void tick() { is += 0.1 * (wanted - is); }
    [[nodiscard]] bool settled() const { return std::abs(wanted - is) < 0.05; }

    double wanted = 20;
    double is = 15;
    bool running = true;
};

class Commands final : public Interpreter {
public:
    explicit Commands(Thermostat& thermostat) : thermostat_(thermostat) {}

    KernelInfo info() const override { return {{"thermostat", "1.0"}}; }

    // Called by kernel.step(), so on the loop's thread.
    Reply execute(const ExecuteRequest& request, Output& output) override {
        interrupted_ = false;
        if (request.code == "show") {
            output.execute_result({{"text/plain", std::to_string(thermostat_.is)}});
        } else if (request.code.rfind("set ", 0) == 0) {
            thermostat_.wanted = std::strtod(request.code.c_str() + 4, nullptr);
        } else if (request.code == "wait") {
            // Keeps the loop, and hearts still beat.
            for (; !thermostat_.settled() && !interrupted_; thermostat_.tick()) {
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
            }
            if (interrupted_) return error("Interrupted", "the room is not there yet");
        } else if (request.code == "quit") {
            thermostat_.running = false;
        } else {
            return error("UnknownCommand", "want show, set NUMBER, wait or quit");
        }
        return ok();
    }

    void interrupt() override { interrupted_ = true; }  // on the kernel's thread

private:
    Thermostat& thermostat_;
    std::atomic<bool> interrupted_{false};
};

int main() {
    try {
        Thermostat thermostat;
        Commands commands(thermostat);
        EmbeddedKernel kernel(linked_zmq(), commands);
        std::cout << "jupyter console --existing " << kernel.connection_file() << std::endl;

        constexpr std::chrono::milliseconds interval{100};
        pollfd watched{kernel.fd(), POLLIN, 0};
        for (auto next = Clock::now() + interval; thermostat.running && kernel.running();) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
            if (left.count() > 0) (void)poll(&watched, 1, static_cast<int>(left.count()));
            if ((watched.revents & POLLIN) != 0) kernel.step();
            if (Clock::now() < next) continue;
            thermostat.tick();
            next += interval;
        }
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "embed_loop: " << error.what() << '\n';
        return 1;
    }
}
