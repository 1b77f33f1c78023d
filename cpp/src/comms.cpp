#include <kernelwire/comms.hpp>

#include <iterator>
#include <stdexcept>
#include <utility>

#include <kernelwire/connection.hpp>

namespace kernelwire {

bool Comm::is_open() const {
    const std::lock_guard lock(state_->mutex);
    return state_->open;
}

// Publishing may wait for clients to read, so not under the lock.
bool Comm::send(const Json& data, Buffers buffers, const Json& metadata) const {
    std::unique_lock lock(state_->mutex);
    if (!state_->open) return false;
    const Output output = state_->latest;
    lock.unlock();
    publish(output, "comm_msg", "", data, metadata, std::move(buffers));
    return true;
}

bool Comm::send(const Output& output, const Json& data, Buffers buffers,
                const Json& metadata) const {
    {
        const std::lock_guard lock(state_->mutex);
        state_->latest = output;
    }
    return send(data, std::move(buffers), metadata);
}

void Comm::close(const Json& data) const {
    Handler on_message;
    Handler on_close;
    std::unique_lock lock(state_->mutex);
    if (!state_->open) return;
    state_->open = false;
    // What they hold may use the comm when it goes.
    std::swap(on_message, state_->on_message);
    std::swap(on_close, state_->on_close);
    const Output output = state_->latest;
    lock.unlock();
    publish(output, "comm_close", "", data, Json::object(), {});
}

void Comm::on_message(Handler call) const {
    const std::lock_guard lock(state_->mutex);
    if (state_->open) std::swap(state_->on_message, call);
}

void Comm::on_close(Handler call) const {
    const std::lock_guard lock(state_->mutex);
    if (state_->open) std::swap(state_->on_close, call);
}

void Comm::publish(const Output& output, const char* msg_type, const std::string& fields,
                   const Json& data, const Json& metadata, Buffers buffers) const {
    std::string content = R"({"comm_id":)" + json_string(id()) + fields + R"(,"data":)";
    content += write_json(data, "data") + "}";
    output.publish(msg_type, std::move(content), write_json(metadata, "metadata"),
                   std::move(buffers));
}

void Comms::on_open(const std::string& target_name, Comm::Handler call) {
    if (!call) throw std::invalid_argument("there is no function to be called for a comm");
    auto handler = std::make_shared<const Comm::Handler>(std::move(call));
    const std::lock_guard lock(mutex_);
    std::swap(targets_[target_name], handler);
}

void Comms::forget(const std::string& target_name) {
    const std::lock_guard lock(mutex_);
    targets_.erase(target_name);
}

Comm Comms::open(const Output& output, const std::string& target_name, const Json& data,
                 Buffers buffers, const Json& metadata) {
    const Comm comm(std::make_shared<Comm::State>(new_key(), target_name, output));
    (void)add(comm.state_);  // before an answer can come
    try {
        comm.publish(output, "comm_open", R"(,"target_name":)" + json_string(target_name), data,
                     metadata, std::move(buffers));
    } catch (...) {  // nobody has heard of it
        const std::lock_guard lock(mutex_);
        comms_.erase(comm.id());
        throw;
    }
    return comm;
}

std::size_t Comms::size() const {
    std::size_t count = 0;
    const std::lock_guard lock(mutex_);
    for (const auto& [id, state] : comms_) count += Comm(state).is_open() ? 1U : 0U;
    return count;
}

void Comms::comm_open(const CommMessage& message, const Output& output) {
    std::shared_ptr<const Comm::Handler> handler;
    {
        const std::lock_guard lock(mutex_);
        const auto found = targets_.find(message.target_name);
        if (found != targets_.end()) handler = found->second;
    }
    Comm comm(std::make_shared<Comm::State>(message.comm_id, message.target_name, output));
    if (handler == nullptr) return comm.close();
    // Not closed: the frontend would take that for the end of the other one.
    if (!add(comm.state_)) throw InterpreterError("CommExists", "a comm of this id is open");
    try {
        (*handler)(comm, message);
    } catch (...) {
        comm.close();
        throw;
    }
}

void Comms::comm_msg(const CommMessage& message, const Output& output) {
    const auto state = find(message.comm_id);
    if (state == nullptr) return;
    Comm::Handler handler;
    {
        const std::lock_guard lock(state->mutex);
        if (!state->open) return;
        state->latest = output;
        handler = state->on_message;
    }
    Comm comm(state);
    if (handler) handler(comm, message);
}

void Comms::comm_close(const CommMessage& message, const Output& output) {
    const auto state = find(message.comm_id);
    if (state == nullptr) return;
    Comm::Handler on_message;
    Comm::Handler handler;
    {
        const std::lock_guard lock(state->mutex);
        if (!std::exchange(state->open, false)) return;
        state->latest = output;
        std::swap(on_message, state->on_message);
        std::swap(handler, state->on_close);
    }
    {
        const std::lock_guard lock(mutex_);
        comms_.erase(message.comm_id);
    }
    Comm comm(state);
    if (handler) handler(comm, message);
}

Json Comms::comm_info(const std::string& target_name) const {
    Json out = Json::object();
    const std::lock_guard lock(mutex_);
    for (const auto& [id, state] : comms_) {
        if (!Comm(state).is_open()) continue;
        if (!target_name.empty() && state->target_name != target_name) continue;
        out[id] = {{"target_name", state->target_name}};
    }
    return out;
}

std::shared_ptr<Comm::State> Comms::find(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = comms_.find(id);
    return found == comms_.end() ? nullptr : found->second;
}

// False where one of that id is open.
bool Comms::add(const std::shared_ptr<Comm::State>& comm) {
    const std::lock_guard lock(mutex_);
    if (comms_.size() >= sweep_at_) {
        remove_closed();
        sweep_at_ = 2 * comms_.size() + few;
    }
    const auto [found, added] = comms_.emplace(comm->id, comm);
    if (added) return true;
    if (Comm(found->second).is_open()) return false;
    found->second = comm;
    return true;
}

// Those that a handle has closed, which knows nothing of where it stands here.
void Comms::remove_closed() {
    for (auto comm = comms_.begin(); comm != comms_.end();) {
        comm = Comm(comm->second).is_open() ? std::next(comm) : comms_.erase(comm);
    }
}

}  // namespace kernelwire
