#include "source.hpp"

#include "declared.hpp"

namespace kernelwire::clang {

std::optional<Source> source_of(int count, std::string_view code,
                                const std::vector<Segment>& segments,
                                const std::vector<::clang::Decl*>& declarations,
                                const std::optional<Failure>& failure) {
    if (failure && (failure->damaged || failure->name == "LinkError")) return std::nullopt;
    std::vector<Segment> kept;
    bool directives = false;
    for (const auto& segment : segments) {
        directives |= segment.kind == Segment::Kind::directive;
        const bool runs =
            segment.kind == Segment::Kind::statement || segment.kind == Segment::Kind::expression;
        if (!runs) kept.push_back(segment);
    }
    if (!directives && !declares(declarations)) return std::nullopt;
    return Source{count, only(code, kept), failure.has_value()};
}

}  // namespace kernelwire::clang
