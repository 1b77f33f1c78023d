#include "comms.hpp"

namespace kernelwire::cpp {

void Comms::send(const Output& output, std::string_view id, std::string_view target, bool closes,
                 std::string_view data, Buffers buffers) {
    const std::string key(id);
    std::string content = R"({"comm_id":)" + json_string(id);
    std::string type = closes ? "comm_close" : "comm_msg";
    if (!target.empty()) {
        type = "comm_open";
        content += R"(,"target_name":)" + json_string(target);
        open_[key] = target;
    } else if (open_.count(key) == 0) {
        throw std::logic_error("this comm is closed");
    }
    if (!read_json(data)) throw std::invalid_argument("a comm's data is to be JSON text");
    content += R"(,"data":)" + std::string(data) + "}";
    if (closes) open_.erase(key);
    output.publish(type, std::move(content), "{}", std::move(buffers));
}

bool Comms::opened(const CommMessage& message, const Deliver& deliver_event) {
    if (receive_ == nullptr || targets_.count(message.target_name) == 0) return false;
    open_[message.comm_id] = message.target_name;
    deliver(kernelwire_host::CommEvent::opened, message, message.target_name, deliver_event);
    return true;
}

void Comms::received(const CommMessage& message, bool closes, const Deliver& deliver_event) {
    const auto found = open_.find(message.comm_id);
    if (found == open_.end() || receive_ == nullptr) return;
    const std::string target = found->second;
    if (closes) open_.erase(found);
    deliver(closes ? kernelwire_host::CommEvent::closed : kernelwire_host::CommEvent::message,
            message, target, deliver_event);
}

void Comms::deliver(kernelwire_host::CommEvent::Kind kind, const CommMessage& message,
                    const std::string& target, const Deliver& deliver_event) {
    const std::string data = write_json(message.data());
    std::vector<kernelwire_host::Buffer> views;
    const Buffers buffers = message.message.buffers();
    for (const Buffer& buffer : buffers) {
        views.push_back({buffer.bytes.data(), buffer.bytes.size(), nullptr, nullptr});
    }
    const kernelwire_host::CommEvent event{kind, message.comm_id, target,
                                           data, views.data(),    views.size()};
    struct AtHand {
        const kernelwire_host::CommEvent*& place;
        const kernelwire_host::CommEvent* outer;
        ~AtHand() { place = outer; }
    };
    const AtHand at_hand{event_, event_};
    event_ = &event;
    ++events_;
    deliver_event();
}

void Comms::receive() const {
    if (receive_ != nullptr && event_ != nullptr) receive_(*event_);
}

Json Comms::info(const std::string& target_name) const {
    Json found = Json::object();
    for (const auto& [id, target] : open_) {
        if (target_name.empty() || target_name == target) found[id] = {{"target_name", target}};
    }
    return found;
}

void Comms::forget() {
    open_.clear();
    targets_.clear();
    receive_ = nullptr;
}

}  // namespace kernelwire::cpp
