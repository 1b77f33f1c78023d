#include "cpp_kernel.hpp"

#include <cstdio>
#include <utility>

#include "code_points.hpp"
#include "inspection.hpp"
#include "magic.hpp"

namespace kernelwire::cpp {
namespace {

// "c++20" as people write it.
std::string title(const std::string& standard) {
    return "C++" + standard.substr(std::min<std::size_t>(3, standard.size()));
}

clang::Outcome stopped(const char* what) {
    clang::Outcome outcome;
    outcome.failure = clang::Failure{"Interrupted", what, {}, false, false};
    return outcome;
}

struct True {
    bool& flag;
    const bool before = std::exchange(flag, true);
    ~True() { flag = before; }
};

// Frontends show the traceback and nothing else of an error.
std::vector<std::string> traceback_of(const clang::Failure& failure) {
    std::vector<std::string> lines;
    for (const std::string& line : failure.lines) {
        if (line != failure.value) lines.push_back(line);
    }
    if (failure.name != "CompileError" || lines.empty()) {
        lines.push_back("\033[0;31m" + failure.name + "\033[0m" +
                        (failure.value.empty() ? "" : ": " + failure.value));
    }
    if (failure.damaged) {
        lines.emplace_back(
            "Memory may be damaged by this. If things turn strange, %restart --replay.");
    }
    return lines;
}

std::string plain_text(const Json& bundle) {
    return bundle.value("text/plain", "");
}

}  // namespace

// What came of a cell: of its magics, and of its code.
struct CppKernel::Ran {
    clang::Outcome outcome;
    std::string page;  // for the pager
};

CppKernel::CppKernel(clang::Options options, const std::string& history)
    : standard_(options.standard),
      host_([this] { return interrupted_.load(); }),
      errors_([this](std::string_view text) { host_.output().err(text); }),
      input_([this] { return host_.output().input(""); }),
      session_(std::move(options), CellHost::symbols()),
      history_(history) {
    session_.on_restart([this] { host_.comms().forget(); });
}

KernelInfo CppKernel::info() const {
    KernelInfo info;
    info.language.name = "c++";
    info.language.version = standard_.substr(std::min<std::size_t>(3, standard_.size()));
    info.language.mimetype = "text/x-c++src";
    info.language.file_extension = ".cpp";
    info.language.pygments_lexer = "cpp";
    info.language.codemirror_mode = "text/x-c++src";
    info.implementation = "kernelwire-cpp";
    info.implementation_version = KERNELWIRE_VERSION;
    info.banner = "kernelwire-cpp " KERNELWIRE_VERSION ": " + title(standard_) +
                  " over clang. %help lists the magics, ?NAME tells what is known of a name.";
    info.help_links = {{"C++ reference", "https://en.cppreference.com/w/cpp"},
                       {"Standard draft", "https://eel.is/c++draft/"}};
    return info;
}

Reply CppKernel::execute(const ExecuteRequest& request, Output& output) {
    host_.enter(output);
    host_.comms().drop_event();
    input_.reset();
    interrupted_ = false;
    const True running{running_};
    Ran ran = run_cell(request, output);
    std::optional<clang::Failure>& failure = ran.outcome.failure;
    if (failure) {
        if (request.store_history) history_.add(request.execution_count, request.code);
        return error(failure->name, failure->value, traceback_of(*failure));
    }
    if (!ran.outcome.warnings.empty()) output.err(ran.outcome.warnings);
    std::optional<std::string> shown;
    if (ran.outcome.value) {
        shown = plain_text(*ran.outcome.value);
        output.execute_result(*ran.outcome.value);
    }
    if (request.store_history) history_.add(request.execution_count, request.code, shown);
    Reply reply =
        ok().set("user_expressions", evaluate(request.user_expressions, request.execution_count));
    if (!ran.page.empty()) {
        reply.set("payload",
                  Json::array(
                      {{{"source", "page"}, {"data", {{"text/plain", ran.page}}}, {"start", 0}}}));
    }
    return reply;
}

// Magics first, in their order; the first failure ends the cell.
CppKernel::Ran CppKernel::run_cell(const ExecuteRequest& request, const Output& output) {
    const MagicCell cell = take_magics(request.code);
    Ran ran;
    for (const Magic& magic : cell.magics) {
        MagicCall call{magic, output, request.execution_count, session_, host_.shell()};
        ran.outcome = run_magic(call);
        ran.page = std::move(call.page);
        if (ran.outcome.failure) return ran;
        if (interrupted_) {
            ran.outcome = stopped("below it, nothing was run");
            return ran;
        }
    }
    if (cell.code.find_first_not_of(" \t\r\n") != std::string::npos) {
        ran.outcome = run_code(cell.code, request.execution_count);
    }
    return ran;
}

clang::Outcome CppKernel::run_code(const std::string& code, int count) {
    (void)session_.current();  // the first cell waits here, and may be interrupted meanwhile
    if (interrupted_) return stopped("the interpreter was still starting");
    clang::Outcome outcome = session_.run(code, count);
    if (outcome.failure && outcome.failure->name == "kernelwire::Interrupted") {
        outcome.failure->name = "Interrupted";
    }
    // scanf() and its like can only be told that there is no more to read.
    if (const std::exception_ptr failure = input_.failure(); failure && !outcome.failure) {
        try {
            std::rethrow_exception(failure);
        } catch (const std::exception& error) {
            outcome.failure = clang::Failure{"InputError", error.what(), {}};
        }
    }
    return outcome;
}

Json CppKernel::evaluate(const std::string& expressions, int count) {
    Json values = Json::object();
    const Json wanted = read_json(expressions).value_or(Json::object());
    for (const auto& [name, expression] : wanted.items()) {
        if (!expression.is_string()) continue;
        const clang::Outcome outcome = session_.run(expression.get<std::string>(), count);
        if (outcome.failure) {
            values[name] = {{"status", "error"},
                            {"ename", outcome.failure->name},
                            {"evalue", outcome.failure->value},
                            {"traceback", traceback_of(*outcome.failure)}};
        } else {
            values[name] = {{"status", "ok"},
                            {"data", outcome.value.value_or(Json::object())},
                            {"metadata", Json::object()}};
        }
    }
    return values;
}

Reply CppKernel::complete(const std::string& code, std::size_t cursor_pos) {
    const std::size_t cursor = byte_of(code, cursor_pos);
    const std::size_t line = code.rfind('\n', cursor == 0 ? 0 : cursor - 1) + 1;
    const std::string_view before =
        std::string_view(code).substr(std::min(line, cursor), cursor - std::min(line, cursor));
    if (before.substr(0, 1) == "%" && before.find(' ') == std::string_view::npos) {
        return matches(complete_magic(before), cursor_pos - before.size(), cursor_pos);
    }
    const clang::Completions found = session_.current().complete(code, cursor);
    std::vector<std::string> texts;
    Json types = Json::array();
    const std::size_t start = code_point_of(code, found.start);
    for (const clang::Completion& item : found.items) {
        texts.push_back(item.text);
        types.push_back({{"text", item.text},
                         {"type", item.kind},
                         {"signature", item.signature},
                         {"start", start},
                         {"end", cursor_pos}});
    }
    return matches(texts, start, code_point_of(code, found.end),
                   {{"_jupyter_types_experimental", types}});
}

Reply CppKernel::inspect(const std::string& code, std::size_t cursor_pos, int /*detail_level*/) {
    const auto found = session_.current().inspect(code, byte_of(code, cursor_pos));
    if (!found) return documentation();
    return documentation(
        {{"text/plain", described(*found)}, {"text/markdown", described_in_markdown(*found)}});
}

Reply CppKernel::is_complete(const std::string& code) {
    const MagicCell cell = take_magics(code);
    if (!cell.magics.empty() && cell.magics.back().body) {
        // A cell magic goes on until an empty line, as in IPython.
        const bool ended = code.size() > 1 && code.compare(code.size() - 2, 2, "\n\n") == 0;
        return ended ? kernelwire::complete() : incomplete();
    }
    const clang::Completeness found = session_.current().is_complete(cell.code);
    switch (found.status) {
        case clang::Completeness::Status::complete: return kernelwire::complete();
        case clang::Completeness::Status::incomplete: return incomplete(found.indent);
        case clang::Completeness::Status::invalid: return invalid();
    }
    return unknown();
}

void CppKernel::comm_open(const CommMessage& message, Output& output) {
    const bool taken = host_.comms().opened(message, [&] { deliver(output); });
    if (!taken) Interpreter::comm_open(message, output);
}

void CppKernel::comm_msg(const CommMessage& message, Output& output) {
    host_.comms().received(message, false, [&] { deliver(output); });
}

void CppKernel::comm_close(const CommMessage& message, Output& output) {
    host_.comms().received(message, true, [&] { deliver(output); });
}

// Handlers are the cells' code, and are as likely to crash, to loop and to throw as cells are: they
// run as one. Within a cell that waits for comm messages they are a part of it.
void CppKernel::deliver(const Output& output) {
    if (running_) return host_.comms().receive();
    const True running{running_};
    host_.enter(output);
    interrupted_ = false;
    const clang::Outcome outcome = session_.current().run(
        "::kernelwire::cell_detail::receive_comm(*::kernelwire_host::kernelwire_comm_event());",
        output.terms().execution_count);
    if (!outcome.failure) return;
    throw InterpreterError(outcome.failure->name, outcome.failure->value,
                           traceback_of(*outcome.failure));
}

void CppKernel::interrupt() {
    interrupted_ = true;
    clang::Session::interrupt();
    host_.shell().interrupt();
}

}  // namespace kernelwire::cpp
