#include "live_session.hpp"

#include <exception>

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
    if (session_ == nullptr) {
        session_ = starting_.valid() ? starting_.get() : make();
        declared_ = session_->declared().size();
    }
    return *session_;
}

clang::Outcome LiveSession::run(const std::string& code, int count) {
    clang::Session& running = current();
    clang::Outcome outcome;
    try {
        outcome = running.run(code, count);
    } catch (const std::exception& error) {
        outcome.failure = clang::Failure{"InterpreterError", error.what(), {}, true, true};
    }
    if (outcome.failure) {
        if (outcome.failure->lost) give_up(*outcome.failure);
        return outcome;
    }
    const std::size_t declared = running.declared().size();
    if (declared != declared_) cells_.push_back({count, code});
    declared_ = declared;
    return outcome;
}

void LiveSession::give_up(clang::Failure& failure) {
    restart();
    failure.lines.emplace_back(
        "The interpreter could not go on and was started anew: what the cells have defined is "
        "gone.");
    failure.lines.emplace_back("%restart --replay runs the cells again that defined something.");
}

void LiveSession::restart() {
    if (!cells_.empty()) lost_ = std::move(cells_);
    cells_.clear();
    declared_ = 0;
    if (forget_) forget_();
    if (session_ == nullptr && starting_.valid()) (void)current();
    session_.reset();  // a process has one at a time
    start();
}

std::pair<std::size_t, clang::Outcome> LiveSession::replay() {
    const std::vector<Cell> again = cells_.empty() ? std::move(lost_) : cells_;
    lost_.clear();
    restart();
    std::size_t ran = 0;
    for (const Cell& cell : again) {
        clang::Outcome outcome = run(cell.code, cell.count);
        if (outcome.failure) return {ran, std::move(outcome)};
        ++ran;
    }
    return {ran, {}};
}

bool LiveSession::undo() {
    if (!current().undo()) return false;
    const std::size_t declared = session_->declared().size();
    if (declared != declared_ && !cells_.empty()) cells_.pop_back();
    declared_ = declared;
    return true;
}

}  // namespace kernelwire::cpp
