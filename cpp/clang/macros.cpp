#include "macros.hpp"

#include <map>
#include <vector>

#include <clang/Basic/SourceManager.h>
#include <clang/Lex/MacroInfo.h>
#include <clang/Lex/PPCallbacks.h>
#include <clang/Lex/Preprocessor.h>

namespace kernelwire::clang {

class Macros::Watch final : public ::clang::PPCallbacks {
public:
    explicit Watch(const ::clang::SourceManager& sources) : sources_(sources) {}

    void MacroDefined(const ::clang::Token& name,
                      const ::clang::MacroDirective* directive) override {
        const auto* const earlier = directive->getPrevious();
        remember(name, earlier != nullptr ? earlier->getMacroInfo() : nullptr);
    }

    void MacroUndefined(const ::clang::Token& name, const ::clang::MacroDefinition& definition,
                        const ::clang::MacroDirective* /*undefinition*/) override {
        remember(name, definition.getMacroInfo());
    }

    void FileChanged(::clang::SourceLocation place, FileChangeReason reason,
                     ::clang::SrcMgr::CharacteristicKind /*kind*/,
                     ::clang::FileID /*previous*/) override {
        if (reason != EnterFile) return;
        if (const auto file = sources_.getFileEntryRefForID(sources_.getFileID(place))) {
            files.push_back(&file->getFileEntry());
        }
    }

    // The first definition that a name had since the last keep(), or nothing.
    std::map<::clang::IdentifierInfo*, const ::clang::MacroInfo*> before;
    std::vector<const ::clang::FileEntry*> files;

private:
    void remember(const ::clang::Token& name, const ::clang::MacroInfo* info) {
        before.emplace(name.getIdentifierInfo(), info);
    }

    const ::clang::SourceManager& sources_;
};

Macros::Macros(::clang::Preprocessor& preprocessor) : preprocessor_(preprocessor) {
    auto watch = std::make_unique<Watch>(preprocessor.getSourceManager());
    watch_ = watch.get();
    preprocessor.addPPCallbacks(std::move(watch));
}

void Macros::keep() {
    watch_->before.clear();
    watch_->files.clear();
}

void Macros::take_back() {
    const auto before = std::move(watch_->before);
    for (const auto& [name, info] : before) {
        const auto* const now = preprocessor_.getMacroInfo(name);
        if (now == info) continue;
        if (info != nullptr) {
            preprocessor_.appendDefMacroDirective(name, const_cast<::clang::MacroInfo*>(info));
        } else {
            auto& memory = preprocessor_.getPreprocessorAllocator();
            preprocessor_.appendMacroDirective(
                name, new (memory)::clang::UndefMacroDirective(now->getDefinitionLoc()));
        }
    }
    for (const auto* const file : watch_->files) preprocessor_.getIncludedFiles().erase(file);
    keep();
}

}  // namespace kernelwire::clang
