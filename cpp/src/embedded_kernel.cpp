#include <kernelwire/embedded_kernel.hpp>

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <deque>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include <kernelwire/kernelspec.hpp>
#include <kernelwire/process_id.hpp>
#include <kernelwire/server.hpp>

#include "poll_set.hpp"

namespace kernelwire {
namespace {

// What Jupyter takes for the connection file of a kernel; several of one process differ.
std::string file_name() {
    return runtime_directory() + "/kernel-" + std::to_string(process_id()) + "-" +
           new_key().substr(0, 8) + ".json";
}

EmbeddedOptions completed(EmbeddedOptions options) {
    if (options.requests_per_step == 0) {
        throw std::invalid_argument("requests_per_step is 0, want at least 1");
    }
    Connection& connection = options.connection;
    if (connection.registration) {
        throw std::invalid_argument("an embedded kernel cannot be registered with a launcher");
    }
    if (connection.key.empty()) connection.key = new_key();
    if (options.connection_file.empty()) options.connection_file = file_name();
    if (connection.transport == "ipc" && connection.ip == Connection().ip) {
        connection.ip = options.connection_file + "-ipc";
    }
    return options;
}

ServerOptions for_server(const EmbeddedOptions& options) {
    ServerOptions out;
    out.log = options.log;
    out.record = options.record;
    out.iopub = options.iopub;
    return out;
}

// The file by which clients find a kernel.
class ConnectionFile {
public:
    ConnectionFile(const Connection& connection, std::string path) : path_(std::move(path)) {
        write_connection(connection, path_);
    }
    ~ConnectionFile() { remove(); }
    ConnectionFile(const ConnectionFile&) = delete;
    ConnectionFile& operator=(const ConnectionFile&) = delete;

    void remove() noexcept {
        if (std::exchange(is_there_, false)) (void)std::remove(path_.c_str());
    }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    const std::string path_;
    bool is_there_ = true;
};

// How long to sleep for a deadline, in whole milliseconds, of which the last is slept through.
int sleep_ms(EmbeddedKernel::Clock::time_point deadline) {
    constexpr auto longest = std::chrono::milliseconds{std::numeric_limits<int>::max()};
    const auto left = deadline - EmbeddedKernel::Clock::now();
    if (left >= longest) return static_cast<int>(longest.count());
    return std::max(0,
                    static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
}

}  // namespace

struct EmbeddedKernel::State {
    State(const ZmqApi& api, Interpreter& interpreter, EmbeddedOptions with)
        : options(std::move(with)),
          server(api, options.connection, interpreter, for_server(options)),
          ready(server.fds()),
          file(server.connection(), options.connection_file) {
        server.begin();
        server.call();  // the first step() looks at everything, after which fd() is to be believed
    }

    [[nodiscard]] bool on_own_thread() const noexcept {
        return std::this_thread::get_id() == thread;
    }
    [[nodiscard]] bool forked() const noexcept { return process_id() != process; }

    bool step() {
        if (forked()) return false;
        if (!ready.wait(0)) return running;
        call_posted();
        if (!server.step(options.requests_per_step) && running) end();
        if (has_posted()) server.call();
        return running;
    }

    template <class Done>
    bool run_until(const Done& done, int (*timeout_ms)(Clock::time_point),
                   Clock::time_point deadline) {
        while (step() && !done()) (void)ready.wait(timeout_ms(deadline));
        return running && !forked();
    }

    // Those that are there now: a function that posts another one must not hold up the loop.
    void call_posted() {
        for (std::size_t count = posted_count(); count > 0; --count) {
            std::function<void()> function;
            {
                const std::lock_guard lock(mutex);
                if (posted.empty()) return;  // called by a step() within one of them
                function = std::move(posted.front());
                posted.pop_front();
            }
            or_log("a posted function failed", function);
        }
    }

    [[nodiscard]] std::size_t posted_count() const {
        const std::lock_guard lock(mutex);
        return posted.size();
    }
    [[nodiscard]] bool has_posted() const { return posted_count() > 0; }

    void end() {
        running = false;
        file.remove();
        or_log("the kernel has not ended as it should", [this] { server.end(); });
    }

    void or_log(const char* failure, const std::function<void()>& work) const {
        try {
            work();
        } catch (const std::exception& error) {
            options.log.write(Level::error, std::string(failure) + ": " + error.what());
        } catch (...) {
            options.log.write(Level::error, failure);
        }
    }

    const EmbeddedOptions options;
    const std::thread::id thread = std::this_thread::get_id();
    const long process = process_id();
    mutable std::mutex mutex;  // of posted
    std::deque<std::function<void()>> posted;
    bool running = true;
    Server server;
    PollSet ready;
    ConnectionFile file;
};

EmbeddedKernel::EmbeddedKernel(const ZmqApi& api, Interpreter& interpreter, EmbeddedOptions options)
    : state_(std::make_unique<State>(api, interpreter, completed(std::move(options)))) {}

EmbeddedKernel::~EmbeddedKernel() {
    if (state_->forked()) {
        (void)state_.release();  // its threads and connections are the parent's
        return;
    }
    assert(state_->on_own_thread() && "an EmbeddedKernel goes on the thread that made it");
    if (state_->running) state_->end();
}

int EmbeddedKernel::fd() const noexcept {
    return state_->ready.fd();
}

bool EmbeddedKernel::step() {
    assert(state_->on_own_thread() && "step() belongs to the thread that made the kernel");
    return state_->step();
}

bool EmbeddedKernel::run_until(const std::function<bool()>& done) {
    assert(state_->on_own_thread() && "run_until() belongs to the thread that made the kernel");
    if (!done) throw std::invalid_argument("there is no function that says when it is done");
    return state_->run_until(done, [](Clock::time_point) { return -1; }, {});
}

bool EmbeddedKernel::run_until(Clock::time_point deadline) {
    assert(state_->on_own_thread() && "run_until() belongs to the thread that made the kernel");
    return state_->run_until([deadline] { return Clock::now() >= deadline; }, sleep_ms, deadline);
}

void EmbeddedKernel::post(std::function<void()> function) {
    if (!function) throw std::invalid_argument("there is no function to be called");
    {
        const std::lock_guard lock(state_->mutex);
        state_->posted.push_back(std::move(function));
    }
    state_->server.call();
}

void EmbeddedKernel::stop() {
    state_->server.stop();
}

bool EmbeddedKernel::running() const noexcept {
    return state_->running;
}

const Connection& EmbeddedKernel::connection() const noexcept {
    return state_->server.connection();
}

const std::string& EmbeddedKernel::connection_file() const noexcept {
    return state_->file.path();
}

}  // namespace kernelwire
