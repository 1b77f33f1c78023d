// LoggerLines: a server's log lines on their way to a Python logger.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <kernelwire/log.hpp>

#include "module.hpp"

/// Takes lines on any thread without the GIL, which the service thread must never wait for, and has
/// a thread of its own give them to the logger. Lines that come faster than that are counted, and
/// not kept.
class LoggerLines {
public:
    /// Lines that may wait.
    static constexpr std::size_t limit = 1000;

    /// @param logger  a logging.Logger. Needs the GIL, as does the destructor.
    explicit LoggerLines(py::object logger);
    ~LoggerLines();
    LoggerLines(const LoggerLines&) = delete;
    LoggerLines& operator=(const LoggerLines&) = delete;

    /// A log of the level that the logger has now. It must not outlive this object.
    [[nodiscard]] kernelwire::Log log();

    /// Gives the logger what waits. Needs the GIL.
    void give();

    /// Does so whenever something waits, until stop(). Both without the GIL.
    void start();
    void stop();

private:
    void put(kernelwire::Level level, kernelwire::Bytes line);
    void watch();

    py::object logger_;
    std::mutex mutex_;  // of all below
    std::condition_variable changed_;
    std::deque<std::pair<kernelwire::Level, std::string>> lines_;
    std::size_t lost_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};
