// What cells of the C++ kernel show: display() and what goes into it.
//
//     #include <kernelwire/display.hpp>
//     using namespace kernelwire;
//
//     display(Html("<b>bold</b>"));
//     auto shown = display(std::vector{1, 2});
//     shown.update(std::vector{1, 2, 3});
//
// For cells. Depends on: bundle.hpp, media.hpp, progress.hpp, show.hpp.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <kernelwire/bundle.hpp>
#include <kernelwire/media.hpp>
#include <kernelwire/progress.hpp>
#include <kernelwire/show.hpp>

namespace kernelwire {

/// Text of one MIME type, beside itself as text/plain. What the types below are made of.
class Marked {
public:
    /// @param mime_type  of the text.
    Marked(std::string_view mime_type, std::string text)
        : mime_type_(mime_type), text_(std::move(text)) {}

    /// Its forms.
    [[nodiscard]] Bundle bundle() const {
        return Bundle().text("text/plain", text_).text(mime_type_, text_);
    }

private:
    std::string mime_type_;
    std::string text_;
};

/// A piece of HTML.
struct Html : Marked {
    /// @param text  the markup.
    explicit Html(std::string text) : Marked("text/html", std::move(text)) {}
};

/// Markdown.
struct Markdown : Marked {
    /// @param text  the markup.
    explicit Markdown(std::string text) : Marked("text/markdown", std::move(text)) {}
};

/// LaTeX: `$...$`, `\[...\]`, or an environment.
struct Latex : Marked {
    /// @param text  the markup, delimiters included.
    explicit Latex(std::string text) : Marked("text/latex", std::move(text)) {}
};

/// A drawing.
struct Svg : Marked {
    /// @param text  the whole `<svg>` element.
    explicit Svg(std::string text) : Marked("image/svg+xml", std::move(text)) {}
};

/// JavaScript, which the frontend runs, where it runs any.
struct JavaScript : Marked {
    /// @param text  the code.
    explicit JavaScript(std::string text) : Marked("application/javascript", std::move(text)) {}
};

/// JSON of a type that a frontend draws from.
class Document {
public:
    /// @param value  JSON text, or a JSON library's value that has dump(), such as nlohmann's.
    template <class Value>
    Document(std::string_view mime_type, const Value& value) : mime_type_(mime_type) {
        if constexpr (std::is_convertible_v<const Value&, std::string_view>) {
            text_ = std::string_view(value);
        } else {
            text_ = value.dump();
        }
    }

    /// Its forms.
    [[nodiscard]] Bundle bundle() const {
        return Bundle().text("text/plain", text_).json(mime_type_, text_);
    }

private:
    std::string mime_type_;
    std::string text_;
};

/// JSON, which JupyterLab shows as a tree.
struct Json : Document {
    /// @param value  as Document has it.
    template <class Value>
    explicit Json(const Value& value) : Document("application/json", value) {}
};

/// A Vega chart.
struct Vega : Document {
    /// @param specification  as Document has it.
    template <class Value>
    explicit Vega(const Value& specification)
        : Document("application/vnd.vega.v5+json", specification) {}
};

/// A Vega-Lite chart.
struct VegaLite : Document {
    /// @param specification  as Document has it.
    template <class Value>
    explicit VegaLite(const Value& specification)
        : Document("application/vnd.vegalite.v5+json", specification) {}
};

/// Replaces all that is shown under an id.
template <class Value>
void update_display(const Value& value, std::string_view id) {
    kernelwire_host::kernelwire_display(bundle_of(value), metadata_of(value), id, true);
}

/// What display() has shown, to be replaced.
class Displayed {
public:
    /// @param id  under which it is shown.
    explicit Displayed(std::string id) : id_(std::move(id)) {}

    /// Shows something else in its place.
    template <class Value>
    void update(const Value& value) const {
        update_display(value, id_);
    }

    /// The id, for update_display().
    [[nodiscard]] const std::string& id() const { return id_; }

private:
    std::string id_;
};

/// Shows a value, in the forms that its type has.
/// @param id  under which it can be replaced; empty: a new one.
template <class Value>
Displayed display(const Value& value, std::string id = "") {
    if (id.empty()) kernelwire_host::kernelwire_new_id(id);
    kernelwire_host::kernelwire_display(bundle_of(value), metadata_of(value), id, false);
    return Displayed(std::move(id));
}

/// Removes what the cell has shown; with `wait`, once there is something new.
inline void clear_output(bool wait = false) {
    kernelwire_host::kernelwire_clear_output(wait);
}

}  // namespace kernelwire
