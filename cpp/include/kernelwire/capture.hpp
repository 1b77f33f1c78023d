// What is written to file descriptors 1 and 2 past every Output: by C libraries, by child
// processes.
//
// Layer 6. Depends on: outlet.hpp, own_stderr.hpp, process_id.hpp. Used by: server.hpp.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <kernelwire/bytes.hpp>
#include <kernelwire/outlet.hpp>

namespace kernelwire {

class LastWords;    // private: last_words.hpp
class Redirection;  // private: redirection.hpp

/// Has a process's stdout and stderr come out here, for as long as it is open.
///
/// Both become pipes. The *reader*, a thread, empties them into memory, and repeats what it reads
/// on the descriptors that were there before. It takes no lock that is held for long, and no GIL,
/// so that whoever writes goes on, whatever locks that one holds. The *giver*, another thread,
/// hands on what was read, and may have to wait, for clients or for the GIL. So may drain().
///
/// Where a signal such as SIGSEGV or SIGABRT ends the process, what is still in the pipes goes to
/// the descriptors that were there before, and so does what later handlers of that signal say.
///
/// A process has one at a time. Thread-safe. In a forked child it does nothing: what that writes
/// comes out in its parent. Not to be had on Windows.
class Capture {
public:
    /// Takes text of the request whose header is `parent`, without waiting for clients.
    using Take = std::function<void(const std::string& parent, Stream stream, Bytes text)>;

    /// How much is kept for a giver that cannot go on, in bytes.
    static constexpr std::size_t limit = 64 << 20;

    /// Whether the beginning of a character at the end of the text waits for the rest.
    enum class Cut { kept, given };

    /// Whether this system has it.
#ifdef _WIN32
    static constexpr bool available = false;
#else
    static constexpr bool available = true;
#endif

    /// Replaces the descriptors. What comes before enter() is repeated only.
    /// @param patience  how long the reader waits for room; then what comes is dropped, and a line
    ///                  in its place says how much.
    /// @throws std::invalid_argument  where another one is open.
    /// @throws std::system_error      where there are no descriptors left.
    explicit Capture(std::chrono::milliseconds patience);
    ~Capture();
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;

    /// Starts to hand on.
    /// @param wait  called before each `take`: waits until clients have read enough, as long as it
    ///              likes. What it throws leaves drain(), and ends the giver's turn.
    void start(Take take, std::function<void()> wait);

    /// From now on, what comes belongs to this request.
    void enter(Bytes parent);

    /// Hands on all that was written before this call, C's buffers of stdout and stderr included.
    /// Costs one system call where nothing was.
    void drain(Cut cut);

    /// As drain(Cut::kept), except that it does not ask the system where this thread has said
    /// left() so lately that it cannot have written anything since.
    void drain_since_left();

    /// This thread goes back to what may write: the interpreter's code.
    static void left() noexcept;

    /// Puts back the descriptors that were there, unless somebody has replaced ours meanwhile.
    void close();

private:
    class Draining;
    struct Piece {
        std::shared_ptr<const std::string> parent;
        Stream stream;
        std::string text;
        std::size_t missing;  // bytes dropped before it
    };

    void read_pipes();
    void await_room();
    void read_some(Redirection& from, std::size_t most);
    [[nodiscard]] bool readable();
    void keep(Redirection& from, Bytes text);
    void give_remains();
    void give_pieces();
    bool give_one();

    const std::chrono::milliseconds patience_;
    const long process_;
    std::array<std::unique_ptr<Redirection>, 2> redirections_;
    std::unique_ptr<LastWords> last_words_;
    std::array<int, 2> wake_{-1, -1};  // a pipe that ends the reader
    Take take_;
    std::function<void()> wait_;

    std::mutex reading_;  // held from a read() until what it read is kept
    std::array<char, 65536> buffer_{};
    bool open_ = true;

    std::mutex giving_;  // held while a piece goes from pieces_ to take_; before kept_
    std::mutex kept_;    // of all below; held for moments
    std::condition_variable more_;
    std::condition_variable less_;
    std::shared_ptr<const std::string> parent_;
    std::deque<Piece> pieces_;
    std::size_t missing_ = 0;
    bool ending_ = false;
    int draining_ = 0;
    std::atomic<std::size_t> size_{0};  // of pieces_, and of what is being given
    std::atomic<bool> awake_{false};    // the reader is

    std::thread reader_;
    std::thread giver_;
};

}  // namespace kernelwire
