#include <kernelwire/kernel_process.hpp>

#ifndef _WIN32

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>
#include <vector>

extern char** environ;

namespace kernelwire {
namespace {

// Of sun_path, without "-1" and the NUL behind it.
constexpr std::size_t socket_path_limit = sizeof(sockaddr_un::sun_path) - 3;

// How often it is looked whether a kernel has ended.
constexpr KernelProcess::Milliseconds look{10};

[[noreturn]] void fail(const std::string& what) {
    throw LaunchError(what + ": " + std::strerror(errno));
}

// Closes a descriptor at the end of a scope.
struct Descriptor {
    explicit Descriptor(int number) noexcept : fd(number) {}
    ~Descriptor() {
        if (fd >= 0) (void)close(fd);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    const int fd;
};

// Finds ports that are free, as launchers do: another process may take one before the kernel does.
// All are held at the same time, so that no two are the same.
void choose_ports(Connection& connection) {
    std::vector<std::unique_ptr<Descriptor>> held;
    held.reserve(connection.ports.size());
    for (int& port : connection.ports) {
        held.push_back(std::make_unique<Descriptor>(socket(AF_INET, SOCK_STREAM, 0)));
        const int fd = held.back()->fd;
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        if (fd < 0 || bind(fd, generic, size) != 0 || getsockname(fd, generic, &size) != 0) {
            fail("cannot find a free port");
        }
        port = ntohs(address.sin_port);
    }
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
        text.replace(at, what.size(), by);
    }
    return text;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    out.reserve(texts.size() + 1);
    for (std::string& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

// In the child, between fork and exec: nothing here allocates or takes a lock.
[[noreturn]] void become(const char* directory, char** argv, char** env, int told) {
    (void)setsid();
    const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0) (void)dup2(null, 0);
    for (const int signal : {SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGHUP}) {
        (void)std::signal(signal, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, nullptr);
    if (*directory == '\0' || chdir(directory) == 0) {
        environ = env;
        (void)execvp(argv[0], argv);
    }
    const int code = errno;
    (void)!write(told, &code, sizeof code);
    _exit(127);
}

}  // namespace

KernelProcess::KernelProcess(KernelSpec spec, LaunchOptions options)
    : spec_(std::move(spec)), options_(std::move(options)) {
    connection_.key = new_key();
    connection_.kernel_name = spec_.name;
    connection_.transport = options_.transport;
    connection_.curve = options_.curve;
    const std::string stem = runtime_directory() + "/kernel-" + new_key();
    if (connection_.transport == "ipc") {
        connection_.ip = stem + "-ipc";
        if (connection_.ip.size() > socket_path_limit) {
            throw LaunchError("the path " + connection_.ip +
                              " is too long for sockets; set JUPYTER_RUNTIME_DIR to a shorter one");
        }
        for (std::size_t i = 0; i < connection_.ports.size(); ++i) {
            connection_.ports[i] = static_cast<int>(i) + 1;
        }
    } else {
        choose_ports(connection_);
    }
    file_ = stem + ".json";
    write_connection(connection_, file_);
    try {
        start();
    } catch (...) {
        (void)std::remove(file_.c_str());
        throw;
    }
}

KernelProcess::~KernelProcess() {
    kill();
    (void)std::remove(file_.c_str());
    if (connection_.transport != "ipc") return;
    for (const int port : connection_.ports) {
        (void)std::remove((connection_.ip + "-" + std::to_string(port)).c_str());
    }
}

void KernelProcess::start() {
    std::vector<std::string> arguments;
    arguments.reserve(spec_.argv.size());
    for (const std::string& argument : spec_.argv) {
        arguments.push_back(replaced(replaced(argument, "{connection_file}", file_),
                                     "{resource_dir}", spec_.directory));
    }
    std::map<std::string, std::string> chosen = options_.env;
    chosen.insert(spec_.env.begin(), spec_.env.end());
    chosen["JPY_PARENT_PID"] = std::to_string(getpid());
    std::vector<std::string> variables;
    for (char** each = environ; *each != nullptr; ++each) {
        const std::string variable = *each;
        if (chosen.count(variable.substr(0, variable.find('='))) == 0) {
            variables.push_back(variable);
        }
    }
    for (const auto& [name, value] : chosen) {
        std::string& variable = variables.emplace_back(name);
        variable += '=';
        variable += value;
    }
    const std::vector<char*> argv = pointers(arguments);
    const std::vector<char*> env = pointers(variables);

    int ends[2];
    if (pipe(ends) != 0) fail("cannot make a pipe");
    for (const int end : ends) (void)fcntl(end, F_SETFD, FD_CLOEXEC);
    const Descriptor told(ends[0]);
    {
        const Descriptor tells(ends[1]);
        const pid_t child = fork();
        if (child < 0) fail("cannot start a process");
        if (child == 0) {
            become(options_.directory.c_str(), const_cast<char**>(argv.data()),
                   const_cast<char**>(env.data()), tells.fd);
        }
        pid_ = child;
        exit_code_.reset();
    }
    int code = 0;
    if (read(told.fd, &code, sizeof code) != sizeof code) return;  // closed by exec
    (void)waitpid(pid_, nullptr, 0);
    exit_code_ = 127;
    errno = code;
    fail("cannot run " + arguments.front() + " of the kernel " + spec_.name +
         (options_.directory.empty() ? "" : " in " + options_.directory));
}

bool KernelProcess::running() {
    return !exit_code();
}

std::optional<int> KernelProcess::exit_code() {
    int status = 0;
    if (!exit_code_ && waitpid(pid_, &status, WNOHANG) == pid_) {
        exit_code_ = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    }
    return exit_code_;
}

void KernelProcess::interrupt() {
    if (running()) (void)::kill(-pid_, SIGINT);
}

bool KernelProcess::wait(Milliseconds patience) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (running()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        std::this_thread::sleep_for(look);
    }
    return true;
}

void KernelProcess::kill() {
    // Also where it has ended: what it has started may go on, in its group.
    (void)::kill(-pid_, SIGKILL);
    while (running()) std::this_thread::sleep_for(Milliseconds{1});
}

void KernelProcess::restart() {
    kill();
    start();
}

}  // namespace kernelwire

#endif
