#include "unit.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/Analysis/CGSCCPassManager.h>
#include <llvm/Analysis/LoopAnalysisManager.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/MDBuilder.h>
#include <llvm/IR/Module.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>

#include "guard.hpp"

namespace kernelwire::clang {
namespace {

constexpr const char* level_flag = "kernelwire.optimisation";

// The variables of the cell itself, as Witness has marked them.
llvm::SmallPtrSet<const llvm::Value*, 8> own_variables(const llvm::Module& module) {
    llvm::SmallPtrSet<const llvm::Value*, 8> found;
    const auto* const list = module.getGlobalVariable("llvm.compiler.used");
    if (list == nullptr) return found;
    for (const auto& operand : list->getInitializer()->operands()) {
        found.insert(operand->stripPointerCasts());
    }
    return found;
}

// The functions that one which does nothing else calls; itself where it does.
std::vector<llvm::Function*> called_by(llvm::Function& function) {
    std::vector<llvm::Function*> found;
    for (auto& instruction : llvm::instructions(function)) {
        if (instruction.isTerminator()) continue;
        const auto* const call = llvm::dyn_cast<llvm::CallBase>(&instruction);
        if (call == nullptr || call->getCalledFunction() == nullptr || !call->arg_empty()) {
            return {&function};
        }
        found.push_back(call->getCalledFunction());
    }
    return found;
}

bool mentions(const llvm::Function& function,
              const llvm::SmallPtrSetImpl<const llvm::Value*>& variables) {
    for (const auto& instruction : llvm::instructions(function)) {
        for (const auto& operand : instruction.operands()) {
            if (variables.contains(operand->stripPointerCasts())) return true;
        }
    }
    return false;
}

// In the order in which they are to run. Clang lists constants by themselves, before all else that
// the cell has, as it does with what templates need, which has a key. But a constant has its place
// among the statements, and in that order their functions were made.
std::vector<llvm::Function*> initialisers(const llvm::GlobalVariable& list) {
    const auto* const entries = llvm::dyn_cast<llvm::ConstantArray>(list.getInitializer());
    if (entries == nullptr) return {};
    const auto own = own_variables(*list.getParent());
    std::vector<std::pair<std::uint64_t, llvm::Function*>> before;  // with their priorities
    std::vector<llvm::Function*> in_place;
    for (const auto& operand : entries->operands()) {
        const auto* const entry = llvm::cast<llvm::ConstantStruct>(operand);
        auto* const function =
            llvm::dyn_cast<llvm::Function>(entry->getOperand(1)->stripPointerCasts());
        if (function == nullptr) continue;
        if (function->getName().starts_with("_GLOBAL__sub_I_")) {
            const auto called = called_by(*function);
            in_place.insert(in_place.end(), called.begin(), called.end());
        } else if (entry->getOperand(2)->isNullValue() && mentions(*function, own)) {
            in_place.push_back(function);
        } else {
            const auto* const priority = llvm::cast<llvm::ConstantInt>(entry->getOperand(0));
            before.emplace_back(priority->getZExtValue(), function);
        }
    }
    llvm::DenseMap<const llvm::Function*, std::size_t> made;
    for (const auto& function : *list.getParent()) made[&function] = made.size();
    std::stable_sort(in_place.begin(), in_place.end(),
                     [&](const auto* a, const auto* b) { return made[a] < made[b]; });
    std::stable_sort(before.begin(), before.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<llvm::Function*> functions;
    functions.reserve(before.size() + in_place.size());
    for (const auto& [priority, function] : before) functions.push_back(function);
    functions.insert(functions.end(), in_place.begin(), in_place.end());
    return functions;
}

// Lists for a linker that throws away what is not used, as the JIT does not.
void drop_lists_of_used(llvm::Module& module) {
    for (const char* const name : {"llvm.used", "llvm.compiler.used"}) {
        if (auto* const list = module.getGlobalVariable(name)) list->eraseFromParent();
    }
}

// By its address, so that it is found however this code was loaded.
llvm::Constant* address(llvm::LLVMContext& context, const void* at) {
    auto* const number = llvm::ConstantInt::get(llvm::Type::getInt64Ty(context),
                                                reinterpret_cast<std::uintptr_t>(at));
    return llvm::ConstantExpr::getIntToPtr(number, llvm::PointerType::get(context, 0));
}

std::vector<llvm::Instruction*> back_edges(llvm::Function& function) {
    const llvm::DominatorTree tree(function);
    const llvm::LoopInfo loops(tree);
    std::vector<llvm::Instruction*> ends;
    for (const auto* const loop : loops.getLoopsInPreorder()) {
        llvm::SmallVector<llvm::BasicBlock*> latches;
        loop->getLoopLatches(latches);
        for (auto* const latch : latches) ends.push_back(latch->getTerminator());
    }
    // Two loops may share a latch.
    std::sort(ends.begin(), ends.end());
    ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
    return ends;
}

void add_interrupt_point(llvm::Instruction* before) {
    llvm::IRBuilder<> builder(before);
    auto& context = builder.getContext();
    auto* const flag =
        builder.CreateLoad(builder.getInt32Ty(), address(context, &interrupt_flag), true);
    auto* const asked = builder.CreateICmpNE(flag, builder.getInt32(0));
    auto* const rarely = llvm::MDBuilder(context).createUnlikelyBranchWeights();
    auto* const then = llvm::SplitBlockAndInsertIfThen(asked, before, false, rarely);
    auto* const type = llvm::FunctionType::get(builder.getVoidTy(), false);
    llvm::IRBuilder<>(then).CreateCall(
        type, address(context, reinterpret_cast<const void*>(&interrupt_point)));
}

// What has a loop may now throw, whatever was known of it before.
void allow_to_throw(llvm::Module& module) {
    for (auto& function : module) {
        if (function.isDeclaration()) continue;
        function.setUWTableKind(llvm::UWTableKind::Async);
        for (auto& instruction : llvm::instructions(function)) {
            auto* const call = llvm::dyn_cast<llvm::CallBase>(&instruction);
            if (call == nullptr || call->isInlineAsm()) continue;
            const auto* const called = call->getCalledFunction();
            if (called != nullptr && called->isIntrinsic()) continue;
            call->removeFnAttr(llvm::Attribute::NoUnwind);
        }
    }
}

llvm::OptimizationLevel level_of(int level) {
    switch (level) {
        case 1: return llvm::OptimizationLevel::O1;
        case 2: return llvm::OptimizationLevel::O2;
        default: return llvm::OptimizationLevel::O3;
    }
}

}  // namespace

static_assert(sizeof(interrupt_flag) == sizeof(std::int32_t));

std::string take_initialisers(llvm::Module& module) {
    auto* const list = module.getGlobalVariable("llvm.global_ctors");
    const auto functions = list != nullptr ? initialisers(*list) : std::vector<llvm::Function*>();
    if (list != nullptr) list->eraseFromParent();
    drop_lists_of_used(module);
    if (functions.empty()) return {};
    const std::string name = "kernelwire.run." + module.getName().str();
    auto* const type = llvm::FunctionType::get(llvm::Type::getVoidTy(module.getContext()), false);
    auto* const run =
        llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, name, module);
    run->setUWTableKind(llvm::UWTableKind::Async);
    llvm::IRBuilder<> builder(llvm::BasicBlock::Create(module.getContext(), "", run));
    for (auto* const function : functions) builder.CreateCall(function);
    builder.CreateRetVoid();
    return name;
}

void drop_library_handle(llvm::Module& module) {
    auto* const handle = module.getGlobalVariable("__dso_handle");
    if (handle == nullptr) return;
    handle->replaceAllUsesWith(llvm::ConstantPointerNull::get(handle->getType()));
    handle->eraseFromParent();
}

void share_internals(llvm::Module& module) {
    const auto own = own_variables(module);
    for (auto& value : module.global_values()) {
        if (!value.hasLocalLinkage()) continue;
        // A variable of an unnamed type is internal too, and has its plain name.
        if (!value.getName().starts_with("_Z") && !own.contains(&value)) continue;
        // Those of unnamed types are numbered in each cell anew, and are emitted again in each.
        if (value.getName().contains("$_")) continue;
        value.setLinkage(llvm::GlobalValue::WeakODRLinkage);
    }
}

void add_interrupt_points(llvm::Module& module) {
    for (auto& function : module) {
        if (function.isDeclaration()) continue;
        const auto ends = back_edges(function);
        if (ends.empty()) continue;
        function.removeFnAttr(llvm::Attribute::NoUnwind);
        for (auto* const end : ends) add_interrupt_point(end);
    }
    allow_to_throw(module);
}

void optimise(llvm::Module& module, int level, llvm::TargetMachine& machine) {
    module.addModuleFlag(llvm::Module::Override, level_flag, static_cast<std::uint32_t>(level));
    if (level <= 0) return;
    llvm::LoopAnalysisManager loops;
    llvm::FunctionAnalysisManager functions;
    llvm::CGSCCAnalysisManager components;
    llvm::ModuleAnalysisManager modules;
    llvm::PipelineTuningOptions as_clang;
    as_clang.SLPVectorization = true;
    llvm::PassBuilder builder(&machine, as_clang);
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(components);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, components, modules);
    builder.buildPerModuleDefaultPipeline(level_of(level)).run(module, modules);
}

int optimisation_of(const llvm::Module& module) {
    const auto* const level =
        llvm::mdconst::dyn_extract_or_null<llvm::ConstantInt>(module.getModuleFlag(level_flag));
    return level == nullptr ? 0 : static_cast<int>(level->getZExtValue());
}

}  // namespace kernelwire::clang
