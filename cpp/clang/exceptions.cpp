#include "exceptions.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <exception>
#include <memory>
#include <typeinfo>

namespace kernelwire::clang {
namespace {

// The tag that tells a class from the earlier ones of its name: nothing that users should see.
std::string without_tags(std::string name) {
    constexpr const char* tag = "[abi:kw";
    for (auto at = name.find(tag); at != std::string::npos; at = name.find(tag, at)) {
        const auto end = name.find(']', at);
        if (end == std::string::npos) break;
        name.erase(at, end + 1 - at);
    }
    return name;
}

std::string what_now() {
    try {
        throw;
    } catch (const std::exception& error) {
        return error.what();
    } catch (const char* text) {
        return text == nullptr ? "" : text;
    } catch (const std::string& text) {
        return text;
    } catch (bool value) {
        return value ? "true" : "false";
    } catch (char value) {
        return std::string(1, value);
    } catch (int value) {
        return std::to_string(value);
    } catch (unsigned value) {
        return std::to_string(value);
    } catch (long value) {
        return std::to_string(value);
    } catch (unsigned long value) {
        return std::to_string(value);
    } catch (double value) {
        return std::to_string(value);
    } catch (...) {
        return "";
    }
}

}  // namespace

std::string demangled(const char* name) {
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> text(
        abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
    return without_tags(text ? text.get() : name);
}

Thrown thrown_now() {
    const std::type_info* const type = abi::__cxa_current_exception_type();
    if (type == nullptr) return {};
    return {demangled(type->name()), what_now()};
}

}  // namespace kernelwire::clang
