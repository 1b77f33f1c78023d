#include "completion.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <clang/AST/DeclCXX.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Interpreter/Interpreter.h>
#include <clang/Interpreter/PartialTranslationUnit.h>
#include <clang/Lex/Preprocessor.h>
#include <clang/Sema/CodeCompleteConsumer.h>
#include <clang/Sema/Sema.h>
#include <clang/Sema/SemaCodeCompletion.h>

#include "declared.hpp"
#include "precompiled_names.hpp"

namespace kernelwire::clang {
namespace {

constexpr const char* file_name = "/kernelwire/completion.cpp";
constexpr std::chrono::seconds patience{5};

// Whether clang reads all that is precompiled, which takes time.
enum class Reach { near, all };

// Keeps the results, with the shape of each as clang shows it.
class Collector final : public ::clang::CodeCompleteConsumer {
public:
    Collector(Json& items, Reach reach)
        : CodeCompleteConsumer(wanted(reach)),
          info_(std::make_shared<::clang::GlobalCodeCompletionAllocator>()),
          items_(items),
          near_(reach == Reach::near) {}

    // Whether there may be more that is further away.
    [[nodiscard]] bool incomplete() const { return incomplete_; }

    ::clang::CodeCompletionAllocator& getAllocator() override { return info_.getAllocator(); }
    ::clang::CodeCompletionTUInfo& getCodeCompletionTUInfo() override { return info_; }

    void ProcessCodeCompleteResults(::clang::Sema& sema, ::clang::CodeCompletionContext context,
                                    ::clang::CodeCompletionResult* results,
                                    unsigned count) override {
        const std::string typed = sema.getPreprocessor().getCodeCompletionFilter().str();
        for (unsigned i = 0; i < count; ++i) add(sema, context, results[i], typed);
        if (!near_ || is_whole(context)) return;
        ::clang::DeclContext* scope = nullptr;
        incomplete_ = typed.empty() || !takes_any_name(sema, context, scope);
        if (incomplete_) return;
        for (auto& result : precompiled_names(sema, typed, scope)) {
            add(sema, context, result, typed);
        }
    }

private:
    using Context = ::clang::CodeCompletionContext;

    // Members and files are never far away.
    static bool is_whole(const Context& context) {
        const auto kind = context.getKind();
        return kind == Context::CCC_DotMemberAccess || kind == Context::CCC_ArrowMemberAccess ||
               kind == Context::CCC_IncludedFile;
    }

    // Those of `scope`, where there is one; of classes, all are wanted.
    static bool takes_any_name(::clang::Sema& sema, Context& context,
                               ::clang::DeclContext*& scope) {
        if (const auto qualifier = context.getCXXScopeSpecifier()) {
            scope = sema.computeDeclContext(**qualifier);
            return scope != nullptr && scope->isFileContext();
        }
        switch (context.getKind()) {
            case Context::CCC_TopLevel:
            case Context::CCC_TopLevelOrExpression:
            case Context::CCC_Statement:
            case Context::CCC_Expression:
            case Context::CCC_ParenthesizedExpression: return true;
            default: return false;
        }
    }

    static ::clang::CodeCompleteOptions wanted(Reach reach) {
        ::clang::CodeCompleteOptions options;
        options.LoadExternal = reach == Reach::all ? 1 : 0;
        options.IncludeMacros = 1;
        options.IncludeCodePatterns = 1;  // or there would be no `while`
        return options;
    }

