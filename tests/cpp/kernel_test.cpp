// The kernel without sockets: for each request the messages it sends, in order.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <kernelwire/kernel.hpp>

using namespace kernelwire;

namespace {

// Keeps what the kernel sends.
class Recorder final : public Outlet {
public:
    void send(Outgoing message) override { sent.push_back(std::move(message)); }
    void stream(const std::string& parent, Stream stream, Bytes text) override {
        Outgoing message;
        message.msg_type = stream == Stream::out ? "stdout" : "stderr";
        message.parent = parent;
        message.content = json_string(text);
        sent.push_back(std::move(message));
    }
    void flush() override {}
    [[nodiscard]] std::optional<std::string> input(Outgoing request,
                                                   const std::string& /*subshell_id*/) override {
        sent.push_back(std::move(request));
        return answer;
    }
    void hold_back(const std::string& /*subshell_id*/) override {}
    void stop(bool restart) override { stopped = restart ? "restart" : "stop"; }
    [[nodiscard]] std::string ports() const override { return R"({"hb_port":5})"; }
    [[nodiscard]] std::string usage() const override { return R"({"bytes_sent":7})"; }

    std::vector<Outgoing> sent;
    std::optional<std::string> answer;
    std::string stopped;
};

// Does what the code says.
class Scripted final : public Interpreter {
public:
    explicit Scripted(std::vector<std::string> features = {}) : features_(std::move(features)) {}

    KernelInfo info() const override {
        KernelInfo info{{"scripted", "1.0"}};
        info.banner = "hello";
        info.supported_features = features_;
        return info;
    }

    Reply execute(const ExecuteRequest& request, Output& output) override {
        last = request;
        if (request.code == "throw") throw std::runtime_error("thrown");
        if (request.code == "throw int") throw 7;
        if (request.code == "fail") return error("Failure", "it failed", {"line 1"});
        if (request.code == "show and fail") {
            output.error("Failure", "shown", {});
            return error("Failure", "it failed");
        }
        if (request.code == "display and fail") {
            output.display_data({{"text/html", "<b>it failed</b>"}});
            output.note_error_shown();
            return error("Failure", "displayed");
        }
        if (request.code == "result") output.execute_result({{"text/plain", "42"}});
        if (request.code == "tell") output.publish("comm_msg", R"({"comm_id":"c","data":{}})");
        if (request.code == "ask") output.out(output.input("name? "));
        if (request.code == "reset") return Reply().set("execution_count", 0);
        return ok();
    }

    Reply complete(const std::string& code, std::size_t cursor_pos) override {
        return matches({code + "!"}, 0, cursor_pos);
    }

    Reply debug(const Json& request, Output& output) override {
        output.publish("debug_event", R"({"event":"initialized"})");
        return ok({{"command", request.at("command")}, {"success", true}});
    }

    ExecuteRequest last;

private:
    std::vector<std::string> features_;
};

struct Fixture {
    explicit Fixture(const std::vector<std::string>& features = {}) : interpreter(features) {}

    // Sends one request, and returns what came back as CHANNEL:TYPE words.
    std::string request(const std::string& type, const Json& content = Json::object(),
                        Channel channel = Channel::shell, const std::string& subshell_id = "") {
        outlet.sent.clear();
        Json fields{{"msg_id", std::to_string(++count)}, {"msg_type", type}};
        if (!subshell_id.empty()) fields["subshell_id"] = subshell_id;
        const std::string header = fields.dump();
        const std::string text = content.is_string() ? content.get<std::string>() : content.dump();
        const Parts parts{header, "{}", "{}", text};
        Signature signature{};
        Frames frames;
        encode({"client"}, parts, Signer("key"), signature, frames);
        code = kernel.receive(channel, frames);
        std::string words;
        for (const Outgoing& message : outlet.sent) {
            words += words.empty() ? "" : " ";
            words += message.msg_type == "status" ? at(message.content, "execution_state")
                                                  : message.msg_type;
        }
        return words;
    }

    std::string execute(const std::string& source) {
        return request("execute_request", {{"code", source}});
    }

    static std::string at(const std::string& content, const char* name) {
        const Json value = read_json(content).value().at(name);
        return value.is_string() ? value.get<std::string>() : value.dump();
    }

    // A field of the reply.
    std::string reply(const char* name) const {
        for (const Outgoing& message : outlet.sent) {
            const bool to_client =
                message.channel == Channel::shell || message.channel == Channel::control;
            if (to_client) return at(message.content, name);
        }
        return "no reply";
    }

    Recorder outlet;
    Scripted interpreter;
    Kernel kernel{interpreter, outlet, "key", [] { return Timestamp{}; }};
    Errc code = Errc::ok;
    int count = 0;
};

struct WithSubshells : Fixture {
    WithSubshells() : Fixture({"kernel subshells"}) {}

