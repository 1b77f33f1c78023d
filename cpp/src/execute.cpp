// How a kernel executes code, and answers at once or later.
//
// Layer 5, private.
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <kernelwire/kernel.hpp>

#include "answer.hpp"
#include "request.hpp"

namespace kernelwire {

// One execute_request, until it is answered.
struct Kernel::Execution {
    std::shared_ptr<Shell> shell;
    ExecuteRequest request;
    Output output;
    std::string started;       // the reply's metadata
    std::optional<Span> span;  // where somebody traces
};

Kernel::Answer Kernel::execute(const Message& request, Shell& shell) {
    std::string started;
    started.reserve(64);
    started = R"({"started":")";
    append_timestamp(started, clock_());
    started += R"(","dependencies_met":true})";
    // Without a count, which JupyterLab would show beside a cell that has not run.
    if (shell.aborting) return {Reply("aborted"), started};

    ExecuteRequest execution;
    const Reply readable = guarded([&] {
        execution = read_execute_request(request);
        return ok();
    });
    if (readable.is_error()) {  // frontends show what comes on iopub, not what the reply says
        publish(request, "error", error_of(readable));
        return {readable, started};
    }
    execution.execution_count = shell.execution_count + 1;
    if (!execution.silent) {
        publish(request, "execute_input",
                R"({"code":)" + json_string(execution.code) + R"(,"execution_count":)" +
                    std::to_string(execution.execution_count) + "}",
                true);
    }
    const Output output(outlet_, request,
                        {execution.silent, execution.allow_stdin, execution.execution_count, true});
    Execution run{shell.shared_from_this(), std::move(execution), output, std::move(started), {}};
    if (spans_) run.span = begin_span(run.request, clock_());
    Reply reply = guarded([&] {
        const Executing here(shell);
        return interpreter_.execute(run.request, run.output);
    });
    const std::shared_ptr<PendingReply>& pending = output.pending();
    if (pending == nullptr) return executed(run, std::move(reply));
    if (reply.is_error()) {
        pending->close();
        return executed(run, std::move(reply));
    }
    shell.executing = std::this_thread::get_id();  // it goes on, for interrupts
    const std::lock_guard lock(late_mutex_);
    late_.emplace(shell.id, std::make_shared<Execution>(std::move(run)));
    ++late_count_;
    Answer later;
    later.comes_later = true;
    return later;
}

// What is due once code was executed: its number, its error, and the abort of what is queued.
Kernel::Answer Kernel::executed(Execution& run, Reply reply) {
    Shell& shell = *run.shell;
    const ExecuteRequest& execution = run.request;
    ++executions_;
    if (run.span) {
        end_span(*run.span, reply, clock_());
        (void)guarded([&] { return spans_(*run.span), ok(); });
    }
    if (const std::string* count = reply.find("execution_count")) {
        shell.execution_count = read_count(*count, shell.execution_count);
    } else if (execution.store_history) {
        shell.execution_count = execution.execution_count;
    }
    reply.set_text("execution_count", std::to_string(shell.execution_count))
        .set_default("user_expressions", "{}")
        .set_default("payload", "[]");
    if (reply.is_error()) {
        if (!run.output.showed_error() && !execution.silent) {
            publish(execution.message, "error", error_of(reply));
        }
        shell.aborting = execution.stop_on_error;
        // Before the reply: what a client sends once it has that is not to be aborted.
        if (shell.aborting) outlet_.hold_back(shell.id);
    }
    return {std::move(reply), std::move(run.started), std::nullopt, run.output.published_comms()};
}

bool Kernel::awaits_reply(const std::string& subshell_id) const {
    return late(subshell_id) != nullptr;
}

std::optional<Message> Kernel::answer_late(const std::string& subshell_id) {
    const std::shared_ptr<Execution> run = late(subshell_id);
    if (run == nullptr) return std::nullopt;
    std::optional<Reply> reply = run->output.pending()->take();
    return reply ? answer_late(*run, *std::move(reply)) : std::nullopt;
}

std::optional<Message> Kernel::give_up_late(const std::string& subshell_id) {
    const std::shared_ptr<Execution> run = late(subshell_id);
    if (run == nullptr) return std::nullopt;
    run->output.pending()->close();
    return answer_late(*run, run->output.pending()->take().value_or(error(
                                 "Interrupted", "the kernel has ended before there was a reply")));
}

void Kernel::drop_late() {
    const std::lock_guard lock(late_mutex_);
    for (const auto& [id, run] : late_) run->output.pending()->close();
}

std::optional<Message> Kernel::answer_late(Execution& run, Reply reply) {
    run.shell->executing = std::thread::id();
    {
        const std::lock_guard lock(late_mutex_);
        late_.erase(run.shell->id);
        --late_count_;
    }
    Message request = run.request.message;
    finish(request, "execute_reply", executed(run, std::move(reply)));
    return request;
}

std::shared_ptr<Kernel::Execution> Kernel::late(const std::string& subshell_id) const {
    if (late_count_ == 0) return nullptr;
    const std::lock_guard lock(late_mutex_);
    const auto found = late_.find(subshell_id);
    return found == late_.end() ? nullptr : found->second;
}

}  // namespace kernelwire
