#include "session.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <utility>

#include <clang/AST/ASTContext.h>
#include <clang/AST/Decl.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Interpreter/PartialTranslationUnit.h>
#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

#include "assembler.hpp"
#include "compiled.hpp"
#include "completeness.hpp"
#include "completion.hpp"
#include "declared.hpp"
#include "destructors.hpp"
#include "engine.hpp"
#include "failure.hpp"
#include "guard.hpp"
#include "host.hpp"
#include "inspection.hpp"
#include "links.hpp"
#include "lookup.hpp"
#include "pragma.hpp"
#include "precompiled.hpp"
#include "prelude_text.hpp"
#include "segments.hpp"
#include "source.hpp"
#include "translator.hpp"
#include "unit.hpp"
#include "witness.hpp"

namespace kernelwire::clang {
namespace {

void flush_output() {
    std::cout.flush();
    std::cerr.flush();
    std::clog.flush();
    (void)std::fflush(nullptr);
}

bool shows_frame(const Failure& failure) {
    return std::any_of(failure.lines.begin(), failure.lines.end(), [](const std::string& line) {
        return line.find("kernelwire_values::End") != std::string::npos;
    });
}

}  // namespace

class Session::Implementation {
public:
    explicit Implementation(Options options);
    ~Implementation();
    Implementation(const Implementation&) = delete;
    Implementation& operator=(const Implementation&) = delete;

    Outcome run(std::string_view code, int count);
    Outcome declare(const Source& source);
    Completions complete(std::string_view code, std::size_t offset);
    std::optional<Inspection> inspect(std::string_view code, std::size_t offset);
    bool undo();
    [[nodiscard]] std::vector<Declared> declared();
    std::optional<Failure> load_library(const std::string& path);

    void optimise(int level);

    [[nodiscard]] ::clang::CompilerInstance& compiler() { return *engine->getCompilerInstance(); }

    std::unique_ptr<Engine> engine;
    std::vector<Source> sources;

private:
    // What undo() takes back.
    struct Cell {
        Translation translation;
        std::size_t destructors = 0;
        std::optional<std::size_t> source{};  // its place among them
    };

    static std::unique_ptr<Engine> start(const Options& options);
    void start_prelude(const char* source);
    std::optional<Failure> bring_in(std::string_view code, const Segment& segment,
                                    const std::string& cell, std::string& warnings);
    Translation translate(std::string_view code, const std::vector<Segment>& segments,
                          const std::string& cell);
    std::optional<Failure> execute(const Translation& translation);
    std::optional<Failure> link(const Translation& translation, const std::string& run,
                                void (*&function)());

