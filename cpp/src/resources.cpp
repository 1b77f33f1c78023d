#include <kernelwire/resources.hpp>

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#ifndef _WIN32
#include <unistd.h>
#endif

#include <kernelwire/process_id.hpp>

namespace kernelwire {

#ifdef __linux__

namespace {

std::string proc(long pid, const char* file) {
    return "/proc/" + std::to_string(pid) + "/" + file;
}

// Processor time of a process in ticks: utime and stime, after the name, which may hold anything.
std::optional<std::uint64_t> ticks_of(long pid) {
    std::ifstream file(proc(pid, "stat"));
    std::string text;
    std::getline(file, text, '\0');
    const std::size_t name_end = text.rfind(')');
    if (name_end == std::string::npos) return std::nullopt;
    std::uint64_t ticks = 0;
    std::size_t at = name_end;
    for (int field = 3; field <= 15; ++field) {
        at = text.find(' ', at + 1);
        if (at == std::string::npos) return std::nullopt;
        if (field >= 14) ticks += std::strtoull(text.c_str() + at, nullptr, 10);
    }
    return ticks;
}

// The value of `field` in a file of `field: value kB`, in bytes.
std::optional<std::uint64_t> bytes_of(const std::string& path, const std::string& field) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.rfind(field + ":", 0) != 0) continue;
        return std::strtoull(line.c_str() + field.size() + 1, nullptr, 10) * 1024;
    }
    return std::nullopt;
}

// Resident memory, where a page that n processes share counts for an n-th.
std::uint64_t memory_of(long pid) {
    if (const auto proportional = bytes_of(proc(pid, "smaps_rollup"), "Pss")) return *proportional;
    return bytes_of(proc(pid, "status"), "VmRSS").value_or(0);
}

// A process and its descendants.
std::vector<long> family_of(long pid) {
    std::vector<long> out{pid};
    for (std::size_t i = 0; i < out.size() && out.size() < Resources::limit; ++i) {
        std::ifstream file(proc(out[i], "task/") + std::to_string(out[i]) + "/children");
        for (long child = 0; file >> child;) out.push_back(child);
    }
    return out;
}

double percent(double part, double whole) {
    return whole > 0 ? 100 * part / whole : 0;
}

}  // namespace

void Resources::measure_processes(Json& out) {
    std::map<long, std::uint64_t> now;
    std::uint64_t spent = 0;
    std::uint64_t memory = 0;
    for (const long pid : family_of(process_id())) {
        const auto ticks = ticks_of(pid);
        if (!ticks) continue;  // it has ended meanwhile
        const auto before = ticks_.find(pid);
        spent += *ticks - (before == ticks_.end() ? 0 : std::min(before->second, *ticks));
        now[pid] = *ticks;
        memory += memory_of(pid);
    }
    ticks_ = std::move(now);
    const Clock::time_point time = Clock::now();
    const double passed = std::chrono::duration<double>(time - since_).count();
    since_ = time;
    const double taken = static_cast<double>(spent) / static_cast<double>(sysconf(_SC_CLK_TCK));
    out["kernel_cpu"] = percent(taken, passed);
    out["kernel_memory"] = memory;
}

void Resources::measure_host(Json& out) {
    std::ifstream stat("/proc/stat");
    std::string name;
    HostTime now;
    stat >> name;
    // user, nice, system, idle, iowait, irq, softirq, steal; guests are in user already.
    for (int field = 0; field < 8; ++field) {
        std::uint64_t ticks = 0;
        stat >> ticks;
        now.all += ticks;
        if (field != 3 && field != 4) now.busy += ticks;
    }
    if (stat && host_.all > 0 && now.all > host_.all) {
        out["host_cpu_percent"] = percent(static_cast<double>(now.busy - host_.busy),
                                          static_cast<double>(now.all - host_.all));
    }
    host_ = now;

    const auto memory = [](const char* field) {
        return bytes_of("/proc/meminfo", field).value_or(0);
    };
    const std::uint64_t total = memory("MemTotal");
    const std::uint64_t available = memory("MemAvailable");
    if (total == 0) return;
    out["host_virtual_memory"] = {
        {"total", total},
        {"available", available},
        {"percent", percent(static_cast<double>(total - std::min(available, total)),
                            static_cast<double>(total))},
        {"used", total - std::min(available, total)},
        {"free", memory("MemFree")},
        {"active", memory("Active")},
        {"inactive", memory("Inactive")},
        {"buffers", memory("Buffers")},
        {"cached", memory("Cached")},
        {"shared", memory("Shmem")},
        {"slab", memory("Slab")}};
}

#else

void Resources::measure_processes(Json& /*out*/) {}
void Resources::measure_host(Json& /*out*/) {}

#endif

Json Resources::measure() {
    Json out{{"pid", process_id()}};
    if (const unsigned count = std::thread::hardware_concurrency(); count > 0) {
        out["cpu_count"] = count;
    }
#ifndef _WIN32
    char name[256] = "";
    if (gethostname(name, sizeof name - 1) == 0) out["hostname"] = std::string(name);
#endif
    measure_processes(out);
    measure_host(out);
    return out;
}

}  // namespace kernelwire
