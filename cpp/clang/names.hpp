// What names mean in a session: hidden where a cell declares them again, given back where that
// cell fails.
#pragma once

#include <string>
#include <vector>

#include <clang/Basic/SourceLocation.h>

namespace clang {
class CompilerInstance;
class Decl;
class DeclContext;
class NamedDecl;
class NamespaceDecl;
}  // namespace clang

namespace kernelwire::clang {

/// The tables in which clang looks names up. Declarations that are hidden live on, and so does all
/// that was compiled with them.
class Names {
public:
    explicit Names(::clang::CompilerInstance& compiler) : compiler_(compiler) {}

    /// Hides what is declared at these places.
    /// @returns  the declarations that were hidden.
    std::vector<::clang::NamedDecl*> hide(const std::vector<::clang::SourceLocation>& locations);

    void hide(::clang::NamedDecl& declaration);
    void show(::clang::NamedDecl& declaration);

    /// Hides what a cell that failed has declared, in namespaces too.
    void forget(const std::vector<::clang::Decl*>& declarations);

    /// The namespaces that can be seen from the top.
    [[nodiscard]] std::vector<::clang::NamespaceDecl*> namespaces() const;

    /// Makes those visible that are no longer. Clang, where it takes a cell back, forgets the whole
    /// of a namespace that the cell has opened, and instances of templates open std.
    void restore(const std::vector<::clang::NamespaceDecl*>& namespaces);

private:
    ::clang::CompilerInstance& compiler_;
};

}  // namespace kernelwire::clang
