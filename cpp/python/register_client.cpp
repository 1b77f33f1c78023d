// Core and Request: a client of one kernel, for the Python face to wait with.
#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include <kernelwire/client.hpp>

#include "buffers.hpp"
#include "libzmq.hpp"
#include "module.hpp"
#ifndef _WIN32
#include "process.hpp"
#endif
#include "received_message.hpp"

using namespace kernelwire;

namespace {

using Milliseconds = Client::Milliseconds;

// One request, and what has come for it that nobody has taken yet.
struct PythonRequest {
    Client::Handle exchange;
    std::deque<Message> outputs{};
};

// Something that Python has asked to be told of, and the request that it belongs to.
struct Event {
    const char* kind;
    std::string msg_id;
    Message message;
};

// A call that changes the client, alone: of two threads, the second one is told of its mistake.
class Use {
public:
    explicit Use(std::atomic<bool>& used) : used_(used) {
        if (used_.exchange(true)) {
            throw std::runtime_error("the client is in use on another thread; use one for each");
        }
    }
    ~Use() { used_ = false; }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

private:
    std::atomic<bool>& used_;
};

Milliseconds milliseconds(const std::optional<double>& seconds) {
    constexpr double longest = 1e9;
    const double wanted = seconds.value_or(longest);
    if (!(wanted >= 0)) throw py::value_error("timeout is below 0, want seconds or None");
    return Milliseconds(static_cast<std::int64_t>(std::min(wanted, longest) * 1000));
}

class PythonClient {
public:
    PythonClient(const py::object& libzmq, Connection connection, const std::string& username) {
        const ZmqApi api = table_of(libzmq);
        const py::gil_scoped_release released;
        client_ = std::make_unique<Client>(api, std::move(connection), username);
        client_->ended_when([this] { return ended(); });
    }

    ~PythonClient() {
        const py::gil_scoped_release released;
        client_.reset();
    }
    PythonClient(const PythonClient&) = delete;
    PythonClient& operator=(const PythonClient&) = delete;

#ifndef _WIN32
    void watch(std::shared_ptr<PythonProcess> process) { process_ = std::move(process); }
#endif

    // Calls `function` with the client, without the GIL.
    template <class Function>
    auto with(Function&& function) {
        const Use use(used_);
        if (!client_) throw py::value_error("the client is closed");
        const py::gil_scoped_release released;
        return function(*client_);
    }

    void close() {
        const Use use(used_);
        const py::gil_scoped_release released;
        client_.reset();
    }

    [[nodiscard]] bool closed() const noexcept { return client_ == nullptr; }

    std::shared_ptr<PythonRequest> request(const std::string& channel, const std::string& msg_type,
                                           const py::bytes& content, const py::object& buffers,
                                           const std::string& subshell_id, bool calls, bool asks) {
        std::string text = content;
        Buffers lent = borrow_buffers(buffers);
        auto out = std::make_shared<PythonRequest>();
        Callbacks callbacks = callbacks_of(out, calls, asks);
        out->exchange = with([&](Client& client) {
            return client.request_text(channel == "control" ? Channel::control : Channel::shell,
                                       msg_type, std::move(text), std::move(callbacks),
                                       std::move(lent), subshell_id);
        });
        return out;
    }

    // Waits until a request is done, or lost; with `first`, until there is some output. Returns
    // early where there are events.
    bool wait(const PythonRequest& request, const std::optional<double>& seconds, bool first) {
        const Milliseconds patience = milliseconds(seconds);
        return with([&](Client& client) {
            const Exchange& exchange = *request.exchange;
            return client.wait_until(
                [&] {
                    return exchange.done() || exchange.lost() || !events_.empty() ||
                           (first && !request.outputs.empty());
                },
                patience);
        });
    }

    void step() {
        with([](Client& client) {
            while (client.step()) {
            }
        });
    }

    [[nodiscard]] py::list take_events() {
        const Use use(used_);
        py::list out;
        while (!events_.empty()) {
            Event event = std::move(events_.front());
            events_.pop_front();
            out.append(py::make_tuple(event.kind, event.msg_id,
                                      ReceivedMessage{std::move(event.message)}));
        }
        return out;
    }

    [[nodiscard]] py::list take_outputs(PythonRequest& request) {
        const Use use(used_);
        py::list out;
        while (!request.outputs.empty()) {
            out.append(ReceivedMessage{std::move(request.outputs.front())});
            request.outputs.pop_front();
        }
        return out;
    }

    [[nodiscard]] py::object reply(const PythonRequest& request) {
        const Use use(used_);
        if (!request.exchange->reply()) return py::none();
        return py::cast(ReceivedMessage{*request.exchange->reply()});
    }

    void listen(bool to_comms, bool to_others) {
        with([&](Client& client) {
            client.on_comm(to_comms ? told("comm", "") : nullptr);
            client.on_other(to_others ? told("other", "") : nullptr);
        });
    }

private:
    // An Exchange owns its callbacks, so they must not own the request that owns it.
    Callbacks callbacks_of(const std::shared_ptr<PythonRequest>& request, bool calls, bool asks) {
        Callbacks out;
        const std::weak_ptr<PythonRequest> weak = request;
        const auto note = [this, weak](const char* kind) {
            return [this, weak, kind](const Message& message) {
                const auto asked = weak.lock();
                if (asked) events_.push_back({kind, asked->exchange->msg_id(), message});
            };
        };
        if (calls) {
            out.output = note("output");
        } else {
            out.output = [weak](const Message& message) {
                if (const auto asked = weak.lock()) asked->outputs.push_back(message);
            };
        }
        if (asks) out.question = note("question");
        return out;
    }

