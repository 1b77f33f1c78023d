// An interpreter that fails in every way it can: each request still gets one busy, one reply and
// one idle, all of them JSON, and the user is told what was wrong.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <functional>
#include <limits>
#include <new>
#include <string>
#include <vector>

#include <kernelwire/kernel.hpp>

using namespace kernelwire;

namespace {

Json nested(std::size_t depth) {
    Json value;
    for (; depth > 0; --depth) value = Json::array({std::move(value)});
    return value;
}

// Keeps what the kernel sends; does not take output that waits for room, when told so.
class Recorder final : public Outlet {
public:
    void send(Outgoing message) override {
        if (message.waits && interrupted) throw Interrupted();
        sent.push_back(std::move(message));
    }
    void stream(const std::string& parent, Stream /*stream*/, Bytes text) override {
        Outgoing message;
        message.msg_type = "stream";
        message.parent = parent;
        message.content = R"({"text":)" + json_string(text) + "}";
        send(std::move(message));
    }
    void flush() override {}
    [[nodiscard]] std::optional<std::string> input(Outgoing /*request*/,
                                                   const std::string& /*subshell_id*/) override {
        return std::nullopt;
    }
    void hold_back(const std::string& /*subshell_id*/) override {}
    void stop(bool /*restart*/) override {}
    [[nodiscard]] std::string usage() const override { return "{}"; }

    std::vector<Outgoing> sent;
    bool interrupted = false;
};

// Does one thing in whatever method is called.
class Faulty final : public Interpreter {
public:
    KernelInfo info() const override { return {{"faulty"}}; }
    Reply execute(const ExecuteRequest& /*request*/, Output& output) override {
        return does(&output);
    }
    Reply complete(const std::string& /*code*/, std::size_t /*cursor_pos*/) override {
        return does(nullptr);
    }
    Reply inspect(const std::string& /*code*/, std::size_t /*cursor_pos*/,
                  int /*detail_level*/) override {
        return does(nullptr);
    }
    Reply is_complete(const std::string& /*code*/) override { return does(nullptr); }
    Reply history(const HistoryRequest& /*request*/) override { return does(nullptr); }
    Json comm_info(const std::string& /*target_name*/) override {
        does(nullptr);
        return nested(1000);
    }
    void comm_open(const CommMessage& /*message*/, Output& output) override { does(&output); }
    void comm_msg(const CommMessage& /*message*/, Output& output) override { does(&output); }
    void comm_close(const CommMessage& /*message*/, Output& output) override { does(&output); }
    void interrupt() override { does(nullptr); }

