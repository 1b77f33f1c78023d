#include "jit.hpp"

#include <stdexcept>
#include <utility>

#include <llvm/ExecutionEngine/JITLink/JITLink.h>
#include <llvm/ExecutionEngine/Orc/AbsoluteSymbols.h>
#include <llvm/ExecutionEngine/Orc/CompileUtils.h>
#include <llvm/ExecutionEngine/Orc/EHFrameRegistrationPlugin.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>

#include "unit.hpp"

namespace kernelwire::clang {
namespace {

namespace orc = llvm::orc;

// Generates machine code, with what effort the module asks for.
class CodeGenerator final : public orc::IRCompileLayer::IRCompiler {
public:
    explicit CodeGenerator(std::unique_ptr<llvm::TargetMachine> machine)
        : IRCompiler(orc::irManglingOptionsFromTargetOptions(machine->Options)),
          machine_(std::move(machine)),
          compiler_(*machine_) {}

    llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> operator()(llvm::Module& module) override {
        const bool quick = optimisation_of(module) == 0;
        machine_->setOptLevel(quick ? llvm::CodeGenOptLevel::None : llvm::CodeGenOptLevel::Default);
        machine_->setFastISel(quick);
        return compiler_(module);
    }

private:
    std::unique_ptr<llvm::TargetMachine> machine_;
    orc::SimpleCompiler compiler_;
};

// Nothing is left to a platform: we call initialisers ourselves, and run destructors.
class NoPlatform final : public orc::LLJIT::PlatformSupport {
public:
    llvm::Error initialize(orc::JITDylib& /*library*/) override { return llvm::Error::success(); }
    llvm::Error deinitialize(orc::JITDylib& /*library*/) override { return llvm::Error::success(); }
};

// Tells where each function has come to be.
class SymbolRecorder final : public orc::LinkGraphLinkingLayer::Plugin {
public:
    explicit SymbolRecorder(Symbols& symbols) : symbols_(symbols) {}

    void modifyPassConfig(orc::MaterializationResponsibility& /*code*/,
                          llvm::jitlink::LinkGraph& /*graph*/,
                          llvm::jitlink::PassConfiguration& passes) override {
        passes.PostFixupPasses.emplace_back([this](llvm::jitlink::LinkGraph& graph) {
            for (const auto* const symbol : graph.defined_symbols()) {
                if (!symbol->hasName() || !symbol->isCallable()) continue;
                symbols_.add(symbol->getAddress().getValue(), symbol->getSize(),
                             (*symbol->getName()).str());
            }
            return llvm::Error::success();
        });
    }
    llvm::Error notifyFailed(orc::MaterializationResponsibility& /*code*/) override {
        return llvm::Error::success();
    }
    llvm::Error notifyRemovingResources(orc::JITDylib& /*library*/,
                                        orc::ResourceKey /*key*/) override {
        return llvm::Error::success();
    }
    void notifyTransferringResources(orc::JITDylib& /*library*/, orc::ResourceKey /*to*/,
                                     orc::ResourceKey /*from*/) override {}

private:
    Symbols& symbols_;
};

// Returns a library of its own, since LLJIT links cells with the platform's in any case.
llvm::Expected<orc::JITDylibSP> set_up_platform(orc::LLJIT& jit, Symbols& symbols) {
    auto& session = jit.getExecutionSession();
    jit.setPlatformSupport(std::make_unique<NoPlatform>());
    if (auto* const layer = llvm::dyn_cast<orc::ObjectLinkingLayer>(&jit.getObjLinkingLayer())) {
        auto frames = orc::EHFrameRegistrationPlugin::Create(session);
        if (!frames) return frames.takeError();
        layer->addPlugin(std::move(*frames));
        layer->addPlugin(std::make_shared<SymbolRecorder>(symbols));
    }
    return orc::JITDylibSP(&session.createBareJITDylib("kernelwire"));
}

llvm::Expected<std::unique_ptr<orc::IRCompileLayer::IRCompiler>> code_generator(
    orc::JITTargetMachineBuilder target) {
    auto machine = target.createTargetMachine();
    if (!machine) return machine.takeError();
    return std::make_unique<CodeGenerator>(std::move(*machine));
}

template <typename Value>
Value expect(llvm::Expected<Value> value) {
    if (value) return std::move(*value);
    throw std::runtime_error("no code for this machine: " + llvm::toString(value.takeError()));
}

}  // namespace

std::unique_ptr<::clang::IncrementalExecutorBuilder> prepare(Jit& jit) {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    llvm::InitializeNativeTargetAsmParser();
    auto target = expect(orc::JITTargetMachineBuilder::detectHost());
    jit.target_machine = expect(target.createTargetMachine());

    auto builder = std::make_unique<orc::LLJITBuilder>();
    builder->setJITTargetMachineBuilder(std::move(target));
    builder->setPlatformSetUp(
        [&jit](orc::LLJIT& created) { return set_up_platform(created, jit.symbols); });
    builder->setCompileFunctionCreator(code_generator);
    builder->setNotifyCreatedCallback([&jit](orc::LLJIT& created) {
        jit.jit = &created;
        created.getExecutionSession().setErrorReporter(
            [&jit](llvm::Error error) { jit.errors += llvm::toString(std::move(error)) + '\n'; });
        return llvm::Error::success();
    });
    auto executor = std::make_unique<::clang::IncrementalExecutorBuilder>();
    executor->JITBuilder = std::move(builder);
    return executor;
}

void Jit::define(const std::string& name, void* address) const {
    const orc::ExecutorSymbolDef symbol(orc::ExecutorAddr::fromPtr(address),
                                        llvm::JITSymbolFlags::Exported);
    auto& library = jit->getMainJITDylib();
    llvm::cantFail(library.define(orc::absoluteSymbols({{jit->mangleAndIntern(name), symbol}})));
}

}  // namespace kernelwire::clang
