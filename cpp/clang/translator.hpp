// From the text of a cell to code that has not run, or back to the state before it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine.hpp"
#include "macros.hpp"
#include "names.hpp"
#include "session.hpp"

namespace clang {
class Decl;
class NamedDecl;
struct PartialTranslationUnit;
}  // namespace clang

namespace kernelwire::clang {

/// What came of a text: code, or a failure that has left nothing behind.
struct Translation {
    ::clang::PartialTranslationUnit* unit = nullptr;
    std::optional<Failure> failure;
    std::string warnings;
    std::vector<::clang::Decl*> declarations;  // and the instances of templates that it needs
    std::vector<::clang::NamedDecl*> hidden;   // what it declares again
};

class Translator {
public:
    explicit Translator(Engine& engine);

    /// Names that were there before are hidden where the text declares them again, and captures are
    /// rewritten as captures.hpp says.
    [[nodiscard]] Translation translate(const std::string& source);

    /// Makes it as if `translation` had not been. Its code must not have run, or its objects must
    /// be gone.
    void take_back(const Translation& translation);

    /// Whether the compiler has crashed, and cannot be used any more.
    [[nodiscard]] bool is_lost() const { return lost_; }

    [[nodiscard]] Names& names() { return names_; }

private:
    Translation parse(const std::string& source);
    void clean_up(const std::vector<::clang::Decl*>& declarations);

    Engine& engine_;
    Names names_;
    Macros macros_;
    bool lost_ = false;
};

}  // namespace kernelwire::clang
