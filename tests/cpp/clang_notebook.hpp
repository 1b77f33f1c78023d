// A session as a row of cells, for tests.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "session.hpp"

namespace notebook {

using kernelwire::clang::Failure;
using kernelwire::clang::Options;
using kernelwire::clang::Outcome;
using kernelwire::clang::Session;

inline Options plain() {
    Options options;
    options.colors = false;
    return options;
}

class Notebook {
public:
    explicit Notebook(Options options = plain()) : session_(std::move(options)) {}

    Outcome run(std::string_view code) { return session_.run(code, ++count_); }

    // The value's text, or how the cell failed.
    std::string show(std::string_view code) {
        const Outcome outcome = run(code);
        if (outcome.failure) return outcome.failure->name + ": " + outcome.failure->value;
        if (!outcome.value) return "";
        return outcome.value->at("text/plain").get<std::string>();
    }

    Session& session() { return session_; }

private:
    Session session_;
    int count_ = 0;
};

}  // namespace notebook
