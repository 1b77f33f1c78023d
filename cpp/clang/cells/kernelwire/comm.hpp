// Comms: lines between a cell's objects and the frontend's, which carry JSON and buffers.
//
//     #include <kernelwire/comm.hpp>
//     using namespace kernelwire;
//
//     Comm comm("samples", R"({"shape":[1000]})", {Buffer::of(std::vector<double>(1000))});
//     comm.on_message([](const CommMessage& message) { std::cout << message.data; });
//
// For cells. Depends on: host.hpp.
#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kernelwire/host.hpp>

namespace kernelwire {

/// Bytes that are sent from where they are, if they are many (16 KiB and more).
class Buffer {
public:
    /// @param data   not changed and not freed until they have left; nobody tells when that is.
    /// @param bytes  how many.
    Buffer(const void* data, std::size_t bytes) : data_(data), size_(bytes) {}

    /// Lends a std::span, an array or another contiguous range, on the same terms.
    template <class Range>
    static Buffer view(const Range& range) {
        return Buffer(std::data(range), std::size(range) * sizeof(*std::data(range)));
    }

    /// Moves a contiguous container into the buffer, which frees it once it has left.
    template <class Container>
    static Buffer of(Container container) {
        return shared(std::make_shared<Container>(std::move(container)));
    }

    /// Shares a contiguous container, until it has left.
    template <class Container>
    static Buffer shared(std::shared_ptr<Container> container) {
        Buffer buffer = view(*container);
        buffer.owner_ = std::move(container);
        return buffer;
    }

    /// As the kernel takes it.
    [[nodiscard]] kernelwire_host::Buffer lent() const {
        if (owner_ == nullptr) return {data_, size_, nullptr, nullptr};
        return {data_, size_, new std::shared_ptr<const void>(owner_),
                [](void* owner) { delete static_cast<std::shared_ptr<const void>*>(owner); }};
    }

private:
    const void* data_;
    std::size_t size_;
    std::shared_ptr<const void> owner_;
};

/// A message from the frontend's end.
struct CommMessage {
    std::string data;                       ///< JSON text
    std::vector<std::string_view> buffers;  ///< valid while the message is handled
};

class Comm;

/// Handles a message.
using CommHandler = std::function<void(const CommMessage&)>;
/// Takes a comm that the frontend has opened.
using CommOpened = std::function<void(Comm, const CommMessage&)>;

namespace cell_detail {

struct CommHandlers {
    CommHandler message;
    CommHandler closed;
};

struct Comms {
    std::map<std::string, std::shared_ptr<CommHandlers>> open;
    std::map<std::string, CommOpened, std::less<>> targets;
};

inline Comms& comms() {
    static Comms all;
    return all;
}

}  // namespace cell_detail

/// One end of a comm. Copies are the same end. It stays open until somebody closes it.
class Comm {
public:
    /// Opens a comm to a target in the frontend.
    /// @param data  JSON text of an object.
    explicit Comm(std::string_view target, std::string_view data = "{}",
                  const std::vector<Buffer>& buffers = {}) {
        kernelwire_host::kernelwire_new_id(id_);
        handlers_ = std::make_shared<cell_detail::CommHandlers>();
        cell_detail::comms().open[id_] = handlers_;
        send(target, false, data, buffers);
    }

    /// Sends to the frontend's end.
    /// @param data  JSON text of an object.
    void send(std::string_view data, const std::vector<Buffer>& buffers = {}) const {
        send("", false, data, buffers);
    }

    /// Closes both ends.
    void close(std::string_view data = "{}", const std::vector<Buffer>& buffers = {}) const {
        send("", true, data, buffers);
        cell_detail::comms().open.erase(id_);
    }

    /// Says what is done with messages.
    void on_message(CommHandler handler) const { handlers_->message = std::move(handler); }
    /// Says what is done when the frontend closes it.
    void on_close(CommHandler handler) const { handlers_->closed = std::move(handler); }

    /// Its id.
    [[nodiscard]] const std::string& id() const { return id_; }

    /// The end of a comm that the frontend has opened. For receive_comm().
    Comm(std::string id, std::shared_ptr<cell_detail::CommHandlers> handlers)
        : id_(std::move(id)), handlers_(std::move(handlers)) {}

private:
    void send(std::string_view target, bool closes, std::string_view data,
              const std::vector<Buffer>& buffers) const {
        std::vector<kernelwire_host::Buffer> lent;
        for (const Buffer& buffer : buffers) lent.push_back(buffer.lent());
        kernelwire_host::kernelwire_comm_send(id_, target, closes, data, lent.data(), lent.size());
    }

    std::string id_;
    std::shared_ptr<cell_detail::CommHandlers> handlers_;
};

/// Lets the frontend open comms to a target of the cell's.
inline void comm_target(std::string_view name, CommOpened opened) {
    cell_detail::comms().targets[std::string(name)] = std::move(opened);
    kernelwire_host::kernelwire_comm_target(name);
}

/// Answers comm messages while the cell goes on; waits for one at most so long.
/// @returns whether any has come.
inline bool answer_comms(int milliseconds = 0) {
    return kernelwire_host::kernelwire_answer_comms(milliseconds);
}

namespace cell_detail {

// The kernel calls this for what has come.
inline void receive_comm(const kernelwire_host::CommEvent& event) {
    CommMessage message{std::string(event.data), {}};
    for (std::size_t i = 0; i < event.buffer_count; ++i) {
        message.buffers.emplace_back(static_cast<const char*>(event.buffers[i].data),
                                     event.buffers[i].size);
    }
    const std::string id(event.id);
    if (event.kind == kernelwire_host::CommEvent::opened) {
        const auto target = comms().targets.find(event.target);
        if (target == comms().targets.end()) return;
        const auto handlers = std::make_shared<CommHandlers>();
        comms().open[id] = handlers;
        target->second(Comm(id, handlers), message);
        return;
    }
    const auto found = comms().open.find(id);
    if (found == comms().open.end()) return;
    const std::shared_ptr<CommHandlers> handlers = found->second;  // they may close the comm
    const bool closed = event.kind == kernelwire_host::CommEvent::closed;
    if (closed) comms().open.erase(found);
    const CommHandler& handler = closed ? handlers->closed : handlers->message;
    if (handler) handler(message);
}

inline const bool receives_comms = (kernelwire_host::kernelwire_comm_receiver(&receive_comm), true);

}  // namespace cell_detail

}  // namespace kernelwire