    std::function<Reply(Output*)> does;
};

struct Fault {
    const char* name;
    std::function<Reply(Output*)> does;
    const char* ename;
    const char* evalue;
};

// What any method may do.
const std::vector<Fault>& throwing() {
    static const std::vector<Fault> faults{
        {"a standard exception", [](Output*) -> Reply { throw std::runtime_error("thrown"); },
         "std::exception", "thrown"},
        {"an exception of another type", [](Output*) -> Reply { throw 7; }, "UnknownError",
         "the interpreter threw what is no std::exception"},
        {"no memory", [](Output*) -> Reply { throw std::bad_alloc(); }, "std::exception",
         "std::bad_alloc"},
        {"an error with a name", [](Output*) -> Reply { throw InterpreterError("Mine", "why"); },
         "Mine", "why"},
        {"an error whose text is no UTF-8",
         [](Output*) -> Reply { throw InterpreterError("\xFF", "\xC3("); }, "\xEF\xBF\xBD",
         "\xEF\xBF\xBD("},
        {"a reply that nests too deeply", [](Output*) { return ok({{"deep", nested(100'000)}}); },
         "std::exception", "`deep` nests deeper than 512 levels, and cannot be sent as JSON"},
        {"a reply with what was no JSON",
         [](Output*) { return ok({{"parsed", Json::parse("[1,", nullptr, false)}}); },
         "std::exception",
         "`parsed` holds what was no JSON when it was parsed, and cannot be sent as JSON"},
    };
    return faults;
}

// What only those may do that have an Output.
const std::vector<Fault>& showing() {
    static const std::vector<Fault> faults{
        {"data that nest too deeply",
         [](Output* output) {
             output->display_data({{"application/json", nested(100'000)}});
             return ok();
         },
         "std::exception", "`data` nests deeper than 512 levels, and cannot be sent as JSON"},
        {"metadata that nest too deeply",
         [](Output* output) {
             output->execute_result({{"text/plain", ""}}, nested(513));
             return ok();
         },
         "std::exception", "`metadata` nests deeper than 512 levels, and cannot be sent as JSON"},
        {"a question nobody may be asked",
         [](Output* output) { return ok({{"answer", output->input("?")}}); }, "std::exception",
         "this frontend does not take input requests"},
    };
    return faults;
}

struct Fixture {
    // Sends one request; returns the types of what came back. All of it must be JSON.
    std::string request(const std::string& type, const Json& content = Json::object(),
                        Channel channel = Channel::shell) {
        outlet.sent.clear();
        const std::string header =
            Json{{"msg_id", std::to_string(++count)}, {"msg_type", type}}.dump();
        Signature signature{};
        Frames frames;
        const std::string text = content.dump();
        encode({"client"}, {header, "{}", "{}", text}, Signer("key"), signature, frames);
        CHECK(kernel.receive(channel, frames) == Errc::ok);
        std::string words;
        for (const Outgoing& message : outlet.sent) {
            Sealed sealed;
            sealer.seal(message, Timestamp{}, sealed);
            for (const Bytes part : {Bytes(sealed.header), Bytes(message.parent),
                                     Bytes(message.metadata), Bytes(message.content)}) {
                CHECK(Json::accept(part));
            }
            const Json sent = read_json(message.content).value();
            words += words.empty() ? "" : " ";
            words += message.msg_type == "status" ? sent.at("execution_state").get<std::string>()
                                                  : message.msg_type;
        }
        return words;
    }

    // The content of the last message of a type.
    Json last(const std::string& type) const {
        for (auto at = outlet.sent.rbegin(); at != outlet.sent.rend(); ++at) {
            if (at->msg_type == type) return read_json(at->content).value();
        }
        return Json::object();
    }

    void check_error(const std::string& type, const Fault& fault) const {
        CHECK(last(type).value("ename", "") == fault.ename);
        CHECK(last(type).value("evalue", "") == fault.evalue);
    }

    void check_alive() {
        kernel.drained();
        faulty.does = [](Output*) { return ok(); };
        CHECK(request("execute_request", {{"code", ""}}) ==
              "busy execute_input execute_reply idle");
        CHECK(last("execute_reply").at("status") == "ok");
    }

    Recorder outlet;
    Faulty faulty;
    Kernel kernel{faulty, outlet, "key"};
    Sealer sealer{Signer("key"), "session"};
    int count = 0;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "whatever an execution does is answered, and shown once") {
    std::vector<Fault> faults = throwing();
    faults.insert(faults.end(), showing().begin(), showing().end());
    for (const Fault& fault : faults) {
        CAPTURE(fault.name);
        faulty.does = fault.does;
        CHECK(request("execute_request", {{"code", ""}, {"allow_stdin", false}}) ==
              "busy execute_input error execute_reply idle");
        check_error("error", fault);
        check_error("execute_reply", fault);
        check_alive();
    }
}

TEST_CASE_FIXTURE(Fixture, "whatever another method does is answered") {
    for (const char* stem : {"complete", "inspect", "is_complete", "history", "comm_info"}) {
        for (const Fault& fault : throwing()) {
            if (Bytes(stem) == "comm_info" && Bytes(fault.name).substr(0, 7) == "a reply") continue;
            CAPTURE(stem);
            CAPTURE(fault.name);
            faulty.does = fault.does;
            const std::string reply = std::string(stem) + "_reply";
            CHECK(request(std::string(stem) + "_request") == "busy " + reply + " idle");
            check_error(reply, fault);
        }
    }
    faulty.does = [](Output*) { return ok(); };
    CHECK(request("comm_info_request") == "busy comm_info_reply idle");
    CHECK(last("comm_info_reply").at("evalue") ==
          "`comms` nests deeper than 512 levels, and cannot be sent as JSON");
    check_alive();
}

TEST_CASE_FIXTURE(Fixture, "whatever a comm's handler does is shown, and has no reply") {
    for (const char* type : {"comm_open", "comm_msg", "comm_close"}) {
        for (const Fault& fault : throwing()) {
            CAPTURE(type);
            CAPTURE(fault.name);
            faulty.does = fault.does;
            CHECK(request(type, {{"comm_id", "c"}, {"target_name", "t"}}) == "busy error idle");
            check_error("error", fault);
        }
    }
    check_alive();
}

TEST_CASE_FIXTURE(Fixture, "output that is interrupted while it waits ends the execution") {
    faulty.does = [](Output* output) {
        output->display_data({{"text/plain", "shown"}});
        return ok();
    };
    outlet.interrupted = true;
    CHECK(request("execute_request", {{"code", ""}}) ==
          "busy execute_input error execute_reply idle");
    CHECK(last("execute_reply").at("ename") == "Interrupted");
    outlet.interrupted = false;
    check_alive();
}

TEST_CASE_FIXTURE(Fixture, "an interrupt that throws is an error reply of interrupt_request") {
    faulty.does = [&](Output* output) -> Reply {
        if (output == nullptr) throw std::runtime_error("cannot be interrupted");
        std::vector<Outgoing> before;
        before.swap(outlet.sent);
        CHECK(request("interrupt_request", {}, Channel::control) == "busy interrupt_reply idle");
        CHECK(last("interrupt_reply").at("evalue") == "cannot be interrupted");
        before.swap(outlet.sent);
        return ok();
    };
    CHECK(request("execute_request", {{"code", ""}}) == "busy execute_input execute_reply idle");
}

TEST_CASE_FIXTURE(Fixture, "numbers and text that JSON has not are written as it can") {
    faulty.does = [](Output* output) {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        output->display_data({{"a", std::numeric_limits<double>::quiet_NaN()}, {"b", infinity}},
                             {{"c", "\xED\xA0\x80"}}, "\xFF");
        return ok({{"d", -infinity}});
    };
    CHECK(request("execute_request", {{"code", ""}}) ==
          "busy execute_input display_data execute_reply idle");
    CHECK(last("display_data").at("data").dump() == R"({"a":null,"b":null})");
    CHECK(last("execute_reply").at("d").is_null());
    const std::string replaced = "\xEF\xBF\xBD";
    CHECK(last("display_data").at("transient").at("display_id") == replaced);
    CHECK(last("display_data").at("metadata").at("c") == replaced + replaced + replaced);
}

// With braces that are missing, nlohmann's `{"a", 1}` is a list, and frontends would get that.
TEST_CASE_FIXTURE(Fixture, "what is to be an object and is none is told to the author") {
    const Json list = {"text/plain", "42"};
    faulty.does = [](Output* output) {
        CHECK_THROWS_WITH_AS(output->execute_result({"text/plain", "42"}),
                             "data is array, want an object, such as {{\"key\", value}}",
                             std::invalid_argument);
        CHECK_THROWS_AS(output->execute_result(5), std::invalid_argument);
        CHECK_THROWS_AS(output->display_data(nullptr), std::invalid_argument);
        CHECK_THROWS_AS(output->display_data(Json::object(), "text"), std::invalid_argument);
        CHECK_THROWS_AS(output->update_display_data(Json::array(), Json::object(), "id"),
                        std::invalid_argument);
        CHECK_THROWS_AS(output->update_display_data(Json::object(), Json::object(), ""),
                        std::invalid_argument);
        return ok({"payload", 1});  // and what is thrown is an error reply
    };
    CHECK(request("execute_request", {{"code", ""}}) ==
          "busy execute_input error execute_reply idle");
    CHECK(last("execute_reply").at("evalue") ==
          "fields is array, want an object, such as {{\"key\", value}}");
    CHECK_THROWS_AS((void)documentation(list), std::invalid_argument);
    CHECK_THROWS_AS((void)documentation(Json::object(), list), std::invalid_argument);
    CHECK_THROWS_AS((void)matches({"a"}, 0, 1, list), std::invalid_argument);
    CHECK(ok(nullptr).content() == R"({"status":"ok"})");
}

// Only the reply said so, and frontends do not show what replies say.
TEST_CASE_FIXTURE(Fixture, "a request to execute that cannot be read is shown as an error") {
    CHECK(request("execute_request", {{"code", 7}}) == "busy error execute_reply idle");
    CHECK(last("error").at("evalue") == "content.code is number, want a string");
    check_alive();
}

// The type was copied into the header of the reply as it was: a quote in it made a message that no
// client could read, or one with fields of the sender's choice.
TEST_CASE_FIXTURE(Fixture, "a type of any letters is answered by a message that can be read") {
    const std::string type = "a\",\"msg_id\":\"mine\n\xC3\xA9";
    CHECK(request(type + "_request") == "busy " + type + "_reply idle");
    Sealed sealed;
    sealer.seal(outlet.sent[1], Timestamp{}, sealed);
    Header header;
    CHECK(read_header(sealed.header, header) == Errc::ok);
    CHECK(header.msg_type == type + "_reply");
    CHECK(header.msg_id == sealed.msg_id);
}
