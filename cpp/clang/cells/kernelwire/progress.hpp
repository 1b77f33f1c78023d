// A progress bar, drawn by the frontend and redrawn in place.
//
// For cells. Depends on: bundle.hpp. Used by: display.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>

#include <kernelwire/bundle.hpp>

namespace kernelwire {

/// A bar that says how far something is. It is redrawn ten times a second at most.
///
///     Progress bar(files.size(), "reading");
///     for (const auto& file : files) { read(file); bar.advance(); }
class Progress {
public:
    /// @param total  the number of steps.
    /// @param label  said before the bar.
    explicit Progress(std::size_t total, std::string label = "")
        : total_(total), label_(std::move(label)) {
        kernelwire_host::kernelwire_new_id(id_);
        show(false);
    }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress() { show(true); }

    /// Some steps are done.
    void advance(std::size_t steps = 1) { set(done_ + steps); }

    /// So many steps are done in all.
    void set(std::size_t done) {
        done_ = done;
        const auto now = Clock::now();
        if (done_ < total_ && now < next_) return;
        next_ = now + std::chrono::milliseconds(100);
        show(true);
    }

    /// Its forms.
    [[nodiscard]] Bundle bundle() const {
        const std::string count = std::to_string(done_) + "/" + std::to_string(total_);
        const std::size_t percent = total_ == 0 ? 100 : done_ * 100 / total_;
        const std::string said = label_.empty() ? "" : label_ + " ";
        return Bundle()
            .text("text/plain", said + std::to_string(percent) + " % (" + count + ")")
            .text("text/html", said + "<progress max=\"" + std::to_string(total_) + "\" value=\"" +
                                   std::to_string(done_) + "\"></progress> " + count);
    }

private:
    using Clock = std::chrono::steady_clock;

    void show(bool update) const {
        kernelwire_host::kernelwire_display(bundle().str(), "{}", id_, update);
    }

    std::size_t total_;
    std::string label_;
    std::size_t done_ = 0;
    std::string id_;
    Clock::time_point next_ = Clock::now() + std::chrono::milliseconds(100);
};

/// A range whose iteration moves a bar: `for (auto& row : progress(rows)) ...`
template <class Range>
class ProgressRange {
public:
    /// @param range  that outlives this, or a temporary, which is kept.
    ProgressRange(Range&& range, std::string label)
        : range_(std::forward<Range>(range)), bar_(std::size(range_), std::move(label)) {}

    /// Steps through the range, and the bar with it.
    template <class Inner>
    struct Iterator {
        Inner inner;    ///< of the range
        Progress* bar;  ///< that is moved

        /// The element.
        decltype(auto) operator*() const { return *inner; }
        /// The next.
        Iterator& operator++() {
            ++inner;
            bar->advance();
            return *this;
        }
        /// Whether there are more.
        bool operator!=(const Iterator& other) const { return inner != other.inner; }
    };

    /// The first.
    auto begin() { return Iterator<decltype(std::begin(range_))>{std::begin(range_), &bar_}; }
    /// Past the last.
    auto end() { return Iterator<decltype(std::end(range_))>{std::end(range_), &bar_}; }

private:
    Range range_;
    Progress bar_;
};

/// Makes a range that shows how far its iteration is.
template <class Range>
ProgressRange<Range> progress(Range&& range, std::string label = "") {
    return {std::forward<Range>(range), std::move(label)};
}

}  // namespace kernelwire