    Options options_;
    Assembler assembler_;
    std::optional<Translator> translator_;
    Links links_;
    std::vector<Cell> cells_;
    std::vector<std::string> library_paths_;
};

// A prelude that is there but does not fit, since a header of the system's has changed, is made
// anew.
std::unique_ptr<Engine> Session::Implementation::start(const Options& options) {
    const std::string path = precompiled_path(options);
    if (path.empty()) return nullptr;
    for (const bool again : {false, true}) {
        std::error_code error;
        if (again) std::filesystem::remove(path, error);
        if (!std::filesystem::exists(path, error) && !precompile(options, path)) return nullptr;
        // Clang does not survive one that it refuses.
        std::unique_ptr<Engine> engine;
        const auto stop = guarded(Leave::never, [&] { engine = Engine::create(options, path); });
        if (!stop) return engine;
    }
    return nullptr;
}

Session::Implementation::Implementation(Options given)
    : engine(start(given)), options_(std::move(given)) {
    const bool precompiled = engine != nullptr;
    if (!precompiled) engine = Engine::create(options_, {});
    translator_.emplace(*engine);
    set_name_enumerator([this](const std::string& type, long long value) {
        return enumerator_name(compiler(), type, value);
    });
    for (const auto& [name, address] : host_functions()) engine->jit().define(name, address);
    optimise(options_.optimisation);
    start_prelude(precompiled ? "" : prelude_text());
}

// What the prelude's objects do at their start is done here, before a cell that may fail.
void Session::Implementation::start_prelude(const char* source) {
    const Translation prelude =
        translator_->translate(std::string("#line 1 \"kernelwire/prelude.hpp\"\n") + source);
    const auto failure = prelude.failure ? prelude.failure : execute(prelude);
    if (!failure) return;
    std::string text = failure->value;
    for (const auto& line : failure->lines) text += '\n' + line;
    throw std::runtime_error("the prelude does not compile: " + text);
}

// Objects of cells write their files and join their threads, as at the end of a program.
Session::Implementation::~Implementation() {
    interrupt_flag = 0;
    (void)guarded(Leave::on_second_interrupt, [] { run_destructors(0); });
    forget_destructors(0);
    flush_output();
    set_name_enumerator({});
}

Outcome Session::Implementation::run(std::string_view given, int count) {
    Outcome outcome;
    if (translator_->is_lost()) {
        outcome.failure = lost_failure();
        return outcome;
    }
    interrupt_flag = 0;
    const std::string code(given);
    const std::string cell = "In[" + std::to_string(count) + "]";
    std::vector<Segment> rest;
    for (const auto& segment : split_cell(code, compiler().getLangOpts())) {
        if (segment.kind != Segment::Kind::include && segment.kind != Segment::Kind::pragma) {
            rest.push_back(segment);
            continue;
        }
        outcome.failure = bring_in(code, segment, cell, outcome.warnings);
        if (outcome.failure) return outcome;
        sources.push_back({count, only(code, {segment}), false});
    }
    if (rest.empty()) return outcome;

    Cell made;
    made.destructors = destructors_waiting();
    made.translation = translate(code, rest, cell);
    outcome.warnings += made.translation.warnings;
    outcome.failure = made.translation.failure;
    if (outcome.failure) return outcome;
    Shown shown;
    outcome.failure = execute(made.translation);
    outcome.value = std::move(shown.bundle);
    auto source = source_of(count, code, rest, made.translation.declarations, outcome.failure);
    if (source) {
        made.source = sources.size();
        sources.push_back(std::move(*source));
    }
    if (made.translation.unit != nullptr) cells_.push_back(std::move(made));
    return outcome;
}

// An expression that is not whole takes what stands around it for a part of its own. What clang
// then says would show what nobody has written.
Translation Session::Implementation::translate(std::string_view code,
                                               const std::vector<Segment>& segments,
                                               const std::string& cell) {
    const bool shows_value = segments.back().kind == Segment::Kind::expression;
    Translation whole =
        translator_->translate(assembler_.assemble(code, segments, cell, shows_value));
    if (!shows_value || !whole.failure || !shows_frame(*whole.failure)) return whole;
    Translation bare = translator_->translate(assembler_.assemble(code, segments, cell, false));
    if (bare.failure) return bare;
    translator_->take_back(bare);
    return whole;
}

Outcome Session::Implementation::declare(const Source& source) {
    engine->witness().skip_statements(true);
    Outcome outcome = run(source.code, source.count);
    engine->witness().skip_statements(false);
    return outcome;
}

// Each file comes in by itself. One that came with a cell that fails would be gone with it.
std::optional<Failure> Session::Implementation::bring_in(std::string_view code,
                                                         const Segment& segment,
                                                         const std::string& cell,
                                                         std::string& warnings) {
    if (segment.kind == Segment::Kind::pragma) {
        const auto pragma = read_pragma(code.substr(segment.begin, segment.end - segment.begin));
        if (!pragma) return pragma_failure();
        if (pragma->kind == Pragma::Kind::load) return load_library(pragma->path);
        if (pragma->kind == Pragma::Kind::include_path) {
            add_include_path(compiler(), pragma->path);
        } else {
            library_paths_.push_back(pragma->path);
        }
        return std::nullopt;
    }
    const Translation translation = translator_->translate(located(code, segment, cell));
    warnings += translation.warnings;
    return translation.failure ? translation.failure : execute(translation);
}

std::optional<Failure> Session::Implementation::execute(const Translation& translation) {
    if (!translation.unit->TheModule) return std::nullopt;
    auto& module = *translation.unit->TheModule;
    share_internals(module);
    const std::string run = take_initialisers(module);
    drop_library_handle(module);
    engine->compiled().redirect(module);
    links_.rename_again_defined(module);
    clang::optimise(module, options_.optimisation, *engine->jit().target_machine);
    add_interrupt_points(module);
    void (*function)() = nullptr;
    if (auto failure = link(translation, run, function)) return failure;
    engine->compiled().keep(links_);
    if (function == nullptr) return std::nullopt;
    const auto stop = guarded(Leave::on_second_interrupt, [&] { function(); });
    flush_output();
    return stop ? std::optional(stop_failure(*stop, engine->jit().symbols)) : std::nullopt;
}

// Only what runs has to be whole: functions may call what a later cell defines.
std::optional<Failure> Session::Implementation::link(const Translation& translation,
                                                     const std::string& run, void (*&function)()) {
    const auto& module = *translation.unit->TheModule;
    if (!run.empty()) {
        const auto missing = links_.missing(module, *engine->jit().jit);
        if (!missing.empty()) {
            translator_->take_back(translation);
            return missing_failure(missing);
        }
    }
    links_.add(module);
    auto error = engine->Execute(*translation.unit);
    if (!error && !run.empty()) {
        auto address = engine->getSymbolAddressFromLinkerName(run);
        if (address) {
            function = address->toPtr<void (*)()>();
        } else {
            error = address.takeError();
        }
    }
    if (!error) return std::nullopt;
    return link_failure(llvm::toString(std::move(error)), std::exchange(engine->jit().errors, {}));
}

Completions Session::Implementation::complete(std::string_view given, std::size_t offset) {
    const std::size_t end = std::min(offset, given.size());
    Completions completions;
    completions.start = word_begin(given, end);
    completions.end = end;
    if (translator_->is_lost()) return completions;
    const std::string code(given.substr(0, end));
    auto segments = split_cell(code, compiler().getLangOpts());
    // What the cursor stands in, unless it is at the beginning of something new.
    std::string last;
    bool in_function = true;
    if (!segments.empty() && code.back() != ';' && code.back() != '}' && code.back() != '\n') {
        const Segment& segment = segments.back();
        last = code.substr(segment.begin);
        in_function = !segment.at_top && segment.kind != Segment::Kind::include &&
                      segment.kind != Segment::Kind::directive;
        segments.pop_back();
    }
    std::string source = assembler_.assemble(code, segments, "complete", false);
    if (in_function) source += "static void kernelwire_cell_completed() {\n";
    completions.items = complete_at_end(*engine, source + '\n' + last);
    return completions;
}

std::optional<Inspection> Session::Implementation::inspect(std::string_view code,
                                                           std::size_t offset) {
    if (translator_->is_lost()) return std::nullopt;
    return inspect_name(compiler(), code, offset);
}

bool Session::Implementation::undo() {
    if (cells_.empty() || translator_->is_lost()) return false;
    const Cell cell = std::move(cells_.back());
    cells_.pop_back();
    interrupt_flag = 0;
    const auto stop =
        guarded(Leave::on_second_interrupt, [&] { run_destructors(cell.destructors); });
    if (stop) forget_destructors(cell.destructors);
    translator_->take_back(cell.translation);
    if (cell.source) sources.erase(sources.begin() + static_cast<std::ptrdiff_t>(*cell.source));
    return true;
}

std::vector<Declared> Session::Implementation::declared() {
    std::vector<Declared> found;
    for (const auto& cell : cells_) {
        describe(compiler(), cell.translation.declarations, found);
    }
    return found;
}

std::optional<Failure> Session::Implementation::load_library(const std::string& path) {
    const std::string file = library_file(path, library_paths_);
    if (auto error = engine->LoadDynamicLibrary(file.c_str())) {
        return link_failure(llvm::toString(std::move(error)), {});
    }
    return std::nullopt;
}

// The module that the next cell is generated into is there already, and has asked for the level: an
// empty cell uses it up.
void Session::Implementation::optimise(int level) {
    options_.optimisation = std::clamp(level, 0, 3);
    auto& code = compiler().getCodeGenOpts();
    code.OptimizationLevel = static_cast<unsigned>(options_.optimisation) & 3U;
    code.setInlining(level > 0 ? ::clang::CodeGenOptions::NormalInlining
                               : ::clang::CodeGenOptions::OnlyAlwaysInlining);
    // Else each loop is marked as one that is not to be unrolled.
    code.UnrollLoops = options_.optimisation > 1;
    // Ours come later, when what runs by itself is in its order.
    code.DisableLLVMPasses = options_.optimisation > 0;
    if (!translator_->is_lost()) (void)translator_->translate("");
}

Session::Session(Options options)
    : implementation_(std::make_unique<Implementation>(std::move(options))) {}

Session::~Session() = default;

Outcome Session::run(std::string_view code, int count) {
    return implementation_->run(code, count);
}

Outcome Session::declare(const Source& source) {
    return implementation_->declare(source);
}

const std::vector<Source>& Session::sources() const {
    return implementation_->sources;
}

Completions Session::complete(std::string_view code, std::size_t offset) {
    return implementation_->complete(code, offset);
}

std::optional<Inspection> Session::inspect(std::string_view code, std::size_t offset) {
    return implementation_->inspect(code, offset);
}

Completeness Session::is_complete(std::string_view code) {
    return completeness(code, implementation_->compiler().getLangOpts());
}

bool Session::undo() {
    return implementation_->undo();
}

std::vector<Declared> Session::declared() const {
    return implementation_->declared();
}

std::optional<Failure> Session::load_library(const std::string& path) {
    return implementation_->load_library(path);
}

void Session::optimise(int level) {
    implementation_->optimise(level);
}

void Session::interrupt() noexcept {
    interrupt_guarded();
}

void Session::define(const std::string& name, void* address) {
    implementation_->engine->jit().define(name, address);
}

}  // namespace kernelwire::clang
