// A client of one server, over raw sockets: it signs what it sends, and waits for what comes.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include <kernelwire/kernelwire.hpp>

// Confined to one thread.
struct RawClient {
    // Where a server of the tests is to be: any free ports of this machine.
    static kernelwire::Connection local() {
        kernelwire::Connection connection;
        connection.key = "key";
        return connection;
    }

    void send(kernelwire::Port& port, const std::string& type, const std::string& content,
              const std::string& subshell_id = "") {
        kernelwire::Json fields{{"msg_id", type + std::to_string(++count)}, {"msg_type", type}};
        if (!subshell_id.empty()) fields["subshell_id"] = subshell_id;
        const std::string header = fields.dump();
        kernelwire::Signature signature{};
        kernelwire::Frames frames;
        kernelwire::encode({}, {header, "{}", "{}", content}, signer, signature, frames);
        port.send(frames);
    }

    // Connects a port of this client to a channel of the server. Nothing holds its closing up.
    static void connect(kernelwire::Port& port, const kernelwire::Server& server,
                        kernelwire::Channel channel) {
        port.set(kernelwire::zmq::linger, 0);
        port.connect(server.connection().endpoint(channel));
    }

    std::shared_ptr<const kernelwire::Received> recv(kernelwire::Port& port) {
        kernelwire::ZmqPollItem item;
        item.socket = port.handle();
        item.events = kernelwire::zmq::pollin;
        REQUIRE(context.api().poll(&item, 1, patience_ms) == 1);
        return port.recv(kernelwire::Port::Wait::no);
    }

    // A message's parts, which are valid for as long as `message` is held.
    kernelwire::Parts parts_of(const kernelwire::Received& message) const {
        kernelwire::Envelope envelope;
        REQUIRE(kernelwire::decode(message.frames(), signer, nullptr, envelope) ==
                kernelwire::Errc::ok);
        return envelope.parts;
    }

    kernelwire::Json recv_content(kernelwire::Port& port) {
        const auto message = recv(port);
        return kernelwire::read_json(parts_of(*message)[3]).value();
    }

    kernelwire::ZmqContext context{kernelwire::linked_zmq()};
    std::shared_ptr<kernelwire::Traffic> traffic = std::make_shared<kernelwire::Traffic>();
    kernelwire::Signer signer{local().key};
    kernelwire::Port shell{context, kernelwire::zmq::dealer, traffic};
    kernelwire::Port control{context, kernelwire::zmq::dealer, traffic};
    int count = 0;
    long patience_ms = 10'000;  // far more than any answer takes
};
