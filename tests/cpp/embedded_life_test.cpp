// An embedded kernel's life in its application's process: its file, its end, its clients' coming
// and going, and what it leaves alone.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <kernelwire/kernelwire.hpp>

#include "raw_client.hpp"

using namespace kernelwire;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

class Echo final : public Interpreter {
public:
    KernelInfo info() const override { return {{"echo"}}; }
    void start() override {
        if (fails_to_start) throw std::runtime_error("no start");
    }
    Reply execute(const ExecuteRequest& request, Output& output) override {
        output.out(request.code);
        return ok();
    }
    void shutdown(bool /*restart*/) override {
        ++shut_down;
        if (fails_to_end) throw std::runtime_error("no end");
    }

    bool fails_to_start = false;
    bool fails_to_end = false;
    int shut_down = 0;
};

// A directory of the test's, where Jupyter's runtime directory is meanwhile.
struct Place {
    Place() {
        char name[] = "/tmp/kernelwire-XXXXXX";
        REQUIRE(mkdtemp(name) != nullptr);
        path = name;
        setenv("JUPYTER_RUNTIME_DIR", (path + "/runtime").c_str(), 1);
    }
    ~Place() {
        unsetenv("JUPYTER_RUNTIME_DIR");
        fs::remove_all(path);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    [[nodiscard]] std::vector<std::string> files() const {
        std::vector<std::string> out;
        for (const auto& entry : fs::directory_iterator(path + "/runtime")) {
            out.push_back(entry.path().string());
        }
        return out;
    }

    std::string path;
};

// Runs a client on a thread of its own, while this one serves the kernel.
template <class Function>
void with_client(EmbeddedKernel& kernel, Function client) {
    bool done = false;
    auto ran = std::async(std::launch::async, [&] {
        std::exception_ptr failed;
        try {
            client();
        } catch (...) {
            failed = std::current_exception();
        }
        kernel.post([&] { done = true; });
        if (failed) std::rethrow_exception(failed);
    });
    if (!kernel.run_until([&] { return done; })) {
        ran.wait();
        kernel.step();  // calls what was posted
    }
    ran.get();
}

void attach_once(const std::string& file) {
    Client client(linked_zmq(), read_connection(file));
    client.wait_ready(30s);
    std::string shown;
    Callbacks callbacks;
    callbacks.output = [&](const Message& message) {
        if (message.header.msg_type != "stream") return;
        shown += read_json(message.content()).value().at("text").get<std::string>();
    };
    client.result(client.execute("hello", callbacks), 30s);
    if (shown != "hello") throw std::runtime_error("shown was: " + shown);
}

// The same over sockets of its own, in a tenth of the time: it need not ask until it is heard,
// since a kernel of ours welcomes it.
// @param number  of its request, which would else be taken for the last one's again.
void visit(const Connection& connection, int number) {
    RawClient client;
    client.count = number;
    Port iopub(client.context, zmq::sub, client.traffic);
    iopub.set(zmq::subscribe, Bytes());
    iopub.set(zmq::linger, 0);
    iopub.connect(connection.endpoint(Channel::iopub));
    client.shell.set(zmq::linger, 0);
    client.shell.connect(connection.endpoint(Channel::shell));
    CHECK(client.recv_content(iopub).at("status") == "ok");
    client.send(client.shell, "execute_request", R"({"code":"hello"})");
    CHECK(client.recv_content(client.shell).at("status") == "ok");
    std::string shown;
    for (bool idle = false; !idle;) {
        const Json content = client.recv_content(iopub);
        shown += content.value("text", "");
        idle = content.value("execution_state", "") == "idle";
    }
    CHECK(shown == "hello");
}

std::size_t count_descriptors() {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

// Whether sanitizers keep freed memory.
constexpr bool keeps_freed_memory =
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    true;
#else
    false;
#endif

long resident_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        long kib = 0;
        if (word == "VmRSS:" && status >> kib) return kib;
    }
    return 0;
}

