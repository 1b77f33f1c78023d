// An echo kernel on kernelwire for the benchmark: cells that begin with BENCH: put a load on it.
//
// What a C++ author would write, with nothing of the library's bypassed: the column shows what
// kernelwire costs over the floor. The codes are those of bench/README.md.
#include <cstdlib>
#include <memory>
#include <string>

#include <kernelwire/kernelwire.hpp>

using namespace kernelwire;

namespace {

constexpr Bytes prefix = "BENCH:";

// "prints:20000" -> "prints", 20000; "buffers:500:1000000" has a second number.
struct Load {
    explicit Load(const std::string& code) {
        const std::size_t first = code.find(':', prefix.size());
        verb =
            code.substr(prefix.size(), first == std::string::npos ? first : first - prefix.size());
        if (first == std::string::npos) return;
        count = std::strtoull(code.c_str() + first + 1, nullptr, 10);
        const std::size_t second = code.find(':', first + 1);
        if (second != std::string::npos)
            size = std::strtoull(code.c_str() + second + 1, nullptr, 10);
    }

    std::string verb;
    std::size_t count = 0;
    std::size_t size = 0;
};

class BenchEcho final : public Interpreter {
public:
    KernelInfo info() const override { return {{"echo", "1.0"}}; }

    Reply execute(const ExecuteRequest& request, Output& output) override {
        if (request.code.compare(0, prefix.size(), prefix) != 0) {
            output.out(request.code);
            return ok();
        }
        const Load load(request.code);
        if (load.verb == "prints" || load.verb == "flushed") {
            for (std::size_t i = 0; i < load.count; ++i) {
                output.out(std::to_string(i) + "\n");
                if (load.verb == "flushed") output.flush();
            }
        } else if (load.verb == "display") {
            for (std::size_t i = 0; i < load.count; ++i) {
                output.display_data({{"text/plain", std::to_string(i)}});
            }
        } else if (load.verb == "updates") {
            output.display_data({{"text/plain", ""}}, Json::object(), "bench");
            for (std::size_t i = 0; i < load.count; ++i) {
                output.update_display_data({{"text/plain", std::to_string(i)}}, Json::object(),
                                           "bench");
            }
        } else if (load.verb == "allocate") {
            memory_ = std::make_shared<std::string>(load.count, '\1');
        } else if (load.verb == "buffers") {
            for (std::size_t i = 0; i < load.count; ++i) {
                output.publish("comm_msg", R"({"comm_id":"bench","data":{}})", "{}",
                               {{Bytes(*memory_).substr(0, load.size), memory_}});
            }
        } else if (load.verb != "pass") {
            output.out(load.verb);
        }
        return ok();
    }

private:
    std::shared_ptr<std::string> memory_ = std::make_shared<std::string>();
};

}  // namespace

int main(int argc, char** argv) {
    BenchEcho echo;
    return run(argc, argv, echo);
}
