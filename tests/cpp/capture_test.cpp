// What is written to descriptors 1 and 2: it goes to a cell, and nobody waits for another in vain.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <kernelwire/kernelwire.hpp>

#include "raw_client.hpp"

using namespace kernelwire;

namespace {

constexpr std::chrono::milliseconds patience{10'000};

void put(int descriptor, const std::string& text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const ssize_t written = write(descriptor, text.data() + at, text.size() - at);
        if (written <= 0) std::abort();  // this test's own report would need the descriptor
        at += static_cast<std::size_t>(written);
    }
}

// Stands for this process's stdout and stderr: a file, whose text is what came out there.
class File {
public:
    File() {
        const int file = open(path_, O_RDWR | O_CREAT | O_TRUNC, 0600);
        for (std::size_t i = 0; i < kept_.size(); ++i) {
            kept_[i] = dup(static_cast<int>(i) + 1);
            (void)dup2(file, static_cast<int>(i) + 1);
        }
        (void)close(file);
    }
    ~File() {
        for (std::size_t i = 0; i < kept_.size(); ++i) {
            (void)dup2(kept_[i], static_cast<int>(i) + 1);
            (void)close(kept_[i]);
        }
        (void)unlink(path_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    std::string text() const {
        std::ifstream file(path_);
        return {std::istreambuf_iterator<char>(file), {}};
    }

private:
    const char* path_ = "capture_test.log";
    std::array<int, 2> kept_{};
};

// Takes what a Capture hands on. `written` is one string for each parent and stream in turn.
struct Taker {
    Taker() = default;

    void start(Capture& capture) {
        capture.start(
            [this](const std::string& parent, Stream stream, Bytes text) {
                const std::lock_guard lock(mutex);
                const std::string to = parent + (stream == Stream::out ? "/1" : "/2");
                if (taken.empty() || taken.back().first != to) taken.emplace_back(to, "");
                taken.back().second += text;
            },
            [this] { const std::lock_guard lock(closed); });
    }

    using Taken = std::vector<std::pair<std::string, std::string>>;

    Taken all() {
        const std::lock_guard lock(mutex);
        return taken;
    }

    std::mutex closed;  // held: clients do not read
    std::mutex mutex;
    Taken taken;
};

struct Captured {
    Captured() { taker.start(capture); }

    File file;
    Taker taker;  // outlives the giver
    Capture capture{patience};
};

}  // namespace

TEST_CASE("what was written before drain() is handed on by it, in the order of one descriptor") {
    Captured captured;
    captured.capture.enter("a");
    std::printf("printed ");
    std::fflush(stdout);
    put(1, "written ");
    std::printf("not flushed");
    captured.capture.drain(Capture::Cut::kept);
    CHECK(captured.taker.all() == Taker::Taken{{"a/1", "printed written not flushed"}});
}

TEST_CASE("text belongs to the request that was entered last, and before the first to none") {
    Captured captured;
    put(1, "early");
    captured.capture.drain(Capture::Cut::kept);
    for (const char* parent : {"a", "b"}) {
        captured.capture.enter(parent);
        put(2, "text");
        captured.capture.drain(Capture::Cut::kept);
    }
    CHECK(captured.taker.all() == Taker::Taken{{"a/2", "text"}, {"b/2", "text"}});
}

TEST_CASE("all text comes out where it did before as well") {
    Captured captured;
    put(1, "early ");
    captured.capture.enter("a");
    put(1, "in a cell");
    captured.capture.drain(Capture::Cut::kept);
    CHECK(captured.file.text() == "early in a cell");
}

TEST_CASE("the descriptors are put back") {
    const File file;
    {
        Capture capture(patience);
        put(1, "captured ");
    }
    put(1, "direct ");
    put(2, "both");
    CHECK(file.text() == "captured direct both");
}

TEST_CASE("a descriptor that somebody has replaced meanwhile stays theirs") {
    const File file;
    const int null = open("/dev/null", O_WRONLY);
    {
        Capture capture(patience);
        (void)dup2(null, 1);
    }
    put(1, "to nobody");
    (void)close(null);
    CHECK(file.text().empty());
}

TEST_CASE("a process that was started without stdout and stderr has none afterwards") {
    const File file;
    std::string taken;
    {
        (void)close(1);
        (void)close(2);
        Taker taker;
        Capture capture(patience);
        taker.start(capture);
        capture.enter("a");
        put(1, "out");
        capture.drain(Capture::Cut::kept);
        write_own_stderr("to nobody");
        taken = taker.all().at(0).second;
    }
    const bool closed = fcntl(1, F_GETFD) == -1 && fcntl(2, F_GETFD) == -1;
    CHECK(closed);
    CHECK(taken == "out");
}

TEST_CASE("a process is captured once at a time") {
    const File file;
    Capture capture(patience);
    CHECK_THROWS_AS(Capture another(patience), std::invalid_argument);
    capture.close();
    const Capture next(patience);
}

TEST_CASE("megabytes are written while nobody takes any, and arrive whole") {
    Captured captured;
    captured.capture.enter("a");
    const std::string text(10 << 20, 'x');
    {
        const std::lock_guard nobody_reads(captured.taker.closed);
        put(1, text);
    }
    captured.capture.drain(Capture::Cut::kept);
    CHECK(captured.taker.all() == Taker::Taken{{"a/1", text}});
}

TEST_CASE("what comes above the limit while nobody takes any is dropped, and told of") {
    const File file;
    Taker taker;
    Capture capture{std::chrono::milliseconds(1)};
    taker.start(capture);
    capture.enter("a");
    const std::size_t written = Capture::limit + (8 << 20);
    {
        const std::lock_guard nobody_reads(taker.closed);
        put(1, std::string(written, 'x'));
    }
    capture.drain(Capture::Cut::given);
    const std::string text = taker.all().at(0).second;
    const std::size_t mark = text.find('[');
    REQUIRE(mark != std::string::npos);
    const std::string told = "[kernelwire: ";
    const std::size_t missing = std::stoul(text.substr(mark + told.size()));
    const std::size_t line = text.find('\n', mark) + 1 - mark;
    CHECK(text.size() - line + missing == written);
    CHECK(text.size() < Capture::limit + (1 << 20));
}

TEST_CASE("a character that is cut waits for its rest; where none comes, it is given as it is") {
    Captured captured;
    captured.capture.enter("a");
    for (const char byte : std::string("\xF0\x9F\x98\x80")) {
        CHECK(captured.taker.all().empty());
        put(1, {byte});
        captured.capture.drain(Capture::Cut::kept);
    }
    put(1, "\xE2\x82");
    captured.capture.drain(Capture::Cut::given);
    CHECK(captured.taker.all() == Taker::Taken{{"a/1", "\xF0\x9F\x98\x80\xE2\x82"}});
}

TEST_CASE("a child that goes on keeps nobody from ending") {
    std::array<int, 2> go{};
    REQUIRE(pipe(go.data()) == 0);
    pid_t child = 0;
    {
        Captured captured;
        captured.capture.enter("a");
        child = fork();
        if (child == 0) {
            put(1, "from the child");
            char byte = 0;
            (void)close(go[1]);
            (void)!read(go[0], &byte, 1);
            _exit(0);
        }
        while (captured.taker.all().empty()) captured.capture.drain(Capture::Cut::kept);
        CHECK(captured.taker.all() == Taker::Taken{{"a/1", "from the child"}});
    }
    (void)close(go[0]);
    (void)close(go[1]);
    CHECK(waitpid(child, nullptr, 0) == child);
}

TEST_CASE("what a process says of its crash comes out where it did before") {
    const File file;
    const pid_t child = fork();
    if (child == 0) {
        (void)std::signal(SIGABRT, SIG_DFL);  // doctest's handler reports the child as a test
        const Capture capture(patience);
        put(2, "the last words");
        std::abort();
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    const bool aborted = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
    CHECK(aborted);
    CHECK(file.text() == "the last words");
}

TEST_CASE("a server shows what its interpreter prints before the request is idle") {
    class Printer final : public Interpreter {
    public:
        KernelInfo info() const override { return {{"printer"}}; }
        Reply execute(const ExecuteRequest& /*request*/, Output& output) override {
            std::printf("from C, ");
            output.out("from the output, ");
            put(1, "from write()");
            return ok();
        }
    };
    const File file;
    std::string text;
    {
        Printer printer;
        ServerOptions options;
        options.capture = true;
        Server server(linked_zmq(), RawClient::local(), printer, options);
        std::thread thread([&] { server.run(); });
        RawClient client;
        Port iopub{client.context, 10, client.traffic};  // XSUB
        RawClient::connect(iopub, server, Channel::iopub);
        RawClient::connect(client.shell, server, Channel::shell);
        iopub.send({"\x01"});
        for (bool welcome = false; !welcome;) {
            const auto message = client.recv(iopub);
            welcome = client.parts_of(*message)[0].find("iopub_welcome") != Bytes::npos;
        }
        client.send(client.shell, "execute_request", R"({"code":""})");
        for (bool idle = false; !idle;) {
            const Json content = client.recv_content(iopub);
            if (content.contains("text")) text += content.at("text").get<std::string>();
            idle = content.value("execution_state", "") == "idle";
        }
        server.stop();
        thread.join();
    }
    CHECK(text == "from C, from the output, from write()");
    put(1, "; direct");
    CHECK(file.text() == "from C, from write(); direct");
}