    void add(::clang::Sema& sema, const Context& context, ::clang::CodeCompletionResult& result,
             const std::string& typed) {
        // Thousands of names are in reach: to write out the shape of each would take the most time.
        const auto name = name_of(result);
        if (!name.empty() && !wanted(name, typed)) return;
        if (result.Availability == CXAvailability_NotAvailable ||
            result.Availability == CXAvailability_NotAccessible || result.Hidden ||
            !names_something(result)) {
            return;
        }
        const auto* const string =
            result.CreateCodeCompletionString(sema, context, getAllocator(), info_, false);
        if (string == nullptr || string->getTypedText() == nullptr) return;
        const std::string text = string->getTypedText();
        if (!wanted(text, typed)) return;
        const bool file = context.getKind() == Context::CCC_IncludedFile;
        const bool pattern = result.Kind == ::clang::CodeCompletionResult::RK_Pattern;
        items_.push_back({text, file ? "file" : kind_of(result),
                          pattern ? std::string() : shape(*string), result.Priority});
    }

    // Constructors, destructors and operators are called otherwise than by their names.
    static bool names_something(const ::clang::CodeCompletionResult& result) {
        if (result.Kind != ::clang::CodeCompletionResult::RK_Declaration) return true;
        const auto* const record = llvm::dyn_cast<::clang::CXXRecordDecl>(result.Declaration);
        if (record != nullptr && record->isInjectedClassName()) return false;
        return result.Declaration->getDeclName().isIdentifier();
    }

    // Nothing where it takes more than a name to tell.
    static llvm::StringRef name_of(const ::clang::CodeCompletionResult& result) {
        switch (result.Kind) {
            case ::clang::CodeCompletionResult::RK_Declaration: {
                const auto* const name = result.Declaration->getIdentifier();
                return name == nullptr ? llvm::StringRef() : name->getName();
            }
            case ::clang::CodeCompletionResult::RK_Keyword: return result.Keyword;
            case ::clang::CodeCompletionResult::RK_Macro: return result.Macro->getName();
            case ::clang::CodeCompletionResult::RK_Pattern: return {};
        }
        return {};
    }

    // Names that nobody else may use are shown to those who begin one.
    static bool wanted(llvm::StringRef text, llvm::StringRef typed) {
        if (!text.starts_with(typed) || text.starts_with("kernelwire_cell")) return false;
        return !text.starts_with("_") || typed.starts_with("_");
    }

    static std::string kind_of(const ::clang::CodeCompletionResult& result) {
        switch (result.Kind) {
            case ::clang::CodeCompletionResult::RK_Declaration:
                return clang::kind_of(*result.Declaration);
            case ::clang::CodeCompletionResult::RK_Keyword: return "keyword";
            case ::clang::CodeCompletionResult::RK_Macro: return "macro";
            case ::clang::CodeCompletionResult::RK_Pattern: return "keyword";
        }
        return "";
    }

    static std::string shape(const ::clang::CodeCompletionString& string) {
        std::string result;
        std::string shape;
        for (const auto& chunk : string) {
            if (chunk.Kind == ::clang::CodeCompletionString::CK_ResultType) {
                result = chunk.Text;
            } else if (chunk.Kind == ::clang::CodeCompletionString::CK_Optional) {
                shape += text_of(*chunk.Optional);
            } else if (chunk.Kind != ::clang::CodeCompletionString::CK_TypedText &&
                       chunk.Text != nullptr) {
                shape += chunk.Text;
            }
        }
        if (result.empty()) return shape;
        return shape.empty() ? result : shape + " -> " + result;
    }

    static std::string text_of(const ::clang::CodeCompletionString& string) {
        std::string text;
        for (const auto& chunk : string) {
            if (chunk.Kind == ::clang::CodeCompletionString::CK_Optional) {
                text += text_of(*chunk.Optional);
            } else if (chunk.Text != nullptr) {
                text += chunk.Text;
            }
        }
        return text;
    }

