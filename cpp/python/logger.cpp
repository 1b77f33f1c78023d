#include "logger.hpp"

#include <array>

using namespace kernelwire;

namespace {

// The levels of Python's logging.
constexpr std::array<int, 4> numbers{40, 30, 20, 10};

int number(Level level) {
    return numbers[static_cast<std::size_t>(level)];
}

}  // namespace

LoggerLines::LoggerLines(py::object logger) : logger_(std::move(logger)) {
    if (!py::hasattr(logger_, "isEnabledFor") || !py::hasattr(logger_, "log")) {
        throw py::type_error("logger has no isEnabledFor() and log(), want a logging.Logger");
    }
}

LoggerLines::~LoggerLines() {
    give();
}

Log LoggerLines::log() {
    for (const Level level : {Level::debug, Level::info, Level::warning, Level::error}) {
        if (!logger_.attr("isEnabledFor")(number(level)).cast<bool>()) continue;
        return {level, [this](Level of, Bytes line) { put(of, line); }};
    }
    return {};
}

void LoggerLines::put(Level level, Bytes line) {
    const std::lock_guard lock(mutex_);
    if (lines_.size() >= limit) {
        ++lost_;
    } else {
        lines_.emplace_back(level, line);
    }
    changed_.notify_one();
}

// A handler's exception has nowhere to go: this is no call of the program's.
void LoggerLines::give() {
    std::deque<std::pair<Level, std::string>> lines;
    {
        const std::lock_guard lock(mutex_);
        lines.swap(lines_);
        if (lost_ > 0) {
            lines.emplace_back(Level::warning, std::to_string(lost_) +
                                                   " lines are missing here: the log was too slow");
        }
        lost_ = 0;
    }
    for (const auto& [level, line] : lines) {
        try {
            logger_.attr("log")(number(level), "%s", line);
        } catch (py::error_already_set& error) {
            error.discard_as_unraisable("kernelwire's log");
        }
    }
}

void LoggerLines::start() {
    stopping_ = false;
    thread_ = std::thread([this] { watch(); });
}

void LoggerLines::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        changed_.notify_one();
    }
    thread_.join();
}

void LoggerLines::watch() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stopping_ || !lines_.empty(); });
        const bool last = stopping_;
        lock.unlock();
        {
            const py::gil_scoped_acquire acquired;
            give();
        }
        if (last) return;
        lock.lock();
    }
}
