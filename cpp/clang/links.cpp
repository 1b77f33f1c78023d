#include "links.hpp"

#include <set>
#include <utility>

#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/Module.h>

namespace kernelwire::clang {
namespace {

namespace orc = llvm::orc;

std::vector<std::string> needed_by(const llvm::Module& module) {
    std::vector<std::string> names;
    for (const auto& value : module.global_values()) {
        const bool wanted = value.isDeclaration() && !value.use_empty() &&
                            !value.hasExternalWeakLinkage() &&
                            !value.getName().starts_with("llvm.");
        if (wanted) names.push_back(value.getName().str());
    }
    return names;
}

// Those of `names` that neither compiled code nor a library has.
std::vector<std::string> unknown(const std::set<std::string>& names, orc::LLJIT& jit) {
    orc::JITDylibSearchOrder order;
    jit.getMainJITDylib().withLinkOrderDo([&](const orc::JITDylibSearchOrder& o) { order = o; });
    orc::SymbolLookupSet wanted;
    for (const auto& name : names) {
        wanted.add(jit.mangleAndIntern(name), orc::SymbolLookupFlags::WeaklyReferencedSymbol);
    }
    auto found = jit.getExecutionSession().lookupFlags(orc::LookupKind::Static, order, wanted);
    std::vector<std::string> missing;
    if (!found) {
        llvm::consumeError(found.takeError());
        return missing;  // the linker will say it better
    }
    for (const auto& name : names) {
        if (found->count(jit.mangleAndIntern(name)) == 0) missing.push_back(name);
    }
    return missing;
}

}  // namespace

std::vector<std::string> Links::missing(const llvm::Module& module, orc::LLJIT& jit) {
    std::vector<std::string> open = needed_by(module);
    std::set<std::string> elsewhere;
    std::set<std::shared_ptr<Unit>> seen;
    while (!open.empty()) {
        const std::string name = std::move(open.back());
        open.pop_back();
        const auto definition = definitions_.find(name);
        if (definition == definitions_.end()) {
            elsewhere.insert(name);
        } else if (!definition->second->whole && seen.insert(definition->second).second) {
            const auto& more = definition->second->needed;
            open.insert(open.end(), more.begin(), more.end());
        }
    }
    auto missing = unknown(elsewhere, jit);
    if (missing.empty()) {
        for (const auto& unit : seen) unit->whole = true;
    }
    return missing;
}

bool Links::has(const std::string& symbol) const {
    return definitions_.count(symbol) > 0;
}

void Links::rename_again_defined(llvm::Module& module) {
    for (auto& value : module.global_values()) {
        if (value.hasLocalLinkage() || !value.hasName() || value.getName().starts_with("llvm.")) {
            continue;
        }
        const std::string name = value.getName().str();
        const bool strong = !value.isDeclaration() && value.hasExternalLinkage();
        if (strong && definitions_.count(name) > 0) {
            newest_[name] = name + ".kw" + std::to_string(++renamed_);
        }
        const auto newest = newest_.find(name);
        if (newest != newest_.end()) value.setName(newest->second);
    }
}

void Links::add(const llvm::Module& module) {
    const auto unit = std::make_shared<Unit>();
    unit->needed = needed_by(module);
    for (const auto& value : module.global_values()) {
        if (!value.isDeclaration() && !value.hasLocalLinkage() && value.hasName()) {
            definitions_.emplace(value.getName().str(), unit);
        }
    }
}

}  // namespace kernelwire::clang
