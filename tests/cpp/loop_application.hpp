// What the tests of other libraries' loops have in common: an interpreter, and a client's thread.
#pragma once

#include <functional>
#include <string>
#include <thread>
#include <utility>

#include <kernelwire/embedded_kernel.hpp>

#include "raw_client.hpp"

// Answers with the thread it runs on; a cell may have the loop run within it.
class Hosted final : public kernelwire::Interpreter {
public:
    kernelwire::KernelInfo info() const override { return {{"hosted"}}; }
    kernelwire::Reply execute(const kernelwire::ExecuteRequest& request,
                              kernelwire::Output& /*output*/) override {
        thread = std::this_thread::get_id();
        if (request.code == "nested" && nested) nested();
        return kernelwire::ok();
    }

    std::function<void()> nested;
    std::thread::id thread;
};

inline kernelwire::EmbeddedOptions local_options() {
    kernelwire::EmbeddedOptions options;
    options.connection = RawClient::local();
    options.requests_per_step = 2;
    return options;
}

// A client on a thread of its own: executes cells, then shuts the kernel down.
class Visit {
public:
    Visit(const kernelwire::EmbeddedKernel& kernel, std::string code, int cells)
        : thread_([to = kernel.connection(), code = std::move(code), cells, this] {
              using kernelwire::Channel;
              RawClient client;
              for (auto* port : {&client.shell, &client.control}) {
                  port->set(kernelwire::zmq::linger, 0);
              }
              client.shell.connect(to.endpoint(Channel::shell));
              client.control.connect(to.endpoint(Channel::control));
              const std::string content = kernelwire::Json{{"code", code}}.dump();
              for (int i = 0; i < cells; ++i) {
                  client.send(client.shell, "execute_request", content);
              }
              for (int i = 0; i < cells; ++i) {
                  answered_ += client.recv_content(client.shell).at("status") == "ok" ? 1 : 0;
              }
              client.send(client.control, "shutdown_request", "{}");
              (void)client.recv_content(client.control);
          }) {}
    ~Visit() {
        if (thread_.joinable()) thread_.join();
    }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

    // Waits for its end. How many cells were answered.
    [[nodiscard]] int answered() {
        thread_.join();
        return answered_;
    }

private:
    int answered_ = 0;
    std::thread thread_;
};
