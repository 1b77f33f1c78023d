// The client, against a server of this process over real sockets.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <kernelwire/kernelwire.hpp>

using namespace kernelwire;

namespace {

constexpr std::chrono::milliseconds patience{20'000};  // far more than any answer takes
constexpr std::chrono::milliseconds briefly{50};
constexpr int line_count = 20'000;

class Obedient final : public Interpreter {
public:
    KernelInfo info() const override {
        KernelInfo out{{"obedient", "1.0"}};
        out.supported_features = {"kernel subshells"};
        return out;
    }

    Reply execute(const ExecuteRequest& request, Output& output) override {
        const std::string& code = request.code;
        if (code == "ask") {
            output.out("got " + output.input("name?"));
        } else if (code == "secret") {
            output.out("got " + output.input("password?", true));
        } else if (code == "flood") {
            for (int i = 0; i < line_count; ++i) {
                output.out(std::to_string(i) + "\n");
                output.flush();
            }
        } else if (code == "wait") {
            output.out("waiting");
            output.flush();
            while (!interrupted_.exchange(false)) std::this_thread::yield();
            return error("Interrupted", "as asked");
        } else if (code == "buffers") {
            const auto memory = std::make_shared<std::string>(10'000'000, 'b');
            output.publish("comm_msg", R"({"comm_id":"c","data":{}})", "{}", {{*memory, memory}});
        } else {
            output.out(code);
        }
        return ok();
    }

    void comm_msg(const CommMessage& message, Output& output) override {
        output.publish("comm_msg",
                       R"({"comm_id":)" + json_string(message.comm_id) + R"(,"data":{}})", "{}",
                       message.message.buffers());
    }

    void comm_open(const CommMessage& message, Output& output) override {
        comm_msg(message, output);
    }

    void interrupt() override { interrupted_ = true; }

private:
    std::atomic<bool> interrupted_{false};
};

// A server on a thread, and the connection to it.
struct Hosted {
    explicit Hosted(bool encrypted = false)
        : server(linked_zmq(), connection(encrypted), interpreter),
          thread([this] { server.run(); }) {}
    ~Hosted() { end(); }

    void end() {
        server.stop();
        if (thread.joinable()) thread.join();
    }

    static Connection connection(bool encrypted) {
        Connection out;
        out.key = "a key";
        if (encrypted) out.curve = new_curve_keys(linked_zmq());
        return out;
    }

    Obedient interpreter;
    Server server;
    std::thread thread;
};

// What a request writes.
struct Text {
    Callbacks callbacks() {
        Callbacks out;
        out.output = [this](const Message& message) {
            types.push_back(message.header.msg_type);
            if (message.header.msg_type == "stream") {
                text += read_json(message.content())->at("text").get<std::string>();
            }
        };
        return out;
    }
    std::string text;
    std::vector<std::string> types;
};

struct Pair {
    Pair() { info = client.wait_ready(patience); }
    Hosted hosted;
    Client client{linked_zmq(), hosted.server.connection()};
    Json info;
};

}  // namespace

TEST_CASE("a client waits until the kernel answers and is heard") {
    Pair pair;
    CHECK(pair.info.at("language_info").at("name") == "obedient");
    CHECK(pair.client.refused() == 0);
}

TEST_CASE("output comes before a request is done, in order") {
    Pair pair;
    Text text;
    const auto exchange = pair.client.execute("hello", text.callbacks());
    const Json reply = pair.client.result(exchange, patience);
    CHECK(reply.at("status") == "ok");
    CHECK(reply.at("execution_count") == 1);
    CHECK(text.text == "hello");
    CHECK(text.types == std::vector<std::string>{"execute_input", "stream"});
}

TEST_CASE("several requests may be under way") {
    Pair pair;
    Text first, second;
    const auto one = pair.client.execute("one", first.callbacks());
    const auto two = pair.client.execute("two", second.callbacks());
    pair.client.wait(two, patience);
    CHECK(one->done());
    CHECK(first.text == "one");
    CHECK(second.text == "two");
}

TEST_CASE("an error is a reply, and aborts what was queued") {
    Pair pair;
    Text busy;
    const auto fails = pair.client.execute("wait", busy.callbacks());
    const auto queued = pair.client.execute("queued");
    while (busy.text.empty()) pair.client.step(patience);
    pair.client.wait(pair.client.interrupt(), patience);
    CHECK(pair.client.result(fails, patience).at("ename") == "Interrupted");
    CHECK(pair.client.result(queued, patience).at("status") == "aborted");
}

TEST_CASE("a flood arrives whole, and before its end") {
    Pair pair;
    Text text;
    pair.client.wait(pair.client.execute("flood", text.callbacks()), patience);
    std::string wanted;
    for (int i = 0; i < line_count; ++i) wanted += std::to_string(i) + "\n";
    CHECK(text.text == wanted);
}

TEST_CASE("the user is asked where there is one") {
    Pair pair;
    Text text;
    Callbacks callbacks = text.callbacks();
    std::string asked;
    callbacks.input = [&](const std::string& prompt, bool password) {
        asked = prompt + (password ? " in secret" : "");
        return std::string("\"Ann\"");
    };
    pair.client.wait(pair.client.execute("ask", callbacks), patience);
    CHECK(asked == "name?");
    CHECK(text.text == "got \"Ann\"");
    pair.client.wait(pair.client.execute("secret", callbacks), patience);
    CHECK(asked == "password? in secret");
    const Json refused = pair.client.result(pair.client.execute("ask"), patience);
    CHECK(refused.at("status") == "error");
}

TEST_CASE("an interrupt ends what runs") {
    Pair pair;
    Text text;
    const auto exchange = pair.client.execute("wait", text.callbacks());
    while (text.text.empty()) pair.client.step(patience);
    CHECK_THROWS_AS(pair.client.wait(exchange, briefly), KernelSilent);
    CHECK(pair.client.result(pair.client.interrupt(), patience).at("status") == "ok");
    CHECK(pair.client.result(exchange, patience).at("ename") == "Interrupted");
}

TEST_CASE("comms carry buffers both ways") {
    Pair pair;
    std::vector<Message> came;
    pair.client.on_comm([&](const Message& message) { came.push_back(message); });
    const auto memory = std::make_shared<std::string>(100'000, 'c');
    const std::string id =
        pair.client.open_comm("echo", Json::object(), {{"short", nullptr}, {*memory, memory}});
    while (came.empty()) pair.client.step(patience);
    CHECK(read_json(came[0].content())->at("comm_id") == id);
    CHECK(came[0].envelope.buffers == Frames{"short", *memory});
    const auto sent = pair.client.send_comm(id, {{"a", 1}});
    pair.client.wait(sent, patience);
    CHECK(came.size() == 2);
    pair.client.wait(pair.client.close_comm(id), patience);
}

TEST_CASE("a large buffer comes as it was sent") {
    Pair pair;
    std::size_t size = 0;
    pair.client.on_comm(
        [&](const Message& message) { size = message.envelope.buffers.at(0).size(); });
    pair.client.wait(pair.client.execute("buffers"), patience);
    CHECK(size == 10'000'000);
}

TEST_CASE("a subshell answers while the main shell is busy") {
    Pair pair;
    const Json made = pair.client.result(
        pair.client.request(Channel::control, "create_subshell_request", Json::object()), patience);
    Text busy, text;
    const auto waits = pair.client.execute("wait", busy.callbacks());
    while (busy.text.empty()) pair.client.step(patience);
    ExecuteOptions options;
    options.subshell_id = made.at("subshell_id").get<std::string>();
    pair.client.wait(pair.client.execute("beside", text.callbacks(), options), patience);
    CHECK(text.text == "beside");
    CHECK_FALSE(waits->done());
    pair.client.wait(pair.client.interrupt(), patience);
    pair.client.wait(waits, patience);
}

TEST_CASE("an encrypted kernel is reached with its key") {
    Hosted hosted(true);
    Client client(linked_zmq(), hosted.server.connection());
    client.wait_ready(patience);
    Text text;
    client.wait(client.execute("hidden", text.callbacks()), patience);
    CHECK(text.text == "hidden");
}

TEST_CASE("messages that are not signed with the key are dropped") {
    Hosted hosted;
    Connection wrong = hosted.server.connection();
    wrong.key = "another";
    Client client(linked_zmq(), wrong);
    CHECK_THROWS_AS(client.wait_ready(std::chrono::milliseconds(500)), KernelSilent);
}

TEST_CASE("a kernel that has ended is an error, not a wait") {
    Pair pair;
    std::atomic<bool> ended{false};
    pair.client.ended_when([&] { return ended.load(); });
    pair.hosted.end();
    ended = true;
    CHECK_THROWS_AS(pair.client.wait(pair.client.execute("lost"), patience), KernelEnded);
    CHECK_THROWS_AS(pair.client.wait_ready(patience), KernelEnded);
}

TEST_CASE("what callbacks throw leaves the wait, and the client goes on") {
    Pair pair;
    Callbacks callbacks;
    callbacks.output = [](const Message&) { throw std::runtime_error("as asked"); };
    const auto thrown = pair.client.execute("one", callbacks);
    CHECK_THROWS_AS(pair.client.wait(thrown, patience), std::runtime_error);
    pair.client.forget(thrown);
    Text text;
    pair.client.wait(pair.client.execute("two", text.callbacks()), patience);
    CHECK(text.text == "two");
}

TEST_CASE("hearts beat") {
    Pair pair;
    while (pair.client.heartbeat() > briefly) {
    }
    CHECK(pair.client.heartbeat() <= patience);
}

TEST_CASE("a kernel that answers heartbeats is alive, and one that has ended is not") {
    Pair pair;
    CHECK(pair.client.beats(patience));
    CHECK(pair.client.beats(patience));
    pair.hosted.end();
    CHECK_FALSE(pair.client.beats(briefly));
}

TEST_CASE("a question may be answered later") {
    Pair pair;
    Text text;
    Callbacks callbacks = text.callbacks();
    std::optional<Message> question;
    callbacks.question = [&](const Message& message) { question = message; };
    const auto asks = pair.client.execute("ask", callbacks);
    REQUIRE(pair.client.wait_until([&] { return question.has_value(); }, patience));
    CHECK_FALSE(asks->done());
    pair.client.answer(*question, "Ann");
    pair.client.wait(asks, patience);
    CHECK(text.text == "got Ann");
}

TEST_CASE("a condition that does not come to hold is no error") {
    Pair pair;
    CHECK_FALSE(pair.client.wait_until([] { return false; }, briefly));
    CHECK(pair.client.wait_until([] { return true; }, briefly));
}

// A request to a kernel that had ended waited in the socket, and the next kernel executed it.
TEST_CASE("what was asked before a restart is lost, and the new kernel does not get it") {
    auto first = std::make_unique<Hosted>();
    const Connection connection = first->server.connection();
    Client client(linked_zmq(), connection);
    client.wait_ready(patience);
    first.reset();
    const auto lost = client.execute("lost");
    client.reconnect();
    CHECK(lost->lost());
    CHECK_THROWS_AS(client.wait(lost, patience), KernelEnded);
    Obedient interpreter;
    Server second(linked_zmq(), connection, interpreter);
    std::thread thread([&second] { second.run(); });
    client.wait_ready(patience);
    const Json reply = client.result(client.execute("next"), patience);
    CHECK(reply.at("execution_count") == 1);
    second.stop();
    thread.join();
}

TEST_CASE("requests go to shell or control") {
    Pair pair;
    CHECK_THROWS_AS(pair.client.request(Channel::iopub, "execute_request", Json::object()),
                    std::invalid_argument);
}

TEST_CASE("what a client cannot send or wait for is its user's mistake") {
    Pair pair;
    Client& client = pair.client;
    ExecuteOptions options;
    options.user_expressions = Json::array();
    CHECK_THROWS_AS(client.execute("", {}, options), std::invalid_argument);
    CHECK_THROWS_AS(client.request(Channel::shell, "any_request", 5), std::invalid_argument);
    CHECK_THROWS_AS(client.wait(nullptr, std::chrono::seconds(1)), std::invalid_argument);
    CHECK_THROWS_AS(client.result(nullptr, std::chrono::seconds(1)), std::invalid_argument);
    client.forget(nullptr);
    CHECK(client.wait_ready(std::chrono::seconds(30)).at("status") == "ok");
}

TEST_CASE("two clients of a kernel see each other's output as another's") {
    Pair pair;
    Client other(linked_zmq(), pair.hosted.server.connection());
    other.wait_ready(patience);
    std::vector<std::string> seen;
    other.on_other([&](const Message& message) { seen.push_back(message.header.msg_type); });
    pair.client.wait(pair.client.execute("hello"), patience);
    while (seen.empty() || seen.back() != "status") other.step(patience);
    CHECK(std::count(seen.begin(), seen.end(), "status") >= 1);
}
