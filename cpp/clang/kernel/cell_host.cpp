#include "cell_host.hpp"

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <random>
#include <stdexcept>
#include <system_error>

#include <kernelwire/json.hpp>

namespace kernelwire::cpp {
namespace {

std::atomic<CellHost*> the_host{nullptr};

// JSON text of a cell's; what a user has put together by hand may be anything.
Json checked(std::string_view text, const char* what) {
    std::optional<Json> value = read_json(text);
    if (!value || !value->is_object()) {
        throw std::invalid_argument(std::string(what) + " is to be the text of a JSON object");
    }
    return *std::move(value);
}

Buffers taken(const kernelwire_host::Buffer* buffers, std::size_t count) {
    Buffers out;
    for (std::size_t i = 0; i < count; ++i) {
        const kernelwire_host::Buffer& buffer = buffers[i];
        std::shared_ptr<const void> owner;
        if (buffer.release != nullptr) owner = {buffer.owner, buffer.release};
        out.push_back({{static_cast<const char*>(buffer.data), buffer.size}, std::move(owner)});
    }
    return out;
}

// A cell that is interrupted twice is left where it is, see guard.cpp. Not in here, where locks may
// be held; what waits here looks for an interrupt itself.
class Undisturbed {
public:
    Undisturbed() noexcept {
        sigset_t wake;
        sigemptyset(&wake);
        sigaddset(&wake, SIGURG);
        (void)pthread_sigmask(SIG_BLOCK, &wake, &before_);
    }
    ~Undisturbed() { (void)pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    Undisturbed(const Undisturbed&) = delete;
    Undisturbed& operator=(const Undisturbed&) = delete;

private:
    sigset_t before_{};
};

// As libstdc++'s does: says that the streams were and stay in step. They do, whatever a cell wants:
// std::cin is the frontend's, and would be replaced by one of file descriptor 0's.
bool sync_with_stdio(bool /*wanted*/) {
    return true;
}

// system(), which an interrupt ends. What the cell has printed comes before what the command
// prints.
int system_command(const char* command) {
    if (command == nullptr) return 1;  // there is a shell
    (void)std::fflush(nullptr);
    try {
        return CellHost::of_process().shell().run({"/bin/sh", "-c", command}) << 8;
    } catch (const std::system_error& error) {
        errno = error.code().value();
        return -1;
    }
}

template <class Function>
Symbol symbol(const char* name, Function* function) {
    return {name, reinterpret_cast<void*>(function)};
}

}  // namespace

CellHost::CellHost(std::function<bool()> interrupted) : interrupted_(std::move(interrupted)) {
    the_host = this;
}

CellHost::~CellHost() {
    the_host = nullptr;
}

CellHost& CellHost::of_process() {
    CellHost* const found = the_host;
    if (found == nullptr) throw std::logic_error("the kernel has ended");
    return *found;
}

void CellHost::enter(const Output& output) {
    const std::lock_guard lock(mutex_);
    output_ = output;
}

Output CellHost::output() const {
    const std::lock_guard lock(mutex_);
    if (!output_) throw std::logic_error("no cell has run yet");
    return *output_;
}

std::vector<Symbol> CellHost::symbols() {
    using namespace kernelwire_host;
    return {symbol("kernelwire_display", kernelwire_display),
            symbol("kernelwire_clear_output", kernelwire_clear_output),
            symbol("kernelwire_input", kernelwire_input),
            symbol("kernelwire_quote", kernelwire_quote),
            symbol("kernelwire_base64", kernelwire_base64),
            symbol("kernelwire_new_id", kernelwire_new_id),
            symbol("kernelwire_comm_send", kernelwire_comm_send),
            symbol("kernelwire_comm_target", kernelwire_comm_target),
            symbol("kernelwire_comm_receiver", kernelwire_comm_receiver),
            symbol("kernelwire_comm_event", kernelwire_comm_event),
            symbol("kernelwire_answer_comms", kernelwire_answer_comms),
            symbol("system", system_command),
            symbol("_ZNSt8ios_base15sync_with_stdioEb", sync_with_stdio)};
}

}  // namespace kernelwire::cpp

namespace kernelwire_host {

namespace cpp = kernelwire::cpp;
using cpp::CellHost;
using kernelwire::Json;
using kernelwire::Output;

void kernelwire_display(std::string_view data, std::string_view metadata, std::string_view id,
                        bool update) {
    const cpp::Undisturbed here;
    const Output output = CellHost::of_process().output();
    const Json bundle = cpp::checked(data, "what is displayed");
    const Json about = cpp::checked(metadata, "the metadata of what is displayed");
    if (update) {
        output.update_display_data(bundle, about, std::string(id));
    } else {
        output.display_data(bundle, about, std::string(id));
    }
}

void kernelwire_clear_output(bool wait) {
    const cpp::Undisturbed here;
    CellHost::of_process().output().clear_output(wait);
}

void kernelwire_input(std::string_view prompt, bool password, std::string& answer) {
    const cpp::Undisturbed here;
    answer = CellHost::of_process().output().input(std::string(prompt), password);
}

void kernelwire_quote(std::string_view text, std::string& out) {
    kernelwire::append_json_string(out, text);
}

// RFC 4648, section 4.
void kernelwire_base64(std::string_view bytes, std::string& out) {
    static constexpr char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
    for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(3, bytes.size()))) {
        std::uint32_t three = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            three = three << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            out += i <= bytes.size() ? alphabet[three >> (18 - 6 * i) & 63] : '=';
        }
    }
}

void kernelwire_new_id(std::string& out) {
    std::random_device random;
    std::array<char, 33> text{};
    (void)std::snprintf(text.data(), text.size(), "%08x%08x%08x%08x", random(), random(), random(),
                        random());
    out = text.data();
}

void kernelwire_comm_send(std::string_view id, std::string_view target, bool closes,
                          std::string_view data, const Buffer* buffers, std::size_t buffer_count) {
    kernelwire::Buffers lent = cpp::taken(buffers, buffer_count);
    const cpp::Undisturbed here;
    CellHost& host = CellHost::of_process();
    host.comms().send(host.output(), id, target, closes, data, std::move(lent));
}

void kernelwire_comm_target(std::string_view target) {
    CellHost::of_process().comms().add_target(target);
}

void kernelwire_comm_receiver(void (*receive)(const CommEvent&)) {
    CellHost::of_process().comms().set_receiver(receive);
}

const CommEvent* kernelwire_comm_event() {
    return CellHost::of_process().comms().event();
}

bool kernelwire_answer_comms(int milliseconds) {
    constexpr int patience = 50;  // how long an interrupt waits, in milliseconds
    CellHost& host = CellHost::of_process();
    const Output output = host.output();
    const std::size_t before = host.comms().events();
    std::vector<pollfd> waited;
    for (const int fd : output.comm_fds()) waited.push_back({fd, POLLIN, 0});
    while (true) {
        while (output.answer_comms()) {
        }
        if (host.comms().events() != before) return true;
        if (host.interrupted()) throw kernelwire::Interrupted();
        if (milliseconds <= 0) return false;
        const cpp::Undisturbed here;
        (void)poll(waited.data(), waited.size(), std::min(milliseconds, patience));
        milliseconds -= patience;
    }
}

}  // namespace kernelwire_host
