#include <kernelwire/capture.hpp>

#include <stdexcept>

#ifndef _WIN32
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include <kernelwire/own_stderr.hpp>
#include <kernelwire/process_id.hpp>

#include "last_words.hpp"
#include "redirection.hpp"
#include "signals_blocked.hpp"
#include "utf8.hpp"

namespace kernelwire {
namespace {

// Text of one request and stream is joined up to this much, in bytes.
constexpr std::size_t piece_size = 65536;

// A write to a pipe whose reader sleeps takes longer than that.
constexpr std::chrono::nanoseconds write_time{1000};

// When this thread last said left(), by the steady clock.
thread_local std::chrono::steady_clock::duration time_left{};

// Whether some capture is open: descriptors belong to the process.
std::atomic<bool> taken{false};

// How many bytes at the end of `text` begin a character that more bytes may complete.
std::size_t cut_length(Bytes text) noexcept {
    for (std::size_t length = 1; length <= std::min<std::size_t>(3, text.size()); ++length) {
        const Bytes end = text.substr(text.size() - length);
        if ((static_cast<unsigned char>(end[0]) & 0xC0) == 0x80) continue;  // begins further left
        if (static_cast<unsigned char>(end[0]) < 0xC0 || utf8_length(end) > 0) return 0;
        // Whatever may follow a first byte includes one of these.
        const bool begun = utf8_length(std::string(end) + "\x80\x80\x80") > length ||
                           utf8_length(std::string(end) + "\xBF\xBF\xBF") > length;
        return begun ? length : 0;
    }
    return 0;
}

// Not fflush(nullptr): that waits for whoever waits in a read of any other file.
void flush_c() noexcept {
    (void)std::fflush(stdout);
    (void)std::fflush(stderr);
}

}  // namespace

// While there is one, the giver pauses: with both at work, a steady writer could keep the one who
// drains from its turn.
class Capture::Draining {
public:
    explicit Draining(Capture& capture) : capture_(capture) {
        const std::lock_guard lock(capture_.kept_);
        const bool idle = capture_.pieces_.empty() && capture_.size_ == 0;
        pieces_ = idle ? 0 : capture_.pieces_.size() + 1;  // one may be on its way
        ++capture_.draining_;
    }
    ~Draining() {
        const std::lock_guard lock(capture_.kept_);
        --capture_.draining_;
        if (!capture_.pieces_.empty()) capture_.more_.notify_one();
    }
    Draining(const Draining&) = delete;
    Draining& operator=(const Draining&) = delete;

