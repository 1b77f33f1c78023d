// A client together with the server that it talks to, which runs on a thread of its own.
#pragma once

#include <thread>

#include "raw_client.hpp"

template <typename Hosted>
struct ServedClient : RawClient {
    ServedClient() : thread([this] { server.run(); }) {
        connect(shell, server, kernelwire::Channel::shell);
        connect(control, server, kernelwire::Channel::control);
    }
    ~ServedClient() {
        server.stop();
        thread.join();
    }
    ServedClient(const ServedClient&) = delete;
    ServedClient& operator=(const ServedClient&) = delete;

    Hosted interpreter;
    kernelwire::Server server{kernelwire::linked_zmq(), local(), interpreter};
    std::thread thread;
};
