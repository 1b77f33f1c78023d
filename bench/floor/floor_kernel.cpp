// floor_kernel: the least a Jupyter kernel can do, and so the yardstick of the kernel benchmark.
//
// It parses no JSON and neither signs nor verifies; it finds its way by searching the raw bytes and
// answers with constant frames, as many and as large as a real kernel's. What it costs is what
// libzmq and the operating system cost. Started by bench/kernels with `-f CONNECTION_FILE`; never a
// kernel for users. bench/README.md lists the codes it understands.

#include <zmq.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

using namespace std::string_view_literals;

namespace {

constexpr auto delimiter = "<IDS|MSG>"sv;
constexpr auto empty_object = "{}"sv;
constexpr auto signature = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"sv;

/// One socket, closed with its owner. Confined to one thread unless the owner locks.
class Socket {
public:
    Socket(void* context, int type) : handle_(zmq_socket(context, type)) {
        set(ZMQ_LINGER, 1000);
        set(ZMQ_SNDHWM, 0);  // nothing is ever dropped: the benchmark counts what arrives
        set(ZMQ_RCVHWM, 0);
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() { zmq_close(handle_); }

    void* get() const { return handle_; }

    void bind(const std::string& endpoint) {
        if (zmq_bind(handle_, endpoint.c_str()) != 0) {
            std::cerr << "floor_kernel: " << endpoint << ": " << zmq_strerror(errno) << '\n';
            std::exit(1);
        }
    }

    /// Sends bytes that outlive the process's sockets. Without a free function libzmq takes the
    /// pointer as it is: no allocation and no reference count.
    void send_constant(std::string_view bytes, bool more = true) {
        zmq_msg_t frame;
        zmq_msg_init_data(&frame, const_cast<char*>(bytes.data()), bytes.size(), nullptr, nullptr);
        zmq_msg_send(&frame, handle_, more ? ZMQ_SNDMORE : 0);
    }

    /// Sends bytes that live only for this call.
    void send_copied(std::string_view bytes) { zmq_send(handle_, bytes.data(), bytes.size(), 0); }

    /// Sends a received frame once more, sharing its memory.
    void send_shared(zmq_msg_t& original) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        zmq_msg_copy(&frame, &original);
        zmq_msg_send(&frame, handle_, ZMQ_SNDMORE);
    }

private:
    void set(int option, int value) { zmq_setsockopt(handle_, option, &value, sizeof value); }

    void* handle_;
};

/// The frames of one request, reused for the next one.
class Request {
public:
    Request() {
        for (auto& frame : frames_) zmq_msg_init(&frame);
    }
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;
    ~Request() {
        for (auto& frame : frames_) zmq_msg_close(&frame);
    }

    /// Blocks for one message; false once the context is shut down. Frames past the content,
    /// which are buffers, are read and forgotten. A stopped and continued process retries.
    bool recv(Socket& socket) {
        zmq_msg_t* frame = frames_.data();
        for (;;) {
            if (zmq_msg_recv(frame, socket.get(), 0) < 0) {
                if (errno == EINTR) continue;
                return false;
            }
            if (zmq_msg_more(frame) == 0) return true;
            if (frame != &frames_.back()) ++frame;
        }
    }

    // Our client is a DEALER, so there is exactly one identity before the delimiter.
    zmq_msg_t& identity() { return frames_[0]; }
    zmq_msg_t& header() { return frames_[3]; }

    bool is(std::string_view message_type) { return view(header()).find(message_type) != npos; }
    bool silent() { return view(frames_[6]).find("\"silent\":true"sv) != npos; }

    /// What follows `FLOOR:` in the code, up to the end of the content; empty without it.
    std::string_view load() {
        constexpr auto prefix = "FLOOR:"sv;
        const auto content = view(frames_[6]);
        const auto at = content.find(prefix);
        return at == npos ? std::string_view{} : content.substr(at + prefix.size());
    }

private:
    static constexpr auto npos = std::string_view::npos;

    static std::string_view view(zmq_msg_t& frame) {
        return {static_cast<const char*>(zmq_msg_data(&frame)), zmq_msg_size(&frame)};
    }

    std::array<zmq_msg_t, 8> frames_;  // the last one takes what nobody reads
};

std::string libzmq_version() {
    int major = 0, minor = 0, patch = 0;
    zmq_version(&major, &minor, &patch);
    return std::to_string(major) + '.' + std::to_string(minor) + '.' + std::to_string(patch);
}

/// A message made once and sent often.
class Constant {
public:
    Constant(const std::string& type, std::string content_text)
        : topic("kernel.5d2f6c1e-9a7b-40c3-8e61-f0d2b4a59c77." + type),
          header(R"({"msg_id":"5d2f6c1e-9a7b40c38e61f0d2b4a59c77_4242_1001","msg_type":")" + type +
                 R"(","username":"bench","session":"5d2f6c1e-9a7b40c38e61f0d2b4a59c77",)"
                 R"("date":"2026-01-01T00:00:00.000000Z","version":"5.5"})"),
          content(std::move(content_text)) {}

    const std::string topic, header, content;
};

