#include "live_session.hpp"

#include <exception>
#include <set>

namespace kernelwire::cpp {

LiveSession::LiveSession(clang::Options options, std::vector<Symbol> symbols)
    : options_(std::move(options)), symbols_(std::move(symbols)) {}

LiveSession::~LiveSession() = default;

std::unique_ptr<clang::Session> LiveSession::make() const {
    auto session = std::make_unique<clang::Session>(options_);
    for (const auto& [name, address] : symbols_) session->define(name, address);
    return session;
}

void LiveSession::start() {
    starting_ = std::async(std::launch::async, [this] { return make(); });
}

clang::Session& LiveSession::current() {
    if (session_ == nullptr) session_ = starting_.valid() ? starting_.get() : make();
    return *session_;
}

clang::Outcome LiveSession::run(const std::string& code, int count) {
    return guarded([&](clang::Session& session) { return session.run(code, count); });
}

clang::Outcome LiveSession::guarded(const std::function<clang::Outcome(clang::Session&)>& work) {
    clang::Session& running = current();
    clang::Outcome outcome;
    try {
        outcome = work(running);
    } catch (const std::exception& error) {
        outcome.failure = clang::Failure{"InterpreterError", error.what(), {}, true, true};
    }
    if (outcome.failure && outcome.failure->lost) give_up(*outcome.failure);
    return outcome;
}

void LiveSession::give_up(clang::Failure& failure) {
    restart();
    failure.lines.emplace_back(
        "The interpreter could not go on and was started anew: what the cells have defined is "
        "gone.");
    failure.lines.emplace_back("%restart --replay declares it again.");
}

void LiveSession::restart() {
    if (session_ == nullptr && starting_.valid()) (void)current();
    if (session_ != nullptr && !session_->sources().empty()) lost_ = session_->sources();
    if (forget_) forget_();
    session_.reset();  // a process has one at a time
    start();
}

std::pair<std::size_t, clang::Outcome> LiveSession::replay() {
    restart();
    const std::vector<clang::Source> again = lost_;
    std::set<int> cells;
    for (const clang::Source& source : again) {
        clang::Outcome outcome =
            guarded([&](clang::Session& session) { return session.declare(source); });
        const bool thrown = outcome.failure && !outcome.failure->damaged &&
                            outcome.failure->name != "kernelwire::Interrupted";
        if (outcome.failure && !(source.failed && thrown)) return {cells.size(), outcome};
        cells.insert(source.count);
    }
    return {cells.size(), {}};
}

}  // namespace kernelwire::cpp
