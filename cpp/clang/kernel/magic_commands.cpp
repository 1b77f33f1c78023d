#include "magic_commands.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <utility>

#include <kernelwire/interpreter.hpp>

#include "executable.hpp"
#include "inspection.hpp"
#include "stopwatch.hpp"

namespace kernelwire::cpp {
namespace {

using clang::Failure;
using clang::Outcome;

Outcome failed(std::string name, std::string value) {
    Outcome outcome;
    outcome.failure = Failure{std::move(name), std::move(value), {}, false, false};
    return outcome;
}

[[noreturn]] void misused(const MagicCall& call) {
    const auto& commands = magic_commands();
    const auto found =
        std::find_if(commands.begin(), commands.end(),
                     [&](const MagicCommand& command) { return command.name == call.magic.name; });
    throw InterpreterError("UsageError", "want " + std::string(found->usage));
}

std::vector<std::string> words_of(const MagicCall& call, std::size_t least, std::size_t most) {
    std::vector<std::string> words = split_words(call.magic.arguments);
    if (words.size() < least || words.size() > most) misused(call);
    return words;
}

const std::string& body_of(const MagicCall& call) {
    if (!call.magic.body) misused(call);
    return *call.magic.body;
}

std::string hex(const void* address) {
    return std::to_string(reinterpret_cast<std::uintptr_t>(address)) + "ULL";
}

Outcome time(MagicCall& call) {
    const MagicOptions options(call.magic.arguments, "", "nrp");
    const bool whole_cell = call.magic.body.has_value();
    const std::string& timed = whole_cell ? *call.magic.body : options.rest();
    if (timed.find_first_not_of(" \t\n;") == std::string::npos) misused(call);
    Stopwatch watch(options.number('n'), options.number('r').value_or(7));
    // The loop stands in the first line, where the magic stood, so that the lines of the cell keep
    // their numbers.
    const std::string code =
        "{ " + (whole_cell ? options.rest() + "; " : std::string()) +
        "while (const long long kernelwire_turns = reinterpret_cast<long long (*)(void*)>(" +
        hex(reinterpret_cast<const void*>(&Stopwatch::next_of)) + ")(reinterpret_cast<void*>(" +
        hex(&watch) +
        "))) for (long long kernelwire_turn = 0; kernelwire_turn < kernelwire_turns; "
        "++kernelwire_turn) {" +
        (whole_cell ? "\n" : " ") + timed + "\n;} }";
    Outcome outcome = call.session.run(code, call.count);
    if (!outcome.failure) {
        const auto precision = static_cast<int>(options.number('p').value_or(3));
        call.output.out(watch.summary(std::min(precision, 17)) + ", -O" +
                        std::to_string(call.session.options().optimisation) + "\n");
    }
    return outcome;
}

Outcome write_file(MagicCall& call) {
    const std::string& text = body_of(call);
    const MagicOptions options(call.magic.arguments, "a", "");
    const std::vector<std::string> words = split_words(options.rest());
    if (words.size() != 1) misused(call);
    std::ofstream file(words[0], options.has('a') ? std::ios::app : std::ios::trunc);
    file << text;
    if (!file.flush()) return failed("FileError", "cannot write " + words[0]);
    call.output.out((options.has('a') ? "appended to " : "wrote ") + words[0] + "\n");
    return {};
}

Outcome make_executable(MagicCall& call) {
    const std::string& text = body_of(call);
    const std::vector<std::string> words = split_words(call.magic.arguments);
    if (words.empty() || (words.size() > 1 && words[1] != "--")) misused(call);
    const std::vector<std::string> options(
        words.begin() + std::min<long>(2, static_cast<long>(words.size())), words.end());
    const std::string compiler = find_compiler();
    if (compiler.empty()) {
        return failed("NoCompiler", "no C++ compiler is installed: apt-get install g++");
    }
    const auto command =
        compile_command(compiler, words[0], call.session.options().standard, options);
    if (const int code = call.shell.run(command, program_of(text)); code != 0) {
        return failed("CompileError", compiler + " ended with exit code " + std::to_string(code));
    }
    call.output.out("wrote " + words[0] + "\n");
    return {};
}

Outcome run_shell(MagicCall& call) {
    const int code = call.shell.run({"/bin/sh", "-c", call.magic.arguments});
    if (code != 0) call.output.err("exit code " + std::to_string(code) + "\n");
    return {};
}

Outcome run_bash(MagicCall& call) {
    const int code = call.shell.run({"bash", "-c", body_of(call)});
    if (code != 0)
        return failed("CommandError", "bash ended with exit code " + std::to_string(code));
    return {};
}

Outcome started_anew(MagicCall& call) {
    call.output.out("started anew; what the cells have defined is gone\n");
    return {};
}

// Lines of a name and what is to be said of it.
void print_columns(MagicCall& call, const std::vector<std::pair<std::string, std::string>>& lines) {
    std::size_t width = 0;
    for (const auto& [name, text] : lines) width = std::max(width, name.size());
    for (const auto& [name, text] : lines) {
        std::string line = name;
        line.append(width - name.size() + 2, ' ').append(text).append("\n");
        call.output.out(line);
    }
}

Outcome undo(MagicCall& call) {
    (void)words_of(call, 0, 0);
    if (!call.session.current().undo()) return failed("UndoError", "there is no cell to be undone");
    return {};
}

Outcome load(MagicCall& call) {
    const std::string library = words_of(call, 1, 1)[0];
    return call.session.run("#pragma kernelwire load \"" + library + '"', call.count);
}

Outcome standard(MagicCall& call) {
    const std::vector<std::string> words = words_of(call, 0, 1);
    if (words.empty()) {
        call.output.out(call.session.options().standard + "\n");
        return {};
    }
    if (words[0] != "c++17" && words[0] != "c++20" && words[0] != "c++23") {
        throw InterpreterError("UsageError", "want c++17, c++20 or c++23");
    }
    call.session.options().standard = words[0];
    call.session.restart();
    call.output.out(words[0] + " from here on; what the cells have defined is gone\n");
    return {};
}

Outcome compile_with(MagicCall& call) {
    const std::vector<std::string> words = split_words(call.magic.arguments);
    const bool files = std::any_of(words.begin(), words.end(),
                                   [](const std::string& word) { return word.rfind('-', 0) != 0; });
    if (words.empty() || files) misused(call);
    std::vector<std::string>& arguments = call.session.options().arguments;
    const std::vector<std::string> before = arguments;
    arguments.insert(arguments.end(), words.begin(), words.end());
    try {
        clang::check(call.session.options());  // what the cells have defined is not yet lost
        call.session.restart();
        (void)call.session.current();
    } catch (const std::exception& error) {
        arguments = before;
        return failed("CompilerError", error.what());
    }
    return started_anew(call);
}

Outcome optimise(MagicCall& call) {
    const std::vector<std::string> words = words_of(call, 0, 1);
    if (!words.empty()) {
        if (words[0].size() != 1 || words[0][0] < '0' || words[0][0] > '3') misused(call);
        call.session.options().optimisation = words[0][0] - '0';
        call.session.current().optimise(call.session.options().optimisation);
    }
    call.output.out("-O" + std::to_string(call.session.options().optimisation) + "\n");
    return {};
}

Outcome restart(MagicCall& call) {
    const std::vector<std::string> words = words_of(call, 0, 1);
    if (words.empty()) {
        call.session.restart();
        return started_anew(call);
    }
    if (words[0] != "--replay") misused(call);
    auto [cells, outcome] = call.session.replay();
    call.output.out("started anew, with what " + std::to_string(cells) + " cell" +
                    (cells == 1 ? "" : "s") + " had declared\n");
    return outcome;
}

Outcome who(MagicCall& call) {
    (void)words_of(call, 0, 0);
    std::vector<std::pair<std::string, std::string>> lines;
    for (const auto& [name, kind, type] : call.session.current().declared()) {
        std::string what = kind;
        if (!type.empty()) what.append("  ").append(type);
        lines.emplace_back(name, std::move(what));
    }
    print_columns(call, lines);
    return {};
}

Outcome inspect(MagicCall& call) {
    const std::string& name = call.magic.arguments;
    const auto found =
        name.empty() ? std::nullopt : call.session.current().inspect(name, name.size());
    if (!found) return failed("NotFound", "nothing is known of " + name);
    call.page = described(*found);
    return {};
}

Outcome list(MagicCall& call) {
    std::vector<std::pair<std::string, std::string>> lines;
    for (const MagicCommand& command : magic_commands()) {
        lines.emplace_back(command.usage, command.help);
    }
    print_columns(call, lines);
    return {};
}

bool is_sign(std::string_view name) {
    return name == "!" || name == "?";
}

}  // namespace

const std::vector<MagicCommand>& magic_commands() {
    static const std::vector<MagicCommand> commands{
        {"!", "!COMMAND", "runs a command of the shell", run_shell},
        {"?", "?NAME or NAME?", "shows what is known of a name", inspect},
        {"arguments", "%arguments -ARGUMENT...",
         "starts anew with further arguments of the compiler, such as -fopenmp", compile_with},
        {"bash", "%%bash", "runs the cell by bash", run_bash},
        {"executable", "%%executable FILE [-- OPTION...]",
         "compiles the cell to a program; without a main() it becomes one", make_executable},
        {"file", "%%file [-a] FILE", "writes the cell to a file; -a appends", write_file},
        {"help", "%help", "shows this list", list},
        {"load", "%load LIBRARY", "loads a shared library, whose functions cells can call", load},
        {"lsmagic", "%lsmagic", "the same as %help", list},
        {"optimise", "%optimise [0|1|2|3]", "optimises the cells that follow", optimise},
        {"restart", "%restart [--replay]",
         "starts anew; --replay then declares again what the cells had declared", restart},
        {"std", "%std [c++17|c++20|c++23]", "starts anew with another standard", standard},
        {"timeit", "%timeit [-n LOOPS] [-r RUNS] [-p DIGITS] STATEMENT; or %%timeit [...] [SETUP]",
         "measures how long a statement or a cell takes", time},
        {"undo", "%undo", "takes back what the last cell declared", undo},
        {"who", "%who", "lists what cells have declared", who},
    };
    return commands;
}

clang::Outcome run_magic(MagicCall& call) {
    for (const MagicCommand& command : magic_commands()) {
        if (command.name != call.magic.name) continue;
        const bool for_cells = command.usage.substr(0, 2) == "%%";
        if (!for_cells && call.magic.body && command.name != "timeit") misused(call);
        try {
            return command.run(call);
        } catch (const std::invalid_argument& error) {
            throw InterpreterError("UsageError", error.what());
        }
    }
    std::string names;
    for (const MagicCommand& command : magic_commands()) {
        if (!is_sign(command.name)) names += " %" + std::string(command.name);
    }
    throw InterpreterError("UnknownMagic", "there is no magic %" + call.magic.name +
                                               "; there are:" + names + "; %help tells more");
}

std::vector<std::string> complete_magic(std::string_view start) {
    const auto signs = std::min(start.find_first_not_of('%'), start.size());
    std::vector<std::string> found;
    for (const MagicCommand& command : magic_commands()) {
        if (is_sign(command.name)) continue;
        if (command.name.substr(0, start.size() - signs) == start.substr(signs)) {
            found.push_back(std::string(start.substr(0, signs)) + std::string(command.name));
        }
    }
    return found;
}

}  // namespace kernelwire::cpp
