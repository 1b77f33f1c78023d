#include <kernelwire/counters.hpp>

namespace kernelwire {
namespace {

double seconds(std::chrono::nanoseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

Json json_of(const Histogram& histogram) {
    const Histogram::Summary summary = histogram.summary();
    return {{"count", summary.count},
            {"p50", seconds(summary.p50)},
            {"p90", seconds(summary.p90)},
            {"p99", seconds(summary.p99)},
            {"max", seconds(summary.max)}};
}

}  // namespace

void Counters::answered(const Message& request) noexcept {
    Histogram& taken = request.channel == Channel::control            ? control_
                       : request.header.msg_type == "execute_request" ? executes_
                                                                      : others_;
    taken.record(Clock::now() - request.received);
}

Json Counters::json() const {
    Json received;
    Json sent;
    for (const Channel channel : channels) {
        if (channel == Channel::heartbeat) continue;  // bytes that go back, and no messages
        if (channel != Channel::iopub) received[name(channel)] = received_[index(channel)].load();
        sent[name(channel)] = sent_[index(channel)].load();
    }
    Json refused = Json::object();
    for (const Errc code : error_codes) {
        const std::uint64_t count = refused_[static_cast<std::size_t>(code)].load();
        if (count > 0) refused[name(code)] = count;
    }
    return {{"received", received},
            {"sent", sent},
            {"refused", refused},
            {"uptime_seconds", seconds(Clock::now() - since_)},
            {"latency_seconds",
             {{"execute", json_of(executes_)},
              {"shell", json_of(others_)},
              {"control", json_of(control_)}}}};
}

}  // namespace kernelwire
