// The macros that a cell defines and the files that it enters, to be taken back where it fails.
#pragma once

#include <memory>

namespace clang {
class Preprocessor;
}

namespace kernelwire::clang {

class Macros {
public:
    explicit Macros(::clang::Preprocessor& preprocessor);
    ~Macros() = default;
    Macros(const Macros&) = delete;
    Macros& operator=(const Macros&) = delete;

    /// Begins anew: what was defined so far stays.
    void keep();

    /// Puts back what was there at the last keep(). A header may then be included again.
    void take_back();

private:
    class Watch;
    ::clang::Preprocessor& preprocessor_;
    Watch* watch_;  // the preprocessor's
};

}  // namespace kernelwire::clang
