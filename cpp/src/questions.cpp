#include <kernelwire/questions.hpp>

#include <algorithm>
#include <utility>

#include <kernelwire/json.hpp>

namespace kernelwire {
namespace {

// How often a question asks whether it was given up. It is also how late an answer may be noticed
// that another thread has received.
constexpr long poll_ms = 100;

bool is_secret(const Outgoing& question) {
    const std::optional<Json> content = read_json(question.content);
    return !content || !content->is_object() || content->value("password", true);
}

}  // namespace

std::optional<std::string> Questions::ask(const Outgoing& request, const std::string& subshell_id,
                                          const std::function<bool()>& given_up) {
    std::unique_lock lock(mutex_);
    receive();  // answers to questions that were given up
    Sealed sealed;
    sealer_.seal(request, std::chrono::system_clock::now(), sealed);
    const auto question = open_.insert(open_.end(), {request, subshell_id, sealed.msg_id});
    struct Closing {
        std::unique_lock<std::mutex>& lock;
        std::list<Question>& open;
        std::list<Question>::iterator question;
        ~Closing() {
            if (!lock.owns_lock()) lock.lock();
            open.erase(question);
        }
    };
    const Closing closing{lock, open_, question};
    observer_.sent(request, sealed);
    bool asked = false;
    for (;;) {
        if (!asked) asked = send(sealed.frames);
        receive();
        if (question->answer) return std::move(question->answer);
        lock.unlock();
        if (given_up()) return std::nullopt;
        port_.wait_readable(poll_ms);
        lock.lock();
    }
}

// False where the client is not connected, which it may be the next time.
bool Questions::send(const Frames& question) {
    try {
        port_.send(question);
        return true;
    } catch (const PeerNotConnected&) {
        return false;
    }
}

void Questions::receive() {
    while (const auto received = port_.recv(Port::Wait::no)) take(received->frames());
}

// Whoever asks receives all that there is, also when the wait is over: nothing is missed meanwhile.
Questions::Left Questions::receive_unasked(unsigned most) {
    const std::lock_guard lock(mutex_);
    if (!open_.empty()) return Left::answers;
    for (; most > 0; --most) {
        const auto received = port_.recv(Port::Wait::no);
        if (received == nullptr) return Left::nothing;
        take(received->frames());
    }
    return Left::more;
}

void Questions::take(const Frames& frames) {
    Message reply;
    reply.channel = Channel::stdin_;
    Errc code = decode(frames, signer_, &seen_, reply.envelope);
    if (code == Errc::ok) code = read_header(reply.header_json(), reply.header);
    if (code != Errc::ok) {
        observer_.refused(Channel::stdin_, code);
        return;
    }
    const bool answers = reply.header.msg_type == "input_reply";
    Question* const question = answers ? find(reply.envelope, reply.header.subshell_id) : nullptr;
    // An answer that comes too late may be one to a question for a password.
    observer_.received(reply, answers && (question == nullptr || is_secret(question->request)));
    if (!answers) return;
    if (question == nullptr || question->answer) return;
    std::string value;
    (void)read_json_strings(reply.content(), {{"value", &value}});
    question->answer = std::move(value);
}

// JupyterLab names the question that it answers; jupyter_client (8.10) leaves the parent out, and
// then it is the oldest question to this client: the one of the subshell that is named, if one is.
Questions::Question* Questions::find(const Envelope& answer, const std::string& subshell_id) {
    std::string asked;
    (void)read_json_strings(answer.parts[1], {{"msg_id", &asked}});
    const auto to_client = [&](const Question& question) {
        return std::equal(answer.identities.begin(), answer.identities.end(),
                          question.request.identities.begin(), question.request.identities.end());
    };
    const auto found = std::find_if(open_.begin(), open_.end(), [&](const Question& question) {
        if (!to_client(question)) return false;
        if (!asked.empty()) return question.msg_id == asked;
        return subshell_id.empty() || question.subshell_id == subshell_id;
    });
    return found == open_.end() ? nullptr : &*found;
}

}  // namespace kernelwire
