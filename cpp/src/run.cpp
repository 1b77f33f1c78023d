// run(): the main() of a kernel written in C++.
//
// Layer 7. In kernelwire::server only.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include <kernelwire/group.hpp>
#include <kernelwire/log.hpp>
#include <kernelwire/server.hpp>

namespace kernelwire {
namespace {

// The value of an option, given as `NAME VALUE` or `NAME=VALUE`; nothing where it is not given.
std::optional<std::string> option(int argc, char** argv, const std::string& name) {
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == name && i + 1 < argc) return argv[i + 1];
        if (argument.rfind(name + "=", 0) == 0) return argument.substr(name.size() + 1);
    }
    return std::nullopt;
}

// `-f FILE`, `-f=FILE` and `--f=FILE`, as launchers write it.
std::string connection_file(int argc, char** argv) {
    auto file = option(argc, argv, "-f");
    if (!file) file = option(argc, argv, "--f");
    return file.value_or("");
}

bool is_off(const char* value) {
    const std::string text = value == nullptr ? "" : value;
    return text == "off" || text == "0" || text == "no" || text == "false";
}

// What C and C++ code prints shows in the cell, unless it was asked not to.
bool captures(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        if (argv[i] == std::string("--no-capture")) return false;
    }
    return !is_off(std::getenv("KERNELWIRE_CAPTURE"));
}

}  // namespace

int run(int argc, char** argv, Interpreter& interpreter) {
    const std::string file = connection_file(argc, argv);
    const auto level_name = option(argc, argv, "--log-level");
    const auto level = level_named(level_name.value_or(""));
    if (file.empty() || (level_name && !level)) {
        std::fprintf(stderr,
                     "usage: %s -f CONNECTION_FILE [--log-level error|warning|info|debug] "
                     "[--no-capture]\n",
                     argc > 0 ? argv[0] : "kernel");
        return 2;
    }
    // Ctrl-C in the terminal of a console goes to every process; interrupts come by message.
    std::signal(SIGINT, SIG_IGN);
#ifdef SIGPIPE
    // A launcher that has closed our stderr: a line of the log is no reason to end.
    std::signal(SIGPIPE, SIG_IGN);
#endif
#ifdef SIGXFSZ
    std::signal(SIGXFSZ, SIG_IGN);  // nor is a recording that has become too large
#endif
    try {
        ServerOptions options;
        options.log = stderr_log(level);
        options.record = recording_file();
        options.span_file = span_file();
        options.capture = captures(argc, argv);
        if (const char* parent = std::getenv("JPY_PARENT_PID")) {
            options.parent_pid = static_cast<int>(std::strtol(parent, nullptr, 10));
        }
        Server server(linked_zmq(), read_connection(file), interpreter, options);
        server.run();
        end_group();
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "kernelwire: %s\n", error.what());
        return 1;
    }
}

}  // namespace kernelwire
