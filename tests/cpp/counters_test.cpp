// The histogram of durations, and what a server counts.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <thread>

#include <kernelwire/kernelwire.hpp>
#include <kernelwire/process_id.hpp>

using namespace kernelwire;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

namespace {

// That `found` is `wanted`, or up to a sixteenth more.
void check_near(nanoseconds found, nanoseconds wanted) {
    CHECK(found >= wanted);
    CHECK(found.count() <= wanted.count() + wanted.count() / 16);
}

}  // namespace

TEST_CASE("a histogram in which nothing was counted says zero") {
    const Histogram::Summary summary = Histogram().summary();
    CHECK(summary.count == 0);
    CHECK(summary.p99 == nanoseconds(0));
    CHECK(summary.max == nanoseconds(0));
}

TEST_CASE("one duration is every percentile, exactly") {
    for (const nanoseconds one : {nanoseconds(0), nanoseconds(7), nanoseconds(12345),
                                  nanoseconds(seconds(3)), Histogram::limit}) {
        Histogram histogram;
        histogram.record(one);
        const Histogram::Summary summary = histogram.summary();
        CHECK(summary.count == 1);
        CHECK(summary.p50 == one);
        CHECK(summary.p99 == one);
        CHECK(summary.max == one);
    }
}

TEST_CASE("percentiles are at most a sixteenth too long, and the maximum is exact") {
    Histogram histogram;
    for (int i = 1; i <= 1000; ++i) histogram.record(microseconds(i));
    const Histogram::Summary summary = histogram.summary();
    CHECK(summary.count == 1000);
    check_near(summary.p50, microseconds(500));
    check_near(summary.p90, microseconds(900));
    check_near(summary.p99, microseconds(990));
    CHECK(summary.max == microseconds(1000));
}

TEST_CASE("at every size a bucket holds its durations, and none is lost") {
    for (std::int64_t size = 1; size < Histogram::limit.count(); size *= 2) {
        for (const std::int64_t one : {size - 1, size, size + size / 2}) {
            Histogram histogram;
            histogram.record(nanoseconds(one));
            histogram.record(Histogram::limit);  // so that the maximum does not hide a bucket's end
            check_near(histogram.summary().p50, nanoseconds(one));
        }
    }
}

TEST_CASE("what is longer than the limit, or before its beginning, is counted at the end") {
    Histogram histogram;
    histogram.record(hours(24 * 365));
    histogram.record(nanoseconds(-5));
    const Histogram::Summary summary = histogram.summary();
    CHECK(summary.count == 2);
    CHECK(summary.p50 == nanoseconds(0));
    CHECK(summary.max == Histogram::limit);
}

TEST_CASE("threads that count at the same time lose nothing") {
    Histogram histogram;
    const auto count = [&histogram] {
        for (int i = 0; i < 100'000; ++i) histogram.record(nanoseconds(i));
    };
    std::thread other(count);
    count();
    other.join();
    CHECK(histogram.summary().count == 200'000);
    CHECK(histogram.summary().max == nanoseconds(99'999));
}

TEST_CASE("messages are counted by channel, and refused ones by reason") {
    Counters counters;
    counters.received(Channel::shell);
    counters.received(Channel::shell);
    counters.sent(Channel::iopub);
    counters.refused(Errc::replayed);
    const Json json = counters.json();
    CHECK(json.at("received") == Json{{"shell", 2}, {"stdin", 0}, {"control", 0}});
    CHECK(json.at("sent") == Json{{"shell", 0}, {"iopub", 1}, {"stdin", 0}, {"control", 0}});
    CHECK(json.at("refused") == Json{{"replayed", 1}});
}

TEST_CASE("latencies are those of execute, of all else on shell, and of control") {
    Counters counters;
    Message message;
    message.received = Counters::Clock::now() - seconds(2);
    message.header.msg_type = "execute_request";
    counters.answered(message);
    message.header.msg_type = "complete_request";
    counters.answered(message);
    counters.answered(message);
    message.channel = Channel::control;
    const Json latencies = counters.json().at("latency_seconds");
    CHECK(latencies.at("execute").at("count") == 1);
    CHECK(latencies.at("shell").at("count") == 2);
    CHECK(latencies.at("control").at("count") == 0);
    CHECK(latencies.at("execute").at("p50").get<double>() >= 2);
}

TEST_CASE("what the process and its machine use is measured") {
    Resources resources;
    const Json first = resources.measure();
    CHECK(first.at("pid") == process_id());
    CHECK_FALSE(first.at("hostname").get<std::string>().empty());
    CHECK(first.at("cpu_count") >= 1);
#ifdef __linux__
    CHECK(first.at("kernel_memory") > 100'000);
    CHECK(first.at("kernel_cpu") >= 0);
    CHECK(first.at("host_virtual_memory").at("available") <=
          first.at("host_virtual_memory").at("total"));
    CHECK_FALSE(first.contains("host_cpu_percent"));  // there is nothing before it to compare with
    const auto until = std::chrono::steady_clock::now() + seconds(1);
    while (std::chrono::steady_clock::now() < until) {
    }
    const Json second = resources.measure();
    CHECK(second.at("kernel_cpu") > 1);
    CHECK(second.at("host_cpu_percent") > 0);
    CHECK(second.at("host_cpu_percent") <= 100);
#endif
}
