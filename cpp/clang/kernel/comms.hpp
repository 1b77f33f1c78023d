// The comms of the cells: which are open, which targets there are, and the event at hand.
//
// Layer 8. Depends on: interpreter.hpp, cells/host.hpp. Used by: cell_host.hpp, cpp_kernel.hpp.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <kernelwire/host.hpp>
#include <kernelwire/interpreter.hpp>

namespace kernelwire::cpp {

/// Keeps the kernel's side of comms; handlers are in the cells. Confined to the shell's thread.
class Comms {
public:
    /// Runs the cells' receiver for the event at hand: guarded, since what it calls may crash.
    using Deliver = std::function<void()>;

    /// Cells take comms that are opened to this target.
    void add_target(std::string_view target) { targets_.emplace(target); }
    /// Cells say who takes events.
    void set_receiver(void (*receiver)(const kernelwire_host::CommEvent&)) noexcept {
        receive_ = receiver;
    }

    /// A cell sends.
    void send(const Output& output, std::string_view id, std::string_view target, bool closes,
              std::string_view data, Buffers buffers);

    /// The frontend has opened one.
    /// @returns whether a cell takes it.
    bool opened(const CommMessage& message, const Deliver& deliver);
    /// The frontend has sent something, or has closed one.
    void received(const CommMessage& message, bool closes, const Deliver& deliver);

    /// What an `Interpreter::comm_info` answers.
    [[nodiscard]] Json info(const std::string& target_name) const;

    /// The event that is delivered; null: none.
    [[nodiscard]] const kernelwire_host::CommEvent* event() const noexcept { return event_; }
    /// How many events there were.
    [[nodiscard]] std::size_t events() const noexcept { return events_; }
    /// A cell begins: what one that has crashed had at hand is forgotten.
    void drop_event() noexcept { event_ = nullptr; }
    /// Has the cells' receiver take the event, on whatever is running.
    void receive() const;

    /// The session is gone, and its handlers with it.
    void forget();

private:
    void deliver(kernelwire_host::CommEvent::Kind kind, const CommMessage& message,
                 const std::string& target, const Deliver& deliver);

    std::map<std::string, std::string, std::less<>> open_;  // id to target
    std::set<std::string, std::less<>> targets_;
    void (*receive_)(const kernelwire_host::CommEvent&) = nullptr;
    const kernelwire_host::CommEvent* event_ = nullptr;
    std::size_t events_ = 0;
};

}  // namespace kernelwire::cpp