// What a child process that calls `function` ends with.
template <class Function>
int status_of_child(Function function) {
    const pid_t child = fork();
    if (child == 0) {
        function();
        _exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    return status;
}

}  // namespace

TEST_CASE_FIXTURE(Place,
                  "the connection file is where Jupyter looks, for its user, while it runs") {
    Echo echo;
    {
        EmbeddedKernel kernel(linked_zmq(), echo);
        const std::string file = kernel.connection_file();
        CHECK(files() == std::vector<std::string>{file});
        CHECK(fs::path(file).filename().string().rfind("kernel-" + std::to_string(getpid()), 0) ==
              0);
        struct stat about{};
        REQUIRE(stat(file.c_str(), &about) == 0);
        CHECK((about.st_mode & 0777) == 0600);
        CHECK(read_connection(file).key.size() == 36);
        with_client(kernel, [&] { attach_once(file); });
    }
    CHECK(files().empty());
    CHECK(echo.shut_down == 1);
}

TEST_CASE_FIXTURE(Place, "the file may be elsewhere, and replaces what is there") {
    const std::string file = path + "/mine.json";
    std::ofstream(file) << "something old";
    Echo echo;
    {
        EmbeddedOptions options;
        options.connection_file = file;
        options.connection.kernel_name = "mine";
        EmbeddedKernel kernel(linked_zmq(), echo, options);
        CHECK(kernel.connection_file() == file);
        CHECK(read_connection(file).kernel_name == "mine");
    }
    CHECK_FALSE(fs::exists(file));
}

TEST_CASE_FIXTURE(Place, "several kernels of one process have a file each") {
    Echo echo;
    EmbeddedKernel first(linked_zmq(), echo);
    {
        const EmbeddedKernel second(linked_zmq(), echo);
        CHECK(files().size() == 2);
    }
    CHECK(files() == std::vector<std::string>{first.connection_file()});
    with_client(first, [&] { attach_once(first.connection_file()); });
}

TEST_CASE_FIXTURE(Place, "the sockets may be files beside the connection file") {
    Echo echo;
    EmbeddedOptions options;
    options.connection.transport = "ipc";
    EmbeddedKernel kernel(linked_zmq(), echo, options);
    with_client(kernel, [&] { attach_once(kernel.connection_file()); });
}

TEST_CASE_FIXTURE(Place, "a client shuts it down, and the application goes on") {
    Echo echo;
    EmbeddedKernel kernel(linked_zmq(), echo);
    with_client(kernel, [&] {
        Client client(linked_zmq(), kernel.connection());
        client.wait_ready(30s);
        client.result(client.shutdown(), 30s);
    });
    CHECK_FALSE(kernel.run_until([] { return false; }));
    CHECK_FALSE(kernel.running());
    CHECK_FALSE(kernel.step());
    CHECK(echo.shut_down == 1);
    CHECK(files().empty());
    bool called = false;
    kernel.post([&] { called = true; });
    CHECK_FALSE(kernel.step());
    CHECK(called);
    pollfd item{kernel.fd(), POLLIN, 0};
    CHECK(poll(&item, 1, 0) == 0);
}

TEST_CASE_FIXTURE(Place, "another thread stops it") {
    Echo echo;
    EmbeddedKernel kernel(linked_zmq(), echo);
    auto stopped = std::async(std::launch::async, [&] { kernel.stop(); });
    CHECK_FALSE(kernel.run_until([] { return false; }));
    stopped.get();
    CHECK(echo.shut_down == 1);
}

TEST_CASE_FIXTURE(Place, "an interpreter that fails to end does not keep the kernel") {
    Echo echo;
    echo.fails_to_end = true;
    EmbeddedKernel kernel(linked_zmq(), echo);
    kernel.stop();
    CHECK_FALSE(kernel.step());
    CHECK(files().empty());
}

