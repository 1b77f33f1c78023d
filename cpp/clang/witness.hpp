// Sees each declaration before code is generated for it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <clang/AST/ASTConsumer.h>

namespace clang {
class ASTContext;
class Decl;
class NamedDecl;
class VarDecl;
}  // namespace clang

namespace kernelwire::clang {

class Witness final : public ::clang::ASTConsumer {
public:
    void Initialize(::clang::ASTContext& context) override;
    bool HandleTopLevelDecl(::clang::DeclGroupRef group) override;

    /// Marks what is declared as `name` from now on, so that the linker tells it from what was
    /// declared so before.
    void tag(const std::string& name);

    /// Whether statements at the top level do nothing from now on.
    void skip_statements(bool skip) { skips_statements_ = skip; }

    /// What was declared since the last call, instances of templates included.
    std::vector<::clang::Decl*> take_declarations();

private:
    void skip(::clang::Decl& declaration);
    void mark_variables(::clang::Decl& declaration);
    void tag_beside_library(::clang::VarDecl& variable);
    void tag_declaration(::clang::Decl& declaration);
    void add_tag(::clang::Decl& declaration, int version);

    ::clang::ASTContext* context_ = nullptr;
    bool skips_statements_ = false;
    std::map<std::string, int> versions_;
    std::vector<::clang::Decl*> declarations_;
};

}  // namespace kernelwire::clang