/// Every message the kernel can send. Outlives the sockets, which send it without copying.
struct Messages {
    Constant busy{"status", R"({"execution_state":"busy"})"};
    Constant idle{"status", R"({"execution_state":"idle"})"};
    Constant execute_input{"execute_input", R"({"code":"pass","execution_count":1})"};
    Constant stream{"stream", R"({"name":"stdout","text":"pass\n"})"};
    Constant display_data{"display_data",
                          R"({"data":{"text/plain":"12345"},"metadata":{},"transient":{}})"};
    Constant comm_msg{"comm_msg", R"({"comm_id":"5d2f6c1e9a7b40c38e61f0d2b4a59c77","data":{}})"};
    Constant execute_reply{
        "execute_reply",
        R"({"status":"ok","execution_count":1,"user_expressions":{},"payload":[]})"};
    Constant shutdown_reply{"shutdown_reply", R"({"status":"ok","restart":false})"};
    Constant kernel_info_reply{
        "kernel_info_reply",
        R"({"status":"ok","protocol_version":"5.5","implementation":"floor over libzmq",)"
        R"("implementation_version":")" +
            libzmq_version() +
            R"(","language_info":{"name":"text","version":"0.0.0",)"
            R"("mimetype":"text/plain","file_extension":".txt","pygments_lexer":"text",)"
            R"("codemirror_mode":"text","nbconvert_exporter":""},"banner":"The least a Jupyter )"
            R"(kernel can do: it parses no JSON, and makes and checks no signature. It is there to )"
            R"(be measured, not to be used.","help_links":[{"text":"The benchmark","url":)"
            R"("bench/README.md"}],"supported_features":[],"debugger":false})"};
};

/// Sends everything of a message but its first frame and its content.
void send_middle(Socket& socket, std::string_view header, zmq_msg_t& parent) {
    socket.send_constant(delimiter);
    socket.send_constant(signature);
    socket.send_constant(header);
    socket.send_shared(parent);
    socket.send_constant(empty_object);
}

/// The iopub socket. Shared by the shell and the service thread, so each message takes the lock.
class Publisher {
public:
    Publisher(void* context, const Messages& constants)
        : messages(constants), socket_(context, ZMQ_PUB) {}

    const Messages& messages;

    Socket& socket() { return socket_; }

    void publish(const Constant& message, Request& request) {
        const std::lock_guard lock(mutex_);
        open(message, request);
        socket_.send_constant(message.content, false);
    }

    void publish_line(unsigned number, Request& request) {
        const auto content = R"({"name":"stdout","text":")" + std::to_string(number) + R"(\n"})";
        const std::lock_guard lock(mutex_);
        open(messages.stream, request);
        socket_.send_copied(content);
    }

    /// @param buffer borrowed until the socket is closed
    void publish_buffer(std::string_view buffer, Request& request) {
        const std::lock_guard lock(mutex_);
        open(messages.comm_msg, request);
        socket_.send_constant(messages.comm_msg.content);
        socket_.send_constant(buffer, false);
    }

private:
    void open(const Constant& message, Request& request) {
        socket_.send_constant(message.topic);
        send_middle(socket_, message.header, request.header());
    }

    Socket socket_;
    std::mutex mutex_;
};

void reply(Socket& socket, const Constant& message, Request& request) {
    socket.send_shared(request.identity());
    send_middle(socket, message.header, request.header());
    socket.send_constant(message.content, false);
}

/// Does what the code of an execute_request asks for. Confined to the shell thread.
class Loads {
public:
    /// @param buffer what `buffers` sends; must outlive the sockets, which send it uncopied
    Loads(Publisher& iopub, std::string& buffer) : iopub_(iopub), buffer_(buffer) {}

    void run(Request& request) {
        const std::string_view load = request.load();
        if (starts(load, "pass")) return;
        if (starts(load, "prints:") || starts(load, "flushed:")) {
            const auto count = number(load, 1);
            for (unsigned i = 0; i < count; ++i) iopub_.publish_line(i, request);
        } else if (starts(load, "display:")) {
            const auto count = number(load, 1);
            for (unsigned i = 0; i < count; ++i)
                iopub_.publish(iopub_.messages.display_data, request);
        } else if (starts(load, "allocate:")) {
            buffer_.assign(number(load, 1), '\1');
        } else if (starts(load, "buffers:")) {
            const auto count = number(load, 1);
            const auto size = number(load, 2);
            if (buffer_.size() < size) buffer_.assign(size, '\1');
            for (unsigned i = 0; i < count; ++i) {
                iopub_.publish_buffer(std::string_view(buffer_).substr(0, size), request);
            }
        } else {
            iopub_.publish(iopub_.messages.stream, request);
        }
    }

private:
    static bool starts(std::string_view text, std::string_view prefix) {
        return text.substr(0, prefix.size()) == prefix;
    }