TEST_CASE_FIXTURE(Place, "an interpreter that fails to start makes no kernel, and no file") {
    Echo echo;
    echo.fails_to_start = true;
    CHECK_THROWS_WITH(EmbeddedKernel(linked_zmq(), echo), "no start");
    CHECK(files().empty());
}

TEST_CASE_FIXTURE(Place, "what cannot be done is refused") {
    Echo echo;
    const auto make = [&](const EmbeddedOptions& options) {
        const EmbeddedKernel kernel(linked_zmq(), echo, options);
    };
    EmbeddedOptions options;
    options.requests_per_step = 0;
    CHECK_THROWS_WITH_AS(make(options), "requests_per_step is 0, want at least 1",
                         std::invalid_argument);
    options = {};
    options.connection.registration.emplace();
    CHECK_THROWS_AS(make(options), std::invalid_argument);
    options = {};
    options.connection.ip = "no.such.address.invalid";
    CHECK_THROWS_AS(make(options), TransportError);
    options = {};
    options.connection_file = path + "/no/such/directory/kernel.json";
    CHECK_THROWS_AS(make(options), ConnectionFileError);

    EmbeddedKernel kernel(linked_zmq(), echo);
    options = {};
    options.connection = kernel.connection();
    CHECK_THROWS_AS(make(options), TransportError);  // its ports are taken
    CHECK_THROWS_AS(kernel.post({}), std::invalid_argument);
    CHECK_THROWS_AS(kernel.run_until(std::function<bool()>()), std::invalid_argument);
}

TEST_CASE_FIXTURE(Place, "the application's signal handlers stay as they are") {
    const auto handlers = [] {
        std::vector<void (*)(int)> out;
        for (int signal = 1; signal < NSIG; ++signal) {
            struct sigaction action{};
            if (sigaction(signal, nullptr, &action) == 0) out.push_back(action.sa_handler);
        }
        return out;
    };
    const auto before = handlers();
    Echo echo;
    {
        EmbeddedKernel kernel(linked_zmq(), echo);
        with_client(kernel, [&] { attach_once(kernel.connection_file()); });
        CHECK(handlers() == before);
    }
    CHECK(handlers() == before);
}

TEST_CASE_FIXTURE(Place, "a forked child leaves the kernel to its parent") {
    Echo echo;
    std::optional<EmbeddedKernel> kernel(std::in_place, linked_zmq(), echo);
    const int status = status_of_child([&] {
        if (kernel->step() || kernel->run_until([] { return false; })) _exit(1);
        kernel.reset();
    });
    CHECK(status == 0);
    CHECK(fs::exists(kernel->connection_file()));
    with_client(*kernel, [&] { attach_once(kernel->connection_file()); });
}

#ifndef NDEBUG
TEST_CASE_FIXTURE(Place, "another thread that steps is told so by an assertion") {
    Echo echo;
    EmbeddedKernel kernel(linked_zmq(), echo);
    const int status = status_of_child([&] {
        (void)std::signal(SIGABRT, SIG_DFL);
        (void)close(2);
        std::thread([&] { kernel.step(); }).join();
    });
    REQUIRE(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGABRT);
}
#endif

#ifdef __linux__
TEST_CASE_FIXTURE(Place, "a thousand clients that come and go leave nothing") {
    Echo echo;
    EmbeddedOptions options;
    options.connection = RawClient::local();
    EmbeddedKernel kernel(linked_zmq(), echo, options);
    std::size_t descriptors = 0;
    long kib = 0;
    with_client(kernel, [&] {
        for (int i = 0; i < 1'100; ++i) {
            if (i == 100) {  // by then what is made once was made
                descriptors = count_descriptors();
                kib = resident_kib();
            }
            visit(kernel.connection(), i);
        }
    });
    // A connection may be closed a moment after its client has gone.
    CHECK(count_descriptors() <= descriptors + 16);
    if (!keeps_freed_memory) CHECK(resident_kib() - kib < 4 * 1024);
}
#endif