    [[nodiscard]] std::size_t pieces() const noexcept { return pieces_; }

private:
    Capture& capture_;
    std::size_t pieces_ = 0;
};

Capture::Capture(std::chrono::milliseconds patience) : patience_(patience), process_(process_id()) {
    if (taken.exchange(true)) {
        throw std::invalid_argument(
            "stdout and stderr are captured already, by another server of "
            "this process; give only one of them the option capture");
    }
    try {
        flush_c();  // what was written so far is not of a request
        redirections_[0] = std::make_unique<Redirection>(Stream::out, 1);
        redirections_[1] = std::make_unique<Redirection>(Stream::err, 2);
        last_words_ = std::make_unique<LastWords>(*redirections_[0], *redirections_[1]);
        if (pipe(wake_.data()) != 0) {
            throw std::system_error(errno, std::generic_category(), "cannot make a pipe");
        }
        for (const int end : wake_) (void)fcntl(end, F_SETFD, FD_CLOEXEC);
        const SignalsBlocked for_the_new_thread;
        reader_ = std::thread([this] { read_pipes(); });
    } catch (...) {
        for (const auto& redirection : redirections_) {
            if (redirection) redirection->restore();
        }
        taken = false;
        throw;
    }
    move_own_stderr(redirections_[1]->original());
}

Capture::~Capture() {
    close();
    for (const int end : wake_) (void)::close(end);
}

void Capture::start(Take take, std::function<void()> wait) {
    take_ = std::move(take);
    wait_ = std::move(wait);
    const SignalsBlocked for_the_new_thread;
    giver_ = std::thread([this] { give_pieces(); });
}

void Capture::enter(Bytes parent) {
    auto entered = std::make_shared<const std::string>(parent);
    const std::lock_guard lock(kept_);
    parent_ = std::move(entered);
}

void Capture::close() {
    if (process_id() != process_) {  // a forked child, which has none of the threads
        if (reader_.joinable()) reader_.detach();
        if (giver_.joinable()) giver_.detach();
        return;
    }
    flush_c();
    {
        const std::lock_guard lock(reading_);
        if (!std::exchange(open_, false)) return;
        last_words_.reset();
        for (const auto& redirection : redirections_) redirection->restore();
        move_own_stderr(2);
        for (const auto& from : redirections_) read_some(*from, from->waiting());
    }
    {
        const std::lock_guard lock(kept_);
        ending_ = true;
    }
    more_.notify_all();
    less_.notify_all();
    (void)!write(wake_[1], "", 1);
    reader_.join();
    if (giver_.joinable()) giver_.join();
    taken = false;
}

void Capture::drain(Cut cut) {
    flush_c();
    {
        const std::lock_guard lock(reading_);
        if (!open_) return;
        // What a child process goes on to write meanwhile is not waited for.
        if (readable()) {
            for (const auto& from : redirections_) read_some(*from, from->waiting());
        }
        if (cut == Cut::given) give_remains();
    }
    const Draining draining(*this);
    for (std::size_t left = draining.pieces(); left > 0; --left) {
        wait_();
        if (!give_one()) return;
    }
}

// A loop that prints or displays would otherwise be slowed down by a system call for each.
void Capture::drain_since_left() {
    flush_c();
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const bool lately = now - time_left < write_time;
    if (size_ > 0 || awake_ || !lately) drain(Cut::kept);
}

void Capture::left() noexcept {
    time_left = std::chrono::steady_clock::now().time_since_epoch();
}

// The reader.
void Capture::read_pipes() {
    for (;;) {
        awake_ = false;
        std::array<pollfd, 3> items{{{redirections_[0]->outcome(), POLLIN, 0},
                                     {redirections_[1]->outcome(), POLLIN, 0},
                                     {wake_[0], POLLIN, 0}}};
        if (poll(items.data(), items.size(), -1) < 0 && errno != EINTR) return;
        awake_ = true;
        if (items[2].revents != 0) return;
        if (size_ >= limit) await_room();
        const std::lock_guard lock(reading_);
        if (!open_) return;
        for (const auto& from : redirections_) read_some(*from, buffer_.size());
    }
}

// Room comes soon, unless the giver waits for a GIL that the writer has. After the patience
// nothing is waited for, until there is room again.
void Capture::await_room() {
    std::unique_lock lock(kept_);
    if (missing_ > 0) return;
    (void)less_.wait_for(lock, patience_, [this] { return ending_ || size_ < limit; });
}

void Capture::read_some(Redirection& from, std::size_t most) {
    while (most > 0) {
        const Bytes text = from.take(buffer_.data(), std::min(most, buffer_.size()));
        if (text.empty()) return;
        keep(from, text);
        most -= text.size();
    }
}

bool Capture::readable() {
    std::array<pollfd, 2> items{
        {{redirections_[0]->outcome(), POLLIN, 0}, {redirections_[1]->outcome(), POLLIN, 0}}};
    return poll(items.data(), items.size(), 0) > 0;
}

void Capture::keep(Redirection& from, Bytes text) {
    const std::lock_guard lock(kept_);
    if (parent_ == nullptr) return;
    if (size_ >= limit) {
        missing_ += text.size() + from.cut.size();
        from.cut.clear();
        return;
    }
    std::string whole = from.cut + std::string(text);
    from.cut = whole.substr(whole.size() - cut_length(whole));
    whole.resize(whole.size() - from.cut.size());
    if (whole.empty()) return;
    size_ += whole.size();
    const bool joins = missing_ == 0 && !pieces_.empty() && pieces_.back().stream == from.stream &&
                       pieces_.back().parent == parent_ && pieces_.back().text.size() < piece_size;
    if (joins) {
        pieces_.back().text += whole;
    } else {
        pieces_.push_back({parent_, from.stream, std::move(whole), std::exchange(missing_, 0)});
    }
    more_.notify_one();
}

// Hands on the beginnings of characters, and the tale of what is missing: nothing follows them.
void Capture::give_remains() {
    for (const auto& from : redirections_) {
        const std::lock_guard lock(kept_);
        if (from->cut.empty() && missing_ == 0) continue;
        size_ += from->cut.size();
        pieces_.push_back(
            {parent_, from->stream, std::exchange(from->cut, ""), std::exchange(missing_, 0)});
    }
}

// The giver. Leaves the turn to whoever drains.
void Capture::give_pieces() {
    const auto due = [this] { return ending_ || (!pieces_.empty() && draining_ == 0); };
    for (;;) {
        {
            std::unique_lock lock(kept_);
            more_.wait(lock, due);
            if (ending_) return;
        }
        try {
            wait_();
            (void)give_one();
        } catch (const std::exception&) {
            return;  // the sockets are gone
        }
    }
}

// Whether there was one.
bool Capture::give_one() {
    const std::lock_guard turn(giving_);
    Piece piece;
    {
        const std::lock_guard lock(kept_);
        if (pieces_.empty()) return false;
        piece = std::move(pieces_.front());
        pieces_.pop_front();
    }
    if (piece.missing > 0) {
        take_(*piece.parent, piece.stream,
              "[kernelwire: " + std::to_string(piece.missing) +
                  " bytes of output are missing here, because nobody took them]\n");
    }
    take_(*piece.parent, piece.stream, piece.text);
    {
        const std::lock_guard lock(kept_);
        size_ -= piece.text.size();
    }
    less_.notify_one();
    return true;
}

}  // namespace kernelwire
#else
namespace kernelwire {

class LastWords {};
class Redirection {};
class Capture::Draining {};

Capture::Capture(std::chrono::milliseconds patience) : patience_(patience), process_(0) {
    throw std::logic_error("stdout and stderr cannot be captured on Windows");
}
Capture::~Capture() = default;
void Capture::start(Take /*take*/, std::function<void()> /*wait*/) {}
void Capture::enter(Bytes /*parent*/) {}
void Capture::drain(Cut /*cut*/) {}
void Capture::drain_before_text() {}
void Capture::close() {}

}  // namespace kernelwire
#endif