    std::function<void(const Message&)> told(const char* kind, const std::string& msg_id) {
        return [this, kind, msg_id](const Message& message) {
            events_.push_back({kind, msg_id, message});
        };
    }

    // Asked several times a second while something is waited for, and after each signal.
    bool ended() {
        {
            const py::gil_scoped_acquire gil;
            if (PyErr_CheckSignals() != 0) throw py::error_already_set();
        }
#ifndef _WIN32
        return process_ && !process_->running();
#else
        return false;
#endif
    }

    std::atomic<bool> used_{false};
    std::deque<Event> events_;
    std::unique_ptr<Client> client_;
#ifndef _WIN32
    std::shared_ptr<PythonProcess> process_;
#endif
};

}  // namespace

void register_client(py::module_& m) {
    py::class_<PythonRequest, std::shared_ptr<PythonRequest>>(m, "Request",
                                                              "One request of a client's.")
        .def_property_readonly("msg_id",
                               [](const PythonRequest& self) { return self.exchange->msg_id(); })
        .def_property_readonly("msg_type",
                               [](const PythonRequest& self) { return self.exchange->msg_type(); })
        .def_property_readonly("done",
                               [](const PythonRequest& self) { return self.exchange->done(); })
        .def_property_readonly("lost",
                               [](const PythonRequest& self) { return self.exchange->lost(); });

    py::class_<PythonClient>(m, "Core", R"(The five channels to a kernel. Confined to one thread.

Args:
    connection: a Process; or the path of a connection file; or, with `text`, its content.

Raises:
    ConnectionFileError: the file cannot be read, or a field is wrong.
    TransportError: libzmq refuses.)")
#ifndef _WIN32
        .def(py::init([](const std::shared_ptr<PythonProcess>& process, const py::object& libzmq,
                         const std::string& username) {
                 auto out = std::make_unique<PythonClient>(libzmq, process->fixed().connection(),
                                                           username);
                 out->watch(process);
                 return out;
             }),
             py::arg("connection"), py::kw_only(), py::arg("libzmq") = py::none(),
             py::arg("username") = "client")
#endif
        .def(py::init([](const std::string& connection, bool text, const py::object& libzmq,
                         const std::string& username) {
                 return std::make_unique<PythonClient>(
                     libzmq,
                     text ? parse_connection(connection, "the connection")
                          : read_connection(connection),
                     username);
             }),
             py::arg("connection"), py::kw_only(), py::arg("text") = false,
             py::arg("libzmq") = py::none(), py::arg("username") = "client")
        .def("close", &PythonClient::close, "Closes the sockets. What was received stays.")
        .def_property_readonly("closed", &PythonClient::closed)
        .def(
            "wait_ready",
            [](PythonClient& self, const std::optional<double>& seconds) {
                const Milliseconds patience = milliseconds(seconds);
                self.with([&](Client& client) { (void)client.wait_ready(patience); });
            },
            py::arg("seconds"), R"(Waits until the kernel answers and is heard.

Raises:
    KernelSilent, KernelEnded)")
        .def("request", &PythonClient::request, py::arg("channel"), py::arg("msg_type"),
             py::arg("content"), py::kw_only(), py::arg("buffers") = py::none(),
             py::arg("subshell_id") = "", py::arg("calls") = false, py::arg("asks") = false,
             R"(Sends a request.

Args:
    content: JSON text.
    buffers: objects with the buffer protocol, borrowed until they have left.
    calls: outputs are events, and not kept for take_outputs().
    asks: questions are events; else input is refused.)")
        .def("wait", &PythonClient::wait, py::arg("request"), py::arg("seconds"), py::arg("first"),
             R"(Waits until a request is done or lost, or there are events.

Args:
    seconds: None: without an end.
    first: until there is some output, too.

Returns:
    Whether one of these is so.

Raises:
    KernelEnded, KeyboardInterrupt)")
        .def("step", &PythonClient::step, "Handles what has come, without waiting.")
        .def("take_events", &PythonClient::take_events,
             R"(Hands over triples of kind, msg_id of the request, and message.)")
        .def("take_outputs", &PythonClient::take_outputs, py::arg("request"),
             "Hands over the outputs that have come for a request, in order.")
        .def("reply", &PythonClient::reply, py::arg("request"), "The reply to a request, or None.")
        .def("listen", &PythonClient::listen, py::arg("comms"), py::arg("others"),
             "Has comm messages, and what belongs to no request, be events.")
        .def(
            "answer",
            [](PythonClient& self, const ReceivedMessage& question, const std::string& value) {
                self.with([&](Client& client) { client.answer(question.message, value); });
            },
            py::arg("question"), py::arg("value"))
        .def(
            "forget",
            [](PythonClient& self, const PythonRequest& request) {
                self.with([&](Client& client) { client.forget(request.exchange); });
            },
            py::arg("request"))
        .def("reconnect",
             [](PythonClient& self) { self.with([](Client& client) { client.reconnect(); }); })
        .def(
            "beats",
            [](PythonClient& self, double seconds) {
                const Milliseconds patience = milliseconds(seconds);
                return self.with([&](Client& client) { return client.beats(patience); });
            },
            py::arg("seconds"), "Whether the kernel answers a heartbeat in that time.")
        .def(
            "beat",
            [](PythonClient& self) {
                return self.with([](Client& client) {
                    const auto& [sent, answered] = client.beat();
                    return std::pair(sent, answered);
                });
            },
            "How many heartbeats were sent and answered; sends the next one.")
        .def_property_readonly("fds",
                               [](PythonClient& self) {
                                   return self.with([](Client& client) { return client.fds(); });
                               })
        .def_property_readonly("refused", [](PythonClient& self) {
            return self.with([](Client& client) { return client.refused(); });
        });
}
