#include "failure.hpp"

#include <csignal>
#include <cstring>
#include <sstream>

#include "exceptions.hpp"

namespace kernelwire::clang {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

std::string signal_name(int number) {
    switch (number) {
        case SIGSEGV: return "SegmentationFault";
        case SIGBUS: return "BusError";
        case SIGFPE: return "ArithmeticError";
        case SIGILL: return "IllegalInstruction";
        case SIGABRT: return "Aborted";
        default: return "Signal";
    }
}

std::string signal_text(const Stop& stop) {
    std::ostringstream text;
    text << strsignal(stop.number);
    if (stop.number == SIGSEGV || stop.number == SIGBUS) text << " at address " << stop.address;
    if (stop.number == SIGFPE) text << ": a division by zero, or one that overflows";
    return text.str();
}

// What we have wrapped around a cell.
bool is_cell(const std::string& name) {
    return name.compare(0, 16, "kernelwire_cell_") == 0 || name.compare(0, 9, "__stmts__") == 0 ||
           name.compare(0, 21, "__cxx_global_var_init") == 0;
}

// The machinery that stops a cell, on whose frames a backtrace begins.
bool is_ours(const std::string& name) {
    return name.empty() || name.find("kernelwire::") != std::string::npos;
}

// One line for each function that calls itself.
void add_frame(std::vector<std::string>& lines, const std::string& name, int& repeated) {
    const std::string line = "  in " + name;
    const std::string again = line + " (and again: ";
    if (lines.empty() ||
        (lines.back() != line && lines.back().compare(0, again.size(), again) != 0)) {
        repeated = 1;
        lines.push_back(line);
    } else {
        lines.back() = again + std::to_string(repeated++) + ')';
    }
}

// From where it happened out to the cell; what stands below that is not the user's.
std::vector<std::string> backtrace_of(const Stop& stop, const Symbols& symbols) {
    std::vector<std::string> lines;
    int repeated = 0;
    for (const auto* const frame : stop.frames) {
        // A return address is behind the call, and may be behind the function's end.
        const auto address = reinterpret_cast<std::uintptr_t>(frame);
        const std::string name = symbols.name_at(address - 1);
        if (is_cell(name)) {
            lines.emplace_back("  in the cell");
            break;
        }
        if (name.compare(0, 15, "kernelwire.run.") == 0) break;
        if (!is_ours(name)) add_frame(lines, name, repeated);
    }
    return lines;
}

}  // namespace

Failure compile_failure(const std::string& first_error, const std::string& text) {
    Failure failure;
    failure.name = "CompileError";
    failure.value = first_error;
    failure.lines = lines_of(text);
    return failure;
}

Failure lost_failure() {
    Failure failure;
    failure.name = "CompilerCrashed";
    failure.value = "the compiler has crashed before: restart the kernel";
    failure.lost = true;
    return failure;
}

Failure link_failure(const std::string& error, const std::string& reported) {
    Failure failure;
    failure.name = "LinkError";
    failure.value = reported.empty() ? error : reported;
    failure.lines = lines_of(failure.value);
    return failure;
}

Failure missing_failure(const std::vector<std::string>& symbols) {
    Failure failure;
    failure.name = "LinkError";
    for (const auto& symbol : symbols) {
        failure.lines.push_back(demangled(symbol.c_str()) + " is declared, but defined nowhere");
    }
    failure.value = failure.lines.front();
    if (symbols.size() > 1) {
        failure.value += ", nor are " + std::to_string(symbols.size() - 1) + " more";
    }
    failure.lines.push_back("define it in a cell, or load the library that has it");
    return failure;
}

Failure stop_failure(const Stop& stop, const Symbols& symbols) {
    Failure failure;
    failure.damaged = stop.skipped;
    switch (stop.cause) {
        case Stop::Cause::exception:
            failure.name = stop.type.empty() ? "unknown exception" : stop.type;
            failure.value = stop.what;
            break;
        case Stop::Cause::signal:
            failure.name = signal_name(stop.number);
            failure.value = signal_text(stop);
            break;
        case Stop::Cause::exit:
            failure.name = "Exit";
            failure.value = "exit(" + std::to_string(stop.number) + ") was called";
            break;
        case Stop::Cause::terminate:
            failure.name = "Terminated";
            failure.value = stop.type.empty()
                                ? "std::terminate() was called"
                                : "an exception left a function that is noexcept: " + stop.type +
                                      ": " + stop.what;
            break;
        case Stop::Cause::interrupt:
            failure.name = "Interrupted";
            failure.value = "the cell was interrupted";
            break;
    }
    failure.lines = backtrace_of(stop, symbols);
    return failure;
}

}  // namespace kernelwire::clang
