#include "fuzz_messages.hpp"

#include <array>
#include <utility>

using namespace kernelwire;

namespace {

using Members = std::vector<std::pair<std::string, std::string>>;

struct Request {
    const char* msg_type;
    Channel channel;
    Members content;  // names, and values that are right
};

// Every route of the kernel, some types that it has no route for, and answers to its questions.
const std::vector<Request>& requests() {
    static const std::vector<Request> all{
        {"execute_request",
         Channel::shell,
         {{"code", "\"echo\""},
          {"silent", "false"},
          {"store_history", "true"},
          {"allow_stdin", "true"},
          {"stop_on_error", "true"},
          {"user_expressions", R"({"a":"b"})"}}},
        {"complete_request", Channel::shell, {{"code", "\"echo\""}, {"cursor_pos", "2"}}},
        {"inspect_request",
         Channel::shell,
         {{"code", "\"echo\""}, {"cursor_pos", "2"}, {"detail_level", "1"}}},
        {"is_complete_request", Channel::shell, {{"code", "\"echo\""}}},
        {"history_request",
         Channel::shell,
         {{"output", "false"},
          {"raw", "true"},
          {"hist_access_type", "\"range\""},
          {"session", "0"},
          {"start", "1"},
          {"stop", "2"},
          {"n", "3"},
          {"pattern", "\"*\""},
          {"unique", "false"}}},
        {"comm_info_request", Channel::shell, {{"target_name", "\"t\""}}},
        {"comm_open",
         Channel::shell,
         {{"comm_id", "\"c\""}, {"target_name", "\"t\""}, {"data", "{}"}}},
        {"comm_msg", Channel::shell, {{"comm_id", "\"c\""}, {"data", "{}"}}},
        {"comm_close", Channel::shell, {{"comm_id", "\"c\""}, {"data", "{}"}}},
        {"kernel_info_request", Channel::shell, {}},
        {"kernel_info_request", Channel::control, {}},
        {"connect_request", Channel::control, {}},
        {"interrupt_request", Channel::control, {}},
        {"usage_request", Channel::control, {}},
        {"debug_request",
         Channel::control,
         {{"command", "\"attach\""}, {"seq", "1"}, {"arguments", "{}"}}},
        {"execute_request", Channel::control, {{"code", "\"echo\""}}},
        {"shutdown_request", Channel::control, {{"restart", "false"}}},  // always spoilt
        {"input_reply", Channel::stdin_, {{"value", "\"x\""}, {"status", "\"ok\""}}},
        {"nonsense", Channel::shell, {{"a", "1"}}},
        {"nonsense_request", Channel::shell, {{"a", "1"}}},
    };
    return all;
}

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace

std::string Forge::bytes(std::size_t size) {
    std::string out(size, '\0');
    for (char& byte : out) byte = static_cast<char>(random_());
    return out;
}

// A value that hardly any field wants; some are not JSON.
std::string Forge::junk() {
    static const std::array<Bytes, 36> values{"null",
                                              "true",
                                              "false",
                                              "0",
                                              "-1",
                                              "1",
                                              "0.5",
                                              "-0",
                                              "1e308",
                                              "1e999",
                                              "-1e999",
                                              "NaN",
                                              "Infinity",
                                              "-Infinity",
                                              "2147483647",
                                              "2147483648",
                                              "-2147483649",
                                              "9223372036854775807",
                                              "18446744073709551616",
                                              "\"\"",
                                              "\"x\"",
                                              "\"\\u0000\"",
                                              "\"\\ud800\"",
                                              "\"\\ud83d\\ude00\"",
                                              "\"\xff\xfe\"",
                                              "\"\xed\xa0\x80\"",
                                              "\"\xf0\x9f\x98\x80\"",
                                              "\"a\nb\"",
                                              "\"not ended",
                                              "\"\\\"},\\\"\"",
                                              "[]",
                                              "{}",
                                              "[[1,{\"a\":[]}]]",
                                              "{\"a\":1,\"a\":{\"a\":2}}",
                                              "{\"a\"",
                                              "<IDS|MSG>"};
    if (one_in(200)) return nested(100'000);
    if (one_in(50)) return nested(600);
    if (one_in(50)) return "\"" + std::string(10'000, 'x') + "\"";
    if (one_in(20)) return bytes(below(40));
    return std::string(values[below(values.size())]);
}

// The text of an object, one in `odds` times with members that are wrong, missing or too many.
std::string Forge::object(Members members, std::size_t odds) {
    if (one_in(odds)) {
        if (one_in(8)) return junk();
        for (std::size_t changes = 1 + below(2); changes > 0 && !members.empty(); --changes) {
            const std::size_t at = below(members.size());
            switch (below(4)) {
                case 0: members.erase(members.begin() + static_cast<std::ptrdiff_t>(at)); break;
                case 1: members.emplace_back(members[at].first, junk()); break;
                default: members[at].second = junk();
            }
        }
    }
    std::string out = "{";
    for (const auto& [name, value] : members) {
        if (out.size() > 1) out += ',';
        out += '"' + name + "\":" + value;
    }
    return out + "}";
}

std::vector<std::string> Forge::sealed(const std::vector<std::string>& parts) const {
    Signature signature{};
    Frames frames;
    encode({}, {parts[0], parts[1], parts[2], parts[3]}, signer_, signature, frames);
    return {frames.begin(), frames.end()};
}

Shot Forge::signed_shot() {
    const Request& request = requests()[below(requests().size())];
    Shot shot;
    shot.channel = request.channel;
    const bool ends = Bytes(request.msg_type) == "shutdown_request";
    const bool odd_header = !ends && one_in(3);
    std::string msg_id = "fuzz-" + std::to_string(++count_);
    const std::string header = object({{"msg_id", json_string(msg_id)},
                                       {"msg_type", json_string(request.msg_type)},
                                       {"session", "\"s\""},
                                       {"username", "\"u\""},
                                       {"date", "\"2026-01-01T00:00:00.000000Z\""},
                                       {"version", "\"5.5\""},
                                       {"subshell_id", "null"}},
                                      odd_header ? 1 : SIZE_MAX);
    const std::string content = ends ? nested(600) : object(request.content, 2);
    const std::string parent = one_in(10) ? junk() : "{}";
    const std::string metadata = one_in(10) ? junk() : R"({"cellId":"cell"})";
    shot.frames = sealed({header, parent, metadata, content});
    if (one_in(10)) {
        for (std::size_t i = below(5); i > 0; --i) shot.frames.push_back(bytes(below(100)));
    }
    if (!odd_header && shot.channel != Channel::stdin_) {
        shot.msg_id = std::move(msg_id);
        shot.msg_type = request.msg_type;
    }
    if (underway_.size() == 64) underway_.pop_front();
    underway_.push_back(shot);
    return shot;
}

void Forge::received() {
    if (!underway_.empty()) recorded_ = std::exchange(underway_, {});
}

// Makes a message that was right into one that must not pass.
void Forge::spoil(Shot& shot) {
    std::vector<std::string>& frames = shot.frames;  // delimiter, signature, four parts, buffers
    switch (below(8)) {
        case 0: frames.resize(below(6)); break;  // fewer parts than there must be
        case 1: frames[2 + below(4)] += ' '; break;
        case 2: frames[1] = bytes(below(2) * 64); break;
        case 3: frames[1].pop_back(); break;
        case 4: std::swap(frames[2], frames[5]); break;
        case 5: frames[0] = "<IDS|MSG"; break;
        case 6: frames[1].clear(); break;
        default: frames[2].empty() ? frames[2] = "{" : frames[2].erase(below(frames[2].size()));
    }
}

Shot Forge::unsigned_shot() {
    Shot shot;
    if (!recorded_.empty() && one_in(2)) {
        shot = recorded_[below(recorded_.size())];  // as it was: a replay
        if (!one_in(4)) spoil(shot);
        shot.msg_id.clear();
        return shot;
    }
    shot.channel = channels[below(channels.size())];
    for (std::size_t i = below(12); i > 0; --i) {
        switch (below(6)) {
            case 0: shot.frames.emplace_back(); break;
            case 1: shot.frames.emplace_back(delimiter); break;
            case 2: shot.frames.push_back(junk()); break;
            case 3: shot.frames.push_back(std::string(1, '\1') + bytes(below(20))); break;
            default: shot.frames.push_back(bytes(below(200)));
        }
    }
    if (shot.frames.empty()) shot.frames.emplace_back();
    return shot;
}

Shot Forge::huge_shot(bool with_key) {
    constexpr std::size_t megabyte = 1 << 20;
    const std::string parts[] = {R"({"msg_id":"huge","msg_type":"kernel_info_request"})", "{}",
                                 "{}", "{}"};
    const auto padded = [](std::size_t size) {
        return R"({"msg_id":"huge","msg_type":"kernel_info_request","pad":")" +
               std::string(size, 'p') + "\"}";
    };
    const auto deep = [](std::size_t depth) {
        return R"({"msg_id":"huge","msg_type":"kernel_info_request","deep":)" + nested(depth) + "}";
    };
    Shot shot;
    shot.channel = one_in(2) ? Channel::shell : Channel::control;
    switch (huge_++ % 7) {
        case 0: shot.frames = sealed({padded(64 * megabyte), "{}", "{}", "{}"}); break;
        case 1: shot.frames = sealed({deep(100'000), "{}", "{}", "{}"}); break;
        case 2: shot.frames = sealed({parts[0], "{}", "{}", nested(1'000'000)}); break;
        case 3:
            shot.frames = sealed({parts[0], "{}", "{}", "{}"});
            shot.frames.resize(10'000, "buffer");
            break;
        case 4: shot.frames.assign(20'000, std::string(delimiter)); break;
        case 5:
            shot.frames = sealed({parts[0], "{}", "{}", "{}"});
            shot.frames.insert(shot.frames.begin(), 10'000, "identity");
            break;
        default:
            shot.frames = sealed({parts[0], "{}", "{}", "{}"});
            shot.frames.insert(shot.frames.begin(), std::string(16 * megabyte, 'i'));
    }
    if (!with_key && shot.frames.size() > 1) {
        for (std::string& frame : shot.frames) {
            if (frame.size() == Signature().size()) frame[0] = 'x';  // the signature
        }
    }
    return shot;
}

std::string Forge::greeting() {
    // ZMTP 3.1's greeting, and then, after the handshake of NULL, frames of any kind.
    std::string text("\xFF\0\0\0\0\0\0\0\x01\x7F\x03\x01NULL", 16);
    text.resize(64);
    text += std::string("\x04\x1C\x05READY\x0BSocket-Type\0\0\0\6DEALER", 30);
    if (one_in(4)) text.resize(below(text.size()));
    if (one_in(3)) text += std::string("\x02\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 9);  // a huge frame
    return text + bytes(below(300));
}
