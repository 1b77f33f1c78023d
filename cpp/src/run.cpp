// run(): the main() of a kernel written in C++.
//
// Layer 7. In kernelwire::server only.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <kernelwire/group.hpp>
#include <kernelwire/server.hpp>

namespace kernelwire {
namespace {

// Accepts `-f FILE`, `-f=FILE` and `--f=FILE`, as launchers write it.
std::string connection_file(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "-f" && i + 1 < argc) return argv[i + 1];
        for (const char* prefix : {"-f=", "--f="}) {
            if (argument.rfind(prefix, 0) == 0) return argument.substr(std::strlen(prefix));
        }
    }
    return "";
}

void to_stderr(Level level, Bytes text) {
    if (level == Level::debug) return;
    std::fprintf(stderr, "kernelwire: %.*s\n", static_cast<int>(text.size()), text.data());
}

}  // namespace

int run(int argc, char** argv, Interpreter& interpreter) {
    const std::string file = connection_file(argc, argv);
    if (file.empty()) {
        std::fprintf(stderr, "usage: %s -f CONNECTION_FILE\n", argc > 0 ? argv[0] : "kernel");
        return 2;
    }
    // Ctrl-C in the terminal of a console goes to every process; interrupts come by message.
    std::signal(SIGINT, SIG_IGN);
#ifdef SIGPIPE
    // A launcher that has closed our stderr: a line of the log is no reason to end.
    std::signal(SIGPIPE, SIG_IGN);
#endif
    try {
        ServerOptions options;
        options.log = to_stderr;
        if (const char* parent = std::getenv("JPY_PARENT_PID")) {
            options.parent_pid = static_cast<int>(std::strtol(parent, nullptr, 10));
        }
        if (const auto warning = exposure(file)) to_stderr(Level::warning, *warning);
        Server server(linked_zmq(), read_connection(file), interpreter, options);
        server.run();
        end_group();
        return 0;
    } catch (const std::exception& error) {
        to_stderr(Level::error, error.what());
        return 1;
    }
}

}  // namespace kernelwire