    std::string open() {
        request("create_subshell_request", Json::object(), Channel::control);
        return reply("subshell_id");
    }

    std::string execute_in(const std::string& subshell_id, const std::string& source) {
        return request("execute_request", {{"code", source}}, Channel::shell, subshell_id);
    }
};

struct WithDebugger : Fixture {
    WithDebugger() : Fixture({"debugger"}) {}
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "every request gets busy, one reply and idle") {
    CHECK(request("kernel_info_request") == "busy kernel_info_reply idle");
    CHECK(request("complete_request", {{"code", "x"}}) == "busy complete_reply idle");
    CHECK(request("inspect_request", {{"code", "x"}}) == "busy inspect_reply idle");
    CHECK(request("is_complete_request", {{"code", "x"}}) == "busy is_complete_reply idle");
    CHECK(request("history_request") == "busy history_reply idle");
    CHECK(request("comm_info_request") == "busy comm_info_reply idle");
    CHECK(execute("x") == "busy execute_input execute_reply idle");
}

TEST_CASE_FIXTURE(Fixture, "kernel_info says who we are") {
    request("kernel_info_request");
    CHECK(reply("protocol_version") == "5.5");
    CHECK(reply("banner") == "hello");
    CHECK(reply("status") == "ok");
}

TEST_CASE_FIXTURE(Fixture, "a reply goes to who asked, with the request's header as its parent") {
    execute("x");
    const Outgoing& reply = outlet.sent[2];
    CHECK(reply.channel == Channel::shell);
    CHECK(reply.identities == std::vector<std::string>{"client"});
    CHECK(at(reply.parent, "msg_type") == "execute_request");
}

TEST_CASE_FIXTURE(Fixture,
                  "an exception becomes an error reply, shown once, and the kernel lives on") {
    CHECK(execute("throw") == "busy execute_input error execute_reply idle");
    CHECK(reply("status") == "error");
    CHECK(reply("evalue") == "thrown");
    kernel.drained();
    CHECK(execute("throw int") == "busy execute_input error execute_reply idle");
    kernel.drained();
    CHECK(execute("x") == "busy execute_input execute_reply idle");
}

TEST_CASE_FIXTURE(Fixture, "a returned error is shown by the kernel, unless the interpreter did") {
    CHECK(execute("fail") == "busy execute_input error execute_reply idle");
    CHECK(reply("traceback") == R"(["line 1"])");
    kernel.drained();
    CHECK(execute("show and fail") == "busy execute_input error execute_reply idle");
    CHECK(at(outlet.sent[2].content, "evalue") == "shown");
    kernel.drained();
    CHECK(execute("display and fail") == "busy execute_input display_data execute_reply idle");
    CHECK(reply("evalue") == "displayed");
}

TEST_CASE_FIXTURE(Fixture, "after an error, executes are aborted until the queue is drained") {
    execute("fail");
    CHECK(execute("x") == "busy execute_reply idle");
    // JupyterLab shows the count of a reply beside its cell; this one was [1]: like the cell that
    // failed, though it had never run.
    CHECK(outlet.sent[1].content == R"({"status":"aborted"})");
    CHECK(request("kernel_info_request") == "busy kernel_info_reply idle");
    CHECK(execute("x") == "busy execute_reply idle");
    kernel.drained();
    CHECK(execute("x") == "busy execute_input execute_reply idle");
}

TEST_CASE_FIXTURE(Fixture, "without stop_on_error nothing is aborted") {
    request("execute_request", {{"code", "fail"}, {"stop_on_error", false}});
    CHECK(execute("x") == "busy execute_input execute_reply idle");
}

TEST_CASE_FIXTURE(Fixture, "the count goes up only for what is stored") {
    execute("x");
    CHECK(reply("execution_count") == "1");
    request("execute_request", {{"code", "x"}, {"store_history", false}});
    CHECK(reply("execution_count") == "1");
    CHECK(interpreter.last.execution_count == 2);
    request("execute_request", {{"code", "x"}, {"silent", true}});
    CHECK(reply("execution_count") == "1");
    execute("x");
    CHECK(reply("execution_count") == "2");
    execute("fail");
    CHECK(reply("execution_count") == "3");
}

TEST_CASE_FIXTURE(Fixture, "an interpreter may set the count") {
    execute("x");
    execute("reset");
    CHECK(reply("execution_count") == "0");
    execute("x");
    CHECK(reply("execution_count") == "1");
}

TEST_CASE_FIXTURE(Fixture, "a silent request shows no input and no result, and is never stored") {
    CHECK(request("execute_request", {{"code", "result"}, {"silent", true}}) ==
          "busy execute_reply idle");
    CHECK_FALSE(interpreter.last.store_history);
    CHECK(execute("result") == "busy execute_input execute_result execute_reply idle");
}

TEST_CASE_FIXTURE(Fixture, "input is asked of the client, and refused where it takes none") {
    outlet.answer = "Ada";
    CHECK(execute("ask") == "busy execute_input input_request stdout execute_reply idle");
    CHECK(at(outlet.sent[2].content, "prompt") == "name? ");
    request("execute_request", {{"code", "ask"}, {"allow_stdin", false}});
    CHECK(reply("status") == "error");
    outlet.answer.reset();  // as when it is interrupted
    kernel.drained();
    execute("ask");
    CHECK(reply("status") == "error");
}

TEST_CASE_FIXTURE(Fixture, "contents of the wrong shape get a clear error") {
    request("execute_request", {{"code", 7}});
    CHECK(reply("evalue") == "content.code is number, want a string");
    request("execute_request", {{"kode", "x"}});
    CHECK(reply("evalue") == "content has no code");
    request("execute_request", "[]");
    CHECK(reply("evalue") == "content is not a JSON object");
    request("execute_request", "not JSON");
    CHECK(reply("ename") == "BadContent");
    request("execute_request", std::string(100000, '[') + std::string(100000, ']'));
    CHECK(reply("ename") == "BadContent");
    CHECK(execute("x") == "busy execute_input execute_reply idle");
}

TEST_CASE_FIXTURE(Fixture, "positions count code points, and stay inside the code") {
    request("complete_request", {{"code", "h\xC3\xA9"}, {"cursor_pos", 99}});
    CHECK(reply("cursor_end") == "2");
    request("complete_request", {{"code", "h\xC3\xA9"}, {"cursor_pos", 1}});
    CHECK(reply("cursor_end") == "1");
    request("complete_request", {{"code", "h\xC3\xA9"}, {"cursor_pos", -5}});
    CHECK(reply("cursor_end") == "2");
    request("complete_request", {{"code", "x"}, {"cursor_pos", 1e300}});
    CHECK(reply("cursor_end") == "1");
}

TEST_CASE_FIXTURE(Fixture, "a comm without a target is closed") {
    CHECK(request("comm_open", {{"comm_id", "c"}, {"target_name", "t"}, {"data", {}}}) ==
          "busy comm_close idle");
    CHECK(at(outlet.sent[1].content, "comm_id") == "c");
    CHECK(request("comm_msg", {{"comm_id", "c"}, {"data", {}}}) == "busy idle");
    CHECK(request("comm_open", {{"no", "id"}}) == "busy idle");
}

TEST_CASE_FIXTURE(Fixture, "the reply to a request that published comm messages leaves late") {
    const auto late = [&](const std::string& source) {
        execute(source);
        return outlet.sent.at(outlet.sent.size() - 2).late;
    };
    CHECK(late("tell"));
    CHECK_FALSE(late("result"));
}

TEST_CASE_FIXTURE(Fixture, "unknown requests get an error reply, other unknown messages none") {
    CHECK(request("debug_request", {}, Channel::control) == "busy debug_reply idle");
    CHECK(reply("status") == "error");
    CHECK(request("nonsense") == "busy idle");
    CHECK(request("_request") == "busy idle");
}

TEST_CASE_FIXTURE(Fixture, "control runs no code") {
    CHECK(request("execute_request", {{"code", "x"}}, Channel::control) ==
          "busy execute_reply idle");
    CHECK(reply("status") == "error");
    CHECK(interpreter.last.code.empty());
}

TEST_CASE_FIXTURE(Fixture, "shutdown is answered, told to everybody, and then carried out") {
    CHECK(request("shutdown_request", {{"restart", true}}, Channel::control) ==
          "busy shutdown_reply shutdown_reply idle");
    CHECK(outlet.sent[1].channel == Channel::iopub);
    CHECK(outlet.sent[2].channel == Channel::control);
    CHECK(outlet.stopped == "restart");
}

TEST_CASE_FIXTURE(Fixture, "usage says what was measured") {
    execute("x");
    request("usage_request", {}, Channel::control);
    CHECK(reply("kernelwire") == R"({"bytes_sent":7,"executions":1})");
}

TEST_CASE_FIXTURE(Fixture, "connect tells the ports, on shell and on control") {
    for (const Channel channel : {Channel::shell, Channel::control}) {
        CHECK(request("connect_request", {}, channel) == "busy connect_reply idle");
        CHECK(reply("status") == "ok");
        CHECK(reply("hb_port") == "5");
    }
}

TEST_CASE_FIXTURE(Fixture, "a subscriber is welcomed under the topic it asked for") {
    kernel.subscribed("\x01topic");
    REQUIRE(outlet.sent.size() == 1);
    CHECK(outlet.sent[0].msg_type == "iopub_welcome");
    CHECK(outlet.sent[0].identities == std::vector<std::string>{"topic"});
    CHECK(outlet.sent[0].parent == "{}");
}

TEST_CASE_FIXTURE(Fixture, "what else comes in on iopub is ignored") {
    for (const Bytes frame : {Bytes(""), Bytes("\0topic", 6), Bytes("hello"), Bytes("\x02"),
                              Bytes("\x01\xFF\xFE")}) {  // a topic, but no UTF-8
        kernel.subscribed(frame);
    }
    CHECK(outlet.sent.empty());
}

TEST_CASE_FIXTURE(Fixture, "what does not verify is refused without a word") {
    const Frames unsigned_message{"client", "<IDS|MSG>", "", "{}", "{}", "{}", "{}"};
    CHECK(kernel.receive(Channel::shell, unsigned_message) == Errc::bad_signature);
    CHECK(kernel.receive(Channel::shell, {}) == Errc::no_delimiter);
    CHECK(outlet.sent.empty());
}

TEST_CASE("a comm's buffers share the message's memory") {
    Message message;
    auto memory = std::make_shared<std::string>("payload");
    message.owner = memory;
    message.envelope.buffers = {Bytes(*memory)};
    const Buffers buffers = message.buffers();
    REQUIRE(buffers.size() == 1);
    CHECK(buffers[0].bytes.data() == memory->data());
    CHECK(memory.use_count() == 3);
}

TEST_CASE_FIXTURE(WithSubshells, "subshells are opened, listed and deleted on control") {
    const std::string id = open();
    CHECK(id.size() == 36);
    CHECK(request("list_subshell_request", Json::object(), Channel::control) ==
          "busy list_subshell_reply idle");
    CHECK(reply("subshell_id") == Json{id}.dump());
    request("delete_subshell_request", {{"subshell_id", id}}, Channel::control);
    CHECK(reply("status") == "ok");
    request("list_subshell_request", Json::object(), Channel::control);
    CHECK(reply("subshell_id") == "[]");
    request("delete_subshell_request", {{"subshell_id", id}}, Channel::control);
    CHECK(reply("ename") == "UnknownSubshell");
}

TEST_CASE_FIXTURE(WithSubshells, "each subshell counts its executions") {
    const std::string id = open();
    execute("x");
    execute("x");
    execute_in(id, "x");
    CHECK(reply("execution_count") == "1");
    CHECK(interpreter.last.message.header.subshell_id == id);
    execute("x");
    CHECK(reply("execution_count") == "3");
}

TEST_CASE_FIXTURE(WithSubshells, "an error aborts what waits for the same shell only") {
    const std::string id = open();
    execute_in(id, "fail");
    execute("x");
    CHECK(reply("status") == "ok");
    execute_in(id, "x");
    CHECK(reply("status") == "aborted");
    kernel.drained();
    execute_in(id, "x");
    CHECK(reply("status") == "aborted");
    kernel.drained(id);
    execute_in(id, "x");
    CHECK(reply("status") == "ok");
}

TEST_CASE_FIXTURE(WithSubshells, "a request to a subshell that is not there gets one error reply") {
    CHECK(execute_in("nowhere", "x") == "busy execute_reply idle");
    CHECK(reply("ename") == "UnknownSubshell");
    CHECK(request("comm_msg", {{"comm_id", "c"}}, Channel::shell, "nowhere") == "busy idle");
    CHECK(interpreter.last.code.empty());
}

TEST_CASE_FIXTURE(WithSubshells, "there is an end to the number of subshells") {
    for (std::size_t i = 0; i < Shells::limit; ++i) open();
    request("create_subshell_request", Json::object(), Channel::control);
    CHECK(reply("ename") == "TooManySubshells");
}

TEST_CASE_FIXTURE(Fixture, "a kernel without subshells says so, and answers on the main shell") {
    request("create_subshell_request", Json::object(), Channel::control);
    CHECK(reply("ename") == "NoSubshells");
    request("execute_request", {{"code", "x"}}, Channel::shell, "nowhere");
    CHECK(reply("status") == "ok");
}

TEST_CASE_FIXTURE(WithDebugger, "debug requests go to the debugger, on control") {
    request("kernel_info_request");
    CHECK(reply("debugger") == "true");
    CHECK(request("debug_request", {{"command", "attach"}}, Channel::control) ==
          "busy debug_event debug_reply idle");
    CHECK(reply("command") == "attach");
    CHECK(reply("success") == "true");
}

TEST_CASE_FIXTURE(Fixture, "a kernel without a debugger says so") {
    CHECK(request("debug_request", {{"command", "attach"}}, Channel::control) ==
          "busy debug_reply idle");
    CHECK(reply("ename") == "NoDebugger");
}