    ::clang::CodeCompletionTUInfo info_;
    Json& items_;
    const bool near_;
    bool incomplete_ = false;
};

// In the copy of the process. Null where one must look further.
std::string parse(::clang::Interpreter& interpreter, const std::string& source, Reach reach) {
    auto& compiler = *interpreter.getCompilerInstance();
    compiler.getDiagnostics().setClient(new ::clang::IgnoringDiagConsumer, true);
    const auto newline = source.rfind('\n');
    const auto line = 1 + std::count(source.begin(), source.end(), '\n');
    const auto column = newline == std::string::npos ? source.size() + 1 : source.size() - newline;
    auto file = compiler.getFileManager().getVirtualFileRef(file_name,
                                                            static_cast<off_t>(source.size()), 0);
    compiler.getSourceManager().overrideFileContents(
        file, llvm::MemoryBuffer::getMemBufferCopy(source + '\n', file_name));
    Json items = Json::array();
    Collector collector(items, reach);
    compiler.getSema().CodeCompletion().CodeCompleter = &collector;
    compiler.getFrontendOpts().SkipFunctionBodies = false;
    compiler.getPreprocessor().SetCodeCompletionPoint(file, static_cast<unsigned>(line),
                                                      static_cast<unsigned>(column));
    auto unit = interpreter.Parse(std::string("#include \"") + file_name + "\"\n");
    if (!unit) llvm::consumeError(unit.takeError());
    return write_json(collector.incomplete() ? Json() : items);
}

void write_all(int file, const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto written = write(file, text.data() + at, text.size() - at);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        at += static_cast<std::size_t>(written);
    }
}

[[noreturn]] void answer(::clang::Interpreter& interpreter, const std::string& source, Reach reach,
                         int file) {
    for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE}) {
        (void)std::signal(number, SIG_DFL);
    }
    write_all(file, parse(interpreter, source, reach));
    _exit(0);
}

std::string read_all(int file) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + patience;
    std::string text;
    std::array<char, 65536> buffer{};
    while (true) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
        if (left <= 0) return {};
        pollfd waiting{file, POLLIN, 0};
        const int ready = poll(&waiting, 1, static_cast<int>(left));
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) return {};
        const auto size = read(file, buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(size));
    }
}

// The best first, and each text once: overloads have one.
std::vector<Completion> sorted(const Json& items) {
    std::vector<std::pair<unsigned, Completion>> found;
    for (const auto& item : items) {
        found.emplace_back(item[3].get<unsigned>(),
                           Completion{item[0].get<std::string>(), item[1].get<std::string>(),
                                      item[2].get<std::string>()});
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return std::tie(a.first, a.second.text) < std::tie(b.first, b.second.text);
    });
    std::vector<Completion> completions;
    std::set<std::string> seen;
    for (auto& [priority, completion] : found) {
        if (seen.insert(completion.text).second) completions.push_back(std::move(completion));
    }
    return completions;
}

// From a copy of the process, which may break.
std::optional<Json> ask(::clang::Interpreter& interpreter, const std::string& source, Reach reach) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) return std::nullopt;
    const pid_t child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        answer(interpreter, source, reach, ends[1]);
    }
    (void)close(ends[1]);
    const std::string text = child > 0 ? read_all(ends[0]) : std::string();
    (void)close(ends[0]);
    if (child > 0) {
        (void)kill(child, SIGKILL);
        while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    return read_json(text);
}

}  // namespace

std::size_t word_begin(std::string_view code, std::size_t offset) {
    std::size_t begin = std::min(offset, code.size());
    const auto line = code.substr(0, begin).rfind('\n') + 1;  // npos + 1 is 0
    const auto text = code.substr(line, begin - line);
    const auto first = text.find_first_not_of(" \t");
    if (first != std::string_view::npos && text[first] == '#') {
        const auto quote = text.find_last_of("<\"/");
        if (quote != std::string_view::npos) return line + quote + 1;
    }
    const auto in_word = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
    };
    while (begin > 0 && in_word(code[begin - 1])) --begin;
    return begin;
}

std::vector<Completion> complete_at_end(::clang::Interpreter& interpreter,
                                        const std::string& source) {
    auto items = ask(interpreter, source, Reach::near);
    if (items && items->is_null()) items = ask(interpreter, source, Reach::all);
    return items && items->is_array() ? sorted(*items) : std::vector<Completion>();
}

}  // namespace kernelwire::clang
