#include "host.hpp"

#include <cstddef>
#include <string_view>

#include "destructors.hpp"
#include "guard.hpp"
#include "thread_locals.hpp"

namespace kernelwire::clang {
namespace {

thread_local Shown* receiving = nullptr;

NameEnumerator& name_enumerator() {
    static NameEnumerator function;
    return function;
}

// One MIME type of the value that the cell ends with.
void show_value(const char* type, std::size_t type_size, const char* data, std::size_t size,
                bool json) {
    if (receiving == nullptr) return;
    if (!receiving->bundle) receiving->bundle = Json::object();
    const std::string_view text(data, size);
    Json& content = (*receiving->bundle)[std::string(type, type_size)];
    auto read = json ? read_json(text) : std::nullopt;
    content = read ? std::move(*read) : Json(text);
}

// All of them at once, as the text of a JSON object.
void show_bundle(const char* data, std::size_t size) {
    if (receiving == nullptr) return;
    auto read = read_json(std::string_view(data, size));
    if (!read || !read->is_object()) {
        read = Json{{"text/plain", std::string(data, size)}};
    }
    receiving->bundle = std::move(*read);
}

std::size_t enumerator(const char* type, std::size_t type_size, long long value, char* out,
                       std::size_t room) {
    if (receiving == nullptr || !name_enumerator()) return 0;
    const std::string name = name_enumerator()(std::string(type, type_size), value);
    return name.copy(out, room);
}

template <typename Function>
void* pointer(Function* function) {
    return reinterpret_cast<void*>(function);
}

}  // namespace

Shown::Shown() {
    receiving = this;
}
Shown::~Shown() {
    receiving = nullptr;
}

void set_name_enumerator(NameEnumerator name) {
    name_enumerator() = std::move(name);
}

std::vector<std::pair<std::string, void*>> host_functions() {
    std::vector<std::pair<std::string, void*>> functions{
        {"kernelwire_show_value", pointer(&show_value)},
        {"kernelwire_show_bundle", pointer(&show_bundle)},
        {"kernelwire_enumerator", pointer(&enumerator)},
        {"exit", pointer(&exit_cell)},
        {"_exit", pointer(&exit_cell)},
        {"_Exit", pointer(&exit_cell)},
        {"quick_exit", pointer(&exit_cell)},
        {"__cxa_atexit", pointer(&destroy_at_exit)},
        {"atexit", pointer(&call_at_exit)},
        {"__cxa_throw", pointer(&throw_in_cell)}};
    for (auto& symbol : thread_local_symbols()) functions.push_back(std::move(symbol));
    return functions;
}

}  // namespace kernelwire::clang
