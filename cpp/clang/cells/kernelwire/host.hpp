// What cells of the C++ kernel may ask of the kernel around them. The functions are the kernel's
// own, and are found by name; what users call is in display.hpp, comm.hpp and input.hpp.
//
// For cells. Depends on nothing of ours. Implemented by kernel/cell_host.cpp.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Not within kernelwire, whose names cells may have all at hand: `host` is a name for theirs.
namespace kernelwire_host {

/// Bytes that travel after a message's content. `release(owner)` is called once they have left, on
/// another thread; null where nobody needs to know.
struct Buffer {
    const void* data = nullptr;        ///< where the bytes are
    std::size_t size = 0;              ///< how many
    void* owner = nullptr;             ///< handed to `release`
    void (*release)(void*) = nullptr;  ///< lets the bytes go
};

/// What has come for a comm.
struct CommEvent {
    enum Kind { opened, message, closed };  ///< what happened

    Kind kind = message;              ///< which of these
    std::string_view id;              ///< of the comm
    std::string_view target;          ///< where it was opened
    std::string_view data;            ///< JSON text
    const Buffer* buffers = nullptr;  ///< valid during the event
    std::size_t buffer_count = 0;     ///< how many
};

extern "C" {
/// Shows a MIME bundle, or replaces what was shown under an id.
/// @param data, metadata  JSON text of an object each.
void kernelwire_display(std::string_view data, std::string_view metadata, std::string_view id,
                        bool update);
/// Removes the cell's output; with `wait`, once the next output comes.
void kernelwire_clear_output(bool wait);
/// Asks the frontend for a line, which is written to `answer`.
void kernelwire_input(std::string_view prompt, bool password, std::string& answer);
/// Appends text as a JSON string; what is no UTF-8 in it becomes U+FFFD.
void kernelwire_quote(std::string_view text, std::string& out);
/// Appends bytes in base64.
void kernelwire_base64(std::string_view bytes, std::string& out);
/// A text that occurs once: for ids.
void kernelwire_new_id(std::string& out);
/// Sends comm_open (where `target` is not empty), comm_msg or, where `closes`, comm_close.
void kernelwire_comm_send(std::string_view id, std::string_view target, bool closes,
                          std::string_view data, const Buffer* buffers, std::size_t buffer_count);
/// Lets frontends open comms to this target.
void kernelwire_comm_target(std::string_view target);
/// Says who takes the events of comms.
void kernelwire_comm_receiver(void (*receive)(const CommEvent&));
/// The event at hand.
const CommEvent* kernelwire_comm_event();
/// Answers comm messages that have come while the cell runs; waits for one, at most that long.
/// @returns whether any has come.
bool kernelwire_answer_comms(int milliseconds);
}

}  // namespace kernelwire_host
