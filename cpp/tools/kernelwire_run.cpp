// kernelwire-run: runs a notebook's cells, a script or given code on any kernel, and prints what it
// shows. A client in C++: no Python is needed but the kernel's.
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include <kernelwire/client.hpp>
#include <kernelwire/kernel_process.hpp>

#include "cells.hpp"

using namespace kernelwire;

namespace {

constexpr const char* usage =
    "usage: kernelwire-run [options] FILE\n"
    "       kernelwire-run [options] -c CODE\n"
    "       kernelwire-run --list\n"
    "\n"
    "Runs the code cells of a notebook (FILE.ipynb), a script or CODE on a kernel and\n"
    "prints what it shows. The exit code is 1 where a cell fails, and 2 where no kernel\n"
    "can be reached.\n"
    "\n"
    "  --kernel NAME      a kernelspec's name or directory; by default the notebook's own\n"
    "  --existing FILE    the connection file of a kernel that runs already; it goes on\n"
    "  --timeout SECONDS  for a cell; by default there is no limit\n"
    "  --allow-errors     go on after a cell that fails\n"
    "  --encrypt          encrypt the channels (CURVE) of the kernel that is started\n"
    "  --ipc              reach it by sockets in the file system rather than by TCP\n";

constexpr std::chrono::seconds start_patience{60};
constexpr std::chrono::seconds end_patience{5};
constexpr std::chrono::hours for_ever{24 * 365};

struct Wishes {
    std::string kernel;
    std::string existing;
    std::optional<Cells> cells;
    Client::Milliseconds timeout = for_ever;
    bool allow_errors = false;
    bool encrypt = false;
    bool ipc = false;
    bool list = false;
};

class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

Wishes read_arguments(int argc, char** argv) {
    Wishes out;
    const auto value = [&](int& i) -> std::string {
        if (++i >= argc) throw UsageError(std::string(argv[i - 1]) + " wants a value");
        return argv[i];
    };
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "--kernel") {
            out.kernel = value(i);
        } else if (argument == "--existing") {
            out.existing = value(i);
        } else if (argument == "--timeout") {
            const double seconds = std::strtod(value(i).c_str(), nullptr);
            if (!(seconds > 0 && seconds < 1e8)) throw UsageError("--timeout wants seconds");
            out.timeout = Client::Milliseconds(static_cast<long>(seconds * 1000));
        } else if (argument == "--allow-errors") {
            out.allow_errors = true;
        } else if (argument == "--encrypt") {
            out.encrypt = true;
        } else if (argument == "--ipc") {
            out.ipc = true;
        } else if (argument == "--list") {
            out.list = true;
        } else if (argument == "-c") {
            out.cells = Cells{{value(i)}, ""};
        } else if (!argument.empty() && argument[0] == '-') {
            throw UsageError("there is no option " + argument);
        } else {
            out.cells = read_cells(argument);
        }
    }
    if (!out.cells && !out.list) throw UsageError("want a FILE, or -c CODE");
    return out;
}

// Asks on the terminal, without an echo where it is a secret.
std::string ask(const std::string& prompt, bool secret) {
    std::cout << prompt << std::flush;
    termios shown{};
    const bool hides = secret && tcgetattr(STDIN_FILENO, &shown) == 0;
    if (hides) {
        termios hidden = shown;
        hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &hidden);
    }
    std::string line;
    std::getline(std::cin, line);
    if (hides) {
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &shown);
        std::cout << '\n';
    }
    return line;
}

std::string plain(const Json& content) {
    const auto data = content.find("data");
    if (data == content.end() || !data->is_object()) return "";
    const Json text = data->value("text/plain", Json(""));
    return text.is_string() ? text.get<std::string>() : "";
}

void print(const Message& message) {
    const Json content = read_json(message.content()).value_or(Json::object());
    if (!content.is_object()) return;
    const std::string& type = message.header.msg_type;
    if (type == "stream") {
        std::ostream& to = content.value("name", "") == "stderr" ? std::cerr : std::cout;
        to << content.value("text", "") << std::flush;
    } else if (type == "execute_result" || type == "display_data") {
        std::cout << plain(content) << std::endl;
    } else if (type == "error") {
        const Json lines = content.value("traceback", Json::array());
        for (const Json& line : lines) std::cerr << line.get<std::string>() << '\n';
        if (lines.empty()) {
            std::cerr << content.value("ename", "") << ": " << content.value("evalue", "") << '\n';
        }
    }
}

volatile std::sig_atomic_t interrupts = 0;

void note_interrupt(int /*signal*/) {
    interrupts = interrupts + 1;
}

// Runs one cell; Ctrl-C interrupts it.
// @returns whether it succeeded.
bool run(Client& client, KernelProcess* process, const std::string& code, const Wishes& wishes) {
    Callbacks callbacks;
    callbacks.output = print;
    callbacks.input = ask;
    const auto cell = client.execute(code, callbacks);
    const auto end = std::chrono::steady_clock::now() + wishes.timeout;
    int seen = interrupts;
    while (!cell->done()) {
        try {
            client.wait(cell, Client::Milliseconds(100));
        } catch (const KernelSilent&) {
            if (std::chrono::steady_clock::now() >= end)
                throw KernelSilent("the cell takes too long");
        }
        if (interrupts == seen) continue;
        seen = interrupts;
        if (process != nullptr && !process->spec().interrupted_by_message()) {
            process->interrupt();
        } else {
            client.interrupt();
        }
    }
    return cell->content().value("status", "") == "ok";
}

int run_all(const Wishes& wishes) {
    std::unique_ptr<KernelProcess> process;
    if (wishes.existing.empty()) {
        const std::string& named = wishes.cells->kernel_name;
        LaunchOptions options;
        if (wishes.encrypt) options.curve = new_curve_keys(linked_zmq());
        if (wishes.ipc) options.transport = "ipc";
        const std::string name = !wishes.kernel.empty() ? wishes.kernel
                                 : !named.empty()       ? named
                                                        : "python3";
        process = std::make_unique<KernelProcess>(find_kernelspec(name), options);
    }
    Client client(linked_zmq(), process ? process->connection() : read_connection(wishes.existing));
    if (process) client.ended_when([&] { return !process->running(); });
    client.wait_ready(start_patience);
    std::signal(SIGINT, note_interrupt);
    int failed = 0;
    for (const std::string& code : wishes.cells->codes) {
        if (run(client, process.get(), code, wishes)) continue;
        failed = 1;
        if (!wishes.allow_errors) break;
    }
    if (process) {
        client.shutdown();
        (void)process->wait(end_patience);
    }
    return failed;
}

int list() {
    for (const auto& [name, spec] : list_kernelspecs()) {
        std::cout << name << '\t' << spec.display_name << '\t' << spec.directory << '\n';
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const Wishes wishes = read_arguments(argc, argv);
        return wishes.list ? list() : run_all(wishes);
    } catch (const UsageError& error) {
        std::cerr << "kernelwire-run: " << error.what() << '\n' << usage;
    } catch (const std::exception& error) {
        std::cerr << "kernelwire-run: " << error.what() << '\n';
    }
    return 2;
}