    /// The number after the n-th colon of the load; 0 where there is none.
    static std::size_t number(std::string_view load, int colons) {
        std::size_t at = 0;
        for (; colons > 0 && at < load.size(); ++at) colons -= load[at] == ':' ? 1 : 0;
        std::size_t value = 0;
        for (; at < load.size() && load[at] >= '0' && load[at] <= '9'; ++at) {
            value = value * 10 + static_cast<std::size_t>(load[at] - '0');
        }
        return value;
    }

    Publisher& iopub_;
    std::string& buffer_;
};

/// Answers one request of shell or control; false when it was a shutdown.
bool serve(Socket& socket, Publisher& iopub, Loads* loads, Request& request) {
    const Messages& messages = iopub.messages;
    const bool shutdown = request.is("\"shutdown_request\"");
    iopub.publish(messages.busy, request);
    if (loads != nullptr && request.is("\"execute_request\"")) {
        if (!request.silent()) {
            iopub.publish(messages.execute_input, request);
            loads->run(request);
        }
        reply(socket, messages.execute_reply, request);
    } else {
        reply(socket, shutdown ? messages.shutdown_reply : messages.kernel_info_reply, request);
    }
    iopub.publish(messages.idle, request);
    return !shutdown;
}

/// Serves control and the heartbeat until a shutdown request comes.
void serve_control(Socket& control, Socket& heartbeat, Publisher& iopub) {
    Request request;
    zmq_msg_t beat;
    zmq_msg_init(&beat);
    std::array<zmq_pollitem_t, 2> items{
        {{control.get(), 0, ZMQ_POLLIN, 0}, {heartbeat.get(), 0, ZMQ_POLLIN, 0}}};
    bool running = true;
    while (running) {
        if (zmq_poll(items.data(), static_cast<int>(items.size()), -1) < 0) continue;  // EINTR
        if ((items[0].revents & ZMQ_POLLIN) != 0 && request.recv(control)) {
            running = serve(control, iopub, nullptr, request);
        }
        if ((items[1].revents & ZMQ_POLLIN) != 0) {
            zmq_msg_recv(&beat, heartbeat.get(), 0);
            zmq_msg_send(&beat, heartbeat.get(), 0);
        }
    }
    zmq_msg_close(&beat);
}

/// The endpoint of one channel, cut out of the connection file's text.
std::string endpoint(const std::string& connection, std::string_view port_name) {
    const auto name = connection.find(port_name);
    const auto digits = connection.find_first_of("0123456789", name + port_name.size());
    if (name == std::string::npos || digits == std::string::npos) {
        std::cerr << "floor_kernel: no " << port_name << " in the connection file\n";
        std::exit(1);
    }
    const auto end = connection.find_first_not_of("0123456789", digits);
    return "tcp://127.0.0.1:" + connection.substr(digits, end - digits);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3 || argv[1] != "-f"sv) {
        std::cerr << "usage: floor_kernel -f CONNECTION_FILE\n";
        return 2;
    }
    std::ifstream file(argv[2]);
    const std::string connection{std::istreambuf_iterator<char>(file), {}};

    const Messages messages;
    std::string buffer;
    void* context = zmq_ctx_new();
    {
        Publisher iopub(context, messages);
        Socket shell(context, ZMQ_ROUTER);
        Socket control(context, ZMQ_ROUTER);
        Socket input(context, ZMQ_ROUTER);
        Socket heartbeat(context, ZMQ_REP);
        iopub.socket().bind(endpoint(connection, "\"iopub_port\""));
        shell.bind(endpoint(connection, "\"shell_port\""));
        control.bind(endpoint(connection, "\"control_port\""));
        input.bind(endpoint(connection, "\"stdin_port\""));
        heartbeat.bind(endpoint(connection, "\"hb_port\""));

        Loads loads(iopub, buffer);
        std::thread shell_thread([&] {
            Request request;
            while (request.recv(shell) && serve(shell, iopub, &loads, request)) {
            }
        });
        serve_control(control, heartbeat, iopub);
        // A reply still in the pipe goes out while its socket lingers; the shell thread wakes.
        zmq_ctx_shutdown(context);
        shell_thread.join();
    }
    zmq_ctx_term(context);
}
